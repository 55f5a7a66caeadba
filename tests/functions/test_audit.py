from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from events.registry import PAYLOADS, parse
from runtime.composition import now
from schemas.audit import AuditRow
from schemas.base import Payload
from schemas.batches import RequestRejected
from schemas.custody import CustodyFact
from schemas.deadletters import DeadLetterFact
from schemas.documents import DocumentDeleted
from schemas.redlines import RedlineCompleted
from schemas.requests import RedlineRequested
from tests.events.test_registry import event_of
from tests.functions.world import World, docx

FACTS = sorted(name for name, model in PAYLOADS.items() if model.topic in ("documents", "redlines"))


@pytest.mark.parametrize("name", FACTS)
def test_a_fact_leaves_a_row_that_names_it(world: World, name: str) -> None:
    event = event_of(name)
    before = now()
    assert world.run("audit", event) == []
    [row] = world.services.audit.rows()
    assert (row.event_id, row.event_type, row.event_time) == (event.id, name, event.time)
    assert (row.source, row.correlation_id, row.causation_id) == (
        event.source,
        event.correlation_id,
        event.causation_id,
    )
    fact = parse(event)
    actor = fact.actor if isinstance(fact, CustodyFact | DeadLetterFact) else "somebody"
    assert (row.actor, row.actor_source) == (actor, "local")
    assert row.payload_sha256 == hashlib.sha256(event.data).hexdigest()
    assert before <= row.recorded_at <= now()
    assert said_of(fact) == {key: value for key, value in row if key in said_of(fact)}


def said_of(fact: Payload) -> dict[str, object]:
    names = ("tenant", "region", "document_id", "generation", "pair_id", "batch_id", "attempt", "code", "message")
    return {name: getattr(fact, name) for name in names if hasattr(fact, name)}


def test_a_request_leaves_a_row_without_paths_or_its_key(world: World) -> None:
    event = event_of(RedlineRequested.event_type)
    asked = parse(event)
    assert isinstance(asked, RedlineRequested)
    assert world.run("audit", event) == []
    [row] = world.services.audit.rows()
    assert (row.event_id, row.tenant, row.region, row.document_id) == (event.id, "default", "local", "")
    assert row.details is not None
    assert row.details["pairs"] == len(asked.pairs)
    assert row.payload_sha256 == hashlib.sha256(event.data).hexdigest()
    paths = [each.path for pair in asked.pairs for each in (pair.before, pair.after) if each and each.path]
    assert paths
    for told in (*paths, asked.request_id):
        assert str(told) not in row.model_dump_json()


def test_a_request_that_cannot_be_read_has_the_row_of_its_rejection_alone(world: World) -> None:
    broken = replace(event_of(RedlineRequested.event_type), data=b"{")
    assert world.run("audit", broken) == []
    assert list(world.services.audit.rows()) == []
    [rejected] = world.run("plan", broken)
    assert world.run("audit", world.event(rejected)) == []
    assert [each.event_type for each in world.services.audit.rows()] == [RequestRejected.event_type]


def test_a_redelivered_fact_is_read_as_one_row(world: World) -> None:
    event = event_of(FACTS[0])
    for _ in range(3):
        world.post("audit", event)
        world.forget_marks()
    assert len(list(world.services.audit.rows())) == 1


def test_rows_are_found_by_document(world: World) -> None:
    for name in FACTS:
        world.post("audit", event_of(name))
    identity = event_of(FACTS[0]).partition_key
    about_it = [name for name in FACTS if hasattr(parse(event_of(name)), "document_id")]
    assert len(list(world.services.audit.rows(document_id=identity))) == len(about_it)
    assert list(world.services.audit.rows(document_id="0" * 32)) == []


def row_of(world: World, name: str) -> AuditRow:
    world.post("audit", event_of(name))
    [row] = world.services.audit.rows()
    return row


def test_a_redline_is_kept_with_what_it_was_made_of_and_by(world: World) -> None:
    row = row_of(world, RedlineCompleted.event_type)
    fact = parse(event_of(RedlineCompleted.event_type))
    assert isinstance(fact, RedlineCompleted)
    assert row.inputs is not None
    assert row.outputs is not None
    assert row.details is not None
    assert {name: ref["sha256"] for name, ref in row.inputs.items()} == {
        "before": fact.before.sha256,
        "after": fact.after.sha256,
    }
    assert {name: ref["sha256"] for name, ref in row.outputs.items()} == {
        "redline": fact.redline.sha256,
        "html": fact.html.sha256,
        "changes": fact.changes.sha256,
        "summary_object": fact.summary_object.sha256,
    }
    assert row.engine_version == fact.engine_version
    assert row.details["summary"]["words_inserted"] == fact.summary.words_inserted
    assert row.details["coverage"]["not_tracked"] == [
        {"part": place.part, "code": place.code} for place in fact.summary.coverage.not_tracked
    ]


def test_a_row_tells_its_day_its_trace_and_when_it_was_said(world: World) -> None:
    late = datetime(2026, 11, 23, 23, 30, tzinfo=timezone(timedelta(hours=-7)))
    said = datetime(2026, 11, 24, 6, 30, 1, tzinfo=UTC)
    event = event_of(DocumentDeleted.event_type)
    world.post("audit", replace(event, time=late, recorded_time=said, causation_time=late))
    [row] = world.services.audit.rows()
    assert row.event_day == date(2026, 11, 24)
    assert (row.caused_at, row.emitted_at) == (late, said)
    assert row.trace_id == event.traceparent.split("-")[1]


def test_a_row_of_a_message_that_tells_no_more_has_nulls(world: World) -> None:
    row = row_of(world, DocumentDeleted.event_type)
    assert (row.emitted_at, row.inputs, row.outputs, row.details, row.engine_version) == (None,) * 5


def test_the_trail_holds_no_word_and_no_path_of_a_document(world: World) -> None:
    for text in ("Zanzibar pays", "Zanzibar pays Quito"):
        world.post("normalize", world.upload("matters/Xerxes.docx", docx(text)))
        while events := world.events():
            for event in events:
                for function in ("plan", "redline", "audit"):
                    assert world.post(function, event) == 200
    assert RedlineCompleted.event_type in {row.event_type for row in world.services.audit.rows()}
    trail = b"".join(file.read_bytes() for file in world.services.settings.layout.audit.rglob("*") if file.is_file())
    assert len(trail) > 1000
    for word in (b"Zanzibar", b"Quito", b"matters", b"Xerxes"):
        assert word not in trail
