"""plan, of a request: the whole of it or nothing, once, and every faulty item by its name."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from backends.bus.embedded import EmbeddedBus
from events.ids import batch_id, pair_id
from runtime.composition import now
from schemas.batches import BatchPlan, RequestRejected
from schemas.messaging import MAX_MESSAGE_BYTES
from schemas.redlines import PairRequested
from schemas.requests import RedlineRequested
from tests.functions.requesting import faults, planned, rejected, request, take
from tests.functions.world import World

LEASE, DEED = "contracts/lease.docx", "deed.docx"


def path(name: str, generation: int | None = None) -> dict[str, Any]:
    return {"path": name} if generation is None else {"path": name, "generation": generation}


def test_one_document_without_generations_is_its_two_newest_versions(world: World) -> None:
    _, second, third = take(world, LEASE, "one", "two", "three")
    identity = world.document_id(LEASE)
    for sides in (
        {"after": path(LEASE)},
        {"before": path(LEASE), "after": path(LEASE)},
        {"before": {"document_id": identity}, "after": {"document_id": identity}},
    ):
        [pair] = planned(world, request({"pairs": [sides]}))
        assert (pair.document_id, pair.before_document_id) == (identity, None)
        assert (pair.before_generation, pair.after_generation) == (second, third)
        assert pair.pair_id == pair_id((identity, second), (identity, third))


def test_generations_are_taken_as_named_and_two_documents_each_at_their_newest(world: World) -> None:
    first, _, third = take(world, LEASE, "one", "two", "three")
    _, newest = take(world, DEED, "1", "2")
    event = request(
        {
            "pairs": [
                {"before": path(LEASE, first), "after": path(LEASE, third)},
                {"before": path(LEASE), "after": path(DEED)},
                {"before": path(LEASE, third), "after": path(LEASE, first)},
            ]
        }
    )
    pairs = planned(world, event)
    assert [(pair.before_generation, pair.after_generation) for pair in pairs] == [
        (first, third),
        (third, newest),
        (third, first),
    ]
    assert [pair.batch_index for pair in pairs] == [0, 1, 2]
    assert {pair.batch_id for pair in pairs} == {batch_id("default", event.id)}
    assert pairs[1].before_document_id == world.document_id(LEASE)
    assert pairs[1].document_id == world.document_id(DEED)


def test_a_pair_says_what_is_wanted_and_the_request_says_it_for_the_rest(world: World) -> None:
    take(world, LEASE, "one", "two")
    asked = {
        "options": {"author": "A. Counsel", "granularity": "character"},
        "outputs": ["summary", "docx", "docx"],
        "pairs": [
            {"after": path(LEASE), "options": {"granularity": "word", "track_moves": False}, "outputs": ["html"]},
            {"after": path(LEASE)},
        ],
    }
    own, common = planned(world, request(asked))
    assert own.options is not None
    assert own.options.model_dump(exclude_none=True) == {
        "author": "A. Counsel",
        "granularity": "word",
        "track_moves": False,
    }
    assert (own.outputs, common.outputs) == (("html",), ("docx", "summary"))
    identity = world.document_id(LEASE)
    plain = pair_id((identity, own.before_generation), (identity, own.after_generation))
    assert len({own.pair_id, common.pair_id, plain}) == 3


@pytest.mark.parametrize(
    ("asked", "pairs", "priority"),
    [(None, 1, "interactive"), (None, 2, "bulk"), ("bulk", 1, "bulk"), ("interactive", 2, "interactive")],
)
def test_many_pairs_are_bulk_unless_said_otherwise(world: World, asked: str | None, pairs: int, priority: str) -> None:
    take(world, LEASE, "one", "two")
    world.post("plan", request({"pairs": [{"after": path(LEASE)}] * pairs, "priority": asked}))
    said = world.events()
    assert {json.loads(event.data)["priority"] for event in said} == {priority}
    assert {event.priority for event in said} == {"bulk" if priority == "bulk" else ""}


def test_every_faulty_item_is_named_and_nothing_is_begun(world: World) -> None:
    first, second = take(world, LEASE, "one", "two")
    world.run("normalize", world.upload(LEASE, b"no document"))
    bad = world.record(LEASE).versions[-1].generation
    world.run("normalize", world.upload("bad.docx", b"no document"))
    take(world, DEED, "one")
    foreign = "f0" * 16
    said = rejected(
        world,
        request(
            {
                "pairs": [
                    {"after": path(LEASE)},
                    {"after": path("no/such.docx")},
                    {"before": path(LEASE), "after": {"document_id": foreign}},
                    {"after": path(LEASE, 7)},
                    {"before": path(LEASE, bad), "after": path(LEASE)},
                    {"after": path(DEED)},
                    {"after": path("bad.docx")},
                    {"before": path(LEASE, first), "after": path(LEASE, first)},
                    {"after": {}},
                    {"before": {"path": LEASE, "document_id": foreign}, "after": path(LEASE, second)},
                ]
            }
        ),
    )
    assert faults(said) == [
        (1, "after.path", "unknown-document"),
        (2, "after.document_id", "unknown-document"),
        (3, "after.generation", "unknown-version"),
        (4, "before.generation", "rejected-version"),
        (5, "before", "no-earlier-version"),
        (6, "after", "no-accepted-version"),
        (7, "before", "same-version"),
        (8, "after", "no-document"),
        (9, "before", "two-documents"),
    ]
    assert all(item.message.endswith(".") for item in said.items)
    assert "such.docx" not in said.model_dump_json()
    assert said.code == "unknown-document"
    assert said.message.startswith("9 things are wrong")


def test_another_tenants_document_is_not_known_even_by_its_id(world: World) -> None:
    take(world, LEASE, "one", "two")
    identity = world.document_id(LEASE)
    blobs = world.services.blobs
    record = blobs.get("records", f"versions/default/{identity}.json")
    blobs.put("records", f"versions/other/{'ab' * 16}.json", record.replace(b'"default"', b'"other"'))
    said = rejected(world, request({"pairs": [{"after": {"document_id": "ab" * 16}}]}))
    assert faults(said) == [(0, "after.document_id", "unknown-document")]
    assert said.message.startswith("pairs[0]: ")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"pairs": []}, (None, "pairs", "no-pairs")),
        ({"pairs": [{"after": {"path": LEASE}}] * 101}, (None, "pairs", "too-many-pairs")),
        ({}, (None, "pairs", "malformed")),
        (b"{not json", (None, "", "malformed")),
        (b"\xff\xfe", (None, "", "malformed")),
        ([1], (None, "", "malformed")),
        ({"pairs": [{"after": {"path": LEASE}}, {"before": {}}]}, (1, "after", "malformed")),
        (
            {"pairs": [{"after": {"path": LEASE}, "options": {"granularity": "letter"}}]},
            (0, "options.granularity", "malformed"),
        ),
        ({"pairs": [{"after": {"path": LEASE}, "outputs": ["odt"]}]}, (0, "outputs.0", "malformed")),
        ({"pairs": [{"after": {"document_id": "me"}}]}, (0, "after.document_id", "malformed")),
        ({"pairs": [{"after": {"path": LEASE}}], "tenant": "other"}, (None, "tenant", "foreign-tenant")),
        (
            {"pairs": [{"after": {"path": LEASE}}], "deadline": "2020-01-01T00:00:00Z"},
            (None, "deadline", "deadline-passed"),
        ),
        ({"pairs": [{"after": {"path": LEASE}}], "deadline": "soon"}, (None, "deadline", "malformed")),
        ({"pairs": [{"after": {"path": LEASE}}], "request_id": ""}, (None, "request_id", "malformed")),
    ],
)
def test_what_is_no_request_is_rejected_in_a_sentence(
    world: World, data: Any, expected: tuple[int | None, str, str]
) -> None:
    take(world, LEASE, "one", "two")
    said = rejected(world, request(data))
    assert faults(said) == [expected]
    assert said.message.endswith(".")


def test_malformed_items_are_all_named(world: World) -> None:
    said = rejected(world, request({"pairs": [{"after": 3}, {"after": {"path": ""}}], "request_id": "mine"}))
    assert [(item.index, item.field) for item in said.items] == [(0, "after"), (1, "after.path")]
    assert said.request_id == "mine"


def test_a_hundred_pairs_fit_and_so_does_their_rejection(world: World) -> None:
    take(world, LEASE, "one", "two")
    identity = world.document_id(LEASE)
    options = {"author": "A. Counsel of the Firm", "granularity": "character", "ignore_numbers": True}
    pairs = [{"after": {"document_id": identity}, "options": options, "outputs": ["docx", "html"]}] * 100
    event = request({"pairs": pairs})
    assert len(event.data) < MAX_MESSAGE_BYTES
    assert len(planned(world, event)) == 100
    unknown = request({"pairs": [{"before": path("a"), "after": path("no/such.docx")}] * 100})
    [said] = world.run("plan", unknown)
    assert isinstance(said, RequestRejected)
    assert len(said.items) == 100
    assert len(said.model_dump_json()) < MAX_MESSAGE_BYTES


def test_a_redelivery_says_the_pinned_plan_again_whatever_came_since(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(world, LEASE, "one", "two")
    event = request({"pairs": [{"after": path(LEASE)}] * 3})
    with monkeypatch.context() as crash:
        crash.setattr(EmbeddedBus, "publish", lambda *_: 1 / 0)
        assert world.post("plan", event) == 500
    take(world, LEASE, "three")
    world.events()
    world.post("plan", event)
    once = world.events()
    assert len(once) == 3
    world.forget_marks()
    world.post("plan", event)
    assert world.events() == once
    assert world.post("plan", event) == 200
    assert world.events() == []
    plan = BatchPlan.model_validate(world.json("records", f"batches/default/{batch_id('default', event.id)}.json"))
    assert [pair.batch_index for pair in plan.pairs] == [0, 1, 2]


def test_the_same_request_twice_is_one_batch_and_another_of_its_id_is_rejected(world: World) -> None:
    take(world, LEASE, "one", "two")
    take(world, DEED, "one", "two")
    data = {"pairs": [{"after": path(LEASE)}], "request_id": "closing"}
    [pair] = planned(world, request(data))
    [again] = planned(world, request(data, source="https://another.example"))
    assert again == pair
    said = world.run("plan", request({**data, "pairs": [{"after": path(DEED)}]}))
    assert [each.code for each in said if isinstance(each, RequestRejected)] == ["request-id-used"]
    assert len(said) == 1
    assert len(list(world.services.blobs.list("records", "batches/"))) == 1


def test_one_event_id_for_two_requests_is_told_and_not_passed_over(world: World) -> None:
    take(world, LEASE, "one", "two")
    take(world, DEED, "one", "two")
    first = request({"pairs": [{"after": path(LEASE)}]})
    planned(world, first)
    [said] = world.run("plan", request({"pairs": [{"after": path(DEED)}]}, id=first.id))
    assert isinstance(said, RequestRejected)
    assert said.code == "request-id-used"


def test_a_rejection_stays_for_its_event_and_a_new_event_is_looked_at_anew(world: World) -> None:
    data = {"pairs": [{"after": path(LEASE)}], "request_id": "closing"}
    event = request(data)
    said = rejected(world, event)
    take(world, LEASE, "one", "two")
    world.forget_marks()
    assert world.run("plan", event) == [said]
    [pair] = planned(world, request(data))
    assert isinstance(pair, PairRequested)


def test_a_request_has_a_deadline(world: World) -> None:
    take(world, LEASE, "one", "two")
    before = now()
    planned(world, request({"pairs": [{"after": path(LEASE)}], "request_id": "none"}))
    chosen = now() + timedelta(minutes=5)
    planned(world, request({"pairs": [{"after": path(LEASE)}], "request_id": "own", "deadline": chosen.isoformat()}))
    none, own = (
        BatchPlan.model_validate(world.json("records", f"batches/default/{batch_id('default', name)}.json"))
        for name in ("none", "own")
    )
    assert own.deadline == chosen
    assert before + timedelta(hours=6) <= none.deadline <= now() + timedelta(hours=6)


def test_the_data_of_a_request_is_what_the_model_says(world: World) -> None:
    take(world, LEASE, "one", "two")
    asked = RedlineRequested.model_validate({"pairs": [{"after": path(LEASE)}]})
    assert len(planned(world, request(asked.model_dump_json().encode()))) == 1
