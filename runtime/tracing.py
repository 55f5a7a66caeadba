"""Traces: one from a dropped file to the audit row, sent by OTLP where OTEL_EXPORTER_OTLP_ENDPOINT says where to.

Where it is not set nothing of OpenTelemetry is imported, and everything here does nothing.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from events.envelope import Event
from schemas.messaging import Message, Subscription

if TYPE_CHECKING:
    from runtime.otlp import Exporter

MISSING: Final = (
    "OTEL_EXPORTER_OTLP_ENDPOINT is set, but what sends traces is not installed, so there are none; "
    "install it with: pip install 'redline[otlp]'"
)
_LOGGER: Final = logging.getLogger("redline.tracing")

_exporter: Exporter | None = None

Failed = Callable[[str], None]
"""Says of the span in hand what went wrong, in a few words that are the same for all that is alike."""


def begin(endpoint: str, system: str) -> None:
    """Send spans of this process to an endpoint; call it once in each process, after any fork.

    `system` is the value of messaging.system. Nothing happens without an endpoint; where the extra `otlp` is missing
    that is logged, and the work goes on without traces.
    """
    global _exporter
    if not endpoint:
        return
    try:
        from runtime.otlp import Exporter
    except ImportError:
        _LOGGER.warning(MISSING)
    else:
        _exporter = Exporter(endpoint, system)


def flush() -> None:
    """Send what waits to be sent, before a process ends without further ado."""
    if _exporter is not None:
        _exporter.flush()


@contextlib.contextmanager
def sending(topic: str, messages: Sequence[Message]) -> Iterator[None]:
    """Messages are published: a span for each that is an event, with the very ids that its traceparent carries."""
    if _exporter is None:
        yield
        return
    with _exporter.sending(topic, messages):
        yield


@contextlib.contextmanager
def processing(event: Event, subscription: Subscription, attempt: int) -> Iterator[Failed]:
    """A delivery is seen through: a span below that of its publication."""
    if _exporter is None:
        yield _ignore
        return
    with _exporter.processing(event, subscription, attempt) as failed:
        yield failed


@contextlib.contextmanager
def serving(function: str, event: Event, headers: Mapping[str, str]) -> Iterator[None]:
    """A function answers a request with these headers: a span below that of the delivery, if the request names it."""
    if _exporter is None:
        yield
        return
    with _exporter.serving(function, event, headers):
        yield


def headers() -> dict[str, str]:
    """What a request to a function says of the span in hand (W3C Trace Context); nothing where there is none."""
    return _exporter.headers() if _exporter is not None else {}


def _ignore(_: str) -> None:
    return
