"""The README's main-job line: what a newcomer sees first."""

from __future__ import annotations

from pathlib import Path

from redline import verify
from runtime.demo.contract import documents
from tests.e2e.pipeline import run


def test_the_demo_ends_with_a_verified_redline_and_says_where_it_is(tmp_path: Path) -> None:
    root = tmp_path / "demo"
    for _ in ("in a new folder", "in that of an earlier demo"):
        done = run("demo", "--root", root)
        assert done.returncode == 0, done.stderr
    before, after = documents()
    (redline,) = root.rglob("*.redline.docx")
    assert verify(redline.read_bytes(), before, after).ok
    for words in (
        "Ready after",
        "normalize",
        "redline made and verified",
        "changes.json",
        "redline.pdf",
        "replacement",
        "Done in",
    ):
        assert words in done.stdout
    assert done.stdout.count("document.normalized") >= 2
    assert done.stderr == ""
