from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from runtime.throughput import Throughput


def test_messages_a_minute_are_those_of_the_last_minute() -> None:
    seen = Throughput()
    assert seen.per_minute() == {}
    for second in range(0, 181, 10):
        count = 100 if second > 120 else second / 2
        seen.add(1000.0 + second, {"a": count, "b": second * 2})
    assert seen.per_minute() == {"a": 40.0, "b": 120.0}


def test_a_queue_that_was_never_counted_before_began_at_zero() -> None:
    seen = Throughput()
    seen.add(0.0, {})
    seen.add(30.0, {"a": 5})
    assert seen.per_minute() == {"a": 10.0}


@given(st.lists(st.tuples(st.floats(0, 100), st.integers(0, 50)), max_size=30))
def test_it_is_never_negative_and_never_divides_by_zero(steps: list[tuple[float, int]]) -> None:
    seen, now, count = Throughput(), 0.0, 0
    for pause, more in steps:
        now, count = now + pause, count + more
        seen.add(now, {"a": count})
        assert all(rate >= 0 for rate in seen.per_minute().values())
