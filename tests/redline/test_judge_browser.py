"""A browser as a judge: it runs the script of the page, which finds every change."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from redline import compare, render_html
from tests.outside import program

from .judges.samples import Sample, own

FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--disable-quic", "--disable-component-update", "--disable-sync"),
)
SHOWN = ("demo", "built-words", "built-row", "built-paragraph-split")


@pytest.mark.parametrize("sample", [x for x in own(0) if x.name in SHOWN], ids=lambda sample: sample.name)
def test_a_browser_runs_the_script_of_the_page(sample: Sample, tmp_path: Path) -> None:
    redline = compare(sample.before, sample.after)
    page = tmp_path / "redline.html"
    page.write_text(render_html(redline.docx), encoding="utf-8")
    profile = f"--user-data-dir={tmp_path / 'profile'}"
    command = [program("chromium"), *FLAGS, profile, "--virtual-time-budget=2000", "--dump-dom", page.as_uri()]
    shown = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout
    assert f"– / {len(redline.changes)}" in shown
