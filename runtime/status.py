"""How a running pipeline is doing: functions, workers, queues."""

from __future__ import annotations

import time

from pydantic import BaseModel, ConfigDict

from backends.bus import Bus
from events.routing import DELIVERIES, FUNCTIONS, SUBSCRIPTIONS
from runtime import processmetrics
from runtime.state import PipelineState


class QueueStatus(BaseModel):
    """One subscription. Ages in seconds."""

    model_config = ConfigDict(frozen=True)

    name: str
    ready: int
    leased: int
    delayed: int
    oldest_seconds: float


class FunctionStatus(BaseModel):
    """One function: its processes and its queues."""

    model_config = ConfigDict(frozen=True)

    name: str
    running: bool
    workers: int
    queues: tuple[QueueStatus, ...]


class Status(BaseModel):
    """The whole pipeline."""

    model_config = ConfigDict(frozen=True)

    phase: str
    version: str
    pid: int
    url: str
    uptime_seconds: float
    functions: tuple[FunctionStatus, ...]
    delivery: tuple[QueueStatus, ...]

    @property
    def queues(self) -> tuple[QueueStatus, ...]:
        """Every queue, in the order of the chain."""
        return (*(queue for function in self.functions for queue in function.queues), *self.delivery)

    @property
    def backlog(self) -> int:
        """Messages that wait or are being worked on."""
        return sum(queue.ready + queue.leased + queue.delayed for queue in self.queues)


def collect(state: PipelineState, bus: Bus) -> Status:
    """The status now. Raises BackendUnavailable."""
    queues = {each.name: _queue(bus, each.name) for each in (*SUBSCRIPTIONS, *DELIVERIES)}
    children = processmetrics.children()
    functions = tuple(
        FunctionStatus(
            name=name,
            running=state.functions.get(name) is not None and state.dispatchers.get(name) is not None,
            workers=len(children.get(state.functions.get(name) or -1, ())),
            queues=tuple(queues[each.name] for each in SUBSCRIPTIONS if each.function == name),
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
    )


def _queue(bus: Bus, name: str) -> QueueStatus:
    depth = bus.depth(name)
    return QueueStatus(
        name=name,
        ready=depth.ready,
        leased=depth.leased,
        delayed=depth.delayed,
        oldest_seconds=round(depth.oldest_age, 3),
    )
