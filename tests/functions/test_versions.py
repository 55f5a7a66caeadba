from __future__ import annotations

import hashlib
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.ids import event_id
from functions import versions
from schemas.base import Content, ObjectRef
from schemas.documents import AcceptedVersion, RejectedVersion, VersionRecord
from schemas.redlines import Pair, Plan

DOCUMENT = "d0" * 16
EMPTY = VersionRecord(tenant="default", region="local", document_id=DOCUMENT)
Taken = AcceptedVersion | RejectedVersion
Pairs = set[tuple[int, int]]


def accepted(generation: int, text: str) -> AcceptedVersion:
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    return AcceptedVersion(
        generation=generation,
        source=Content(sha256=sha256, size=len(text)),
        normalized=ObjectRef(bucket="normalized", object=f"{generation}.docx", generation=1, sha256=sha256, size=1),
        media_type="text/plain",
    )


def rejected(generation: int) -> RejectedVersion:
    return RejectedVersion(generation=generation, code="empty-file", message="The file is empty.")


def of(generation: int, text: str) -> Taken:
    """A version; `!` stands for a document that cannot be used."""
    return rejected(generation) if text == "!" else accepted(generation, text)


def taken(*arrivals: tuple[int, str]) -> VersionRecord:
    record = EMPTY
    for generation, text in arrivals:
        record = versions.take(record, of(generation, text))
    return record


def pairs(said: tuple[Pair, ...]) -> Pairs:
    return {(pair.before_generation, pair.after_generation) for pair in said}


def active(plans: list[Plan]) -> Pairs:
    requested = set().union(*(pairs(plan.requested) for plan in plans)) if plans else set()
    superseded = set().union(*(pairs(plan.superseded) for plan in plans)) if plans else set()
    return requested - superseded


def neighbours(texts: dict[int, str]) -> Pairs:
    """The rule itself: nearest accepted earlier generation, with other bytes."""
    usable = sorted(generation for generation, text in texts.items() if text != "!")
    return {(before, after) for before, after in pairwise(usable) if texts[before] != texts[after]}


@pytest.mark.parametrize(
    ("arrivals", "requested", "superseded"),
    [
        ([(1, "a")], set(), set()),
        ([(1, "a"), (2, "b")], {(1, 2)}, set()),
        ([(1, "a"), (3, "c"), (2, "b")], {(1, 2), (2, 3)}, {(1, 3)}),
        ([(1, "a"), (2, "!"), (3, "c")], {(1, 3)}, set()),
        ([(1, "a"), (2, "a")], set(), set()),
        ([(1, "a"), (2, "a"), (3, "c")], {(2, 3)}, set()),
        ([(1, "a"), (3, "a"), (2, "b")], {(1, 2), (2, 3)}, set()),
        ([(1, "a"), (3, "c"), (2, "a")], {(2, 3)}, {(1, 3)}),
        ([(3, "c"), (1, "a")], {(1, 3)}, set()),
    ],
    ids=[
        "first",
        "second",
        "late between",
        "rejected between",
        "same bytes",
        "after same bytes",
        "late between equals",
        "late and equal to the earlier",
        "late first",
    ],
)
def test_the_last_to_arrive_is_planned(arrivals: list[tuple[int, str]], requested: Pairs, superseded: Pairs) -> None:
    plan = versions.plan(taken(*arrivals), arrivals[-1][0])
    assert (pairs(plan.requested), pairs(plan.superseded)) == (requested, superseded)


@given(st.randoms(), st.dictionaries(st.integers(1, 99), st.sampled_from("abc!"), max_size=9))
def test_the_active_pairs_are_the_neighbours_in_any_order_of_arrival_and_planning(
    chance: Random, texts: dict[int, str]
) -> None:
    arrivals = chance.sample(sorted(texts.items()), len(texts))
    record = EMPTY
    waiting: list[int] = []
    plans: list[Plan] = []
    for generation, text in arrivals:
        record = versions.take(record, of(generation, text))
        waiting += [generation] if text != "!" else []
        while waiting and chance.random() < 0.5:
            plans.append(versions.plan(record, waiting.pop(chance.randrange(len(waiting)))))
    plans += [versions.plan(record, generation) for generation in waiting]
    assert active(plans) == neighbours(texts)


@given(st.permutations(list(range(1, 8))), st.permutations(list(range(1, 8))))
def test_a_plan_does_not_depend_on_when_it_is_made(order: list[int], later: list[int]) -> None:
    record = EMPTY
    early = {}
    for generation in order:
        record = versions.take(record, accepted(generation, str(generation)))
        early[generation] = versions.plan(record, generation)
    assert {generation: versions.plan(record, generation) for generation in later} == early


