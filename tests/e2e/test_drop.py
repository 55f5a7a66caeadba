"""Drop a file, get a verified redline: the whole pipeline, in a root with spaces and other letters in its name."""

from __future__ import annotations

import io
import json
import os
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from events.routing import FUNCTIONS
from redline import verify
from tests.e2e.pipeline import Pipeline, contract, eventually, run


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pipeline]:
    root = tmp_path_factory.mktemp("drop") / "Verträge und \U0001f4c4 mehr"
    with Pipeline(root) as running:
        yield running


def test_a_second_version_is_redlined_against_the_first(pipeline: Pipeline) -> None:
    first, second = contract(), contract("A sentence comes in.")
    pipeline.drop("twice/lease.docx", first)
    pipeline.wait_for_facts("twice/lease.docx", "document.normalized")
    pipeline.drop("twice/lease.docx", second)
    (redline,) = eventually(lambda: pipeline.results("twice/lease.docx", ".redline.docx"), "the redline")
    assert verify(redline.read_bytes(), first, second).ok
    rows = pipeline.wait_for_facts(
        "twice/lease.docx", "document.normalized", "document.normalized", "redline.completed"
    )
    assert len({row.event_id for row in rows}) == 3
    listed = run(
        "audit", "--root", pipeline.layout.root, "--document", "twice/lease.docx", "--json"
    ).stdout.splitlines()
    listed_ids = [json.loads(line)["event_id"] for line in listed]
    assert listed_ids[: len(rows)] == [row.event_id for row in rows]  # that it was rendered may have come since
    assert {json.loads(line)["path"] for line in listed} == {"twice/lease.docx"}
    _check_results(redline)


def _check_results(redline: Path) -> None:
    (changes,) = json.loads(redline.with_name("lease.changes.json").read_text())["changes"]
    assert changes["after"] == "A sentence comes in."
    assert json.loads(redline.with_name("lease.summary.json").read_text())["insertions"] == 1
    assert "A sentence comes in." in redline.with_name("lease.redline.html").read_text()
    assert [path for path in redline.parent.iterdir() if path.name.startswith(".")] == []


def test_the_same_bytes_again_are_unchanged(pipeline: Pipeline) -> None:
    pipeline.drop("same.docx", contract())
    pipeline.wait_for_facts("same.docx", "document.normalized")
    pipeline.drop("same.docx", contract())
    pipeline.wait_for_facts("same.docx", "document.normalized", "document.unchanged")
    assert pipeline.results("same.docx", "") == []
    told = pipeline.output.read_text()
    assert "same.docx: taken\nsame.docx: saved again without a change\n" in told


def test_a_save_by_rename_is_a_version_and_no_deletion(pipeline: Pipeline) -> None:
    path = pipeline.drop("renamed.docx", contract())
    pipeline.wait_for_facts("renamed.docx", "document.normalized")
    written = pipeline.drop("~WRD0000.tmp", contract("Another."))
    path.rename(path.with_name("~WRL0001.tmp"))
    written.rename(path)
    path.with_name("~WRL0001.tmp").unlink()
    pipeline.wait_for_facts("renamed.docx", "document.normalized", "document.normalized", "redline.completed")
    eventually(lambda: pipeline.results("renamed.docx", ".redline.docx"), "the redline")


def test_a_deletion_and_a_new_beginning_lose_nothing(pipeline: Pipeline) -> None:
    path = pipeline.drop("again.docx", contract())
    pipeline.wait_for_facts("again.docx", "document.normalized")
    path.unlink()
    pipeline.wait_for_facts("again.docx", "document.normalized", "document.deleted")
    pipeline.drop("again.docx", contract("After the deletion."))
    (redline,) = eventually(lambda: pipeline.results("again.docx", ".redline.docx"), "the redline")
    assert verify(redline.read_bytes(), contract(), contract("After the deletion.")).ok


def test_a_rejected_version_between_two_good_ones_is_skipped(pipeline: Pipeline) -> None:
    pipeline.drop("skipped.docx", contract())
    pipeline.wait_for_facts("skipped.docx", "document.normalized")
    pipeline.drop("skipped.docx", b"\x89PNG\r\n\x1a\n")
    pipeline.wait_for_facts("skipped.docx", "document.normalized", "document.rejected")
    pipeline.drop("skipped.docx", contract("The third version."))
    (redline,) = eventually(lambda: pipeline.results("skipped.docx", ".redline.docx"), "the redline")
    assert verify(redline.read_bytes(), contract(), contract("The third version.")).ok


def test_plain_text_is_compared_too(pipeline: Pipeline) -> None:
    pipeline.drop("notes.md", b"# Title\n\nOne two three.\n")
    pipeline.wait_for_facts("notes.md", "document.normalized")
    pipeline.drop("notes.md", b"# Title\n\nOne four three.\n")
    eventually(lambda: pipeline.results("notes.md", ".redline.docx"), "the redline")


def _bomb() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"\0" * 300_000_000)
    return made.getvalue()


