"""The judge of the chaos run finds what it is there to find: a loss, a double, a leftover."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from subprocess import Popen

import pytest

from events.ids import pair_id
from redline import compare
from runtime.composition import Services, build
from runtime.settings import Settings
from schemas.audit import AuditRow
from schemas.documents import DocumentNormalized
from schemas.redlines import RedlineCompleted, RedlineFailed
from tests.e2e.chaos_checks import judge
from tests.e2e.chaos_documents import WAYS, Document, documents
from tests.e2e.chaos_processes import MARK, kill_all, processes

_NOW = datetime(2026, 11, 23, 10, 15, tzinfo=UTC)


@pytest.fixture
def document() -> Document:
    return next(each for each in documents(20, Random(3)) if each.path.endswith(".docx"))


@pytest.fixture
def parts(tmp_path: Path) -> Services:
    return build(Settings(root=tmp_path))


def _fill(parts: Services, document: Document, redline: bytes = b"") -> str:
    """Leave behind what a flawless run leaves; the id of the pair."""
    before, after = (parts.blobs.put("uploads", document.path, data) for data in (document.before, document.after))
    identity = parts.identity("default", document.path)
    for blob in (before, after):
        _record(parts, f"fact-{blob.generation}", DocumentNormalized.event_type, identity, generation=blob.generation)
    pair = pair_id((identity, before.generation), (identity, after.generation))
    _record(parts, "completed-1", RedlineCompleted.event_type, identity, pair_id=pair)
    name = f"default/{identity}/{before.generation}-{after.generation}/1/redline.docx"
    parts.blobs.put("redlines", name, redline or compare(document.before, document.after).docx)
    results = parts.settings.layout.redlines / document.path / "2026-11-23T10-15-00.000"
    results.mkdir(parents=True)
    for suffix in ("redline.docx", "redline.html", "changes.json", "summary.json"):
        (results / f"agreement.{suffix}").touch()
    return pair


def _record(parts: Services, event_id: str, kind: str, document_id: str, **facts: str | int) -> None:
    row = {
        "event_id": event_id,
        "event_type": kind,
        "event_time": _NOW,
        "recorded_at": _NOW,
        "source": "/test",
        "tenant": "default",
        "region": "local",
        "document_id": document_id,
        "correlation_id": "root",
        "causation_id": "root",
        "payload_sha256": "0" * 64,
        **facts,
    }
    parts.audit.append([AuditRow.model_validate(row)])


def test_a_flawless_folder_is_good(parts: Services, document: Document) -> None:
    _fill(parts, document)
    verdict = judge(parts.settings.root, [document])
    assert verdict.good, verdict
    assert (verdict.redlines, verdict.audit_rows, verdict.retaken) == (1, 3, 0)


def test_a_document_that_was_never_taken_is_lost(parts: Services, document: Document) -> None:
    assert len(judge(parts.settings.root, [document]).lost) == 1


def _another_attempt(parts: Services, pair: str, document_id: str) -> None:
    _record(parts, "completed-2", RedlineCompleted.event_type, document_id, pair_id=pair)


def _a_pair_of_nobody(parts: Services, pair: str, document_id: str) -> None:
    _record(parts, "completed-3", RedlineCompleted.event_type, document_id, pair_id="f" * 32)


def _a_failure(parts: Services, pair: str, document_id: str) -> None:
    _record(parts, "failed-1", RedlineFailed.event_type, document_id, pair_id=pair, code="undeliverable")


def _a_dead_letter(parts: Services, pair: str, document_id: str) -> None:
    parts.blobs.put("dead-letters", "letter.json", b"{}")


def _a_second_redline_object(parts: Services, pair: str, document_id: str) -> None:
    first = next(iter(parts.blobs.list("redlines")))
    parts.blobs.put("redlines", first.name.replace("/1/redline", "/2/redline"), b"")


def _a_result_missing(parts: Services, pair: str, document_id: str) -> None:
    next(parts.settings.layout.redlines.rglob("*.html")).unlink()


def _a_result_twice(parts: Services, pair: str, document_id: str) -> None:
    folder = next(parts.settings.layout.redlines.rglob("*.html")).parent
    (folder.parent / "later").mkdir()
    (folder.parent / "later" / "agreement.redline.html").touch()


def _a_temporary_file(parts: Services, pair: str, document_id: str) -> None:
    (parts.settings.layout.redlines / "x.tmp").touch()


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (_another_attempt, "doubled"),
        (_a_pair_of_nobody, "doubled"),
        (_a_second_redline_object, "doubled"),
        (_a_result_twice, "doubled"),
        (_a_result_missing, "lost"),
        (_a_failure, "problems"),
        (_a_dead_letter, "problems"),
        (_a_temporary_file, "problems"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__.strip("_"),
)
def test_what_is_wrong_is_found(
    parts: Services, document: Document, spoil: Callable[[Services, str, str], None], what: str
) -> None:
    pair = _fill(parts, document)
    spoil(parts, pair, parts.identity("default", document.path))
    verdict = judge(parts.settings.root, [document])
    assert {name: len(getattr(verdict, name)) for name in ("lost", "doubled", "problems")} == {
        "lost": 0,
        "doubled": 0,
        "problems": 0,
        what: 1,
    }


def test_a_redline_that_does_not_give_back_both_versions_is_found(parts: Services, document: Document) -> None:
    _fill(parts, document, redline=document.after)
    assert len(judge(parts.settings.root, [document]).problems) == 1


@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_saving_leaves_the_whole_version_and_nothing_else(
    tmp_path: Path, way: Callable[[Path, bytes], None]
) -> None:
    target = tmp_path / "a.docx"
    for data in (b"x" * 5_000, b"y" * 3_000):
        way(target, data)
        assert target.read_bytes() == data
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("how", ["environment", "working folder"])
def test_processes_of_a_pipeline_are_found_and_killed(tmp_path: Path, how: str) -> None:
    other = tmp_path / "other"
    other.mkdir()
    sleep = [sys.executable, "-c", "import time; time.sleep(60)"]
    root = tmp_path / "root"
    root.mkdir()
    environment = {**os.environ, MARK: str(root)} if how == "environment" else None
    folder = root if how == "working folder" else other
    with Popen(sleep, env=environment, cwd=folder) as ours, Popen(sleep, cwd=other) as theirs:
        try:
            while not processes(root):
                time.sleep(0.01)
            assert [process.pid for process in processes(root)] == [ours.pid]
            assert kill_all(root) == 1
            assert theirs.poll() is None
        finally:
            ours.kill()
            theirs.kill()
    assert processes(root) == []
