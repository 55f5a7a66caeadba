from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.scaler import Limits, Pool, decide, wanted

LIMITS = Limits(minimum=1, maximum=4, per_worker=2, calm=10.0)


@pytest.mark.parametrize(
    ("backlog", "workers"),
    [
        pytest.param(0, 1, id="never below the minimum"),
        pytest.param(2, 1, id="one worker takes two"),
        pytest.param(3, 2, id="a part of a worker is a worker"),
        pytest.param(1000, 4, id="never above the maximum"),
    ],
)
def test_the_backlog_calls_for_workers(backlog: int, workers: int) -> None:
    assert wanted(backlog, LIMITS) == workers


def test_a_pool_grows_at_once() -> None:
    assert decide(Pool(1), 100, 0.0, LIMITS).pool == Pool(4)


def test_a_pool_shrinks_slowly_and_only_in_calm() -> None:
    pool, sizes = Pool(4), []
    for second in range(0, 50, 5):
        pool = decide(pool, 0, float(second), LIMITS).pool
        sizes.append(pool.size)
    assert sizes == [4, 4, 3, 3, 2, 2, 1, 1, 1, 1]


def test_a_burst_ends_the_calm() -> None:
    pool = decide(Pool(2), 0, 0.0, LIMITS).pool
    pool = decide(pool, 4, 9.0, LIMITS).pool
    assert decide(pool, 0, 11.0, LIMITS).pool.size == 2


def test_a_decision_says_why() -> None:
    grown = decide(Pool(1), 7, 0.0, LIMITS)
    kept = decide(grown.pool, 0, 1.0, LIMITS)
    still = decide(kept.pool, 0, 5.0, LIMITS)
    shrunk = decide(still.pool, 0, 11.0, LIMITS)
    assert [each.reason for each in (grown, kept, still, shrunk)] == [
        "a backlog of 7 at 2 a worker calls for 4 within 1 to 4",
        "a backlog of 0 at 2 a worker calls for 1 within 1 to 4; 4 stay while it may come back",
        "a backlog of 0 at 2 a worker calls for 1 within 1 to 4; 4 stay until that held for 10 s",
        "a backlog of 0 at 2 a worker calls for 1 within 1 to 4; one worker less, as that held for 10 s",
    ]


@given(
    backlogs=st.lists(st.integers(0, 10_000), max_size=50),
    minimum=st.integers(0, 3),
    more=st.integers(0, 5),
    per_worker=st.integers(1, 10),
)
def test_a_pool_keeps_its_bounds_and_takes_one_step_down_at_a_time(
    backlogs: list[int], minimum: int, more: int, per_worker: int
) -> None:
    limits = Limits(minimum, minimum + more, per_worker, calm=2.0)
    pool = Pool(minimum)
    for now, backlog in enumerate(backlogs):
        before, pool = pool, decide(pool, backlog, float(now), limits).pool
        assert limits.minimum <= pool.size <= limits.maximum
        assert pool.size >= min(before.size - 1, before.size)
        assert pool.size >= wanted(backlog, limits)


@given(
    sizes=st.integers(1, 10),
    smaller=st.integers(0, 100),
    more=st.integers(0, 100),
    now=st.floats(0, 1e6),
    since=st.none() | st.floats(0, 1e6),
)
def test_a_larger_backlog_never_calls_for_fewer(
    sizes: int, smaller: int, more: int, now: float, since: float | None
) -> None:
    pool, limits = Pool(sizes, since), Limits(1, 10, per_worker=3)
    assert decide(pool, smaller, now, limits).pool.size <= decide(pool, smaller + more, now, limits).pool.size


@given(backlog=st.integers(0, 10_000), size=st.integers(1, 8))
def test_a_steady_backlog_leads_to_what_it_calls_for(backlog: int, size: int) -> None:
    limits = Limits(1, 8, per_worker=4, calm=3.0)
    pool = Pool(size)
    for second in range(60):
        pool = decide(pool, backlog, float(second), limits).pool
    assert pool.size == wanted(backlog, limits)
