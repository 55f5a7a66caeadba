from __future__ import annotations

import pytest

from backends.bus.embedded import EmbeddedBus
from events.envelope import Event
from schemas.base import Payload
from schemas.documents import DocumentNormalized, DocumentUnchanged
from schemas.redlines import PairRequested, Plan, RedlineSuperseded
from tests.functions.world import World, docx

NAME = "contracts/lease.docx"


def take(world: World, text: str) -> Event:
    """The event by which normalize said that it took a version."""
    [said] = world.run("normalize", world.upload(NAME, docx(text)))
    return world.event(said)


def generations(said: list[Payload]) -> list[tuple[str, int, int]]:
    kinds = {PairRequested: "requested", RedlineSuperseded: "superseded"}
    return [
        (kinds[type(each)], each.before_generation, each.after_generation)
        for each in said
        if isinstance(each, PairRequested | RedlineSuperseded)
    ]


def test_the_first_version_calls_for_nothing(world: World) -> None:
    assert world.run("plan", take(world, "one")) == []


def test_the_second_version_is_paired_with_the_first(world: World) -> None:
    take(world, "one")
    [pair] = world.run("plan", take(world, "two"))
    record = world.record(NAME)
    assert isinstance(pair, PairRequested)
    assert (pair.before_generation, pair.after_generation) == tuple(each.generation for each in record.versions)
    assert world.read(pair.before) == docx("one")
    assert world.read(pair.after) == docx("two")


def test_a_late_version_in_between_supersedes_the_pair_around_it(world: World) -> None:
    first = world.upload(NAME, docx("one"))
    second = world.upload(NAME, docx("two"))
    third = world.upload(NAME, docx("three"))
    said: list[Payload] = []
    for upload in (first, third, second):
        [fact] = world.run("normalize", upload)
        said += world.run("plan", world.event(fact))
    v1, v2, v3 = (version.generation for version in world.record(NAME).versions)
    assert generations(said) == [
        ("requested", v1, v3),
        ("requested", v1, v2),
        ("requested", v2, v3),
        ("superseded", v1, v3),
    ]


def test_an_unchanged_version_is_the_neighbour_of_the_next(world: World) -> None:
    take(world, "one")
    [same] = world.run("normalize", world.upload(NAME, docx("one")))
    assert isinstance(same, DocumentUnchanged)
    assert world.run("plan", world.event(same)) == []
    [pair] = world.run("plan", take(world, "two"))
    assert isinstance(pair, PairRequested)
    assert pair.before_generation == same.generation


def test_a_crash_after_the_plan_was_pinned_says_the_same_on_redelivery(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(world, "one")
    event = take(world, "two")
    with monkeypatch.context() as crash:
        crash.setattr(EmbeddedBus, "publish", _killed)
        assert world.post("plan", event) == 500
    generation = world.record(NAME).versions[1].generation
    name = f"plans/default/{world.document_id(NAME)}/{generation}.json"
    pinned = Plan.model_validate_json(world.services.blobs.get("records", name))
    take(world, "three")
    assert world.run("plan", event) == list(pinned.requested)
    assert [blob.name for blob in world.services.blobs.list("records", name, versions=True)] == [name]


def _killed(*_: object) -> None:
    raise RuntimeError("killed between the plan object and its publication")


def test_a_redelivery_without_its_mark_emits_the_same_ids(world: World) -> None:
    take(world, "one")
    event = take(world, "two")
    world.post("plan", event)
    once = world.events()
    world.forget_marks()
    world.post("plan", event)
    assert world.events() == once


def test_a_version_that_is_not_in_the_record_is_tried_again(world: World) -> None:
    event = take(world, "one")
    fact = DocumentNormalized.model_validate_json(event.data)
    assert world.post("plan", world.event(fact.model_copy(update={"generation": 5}))) == 500
