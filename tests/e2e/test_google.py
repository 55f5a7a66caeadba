"""The chain on Google's parts: functions and dispatchers as the processes of a cluster, over the emulators."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import pytest

from backends.audit.answers import QueryRefused
from backends.audit.named import named_queries
from redline import verify
from schemas.audit import AuditRow
from schemas.documents import DocumentNormalized
from schemas.redlines import RedlineCompleted
from tests.e2e.cluster import Cluster, cluster
from tests.e2e.drop_in_buckets import drop
from tests.emulators.bigquery import BigQuery
from tests.emulators.pubsub import PubSub

FUNCTIONS = ("normalize", "plan", "redline", "audit")
WITHIN = 180.0


@pytest.fixture
def running(tmp_path: Path, pubsub: PubSub, bigquery: BigQuery, prefix: str) -> Iterator[Cluster]:
    with cluster(tmp_path, pubsub, bigquery, prefix) as made:
        made.start(FUNCTIONS)
        yield made


def test_a_second_upload_becomes_a_verified_redline_of_which_the_trail_answers(running: Cluster) -> None:
    for text in ("Clause 1. The fee is 100.", "Clause 1. The fee is 200."):
        blob = running.uploads.bucket("uploads").blob("contracts/a.txt")
        blob.upload_from_string(text, content_type="text/plain")
    rows = _rows(running)
    [completed] = [row for row in rows if row.event_type == RedlineCompleted.event_type]
    before, after = (
        running.parts.blobs.get("normalized", f"{completed.tenant}/{completed.document_id}/{generation}.docx")
        for generation in (completed.before_generation, completed.after_generation)
    )
    delivered = {row["output"]: row for row in _answers(running, "as-delivered", redline=completed.pair_id)}
    made = {name: _download(running, row["bucket"], row["object"]) for name, row in delivered.items()}
    assert verify(made["redline"], before, after).ok
    assert set(made) == {"redline", "html", "changes", "summary"}
    assert {name: sha256(data).hexdigest() for name, data in made.items()} == {
        name: row["sha256"] for name, row in delivered.items()
    }
    touched = _answers(running, "who-touched", document=completed.document_id)
    assert sorted(row["event_type"] for row in touched) == sorted(
        [DocumentNormalized.event_type, DocumentNormalized.event_type, RedlineCompleted.event_type]
    )
    assert [row["pair_id"] for row in _answers(running, "made-of", redline=completed.pair_id)] == [completed.pair_id]
    assert _answers(running, "failed") == []
    assert _answers(running, "denied") == []
    assert drop(running.uploads, "uploads", "redlines") == 0, (
        "what looks at a deployed pipeline sees that this one works"
    )


def _rows(running: Cluster) -> list[AuditRow]:
    """The trail once it tells of all that comes of two versions."""
    give_up = time.monotonic() + WITHIN
    while time.monotonic() < give_up:
        with suppress(QueryRefused):  # BigQuery's emulator answers no query amid another call
            rows = list(running.parts.audit.rows())
            if len(rows) == len(("normalized", "normalized", "completed")):
                return rows
        time.sleep(0.2)
    pytest.fail(running.logs())


def _answers(running: Cluster, name: str, **given: object) -> list[dict[str, object]]:
    """The rows that BigQuery answers a named query with."""
    query = named_queries()[name]
    defaults = {each.name: each.value(each.default) for each in query.parameters if each.default is not None}
    with running.parts.audit.query(query.sql, {**defaults, **given}) as answer:
        return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]


def _download(running: Cluster, bucket: object, name: object) -> bytes:
    data: bytes = running.uploads.bucket(bucket).blob(name).download_as_bytes()
    return data