def _with_entity() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(contract())) as source, zipfile.ZipFile(made, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "word/document.xml":
                doctype = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
                content = content.replace(b"?>", b"?>" + doctype, 1)
            target.writestr(name, content)
    return made.getvalue()


def _encrypted() -> bytes:
    """The head of what Word writes for a document with a password ([MS-OFFCRYPTO] 1.3.3)."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + "EncryptedPackage".encode("utf-16-le") + bytes(512)


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.write(b"PK\x03\x04")
        file.truncate(200 * 1024 * 1024)


BAD: dict[str, tuple[Callable[[Path], object], set[str]]] = {
    "empty.docx": (lambda path: path.write_bytes(b""), {"empty-file"}),
    "picture.docx": (lambda path: path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100)), {"not-a-document"}),
    "torn.docx": (lambda path: path.write_bytes(contract()[:-500]), {"damaged-package"}),
    "bomb.docx": (lambda path: path.write_bytes(_bomb()), {"zip-bomb"}),
    "entity.docx": (lambda path: path.write_bytes(_with_entity()), {"forbidden-xml"}),
    "password.docx": (lambda path: path.write_bytes(_encrypted()), {"password-protected"}),
    "huge.docx": (_sparse, {"too-large"}),
    "old.doc": (
        lambda path: path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512)),
        {"unsupported-format"},
    ),
    "link.docx": (lambda path: path.symlink_to("/etc/hostname"), {"symlink"}),
    "folder.docx": (lambda path: path.mkdir(), {"not-a-file"}),
    "pipe.docx": (lambda path: os.mkfifo(path), {"not-a-file"}),
}


def test_every_bad_input_is_rejected_with_a_code_and_a_sentence_and_the_rest_lives(pipeline: Pipeline) -> None:
    folder = pipeline.layout.uploads / "bad"
    folder.mkdir()
    for name, (make, _) in BAD.items():
        make(folder / name)
    strange = 'line\nbreak "quoted" \U0001f600.docx'
    pipeline.drop(f"bad/{strange}", contract())
    pipeline.wait_for_facts(f"bad/{strange}", "document.normalized")
    for name, (_, codes) in BAD.items():
        (row,) = pipeline.wait_for_facts(f"bad/{name}", "document.rejected")
        assert row.code in codes, name
        assert row.message is not None
        assert row.message.endswith("."), name
        (told,) = eventually(lambda name=name: pipeline.results(f"bad/{name}", ".rejected.txt"), name)  # type: ignore[misc]
        assert row.message in told.read_text()
    pipeline.drop(f"bad/{strange}", contract("It lives."))
    eventually(lambda: pipeline.results(f"bad/{strange}", ".redline.docx"), "the redline beside the bad ones")


def test_status_says_how_it_is_doing(pipeline: Pipeline) -> None:
    done = run("status", "--root", pipeline.layout.root, "--json")
    found = json.loads(done.stdout)
    assert found["phase"] == "ready"
    assert {function["name"] for function in found["functions"] if function["running"]} == set(FUNCTIONS)
    shown = run("status", "--root", pipeline.layout.root).stdout
    assert all(name in shown for name in ("workers", "redline-pairs", "deliver", "oldest"))
    for path, wanted in (("/healthz", "OK"), ("/readyz", "OK"), ("/status", '"phase": "ready"')):
        with urllib.request.urlopen(found["url"] + path) as answer:
            assert wanted in answer.read().decode()


def test_a_second_pipeline_on_the_same_folder_is_refused_in_a_sentence(pipeline: Pipeline) -> None:
    done = run("up", "--root", pipeline.layout.root)
    assert done.returncode == 1
    assert "A pipeline runs in" in done.stderr
    assert "Traceback" not in done.stderr


def test_logs_hold_neither_paths_nor_content(pipeline: Pipeline) -> None:
    logs = "".join(path.read_text() for path in pipeline.layout.logs.iterdir())
    assert '"function": "redline"' in logs
    for secret in ("lease", "A sentence comes in", "renamed.docx", "Verträge"):
        assert secret not in logs


def test_a_failed_redline_is_replayed_to_completed(pipeline: Pipeline) -> None:
    before, after = contract("Of the one that fails."), contract("Of the one that is replayed.")
    pipeline.drop("fails.docx", before)
    pipeline.wait_for_facts("fails.docx", "document.normalized")
    [row] = pipeline.rows("fails.docx")
    [kept] = pipeline.layout.blobs.rglob(f"normalized/**/{row.generation}.docx@/*.data")
    sealed = kept.read_bytes()
    kept.write_bytes(sealed[:-400] + bytes(400))
    pipeline.drop("fails.docx", after)
    rows = pipeline.wait_for_facts("fails.docx", "document.normalized", "document.normalized", "redline.failed")
    assert rows[-1].code == "damaged-object"
    assert eventually(lambda: pipeline.results("fails.docx", ".failed.txt"), "the reason")
    kept.write_bytes(sealed)
    assert run("replay", "--root", pipeline.layout.root, "--all-failed").stdout == "1 redline asked for again.\n"
    (redline,) = eventually(lambda: pipeline.results("fails.docx", ".redline.docx"), "the redline")
    assert verify(redline.read_bytes(), before, after).ok
    eventually(lambda: not pipeline.results("fails.docx", ".failed.txt"), "the reason goes")
    facts = [(row.event_type.split(".")[-2], row.attempt) for row in pipeline.rows("fails.docx")]
    assert [fact for fact in facts if fact[0] in ("failed", "completed")] == [("failed", 1), ("completed", 2)]
