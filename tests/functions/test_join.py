"""join: in whatever order and however often the news come, a request ends exactly once, with the right counts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backends.bus.embedded import EmbeddedBus
from backends.redis_client import connect
from events.envelope import Event
from functions.join.main import result_of
from runtime.composition import now
from schemas.batches import RedlineBatchCompleted
from schemas.clock import ClockTicked
from schemas.redlines import Pair, PairRequested, RedlineCompleted, RedlineFailed
from tests.functions.requesting import completed, failed, planned, request, results_of, take
from tests.functions.world import World

NAME = "lease.docx"
News = RedlineCompleted | RedlineFailed


def batch(world: World, size: int, **more: Any) -> list[PairRequested]:
    """The pairs of a new request."""
    try:
        world.record(NAME)
    except LookupError:
        take(world, NAME, "one", "two")
    pairs = planned(world, request({"pairs": [{"after": {"path": NAME}}] * size, **more}))
    assert len(pairs) == size
    return pairs


def tell(world: World, *events: Event) -> list[RedlineBatchCompleted]:
    """Hand events to the join; the ends that it said, each time that it said one."""
    said: list[RedlineBatchCompleted] = []
    for event in events:
        assert world.post("join", event) == 200
        said += [each for each in world.said() if isinstance(each, RedlineBatchCompleted)]
    return said


def tick(world: World, at: datetime | None = None) -> Event:
    return world.event(ClockTicked(time=at or now()))


def forget_tallies(world: World) -> None:
    redis = connect(world.services.settings.effective_redis_url)
    for key in redis.scan_iter("redline:*:tally:*"):
        redis.delete(key)


def counts(ended: RedlineBatchCompleted) -> tuple[int, int, int, int, int]:
    return ended.total, ended.completed, ended.failed, ended.undeliverable, ended.timed_out


def test_the_last_pair_ends_the_request(world: World) -> None:
    first, second, third = batch(world, 3, request_id="closing")
    assert tell(world, world.event(completed(first)), world.event(failed(second, "undeliverable"))) == []
    [ended] = tell(world, world.event(failed(third)))
    assert counts(ended) == (3, 1, 1, 1, 0)
    assert (ended.request_id, ended.batch_id, ended.reused) == ("closing", first.batch_id, 0)
    assert [(pair.index, pair.state, pair.code) for pair in results_of(world, ended).pairs] == [
        (0, "completed", None),
        (1, "undeliverable", "undeliverable"),
        (2, "failed", "verification-failed"),
    ]


def test_news_of_pairs_that_nobody_requested_say_nothing(world: World) -> None:
    [pair] = batch(world, 1)
    alone = pair.model_copy(update={"batch_id": None, "batch_index": None})
    assert tell(world, world.event(completed(alone))) == []
    assert list(world.services.blobs.list("records", "done/")) == []


def test_results_list_what_was_wanted_and_what_was_reused(world: World) -> None:
    [pair] = batch(world, 1, outputs=["html", "summary"])
    [ended] = tell(world, world.event(completed(pair, reused_from="e0" * 16)))
    [result] = results_of(world, ended).pairs
    assert (result.docx, result.changes) == (None, None)
    assert result.html is not None
    assert result.summary is not None
    assert (result.reused_from, ended.reused) == ("e0" * 16, 1)


ORDER = st.randoms(use_true_random=False)
KINDS = st.lists(st.sampled_from(["completed", "failed", "undeliverable"]), min_size=1, max_size=8)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(KINDS, ORDER)
def test_any_order_any_repetition_and_any_loss_of_the_cache_give_one_end(
    world: World, kinds: Sequence[str], random: Random
) -> None:
    pairs = batch(world, len(kinds))
    news: list[News] = [
        completed(pair) if kind == "completed" else failed(pair, "undeliverable" if kind == "undeliverable" else "c")
        for pair, kind in zip(pairs, kinds, strict=True)
    ]
    again = [failed(pair, "later") for pair in pairs]  # a second opinion, such as of a replay, comes after the first
    events = [world.event(each) for each in news for _ in range(random.randint(1, 3))]
    random.shuffle(events)
    ends: list[RedlineBatchCompleted] = []
    for event in events:
        if random.random() < 0.2:
            forget_tallies(world)
        if random.random() < 0.2:
            world.forget_marks()
        ends += tell(world, event)
        if random.random() < 0.2:
            ends += tell(world, tick(world))
    ends += tell(world, *map(world.event, again), tick(world))
    assert {end.model_dump_json() for end in ends} == {ends[0].model_dump_json()}
    of = {kind: kinds.count(kind) for kind in ("completed", "failed", "undeliverable")}
    assert counts(ends[0]) == (len(kinds), of["completed"], of["failed"], of["undeliverable"], 0)
    assert results_of(world, ends[0]).pairs == tuple(map(result_of, news))


def test_an_end_is_said_again_only_by_the_event_that_brought_it(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = batch(world, 2)
    last = world.event(completed(second))
    tell(world, world.event(completed(first)))
    with monkeypatch.context() as crash:
        crash.setattr(EmbeddedBus, "publish", lambda *_: 1 / 0)
        assert world.post("join", last) == 500
    world.forget_marks()
    assert tell(world, world.event(completed(first)), tick(world)) == []
    [ended] = tell(world, last)
    assert counts(ended) == (2, 2, 0, 0, 0)


def test_an_end_that_was_never_published_is_made_good_by_the_clock(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    [pair] = batch(world, 1)
    with monkeypatch.context() as crash:
        crash.setattr(EmbeddedBus, "publish", lambda *_: 1 / 0)
        assert world.post("join", world.event(completed(pair))) == 500
    assert tell(world, tick(world)) == []
    monkeypatch.setattr("runtime.composition.now", lambda: now() + timedelta(minutes=2))
    [ended] = tell(world, tick(world))
    tell(world, world.event(ended))
    assert tell(world, tick(world)) == []


def test_once_its_end_came_back_from_the_bus_a_request_is_closed(world: World) -> None:
    [pair] = batch(world, 1)
    [ended] = tell(world, world.event(completed(pair)))
    assert len(list(world.services.blobs.list("records", "open/"))) == 1
    tell(world, world.event(ended))
    tell(world, world.event(ended))
    assert list(world.services.blobs.generations("records", "open/")) == []
    assert tell(world, tick(world), world.event(failed(pair))) == []


def test_what_is_missing_at_the_deadline_has_timed_out_and_late_news_change_nothing(world: World) -> None:
    deadline = now() + timedelta(hours=1)
    first, second, third = batch(world, 3, deadline=deadline.isoformat())
    tell(world, world.event(completed(first)))
    assert tell(world, tick(world, deadline - timedelta(seconds=1))) == []
    [ended] = tell(world, tick(world, deadline))
    assert counts(ended) == (3, 1, 0, 0, 2)
    assert ended.deadline == deadline
    assert [pair.state for pair in results_of(world, ended).pairs] == ["completed", "timed-out", "timed-out"]
    late = [world.event(completed(second)), world.event(completed(third))]
    assert tell(world, *late, tick(world, deadline + timedelta(seconds=9))) == []
    tell(world, world.event(ended))
    world.forget_marks()
    assert tell(world, *late, tick(world, deadline + timedelta(seconds=19))) == []
    assert [pair.state for pair in results_of(world, ended).pairs] == ["completed", "timed-out", "timed-out"]


def test_a_lost_tally_is_made_good_by_the_clock(world: World) -> None:
    first, second, third = batch(world, 3)
    tell(world, world.event(completed(first)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(world.services.tallies), "add", lambda *_: 2)
        assert tell(world, world.event(completed(second)), world.event(completed(third))) == []
    [ended] = tell(world, tick(world))
    assert counts(ended) == (3, 3, 0, 0, 0)


def test_a_damaged_record_of_a_pair_is_a_failure_and_not_the_end_of_the_join(world: World) -> None:
    first, second = batch(world, 2)
    tell(world, world.event(completed(first)))
    next(world.services.settings.layout.blobs.rglob("records/done/**/*.data")).write_bytes(b"cut")
    [ended] = tell(world, world.event(completed(second)))
    assert counts(ended) == (2, 1, 1, 0, 0)
    assert results_of(world, ended).pairs[0].code == "damaged-object"


def test_two_requests_of_the_same_pair_end_each_for_itself(world: World) -> None:
    [one] = batch(world, 1)
    [other] = batch(world, 1)
    assert one.pair_id == other.pair_id
    [ended] = tell(world, world.event(completed(one)))
    assert ended.batch_id == one.batch_id
    [ended] = tell(world, world.event(completed(other)))
    assert ended.batch_id == other.batch_id
    assert isinstance(one, Pair)
