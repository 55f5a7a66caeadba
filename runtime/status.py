"""How a running pipeline is doing: functions, workers, queues, and what came out last."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict

from backends.bus import Bus
from events.routing import DELIVERIES, FUNCTIONS, SUBSCRIPTIONS
from runtime import processmetrics
from runtime.state import PipelineState, Scaling

ResultKind = Literal["redline", "pdf", "failed", "rejected", "ended"]
"""What a result is; `ended`: nothing more is to be expected of a request."""


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class QueueStatus(_Shape):
    """One subscription. The age of the oldest message is in seconds; `per_minute` counts what was done with success."""

    name: str
    ready: int
    leased: int
    delayed: int
    oldest_seconds: float
    per_minute: float = 0.0


class FunctionStatus(_Shape):
    """One function: its processes, its queues, and what the scaler decided last, if it ever did."""

    name: str
    running: bool
    workers: int
    queues: tuple[QueueStatus, ...]
    scaling: Scaling | None = None


class Result(_Shape):
    """Something that was delivered into the folder for people. `seconds` had passed since the version was taken."""

    time: AwareDatetime
    kind: ResultKind
    path: str
    changes: int
    message: str
    seconds: float


class Status(_Shape):
    """The whole pipeline. `results` are the last ones since it was started, the newest first."""

    phase: str
    version: str
    pid: int
    url: str
    uptime_seconds: float
    functions: tuple[FunctionStatus, ...]
    delivery: tuple[QueueStatus, ...]
    dead_letters: int = 0
    results: tuple[Result, ...] = ()

    @property
    def queues(self) -> tuple[QueueStatus, ...]:
        """Every queue, in the order of the chain."""
        return (*(queue for function in self.functions for queue in function.queues), *self.delivery)

    @property
    def backlog(self) -> int:
        """Messages that wait or are being worked on."""
        return sum(queue.ready + queue.leased + queue.delayed for queue in self.queues)


@dataclass(frozen=True, slots=True)
class Observed:
    """What cannot be seen at a glance: messages a minute by queue, the number of dead letters, the last results."""

    per_minute: Mapping[str, float] = field(default_factory=dict)
    dead_letters: int = 0
    results: tuple[Result, ...] = ()


def collect(state: PipelineState, bus: Bus, observed: Observed) -> Status:
    """The status now. Raises BackendUnavailable."""
    queues = {each.name: _queue(bus, each.name, observed) for each in (*SUBSCRIPTIONS, *DELIVERIES)}
    children = processmetrics.children()
    functions = tuple(
        FunctionStatus(
            name=name,
            running=state.functions.get(name) is not None and state.dispatchers.get(name) is not None,
            workers=len(children.get(state.functions.get(name) or -1, ())),
            queues=tuple(queues[each.name] for each in SUBSCRIPTIONS if each.function == name),
            scaling=state.scaling.get(name),
        )
        for name in FUNCTIONS
    )
    return Status(
        phase=state.phase,
        version=state.version,
        pid=state.pid,
        url=state.url,
        uptime_seconds=round(time.time() - state.started, 1),
        functions=functions,
        delivery=tuple(queues[each.name] for each in DELIVERIES),
        dead_letters=observed.dead_letters,
        results=observed.results,
    )


def _queue(bus: Bus, name: str, observed: Observed) -> QueueStatus:
    depth = bus.depth(name)
    return QueueStatus(
        name=name,
        ready=depth.ready,
        leased=depth.leased,
        delayed=depth.delayed,
        oldest_seconds=round(depth.oldest_age, 3),
        per_minute=round(observed.per_minute.get(name, 0.0), 1),
    )
