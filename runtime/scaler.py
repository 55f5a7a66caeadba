"""How many workers a function should have: what KEDA decides on a cluster, here from the local queue. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a pool.

    `per_worker` is how many events one worker takes at a time. A pool shrinks one worker at a time, and only after the
    queue called for fewer for `calm` seconds, so that a short pause does not cost a start.
    """

    minimum: int
    maximum: int
    per_worker: int = 1
    calm: float = 15.0


@dataclass(frozen=True, slots=True)
class Pool:
    """The size of a pool, and since when (monotonic seconds) it is larger than called for; None when it is not."""

    size: int
    too_large_since: float | None = None


def wanted(backlog: int, limits: Limits) -> int:
    """Workers that a backlog calls for: ceil(backlog / per_worker) within the bounds."""
    return max(limits.minimum, min(limits.maximum, math.ceil(backlog / limits.per_worker)))


def decide(pool: Pool, backlog: int, now: float, limits: Limits) -> Pool:
    """The pool as it should be now. Growing is done at once and in full."""
    target = wanted(backlog, limits)
    if target >= pool.size:
        return Pool(target)
    if pool.too_large_since is None:
        return replace(pool, too_large_since=now)
    if now - pool.too_large_since < limits.calm:
        return pool
    return Pool(pool.size - 1, too_large_since=now)
