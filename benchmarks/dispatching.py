"""Events per second through a dispatcher to a function: real processes, real queue, nothing else running."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Literal

from backends.bus.valkey import EmbeddedValkey
from benchmarks.memory import Footprint, footprints
from events.envelope import Event, emitted, to_message
from runtime import children, state
from runtime.composition import Services, build
from runtime.processes import Child, kill_all
from runtime.settings import Settings
from schemas.documents import DocumentDeleted
from schemas.messaging import Message

Target = Literal["noop", "audit"]
QUEUE: Final = "documents-audit"
NOOP: Final = Path(__file__).with_name("noop.py")
_PATIENCE: Final = 60.0
_CAUSE: Final = Event(
    id="root",
    type="google.cloud.storage.object.v1.deleted",
    source="//storage",
    subject="objects/x",
    time=datetime(2026, 11, 23, tzinfo=UTC),
    data=b"{}",
    correlation_id="root",
    causation_id="",
)


@dataclass(frozen=True, slots=True)
class Rate:
    """`events` of which the first was done when the clock began to run, and the last `seconds` later."""

    target: Target
    events: int
    seconds: float
    memory: tuple[Footprint, ...]

    @property
    def per_second(self) -> float:
        """Events each second."""
        return self.events / self.seconds


def run(target: Target, events: int) -> Rate:
    """Fill the queue, start the function and its dispatcher, and time how fast the queue empties."""
    with TemporaryDirectory(prefix="redline-dispatching-") as scratch:
        settings = Settings(root=Path(scratch))
        state.prepare(settings.layout)
        valkey = EmbeddedValkey(settings.layout.valkey)
        valkey.start()
        try:
            parts = build(settings)
            parts.bus.publish(DocumentDeleted.topic, about_one_document(events))
            with _started(target, settings, valkey.url) as pids:
                left, began = _first_done(parts, events)
                seconds = _emptied(parts) - began
                return Rate(target, left, seconds, footprints({**pids, "valkey": valkey.pid or 0}))
        finally:
            valkey.stop()


def about_one_document(events: int) -> list[Message]:
    """As many facts, each of another version."""
    about = {"tenant": "default", "region": "local", "document_id": "0" * 32}
    return [
        to_message(emitted(DocumentDeleted(**about, generation=number), source="/benchmark", cause=_CAUSE))
        for number in range(events)
    ]


@contextmanager
def _started(target: Target, settings: Settings, redis_url: str) -> Iterator[dict[str, int]]:
    """The two processes as `redline up` starts them; their ids by name."""
    plan, shared = children.plans()["audit"], children.variables(settings, redis_url)
    [port] = children.free_ports(1)
    children.make_socket_folders(settings.layout)
    settings.layout.metrics.mkdir(parents=True)
    command = children.function_command("audit", port, plan, shared, settings.layout)
    if target == "noop":
        source = command.arguments.index("--source") + 1
        arguments = [*command.arguments[:source], str(NOOP), *command.arguments[source + 1 :]]
        command = replace(command, arguments=arguments)
    pair = {
        "function": Child(command),
        "dispatcher": Child(children.dispatcher_command("audit", port, plan, shared, settings.layout)),
    }
    try:
        for child in pair.values():
            child.start()
        yield {name: child.pid or 0 for name, child in pair.items()}
    finally:
        kill_all(list(pair.values()))
        children.forget_sockets(settings.layout)


def _first_done(parts: Services, events: int) -> tuple[int, float]:
    """How many are left once the first were done, and when that was seen."""
    end = time.perf_counter() + _PATIENCE
    while (left := parts.bus.depth(QUEUE).backlog) == events:
        if time.perf_counter() > end:
            raise TimeoutError(f"no event was done within {_PATIENCE:.0f} s")
        time.sleep(0.01)
    return left, time.perf_counter()


def _emptied(parts: Services) -> float:
    end = time.perf_counter() + _PATIENCE
    while parts.bus.depth(QUEUE).backlog:
        if time.perf_counter() > end:
            raise TimeoutError(f"the queue was not empty within {_PATIENCE:.0f} s")
        time.sleep(0.02)
    return time.perf_counter()
