"""Stand-ins for the world around the parts of the runtime: a bus that remembers, a clock that is set by hand."""

from __future__ import annotations

import io
import queue
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import cast

from backends.blobs.embedded import EmbeddedBlobs
from backends.bus import Delivery, Depth
from backends.errors import BackendUnavailable
from events.delivery import to_event
from events.envelope import Event
from events.registry import parse
from runtime import copies
from runtime.composition import Services, function_settings, now
from runtime.settings import Settings
from schemas.base import Payload
from schemas.messaging import Message


@dataclass
class FakeBus:
    """Remembers what was published, acked and nacked; delivers what a test puts in; can be away."""

    away: bool = False
    stopped: bool = False
    published: list[tuple[str, Message]] = field(default_factory=list)
    acked: list[str] = field(default_factory=list)
    nacked: list[tuple[str, str]] = field(default_factory=list)
    extended: list[str] = field(default_factory=list)
    pulls: int = 0
    waiting: queue.SimpleQueue[Delivery] = field(default_factory=queue.SimpleQueue)

    def publish(self, topic: str, messages: Sequence[Message]) -> None:
        self._check()
        self.published += [(topic, message) for message in messages]

    def pull(self, subscription: str, *, max_messages: int, wait: float) -> list[Delivery]:
        self._check()
        self.pulls += 1
        try:
            return [self.waiting.get(timeout=min(wait, 0.05))]
        except queue.Empty:
            return []

    def extend(self, subscription: str, deliveries: Sequence[Delivery]) -> None:
        self._check()
        self.extended += [delivery.ack_id for delivery in deliveries]

    def ack(self, subscription: str, deliveries: Sequence[Delivery]) -> None:
        self._check()
        self.acked += [delivery.ack_id for delivery in deliveries]

    def nack(self, subscription: str, delivery: Delivery, *, reason: str) -> None:
        self._check()
        self.nacked.append((delivery.ack_id, reason))

    def stop(self) -> None:
        self.stopped = True

    def depth(self, subscription: str) -> Depth:
        self._check()
        return Depth(0, 0, 0, 0.0)

    def events(self) -> list[Event]:
        """What was published, as events."""
        return [to_event(message) for _, message in self.published]

    def payloads(self) -> list[Payload]:
        return [parse(event) for event in self.events()]

    def _check(self) -> None:
        if self.away:
            raise BackendUnavailable("away")


@dataclass
class Clock:
    """Seconds that pass when the test says so."""

    time: float = 1000.0

    def __call__(self) -> float:
        return self.time


class Nothing:
    """A backend that a test does not expect to be used."""


def services(root: Path, bus: FakeBus) -> Services:
    """Parts of a process on real folders and a fake bus."""
    settings = Settings(root=root)
    settings.layout.uploads.mkdir(parents=True, exist_ok=True)
    unused = cast(Callable[..., object], Nothing())
    return Services(
        settings=settings,
        blobs=EmbeddedBlobs(settings.layout.blobs, now),
        key_wrapper=None,
        bus=bus,
        audit_log=unused,  # type: ignore[arg-type]
        search_index=unused,  # type: ignore[arg-type]
        seen=unused,  # type: ignore[arg-type]
        tallies=unused,  # type: ignore[arg-type]
        identity=lambda tenant, path: f"{abs(hash((tenant, path))):032x}"[-32:],
        remove_copies=partial(copies.remove, settings.layout),
        for_functions=function_settings(settings),
    )


def zipped(text: str) -> bytes:
    """A small but complete zip, the same whenever it is made."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(zipfile.ZipInfo("text"), text)
    return made.getvalue()
