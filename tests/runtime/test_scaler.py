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
    assert decide(Pool(1), 100, 0.0, LIMITS) == Pool(4)


def test_a_pool_shrinks_slowly_and_only_in_calm() -> None:
    pool, sizes = Pool(4), []
    for second in range(0, 50, 5):
        pool = decide(pool, 0, float(second), LIMITS)
        sizes.append(pool.size)
    assert sizes == [4, 4, 3, 3, 2, 2, 1, 1, 1, 1]


def test_a_burst_ends_the_calm() -> None:
    pool = decide(Pool(2), 0, 0.0, LIMITS)
    pool = decide(pool, 4, 9.0, LIMITS)
    assert decide(pool, 0, 11.0, LIMITS).size == 2


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
        before, pool = pool, decide(pool, backlog, float(now), limits)
        assert limits.minimum <= pool.size <= limits.maximum
        assert pool.size >= min(before.size - 1, before.size)
        assert pool.size >= wanted(backlog, limits)
