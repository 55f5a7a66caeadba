"""How a pipeline is, as metrics that are looked up when asked for: queues, workers, what its processes take."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from runtime import processmetrics
from runtime.metrics import Instrument, instrument
from runtime.processmetrics import Role
from runtime.state import PipelineState
from runtime.status import Status

_QUEUE = "messaging.destination.subscription.name"
_MESSAGES = instrument(
    "redline.queue.messages",
    "gauge",
    "{message}",
    "Messages in a queue, by state: ready, leased (in work) or delayed (to retry).",
    _QUEUE,
    "redline.state",
)
_OLDEST = instrument(
    "redline.queue.oldest_message.age",
    "gauge",
    "s",
    "Age of the oldest message in a queue; 0 when it is empty.",
    _QUEUE,
)
_WORKERS = instrument("redline.function.workers", "gauge", "{worker}", "Workers of a function.", "faas.name")
_INFO = instrument("target.info", "gauge", "", "What is measured.", "service.name", "service.version")


def of_status(status: Status) -> Iterator[Metric]:
    """Queues and workers."""
    messages, oldest, workers, info = (_gauge(each) for each in (_MESSAGES, _OLDEST, _WORKERS, _INFO))
    for queue in status.queues:
        for state in ("ready", "leased", "delayed"):
            messages.add_metric((queue.name, state), getattr(queue, state))
        oldest.add_metric((queue.name,), queue.oldest_seconds)
    for function in status.functions:
        workers.add_metric((function.name,), function.workers)
    info.add_metric(("redline", status.version), 1)
    yield from (messages, oldest, workers, info)


def of_processes(state: PipelineState) -> Iterator[Metric]:
    """What each process of the pipeline takes."""
    children = processmetrics.children()
    roles = {state.pid: Role("supervisor")}
    if state.valkey:
        roles[state.valkey] = Role("valkey")
    for name, pid in state.dispatchers.items():
        if pid:
            roles[pid] = Role("dispatcher", name)
    for name, pid in state.functions.items():
        if pid:
            roles |= {pid: Role("function", name), **{child: Role("worker", name) for child in children.get(pid, ())}}
    return processmetrics.of(roles)


def _gauge(each: Instrument) -> GaugeMetricFamily:
    return GaugeMetricFamily(each.exposed, each.text, labels=each.labels)
