"""What the pipeline counts and times: OpenTelemetry's names, in the spelling that its rules give Prometheus.

On one machine every process writes into files of one folder, which the supervisor serves as a whole; on a cluster each
process serves its own (see `runtime.exposition`). A label that does not apply is empty, which to Prometheus is none.
Sources: OpenTelemetry's semantic conventions for messaging, HTTP and FaaS, and "Prometheus and OpenMetrics
Compatibility" of its specification.
"""

from __future__ import annotations

import contextlib
import functools
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Literal, ParamSpec

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, values

from backends.files import disk

Kind = Literal["counter", "gauge", "histogram"]
Operation = Literal["publish", "pull", "extend", "ack", "nack"]

disable_created_metrics()  # one more gauge for each counter, of which a shared folder knows nothing
REGISTRY: Final = CollectorRegistry()
_OPERATION_TYPES: Final[dict[Operation, str]] = {
    "publish": "send",
    "pull": "receive",
    "extend": "settle",
    "ack": "settle",
    "nack": "settle",
}
_UNITS: Final = {"s": "seconds", "By": "bytes"}
_QUICK: Final = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
"""Bounds in seconds that the conventions advise."""
_WORK: Final = (*_QUICK, 30, 60, 120, 300, 600)
"""A comparison may take minutes."""
_SHARED: Final = values.ValueClass is not values.MutexValue
"""Whether this process writes into a folder, as PROMETHEUS_MULTIPROC_DIR asks the client library to."""
_FILES: Final = ("counter", "histogram", "gauge_livesum")
_ROOM: Final = 1 << 16
"""Bytes that the client library maps of a file at first."""

_room_of_pid = 0
_system = ""
_P = ParamSpec("_P")


