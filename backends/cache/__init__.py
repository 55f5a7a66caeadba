"""What may be forgotten: marks of work already done, and hints of how far something has come."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol


class SeenMarks(Protocol):
    """Remembers finished work, so that a redelivery is quick. Losing a mark costs time, never a result."""

    def seen(self, key: str) -> bool:
        """Whether the mark stands."""
        ...

    def mark(self, key: str) -> None:
        """Set the mark, only ever after the work it stands for is done."""
        ...


class Tallies(Protocol):
    """Sets of what has happened so far, as hints of when it is worth looking at the truth. Any may be lost any time."""

    def add(self, name: str, members: Iterable[int]) -> int:
        """Add members to the set of this name; how many it has now."""
        ...
