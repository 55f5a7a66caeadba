"""Whose turn it is among the deliveries that a dispatcher holds. Pure: no threads, no clock, no queue.

What somebody waits for goes first. Bulk work takes what is left, but one slot, which stays free for whoever comes; and
where both wait, every fifth turn is for bulk work, so that neither starves. Within bulk work tenants take turns, and
no tenant has more than its share in flight.
"""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from itertools import chain
from typing import Final

from backends.bus import Delivery
from schemas.messaging import Subscription

AHEAD_OF_BULK: Final = 4
"""Turns of interactive work in a row while bulk work could go on."""


@dataclass(frozen=True, slots=True)
class Job:
    """A delivery to see through, pulled at this monotonic time. `tenant` counts for bulk work only."""

    subscription: Subscription
    delivery: Delivery
    tenant: str = ""
    pulled: float = 0.0

    @property
    def is_bulk(self) -> bool:
        """Whether nobody waits for it."""
        return self.subscription.priority == "bulk"


@dataclass(slots=True)
class Turns:
    """Jobs that wait, and how many are in flight.

    `slots` jobs are in flight at a time, of which `per_tenant` may be bulk work of one tenant.
    """

    slots: int
    per_tenant: int
    _first: deque[Job] = field(default_factory=deque)
    _bulk: dict[str, deque[Job]] = field(default_factory=dict)
    """Lines of the tenants, in the order of their turns."""
    _waiting: Counter[str] = field(default_factory=Counter)
    _in_flight: int = 0
    _bulk_in_flight: Counter[str] = field(default_factory=Counter)
    _in_a_row: int = 0

    @property
    def bulk_slots(self) -> int:
        """Slots that bulk work may take."""
        return max(1, self.slots - 1)

    def room(self, subscription: Subscription, ahead: int) -> int:
        """How many more deliveries of a subscription to hold, when `ahead` may wait besides those in flight.

        None until half of those that may wait are gone, so that one pull brings many. What somebody waits for is not
        held back here at all: another dispatcher may have a free slot for it.
        """
        waiting = self._waiting[subscription.name]
        if subscription.priority == "interactive":
            return self.slots - self._in_flight - waiting
        if subscription.priority == "bulk":
            room = max(1, ahead) - waiting
        else:
            room = self.slots + ahead - self._in_flight - self._waiting.total()
        return room if room > ahead // 2 else 0

    def put(self, job: Job) -> None:
        """Let a job wait for its turn."""
        if job.is_bulk:
            self._bulk.setdefault(job.tenant, deque()).append(job)
        else:
            self._first.append(job)
        self._waiting[job.subscription.name] += 1

    def take(self) -> Job | None:
        """The job whose turn it is, now in flight; None when none may go."""
        if self._in_flight >= self.slots:
            return None
        tenant = self._next_tenant()
        if self._first and (tenant is None or self._in_a_row < AHEAD_OF_BULK):
            job = self._first.popleft()
            self._in_a_row = 0 if tenant is None else self._in_a_row + 1
        elif tenant is not None:
            job = self._take_bulk(tenant)
            self._in_a_row = 0
        else:
            return None
        self._in_flight += 1
        self._waiting[job.subscription.name] -= 1
        return job

    def done(self, job: Job) -> None:
        """A job that was taken is in flight no more."""
        self._in_flight -= 1
        if job.is_bulk:
            self._bulk_in_flight[job.tenant] -= 1

    def clear(self) -> list[Job]:
        """Forget what waits, and tell what it was."""
        waiting = [*self._first, *chain.from_iterable(self._bulk.values())]
        self._first.clear()
        self._bulk.clear()
        self._waiting.clear()
        return waiting

    def _next_tenant(self) -> str | None:
        """The first tenant in line that has a share and a slot left."""
        if self._bulk_in_flight.total() >= self.bulk_slots:
            return None
        return next((tenant for tenant in self._bulk if self._bulk_in_flight[tenant] < self.per_tenant), None)

    def _take_bulk(self, tenant: str) -> Job:
        line = self._bulk.pop(tenant)
        job = line.popleft()
        if line:
            self._bulk[tenant] = line  # behind all others
        self._bulk_in_flight[tenant] += 1
        return job
