"""The whole chain as the bus drives it, at its worst: every message twice, in any order, with marks lost at random."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from random import Random

import pytest

import redline
from events.delivery import to_event
from events.registry import parse
from events.routing import SUBSCRIPTIONS
from schemas.documents import AcceptedVersion
from schemas.redlines import RedlineCompleted, RedlineSuperseded
from tests.functions.world import World, docx

TEXTS = ("one two three", "one 2 three", "one 2 three", "", "one 2 three four")
NAMES = ("a.docx", "folder/b.docx")


def run_chain(world: World, chance: Random) -> list[object]:
    """Deliver until nothing waits; what was said about redlines."""
    said: list[object] = []
    while waiting := [(each, delivery) for each in SUBSCRIPTIONS for delivery in world.pull(each.name)]:
        twice = [*waiting, *waiting]
        chance.shuffle(twice)
        for subscription, delivery in twice:
            event = to_event(delivery.message)
            assert world.post(subscription.function, event) == 200
            if subscription.name == "redlines-audit":
                said.append(parse(event))
            if chance.random() < 0.3:
                world.forget_marks()
    return said


@pytest.mark.parametrize("seed", range(2))
def test_every_pair_of_neighbours_has_one_redline_and_every_fact_one_row(world: World, seed: int) -> None:
    chance = Random(seed)
    uploads = [world.upload(name, docx(text) if text else b"broken") for name in NAMES for text in TEXTS]
    chance.shuffle(uploads)
    for upload in uploads:
        assert world.post("normalize", upload) == 200
        if chance.random() < 0.5:
            run_chain(world, chance)
    run_chain(world, chance)
    rows = list(world.services.audit.rows())
    assert max(Counter(row.event_id for row in rows).values()) == 1
    for name in NAMES:
        accepted = [each for each in world.record(name).versions if isinstance(each, AcceptedVersion)]
        assert len(accepted) == 4
        expected = {
            (one.generation, other.generation)
            for one, other in pairwise(accepted)
            if one.source.sha256 != other.source.sha256
        }
        mine = [row for row in rows if row.document_id == world.document_id(name)]
        done = Counter(
            (row.before_generation, row.after_generation)
            for row in mine
            if row.event_type == RedlineCompleted.event_type
        )
        gone = {
            (row.before_generation, row.after_generation)
            for row in mine
            if row.event_type == RedlineSuperseded.event_type
        }
        assert set(done) - gone == expected
        assert set(done.values()) == {1}


def test_every_completed_redline_is_the_one_of_its_versions(world: World) -> None:
    for text in TEXTS[:2]:
        world.post("normalize", world.upload("a.docx", docx(text)))
    [done] = {each for each in run_chain(world, Random(0)) if isinstance(each, RedlineCompleted)}
    assert redline.verify(world.read(done.redline), world.read(done.before), world.read(done.after)).ok
