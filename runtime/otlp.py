"""OpenTelemetry's part of the traces. Imported only where traces are sent: it needs the extra `otlp`.

Names follow OpenTelemetry's semantic conventions for messaging, CloudEvents, HTTP and FaaS. The ids of the spans of
publications are those that the envelope carries (`events.trace`); all others are random, as a redelivery is another
span of the same trace.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from typing import Final

from opentelemetry import trace as otel
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.trace import Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from events import trace
from events.delivery import to_event
from events.envelope import EnvelopeError, Event
from runtime.release import release
from schemas.messaging import Message, Subscription

_SEND_EVERY_MS: Final = 500
_W3C: Final = TraceContextTextMapPropagator()
_given: ContextVar[tuple[int, int] | None] = ContextVar("_given", default=None)
"""Trace and span id for the next span, where they are not to be random."""

Attributes = dict[str, str | int]


class _Ids(RandomIdGenerator):
    def generate_trace_id(self) -> int:
        """The given one, else one at random."""
        given = _given.get()
        return given[0] if given else super().generate_trace_id()

    def generate_span_id(self) -> int:
        """The given one, else one at random."""
        given = _given.get()
        return given[1] if given else super().generate_span_id()


class Exporter:
    """Makes spans and sends them to an OTLP endpoint, over HTTP in protobuf, a batch at a time in a thread."""

    def __init__(self, endpoint: str, system: str) -> None:
        """`endpoint` is the base URL. The exporter itself reads OTEL_EXPORTER_OTLP_HEADERS and its like."""
        named = Resource({"service.name": "redline", "service.version": release()})
        self._provider = TracerProvider(resource=named.merge(OTELResourceDetector().detect()), id_generator=_Ids())
        sender = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
        self._provider.add_span_processor(BatchSpanProcessor(sender, schedule_delay_millis=_SEND_EVERY_MS))
        self._tracer = self._provider.get_tracer("redline", release())
        self._system = system

    def flush(self) -> None:
        """Send what waits to be sent."""
        self._provider.force_flush()

    @contextlib.contextmanager
    def sending(self, topic: str, messages: Sequence[Message]) -> Iterator[None]:
        """A span for the publication of each event among the messages."""
        spans = [self._publication(topic, event) for message in messages if (event := _event(message))]
        try:
            yield
        except Exception as error:
            for span in spans:
                _fail(span, type(error).__name__)
            raise
        finally:
            for span in spans:
                span.end()

    @contextlib.contextmanager
    def processing(self, event: Event, subscription: Subscription, attempt: int) -> Iterator[Callable[[str], None]]:
        """A span for the delivery of an event to its function."""
        attributes = {
            **self._about(event, "process", "process", subscription.topic),
            "messaging.destination.subscription.name": subscription.name,
            "redline.attempt": attempt,
        }
        name, parent = f"process {subscription.name}", _W3C.extract({"traceparent": _own(event)})
        with self._tracer.start_as_current_span(name, parent, SpanKind.CONSUMER, attributes) as span:
            yield lambda reason: _fail(span, reason)

    @contextlib.contextmanager
    def serving(self, function: str, event: Event, headers: Mapping[str, str]) -> Iterator[None]:
        """A span for the work of a function on an event."""
        attributes: Attributes = {"faas.name": function, "faas.trigger": "pubsub", "http.request.method": "POST"}
        attributes |= _cloud_event(event)
        lower = {name.lower(): value for name, value in headers.items()}
        carried = {"traceparent": lower.get("traceparent", "")}
        if trace.trace_id(carried["traceparent"]) != trace.trace_id(_own(event)):
            carried = {"traceparent": _own(event)}  # the request came from elsewhere, or from nobody who traces
        parent = _W3C.extract(carried)
        with self._tracer.start_as_current_span(
            function, parent, SpanKind.SERVER, attributes, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield
            except Exception as error:
                _fail(span, type(error).__name__)  # not its message, which may quote what it stumbled on
                raise

    def headers(self) -> dict[str, str]:
        """The traceparent of the span in hand."""
        carrier: dict[str, str] = {}
        _W3C.inject(carrier)
        return carrier

    def _publication(self, topic: str, event: Event) -> Span:
        """The span of a publication, with the ids of the event, below the span in hand where that is of its trace."""
        context = otel.get_current_span(_W3C.extract({"traceparent": _own(event)})).get_span_context()
        same = otel.get_current_span().get_span_context().trace_id == context.trace_id
        token = _given.set((context.trace_id, context.span_id))
        try:
            return self._tracer.start_span(
                f"send {topic}",
                None if same else Context(),
                SpanKind.PRODUCER,
                self._about(event, "publish", "send", topic),
            )
        finally:
            _given.reset(token)

    def _about(self, event: Event, operation: str, kind: str, topic: str) -> Attributes:
        return {
            "messaging.system": self._system,
            "messaging.operation.name": operation,
            "messaging.operation.type": kind,
            "messaging.destination.name": topic,
            "messaging.message.id": event.id,
            "messaging.message.conversation_id": event.correlation_id,
            "messaging.message.body.size": len(event.data),
            **_cloud_event(event),
        }


def _own(event: Event) -> str:
    """The traceparent of the event itself; a storage notification has none, so it is derived as that of its children.

    See `events.trace.child`, which gives what follows from such an event the same trace.
    """
    if trace.trace_id(event.traceparent):
        return event.traceparent
    return trace.child("", trace_seed=event.correlation_id, span_seed=event.id)


def _cloud_event(event: Event) -> Attributes:
    """What identifies an event; not its subject, which may be a path."""
    return {
        "cloudevents.event_id": event.id,
        "cloudevents.event_type": event.type,
        "cloudevents.event_source": event.source,
    }


def _event(message: Message) -> Event | None:
    try:
        return to_event(message)
    except EnvelopeError:
        return None


def _fail(span: Span, reason: str) -> None:
    span.set_attribute("error.type", reason)
    span.set_status(StatusCode.ERROR)
