from __future__ import annotations

import hashlib

import pytest

from events.registry import PAYLOADS, parse
from runtime.composition import now
from schemas.base import Payload
from schemas.custody import CustodyFact
from tests.events.test_registry import event_of
from tests.functions.world import World

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
    actor = fact.actor if isinstance(fact, CustodyFact) else "somebody"
    assert (row.actor, row.actor_source) == (actor, "local")
    assert row.payload_sha256 == hashlib.sha256(event.data).hexdigest()
    assert before <= row.recorded_at <= now()
    assert said_of(fact) == {key: value for key, value in row if key in said_of(fact)}


def said_of(fact: Payload) -> dict[str, object]:
    names = ("tenant", "region", "document_id", "generation", "pair_id", "batch_id", "attempt", "code", "message")
    return {name: getattr(fact, name) for name in names if hasattr(fact, name)}


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