@dataclass(frozen=True, slots=True)
class Instrument:
    """One metric: its OpenTelemetry name, unit (UCUM) and attributes."""

    name: str
    kind: Kind
    unit: str
    text: str
    attributes: tuple[str, ...]

    @property
    def exposed(self) -> str:
        """The name in Prometheus: dots as underscores, then the unit spelled out, then _total for a counter."""
        parts = [spelled(self.name), _UNITS.get(self.unit, ""), "total" if self.kind == "counter" else ""]
        return "_".join(part for part in parts if part)

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the attributes in Prometheus."""
        return tuple(map(spelled, self.attributes))


INSTRUMENTS: Final[dict[str, Instrument]] = {}
"""Every metric there is, by its OpenTelemetry name."""


def spelled(name: str) -> str:
    """An OpenTelemetry name as Prometheus may have it."""
    return name.replace(".", "_")


def instrument(name: str, kind: Kind, unit: str, text: str, *attributes: str) -> Instrument:
    """Name a metric. The unit is s, By, or what is counted in braces."""
    made = INSTRUMENTS[name] = Instrument(name, kind, unit, text, attributes)
    return made


def _counter(name: str, unit: str, text: str, *attributes: str) -> Counter:
    made = instrument(name, "counter", unit, text, *attributes)
    return Counter(made.exposed, text, made.labels, registry=REGISTRY)


def _histogram(name: str, bounds: tuple[float, ...], text: str, *attributes: str) -> Histogram:
    made = instrument(name, "histogram", "s", text, *attributes)
    return Histogram(made.exposed, text, made.labels, registry=REGISTRY, buckets=bounds)


def _gauge(name: str, unit: str, text: str, *attributes: str) -> Gauge:
    """A gauge that is summed up over the processes that live."""
    made = instrument(name, "gauge", unit, text, *attributes)
    return Gauge(made.exposed, text, made.labels, registry=REGISTRY, multiprocess_mode="livesum")


_MESSAGING: Final = ("messaging.system", "messaging.destination.name", "messaging.destination.subscription.name")
_SUBSCRIPTION: Final = ("messaging.system", "messaging.destination.subscription.name")
_REQUEST: Final = ("faas.name", "http.request.method", "url.scheme")

_OPERATION_SECONDS: Final = _histogram(
    "messaging.client.operation.duration",
    _QUICK,
    "Time of one call to the bus; a pull includes the wait for the first message.",
    "messaging.operation.name",
    "messaging.operation.type",
    *_MESSAGING,
    "error.type",
)
_SENT: Final = _counter(
    "messaging.client.sent.messages",
    "{message}",
    "Messages published, by topic.",
    "messaging.system",
    "messaging.destination.name",
    "error.type",
)
_CONSUMED: Final = _counter(
    "messaging.client.consumed.messages",
    "{message}",
    "Messages that were pulled, redeliveries included.",
    *_SUBSCRIPTION,
)
_PROCESS_SECONDS: Final = _histogram(
    "messaging.process.duration",
    _WORK,
    "Time from the pull of a message to the function's answer.",
    *_SUBSCRIPTION,
    "error.type",
)
_REQUEST_SECONDS: Final = _histogram(
    "http.server.request.duration",
    _WORK,
    "Time that a function took for a request.",
    *_REQUEST,
    "http.route",
    "http.response.status_code",
    "error.type",
)
_REQUESTS: Final = _gauge("http.server.active_requests", "{request}", "Requests that functions work on.", *_REQUEST)
_BREAKERS: Final = _gauge(
    "redline.dependency.breakers",
    "{breaker}",
    "Circuit breakers by the service they stand before and where they stand: closed, half-open, open.",
    "server.address",
    "redline.breaker.state",
)
_HANDLED: Final = _counter(
    "redline.events.handled",
    "{event}",
    "Events that functions were given, by what came of it: done, done before, not for this function.",
    "faas.name",
    "cloudevents.event_type",
    "redline.outcome",
)
_EMITTED: Final = _counter(
    "redline.events.emitted",
    "{event}",
    "Events that functions published, with the code of a rejection or failure.",
    "faas.name",
    "cloudevents.event_type",
    "redline.code",
)
_CHAIN_SECONDS: Final = _histogram(
    "redline.chain.duration",
    _WORK,
    "Time from the root event, such as a dropped file, to an event that came of it.",
    "cloudevents.event_type",
)
_DECISIONS: Final = _counter(
    "redline.scaler.decisions",
    "{decision}",
    "Times that a pool of workers was made larger (up) or smaller (down).",
    "faas.name",
    "redline.direction",
)


def begin(folder: Path | None, system: str) -> None:
    """Get ready to record; call it once in each process, also after a fork. `system` is the value of messaging.system.

    In a shared folder this takes the room that the metrics need: a mapped file that finds none when it is written to
    kills its process, so until then nothing is recorded. Raises BackendUnavailable where there is no room.
    """
    global _room_of_pid, _system
    if folder is not None:
        with disk(folder):
            for kind in _FILES:
                _make_file(folder / f"{kind}_{os.getpid()}.db")
    _room_of_pid, _system = os.getpid(), system


def _make_file(file: Path) -> None:
    """Make a file of zeros by rename: whoever reads the folder finds it whole or not at all. Raises OSError."""
    if file.exists():  # of an ended process that had our id: its counts go on
        return
    new = file.with_suffix(".new")
    with new.open("wb") as handle:
        os.posix_fallocate(handle.fileno(), 0, _ROOM)
    new.rename(file)


def _may_record() -> bool:
    return not _SHARED or _room_of_pid == os.getpid()


def _harmless(record: Callable[_P, None]) -> Callable[_P, None]:
    """To count is never worth failing for."""

    @functools.wraps(record)
    def guarded(*args: _P.args, **kwargs: _P.kwargs) -> None:
        if _may_record():
            with contextlib.suppress(OSError):
                record(*args, **kwargs)

    return guarded


@contextlib.contextmanager
def operation(name: Operation, *, topic: str = "", subscription: str = "") -> Iterator[None]:
    """Time one call to the bus."""
    started, error = time.perf_counter(), ""
    try:
        yield
    except Exception as raised:
        error = type(raised).__name__
        raise
    finally:
        _operated(name, topic, subscription, error, time.perf_counter() - started)


@_harmless
def _operated(name: Operation, topic: str, subscription: str, error: str, seconds: float) -> None:
    kind = _OPERATION_TYPES[name]
    _OPERATION_SECONDS.labels(name, kind, _system, topic, subscription, error).observe(seconds)


@_harmless
def sent(count: int, topic: str, *, error: str = "") -> None:
    """Count messages that were published to a topic, or could not be."""
    _SENT.labels(_system, topic, error).inc(count)


@_harmless
def consumed(count: int, subscription: str) -> None:
    """Count messages that were pulled."""
    _CONSUMED.labels(_system, subscription).inc(count)


@_harmless
def processed(subscription: str, seconds: float, *, error: str = "") -> None:
    """A message was seen through by its function; `error` is a short name of what went wrong, of few kinds."""
    _PROCESS_SECONDS.labels(_system, subscription, error).observe(seconds)


@contextlib.contextmanager
def active_request(function: str) -> Iterator[None]:
    """A function works on a request."""
    if not _may_record():  # nor may it be counted down in the end
        yield
        return
    _active(function, 1)
    try:
        yield
    finally:
        _active(function, -1)


@_harmless
def _active(function: str, more: int) -> None:
    _REQUESTS.labels(function, "POST", "http").inc(more)


@_harmless
def answered(function: str, status: int, seconds: float, *, error: str = "") -> None:
    """A function has answered a request."""
    _REQUEST_SECONDS.labels(function, "POST", "http", "/", str(status), error).observe(seconds)


@_harmless
def handled(function: str, event_type: str, outcome: str) -> None:
    """A function is done with an event."""
    _HANDLED.labels(function, event_type, outcome).inc()


@_harmless
def emitted(function: str, event_type: str, *, code: str, since: datetime, now: datetime) -> None:
    """A function has published an event; `since` is the time of the root event of its chain."""
    _EMITTED.labels(function, event_type, code).inc()
    _CHAIN_SECONDS.labels(event_type).observe(max(0.0, (now - since).total_seconds()))


@_harmless
def breaker(service: str, state: str) -> None:
    """Say where the circuit breaker before a service stands now."""
    for each in ("closed", "half-open", "open"):
        _BREAKERS.labels(service, each).set(each == state)


@_harmless
def scaled(function: str, direction: Literal["up", "down"]) -> None:
    """The scaler has changed the size of a pool."""
    _DECISIONS.labels(function, direction).inc()
