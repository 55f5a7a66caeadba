"""A cache that goes away and comes back: nothing waits for it, and nothing is made up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backends.bus.valkey import EmbeddedValkey
from backends.cache.embedded import RedisSeenMarks, RedisTallies
from backends.cache.forgetful import ForgetfulSeenMarks, ForgetfulTallies
from backends.guard import Guard, State
from backends.redis_client import connect


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedValkey]:
    server = EmbeddedValkey(tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def states() -> list[State]:
    """Where the breaker stood, one after the other."""
    return []


@pytest.fixture
def guard(states: list[State]) -> Guard:
    return Guard("redis", pause=0.0, changed=lambda _, state: states.append(state))


def test_marks_are_unknown_while_it_is_away_and_known_again_after(
    server: EmbeddedValkey, guard: Guard, states: list[State]
) -> None:
    client = connect(server.url)
    marks = ForgetfulSeenMarks(RedisSeenMarks(lambda: client), guard)
    marks.mark("before")
    server.stop()
    for _ in range(4):
        assert not marks.seen("before")
        marks.mark("meanwhile")
    assert "open" in states
    server.start()
    assert marks.seen("before")
    assert not marks.seen("meanwhile")
    assert states[-1] == "closed"


def test_tallies_count_what_they_are_given_while_it_is_away(server: EmbeddedValkey, guard: Guard) -> None:
    client = connect(server.url)
    tallies = ForgetfulTallies(RedisTallies(lambda: client), guard)
    assert tallies.add("batch", [1, 2]) == 2
    server.stop()
    assert tallies.add("batch", [3]) == 1
    assert tallies.add("batch", [1, 2, 3, 3]) == 3
    server.start()
    assert tallies.add("batch", [4]) == 3
