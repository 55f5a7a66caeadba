"""What every store of seen-marks keeps to."""

from __future__ import annotations

import pytest

from backends.cache import SeenMarks
from tests.contract.doors import Door


@pytest.mark.parametrize("key", ["plan:0123", "", "a b\n😀"], ids=["plain", "empty", "odd"])
def test_a_mark_stands_once_it_is_set(marks: SeenMarks, key: str) -> None:
    assert not marks.seen(key)
    marks.mark(key)
    marks.mark(key)
    assert marks.seen(key)
    assert not marks.seen(f"{key}x")


def test_a_mark_is_seen_by_all(door: Door) -> None:
    door.marks().mark("a")
    assert door.marks().seen("a")


def test_a_tally_counts_each_member_once_for_all(door: Door) -> None:
    assert door.tallies().add("batch", [3]) == 1
    assert door.tallies().add("batch", [3, 4, 4]) == 2
    assert door.tallies().add("other", range(100)) == 100
    assert door.tallies().add("batch", []) == 2
    assert door.tallies().add("nothing", []) == 0
