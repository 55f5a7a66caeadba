"""How many messages a minute go through each queue, from counts that only grow. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Final

_WINDOW: Final = 60.0
"""Seconds that are looked back."""


class Throughput:
    """Keeps the counts of the last minute. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, Mapping[str, float]]] = deque()

    def add(self, now: float, counts: Mapping[str, float]) -> None:
        """Note what was counted up to now."""
        self._samples.append((now, counts))
        while len(self._samples) > 1 and self._samples[1][0] <= now - _WINDOW:
            self._samples.popleft()

    def per_minute(self) -> dict[str, float]:
        """The mean over what is kept, by name; empty until there are two samples."""
        if len(self._samples) < 2:
            return {}
        (began, before), (ended, after) = self._samples[0], self._samples[-1]
        if ended <= began:
            return {}
        return {name: max(0.0, after[name] - before.get(name, 0.0)) * 60.0 / (ended - began) for name in after}
