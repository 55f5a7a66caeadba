from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st

from backends.bus import Delivery
from runtime.turns import AHEAD_OF_BULK, Job, Turns
from schemas.messaging import Message, Subscription

PLAIN = Subscription("documents", "audit")
DROPS = Subscription("redline-pairs", "redline", priority="interactive")
BATCHES = replace(DROPS, priority="bulk")


def job(name: str, subscription: Subscription = BATCHES) -> Job:
    """A job of the tenant that the name begins with."""
    tenant = name[0] if subscription is BATCHES else ""
    return Job(subscription, Delivery(Message(b""), name, 1), tenant)


def filled(turns: Turns, *jobs: Job) -> Turns:
    for each in jobs:
        turns.put(each)
    return turns


def order(turns: Turns) -> list[str]:
    """What goes when each is done before the next one is taken."""
    names = []
    while taken := turns.take():
        names.append(taken.delivery.ack_id)
        turns.done(taken)
    return names


def test_what_somebody_waits_for_goes_first() -> None:
    turns = filled(Turns(2, 8), job("a1"), job("a2"), job("drop", DROPS))
    assert order(turns) == ["drop", "a1", "a2"]


def test_tenants_take_turns() -> None:
    turns = filled(Turns(2, 8), *map(job, ["a1", "a2", "a3", "a4", "b1", "b2", "c1"]))
    assert order(turns) == ["a1", "b1", "c1", "a2", "b2", "a3", "a4"]


def test_bulk_work_starves_no_more_than_the_other() -> None:
    drops = [job(f"drop {number}", DROPS) for number in range(3 * AHEAD_OF_BULK)]
    turns = filled(Turns(2, 8), *drops, *map(job, ["a1", "a2", "a3", "a4"]))
    kinds = [(kind, len(list(group))) for kind, group in groupby(name[0] for name in order(turns))]
    assert kinds == [("d", AHEAD_OF_BULK), ("a", 1), ("d", AHEAD_OF_BULK), ("a", 1), ("d", AHEAD_OF_BULK), ("a", 2)]


def test_one_slot_stays_free_of_bulk_work() -> None:
    turns = filled(Turns(3, 8), *map(job, ["a1", "a2", "a3"]))
    assert [turns.take() is not None for _ in range(3)] == [True, True, False]
    assert turns.room(DROPS, 0) == 1
    turns.put(job("drop", DROPS))
    assert turns.take() == job("drop", DROPS)


def test_the_only_slot_is_for_both() -> None:
    turns = filled(Turns(1, 8), job("a1"))
    assert turns.take() == job("a1")
    assert turns.take() is None


def test_a_tenant_has_no_more_than_its_share_in_flight() -> None:
    turns = filled(Turns(10, 2), *map(job, ["a1", "a2", "a3", "b1"]))
    taken = [turns.take() for _ in range(4)]
    assert taken == [job("a1"), job("b1"), job("a2"), None]
    turns.done(job("a1"))
    assert turns.take() == job("a3")


def test_light_work_waits_here_and_is_pulled_in_plenty() -> None:
    turns = Turns(slots=2, per_tenant=1)
    rooms = [turns.room(PLAIN, ahead=4)]
    filled(turns, *(job(str(number), PLAIN) for number in range(6)))
    taken = [turns.take() for _ in range(2)]
    rooms.append(turns.room(PLAIN, ahead=4))
    for each in taken:
        assert each is not None
        turns.done(each)
        turns.take()
        rooms.append(turns.room(PLAIN, ahead=4))
    turns.done(job("2", PLAIN))
    assert [*rooms, turns.room(PLAIN, ahead=4)] == [6, 0, 0, 0, 3]


def test_what_somebody_waits_for_is_pulled_only_when_it_can_go_at_once() -> None:
    turns = filled(Turns(slots=2, per_tenant=1), job("one", DROPS))
    assert turns.room(DROPS, ahead=10) == 1
    turns.take()
    filled(turns, job("two", DROPS))
    assert turns.room(DROPS, ahead=10) == 0


def test_bulk_work_waits_here_besides_what_is_in_flight() -> None:
    turns = filled(Turns(slots=3, per_tenant=8), *map(job, ["a1", "a2"]))
    assert turns.room(BATCHES, ahead=4) == 0
    turns.take()
    assert turns.room(BATCHES, ahead=4) == 3
    assert Turns(slots=1, per_tenant=1).room(BATCHES, ahead=0) == 1


def test_what_waits_can_be_forgotten() -> None:
    turns = filled(Turns(2, 8), job("a1"), job("a2"), job("drop", DROPS))
    assert turns.take() == job("drop", DROPS)
    assert turns.clear() == [job("a1"), job("a2")]
    assert turns.take() is None
    assert turns.room(BATCHES, ahead=4) == 4


@given(
    slots=st.integers(1, 6),
    per_tenant=st.integers(1, 4),
    steps=st.lists(st.sampled_from(["drop", "a", "b", "c", "take", "take", "done"]), max_size=120),
)
def test_nothing_is_lost_and_no_slot_idles_in_vain(slots: int, per_tenant: int, steps: list[str]) -> None:
    turns = Turns(slots, per_tenant)
    put: list[Job] = []
    in_flight: list[Job] = []
    went: list[Job] = []
    for number, step in enumerate(steps):
        if step == "take":
            taken = turns.take()
            waiting = [each for each in put if each not in went]
            bulk = Counter(each.tenant for each in in_flight if each.is_bulk)
            may_go = [
                each
                for each in waiting
                if len(in_flight) < slots
                and (not each.is_bulk or (bulk.total() < turns.bulk_slots and bulk[each.tenant] < per_tenant))
            ]
            assert (taken is None) == (may_go == [])
            if taken is not None:
                assert taken in may_go
                in_flight.append(taken)
                went.append(taken)
        elif step == "done":
            if in_flight:
                turns.done(in_flight.pop(0))
        else:
            put.append(job(f"{step} {number}", DROPS if step == "drop" else BATCHES))
            turns.put(put[-1])
    for kind in ("drop", "a", "b", "c"):
        names = [each.delivery.ack_id for each in went if each.delivery.ack_id.startswith(kind)]
        assert names == [each.delivery.ack_id for each in put if each.delivery.ack_id.startswith(kind)][: len(names)]
