"""The clock of the embedded pipeline: it publishes a tick every few seconds, where a cluster has Cloud Scheduler."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Final

from backends.bus import Bus
from backends.errors import BackendUnavailable
from events.envelope import to_message
from events.routing import SUBSCRIPTIONS
from events.ticks import tick
from schemas.clock import ClockTicked

SOURCE: Final = "/clock"
EVERY: Final = 5.0
"""Seconds between two ticks."""
_READERS: Final = [each.name for each in SUBSCRIPTIONS if each.topic == ClockTicked.topic]


def tick_until(stop: threading.Event, bus: Bus, now: Callable[[], datetime]) -> None:
    """Tick until stopped."""
    while not stop.wait(EVERY):
        with contextlib.suppress(BackendUnavailable):
            publish_tick(bus, now())


def publish_tick(bus: Bus, time: datetime) -> None:
    """Say what time it is, unless somebody has not even heard the last tick. Raises BackendUnavailable."""
    if not any(bus.depth(name).backlog for name in _READERS):
        bus.publish(ClockTicked.topic, [to_message(tick(time, source=SOURCE))])
