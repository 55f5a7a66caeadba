"""A cache that may be away: work goes on without what it remembers, takes longer, and comes to the same."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from backends.cache import SeenMarks, Tallies
from backends.errors import BackendUnavailable
from backends.guard import Guard


class ForgetfulSeenMarks:
    """SeenMarks that has seen nothing while its server is away, and marks nothing."""

    def __init__(self, marks: SeenMarks, guard: Guard) -> None:
        """`guard` is that of the server; while its breaker is open nobody waits for it."""
        self._marks = marks
        self._guard = guard

    def seen(self, key: str) -> bool:
        """Whether the mark is known to stand."""
        with suppress(BackendUnavailable), self._guard.call():
            return self._marks.seen(key)
        return False

    def mark(self, key: str) -> None:
        """Set the mark if that is possible, only ever after the work it stands for is done."""
        with suppress(BackendUnavailable), self._guard.call():
            self._marks.mark(key)


class ForgetfulTallies:
    """Tallies that has nothing but what it is given while its server is away."""

    def __init__(self, tallies: Tallies, guard: Guard) -> None:
        """`guard` is that of the server; while its breaker is open nobody waits for it."""
        self._tallies = tallies
        self._guard = guard

    def add(self, name: str, members: Iterable[int]) -> int:
        """Add members to the set of this name; how many it is known to have now."""
        given = set(members)
        with suppress(BackendUnavailable), self._guard.call():
            return self._tallies.add(name, given)
        return len(given)
