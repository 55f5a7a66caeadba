"""The worker pools of a pipeline on one machine: asks the queues, lets the scaler decide, and tells gunicorn."""

from __future__ import annotations

import contextlib
import logging
import signal
import time
from collections.abc import Mapping
from typing import Final

from backends.bus import Bus
from backends.errors import BackendUnavailable
from events.routing import SUBSCRIPTIONS
from runtime import metrics
from runtime.logging import log
from runtime.processes import Child
from runtime.scaler import Limits, Pool, decide
from runtime.state import Scaling

LOGGER: Final = logging.getLogger("redline.scaler")


class Pools:
    """The pool of each function that may have more than one worker; `scaling` is the last change of each, and why."""

    def __init__(self, limits: Mapping[str, Limits], servers: Mapping[str, Child]) -> None:
        """`servers` are the gunicorn masters: SIGTTIN is one worker more, SIGTTOU one less."""
        self._limits = {name: each for name, each in limits.items() if each.maximum > each.minimum}
        self._servers = servers
        self._pools = {name: Pool(each.minimum) for name, each in self._limits.items()}
        self._starts = dict.fromkeys(self._limits, 0)
        self.scaling: Mapping[str, Scaling] = {}

    def adjust(self, bus: Bus) -> None:
        """Grow and shrink the pools by what waits now; while the bus is away they stay as they are."""
        for name in self._limits:
            with contextlib.suppress(BackendUnavailable):
                backlog = sum(bus.depth(each.name).backlog for each in SUBSCRIPTIONS if each.function == name)
                self._adjust(name, backlog)

    def _adjust(self, name: str, backlog: int) -> None:
        limits, server = self._limits[name], self._servers[name]
        if server.starts != self._starts[name]:  # a server that was started again has as many as at first
            self._pools[name], self._starts[name] = Pool(limits.minimum), server.starts
        before = self._pools[name]
        decision = decide(before, backlog, time.monotonic(), limits)
        self._pools[name] = decision.pool
        steps = decision.pool.size - before.size
        for _ in range(abs(steps)):
            server.signal(signal.SIGTTIN if steps > 0 else signal.SIGTTOU)
        if decision.pool.too_large_since != before.too_large_since or steps:
            self._tell(name, before.size, decision.pool.size, decision.reason)

    def _tell(self, name: str, before: int, size: int, reason: str) -> None:
        log(LOGGER, logging.INFO, "workers decided on", function=name, before=before, workers=size, reason=reason)
        self.scaling = {**self.scaling, name: Scaling(time=time.time(), before=before, workers=size, reason=reason)}
        if size != before:
            metrics.scaled(name, "up" if size > before else "down")