@given(st.permutations(list(range(1, 8))))
def test_what_is_superseded_was_requested_and_is_superseded_once_by_nearer_pairs(order: list[int]) -> None:
    record = EMPTY
    requested: dict[str, tuple[int, int]] = {}
    superseded: list[str] = []
    for generation in order:
        record = versions.take(record, accepted(generation, str(generation)))
        plan = versions.plan(record, generation)
        for far in plan.superseded:
            assert far.pair_id in requested
            assert set(far.superseded_by) == {pair.pair_id for pair in plan.requested}
        superseded += [far.pair_id for far in plan.superseded]
        requested |= {pair.pair_id: (pair.before_generation, pair.after_generation) for pair in plan.requested}
    assert len(superseded) == len(set(superseded))


def test_one_pair_planned_twice_is_one_command() -> None:
    record = taken((1, "a"), (2, "b"))
    once, again = (versions.plan(record, 2).requested[0] for _ in range(2))
    assert event_id(once) == event_id(again)


def test_a_generation_is_taken_once() -> None:
    record = taken((1, "a"), (2, "b"))
    assert versions.take(record, accepted(2, "other")) == record
    assert versions.take(record, rejected(1)) == record


def test_versions_stand_in_the_order_of_generations() -> None:
    record = taken((5, "a"), (2, "!"), (9, "c"), (3, "d"))
    assert [(version.generation, version.taken) for version in record.versions] == [(2, 2), (3, 4), (5, 1), (9, 3)]


def test_the_same_bytes_are_told_only_by_the_nearest_accepted_earlier_version() -> None:
    record = taken((1, "a"), (2, "b"), (3, "!"), (5, "b"), (6, "a"))
    told = {}
    for version in record.versions:
        if isinstance(version, AcceptedVersion):
            told[version.generation] = versions.same_as(record, version)
    assert told == {1: None, 2: None, 5: 2, 6: None}


def test_a_tombstone_loses_nothing_and_stands_once() -> None:
    record = taken((1, "a"), (2, "b"))
    buried = versions.bury(versions.bury(record, 2), 2)
    assert buried.tombstones == (2,)
    assert buried.versions == record.versions
    again = versions.take(buried, accepted(3, "c"))
    assert pairs(versions.plan(again, 3).requested) == {(2, 3)}


@pytest.mark.parametrize("generation", [2, 7], ids=["rejected", "unknown"])
def test_only_an_accepted_version_can_be_planned(generation: int) -> None:
    with pytest.raises(LookupError):
        versions.plan(taken((1, "a"), (2, "!")), generation)


@given(st.permutations(list(range(1, 7))), st.lists(st.sampled_from("ab!"), min_size=6, max_size=6))
def test_the_record_tells_of_each_requested_pair_whether_it_is_superseded(order: list[int], texts: list[str]) -> None:
    record = EMPTY
    plans: list[Plan] = []
    for generation in order:
        record = versions.take(record, of(generation, texts[generation - 1]))
        plans += [versions.plan(record, generation)] if texts[generation - 1] != "!" else []
    for pair in set().union(*(pairs(plan.requested) for plan in plans)) if plans else set():
        assert versions.is_superseded(record, *pair) is (pair not in active(plans))


def test_a_pair_that_was_asked_for_across_versions_is_not_superseded_by_them() -> None:
    assert not versions.is_superseded(taken((1, "a"), (2, "b"), (3, "c")), 1, 3)
    assert versions.is_superseded(taken((1, "a"), (3, "c"), (2, "b")), 1, 3)


def test_the_newest_is_the_last_accepted_one_until_it_is_deleted() -> None:
    record = taken((1, "a"), (3, "b"), (4, "b"), (5, "!"))
    assert [versions.is_newest(record, generation) for generation in (1, 3, 4)] == [False, False, True]
    assert [versions.leads_to_newest(record, generation) for generation in (1, 3, 4)] == [False, True, True]
    buried = versions.bury(record, 5)
    assert not versions.is_newest(buried, 4)
    assert not versions.leads_to_newest(buried, 3)
    again = versions.take(buried, accepted(7, "b"))
    assert [versions.is_newest(again, generation) for generation in (4, 7)] == [False, True]
    assert [versions.leads_to_newest(again, generation) for generation in (3, 7)] == [False, True]


@given(st.permutations(list(range(1, 7))), st.lists(st.sampled_from("ab!"), min_size=6, max_size=6), st.randoms())
def test_what_is_no_longer_newest_never_is_again(order: list[int], texts: list[str], chance: Random) -> None:
    record = EMPTY
    over: set[tuple[str, int]] = set()
    for generation in order:
        record = versions.take(record, of(generation, texts[generation - 1]))
        if chance.random() < 0.2:
            record = versions.bury(record, chance.randrange(1, 7))
        for version in versions.accepted(record):
            for rule in (versions.is_newest, versions.leads_to_newest):
                mark = (rule.__name__, version.generation)
                if rule(record, version.generation):
                    assert mark not in over
                else:
                    over.add(mark)
