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


@dataclass(frozen=True, slots=True)
class Decision:
    """The pool as it should be, and in one sentence why."""

    pool: Pool
    reason: str


def wanted(backlog: int, limits: Limits) -> int:
    """Workers that a backlog calls for: ceil(backlog / per_worker) within the bounds."""
    return max(limits.minimum, min(limits.maximum, math.ceil(backlog / limits.per_worker)))


def decide(pool: Pool, backlog: int, now: float, limits: Limits) -> Decision:
    """The pool as it should be now. Growing is done at once and in full."""
    target = wanted(backlog, limits)
    called_for = (
        f"a backlog of {backlog} at {limits.per_worker} a worker calls for {target} "
        f"within {limits.minimum} to {limits.maximum}"
    )
    if target >= pool.size:
        return Decision(Pool(target), called_for)
    if pool.too_large_since is None:
        return Decision(replace(pool, too_large_since=now), f"{called_for}; {pool.size} stay while it may come back")
    calm = now - pool.too_large_since
    if calm < limits.calm:
        return Decision(pool, f"{called_for}; {pool.size} stay until that held for {limits.calm:.0f} s")
    return Decision(Pool(pool.size - 1, now), f"{called_for}; one worker less, as that held for {calm:.0f} s")
