"""What may be forgotten: marks of work already done."""

from __future__ import annotations

from typing import Protocol


class SeenMarks(Protocol):
    """Remembers finished work, so that a redelivery is quick. Losing a mark costs time, never a result."""

    def seen(self, key: str) -> bool:
        """Whether the mark stands."""
        ...

    def mark(self, key: str) -> None:
        """Set the mark, only ever after the work it stands for is done."""
        ...
