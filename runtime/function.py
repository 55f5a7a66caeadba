"""The one place that knows functions-framework: it makes a handler, event in and events out, a Knative function."""

from __future__ import annotations

import functools
import hashlib
import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

import flask
import functions_framework
from cloudevents.http import CloudEvent
from werkzeug.exceptions import BadRequest, HTTPException, InternalServerError, ServiceUnavailable

from backends.errors import BackendUnavailable
from events.delivery import from_push, to_event
from events.envelope import EnvelopeError, Event, emitted, from_attributes, from_headers, to_message
from events.registry import MalformedData, parse
from runtime import metrics, tracing
from runtime.composition import Services, now, services
from runtime.context import Context, FunctionSettings
from runtime.logging import Field, log
from runtime.probes import answer_probes
from schemas.base import Payload

__all__ = ["Context", "FunctionSettings", "function"]

PUSHED: Final = "google.cloud.pubsub.topic.v1.messagePublished"
"""Type of the event that functions-framework makes of a push delivery of Pub/Sub."""
Handler = Callable[[Any, Context], Iterator[Payload]]
Refusal = Callable[[MalformedData, Context], Iterator[Payload]]
Target = Callable[[CloudEvent], None]

_LOGGER: Final = logging.getLogger("redline.function")


def function(
    *, handles: type[Payload] | tuple[type[Payload], ...], refuses: Mapping[type[Payload], Refusal] | None = None
) -> Callable[[Handler], Target]:
    """Make a handler of these payloads a functions-framework target of the handler's name.

    The handler yields what came of the event; it is published when the handler is done, and only then is the event
    marked as seen. Answers: 200 done, not ours, or done before; 400 malformed, which no retry can help; 503 a service
    is away, which says nothing about the event; 500 all else, to be delivered again.

    `refuses` names, for payloads that anybody may publish, what says as a fact that the data is malformed: a program of
    somebody else is to learn what is wrong with it, and its event is no case for an operator.
    """
    models = handles if isinstance(handles, tuple) else (handles,)

    def decorate(handler: Handler) -> Target:
        refusals = {model.event_type: refusal for model, refusal in (refuses or {}).items()}
        work = _Function(handler.__name__, frozenset(model.event_type for model in models), handler, refusals)

        @functools.wraps(handler)
        def target(cloud_event: CloudEvent) -> None:
            work.serve(cloud_event)

        registered: Target = functions_framework.cloud_event(target)
        if flask.has_app_context():  # functions-framework loads a function within the app that will serve it
            answer_probes(flask.current_app)
        return registered

    return decorate


@dataclass(frozen=True, slots=True)
class _Function:
    name: str
    types: frozenset[str]
    handler: Handler
    refusals: Mapping[str, Refusal]

    def serve(self, cloud_event: CloudEvent) -> None:
        """Answer one request. Raises what flask makes the HTTP status of."""
        started = time.monotonic()
        event: Event | None = None
        try:
            with metrics.active_request(self.name):
                event = _event_of(cloud_event)
                parts = services()
                with tracing.serving(self.name, event, dict(flask.request.headers)):
                    outcome, said = self._handle(event, parts)
        except Exception as error:
            answer = self._refuse(error, event)
            metrics.answered(self.name, answer.code or 500, time.monotonic() - started, error=type(error).__name__)
            raise answer from None
        metrics.answered(self.name, 200, time.monotonic() - started)
        metrics.handled(self.name, event.type, outcome)
        milliseconds = round((time.monotonic() - started) * 1000, 1)
        log(_LOGGER, logging.INFO, outcome, **self._about(event), emitted=said, milliseconds=milliseconds)

    def _handle(self, event: Event, parts: Services) -> tuple[str, list[str]]:
        """What was done, and the types of what was said."""
        if event.type not in self.types:
            return "not for this function", []
        mark = mark_of(self.name, event)
        if parts.seen.seen(mark):
            return "done before", []
        payloads = list(self._said_of(event, parts.context(event)))
        self._publish(payloads, event, parts)
        parts.seen.mark(mark)  # after the work, never before: a mark without the work would lose the event for good
        return "done", [payload.event_type for payload in payloads]

    def _said_of(self, event: Event, context: Context) -> Iterator[Payload]:
        try:
            payload = parse(event)
        except MalformedData as error:
            if event.type not in self.refusals:
                raise
            return self.refusals[event.type](error, context)
        return self.handler(payload, context)

    def _publish(self, payloads: Sequence[Payload], cause: Event, parts: Services) -> None:
        """One call for each run of payloads on the same topic."""
        for topic, group in groupby(payloads, key=lambda payload: payload.topic):
            source = f"/functions/{self.name}"
            events = [emitted(payload, source=source, cause=cause, now=now()) for payload in group]
            parts.bus.publish(topic, [to_message(event) for event in events])
        for payload in payloads:
            code = getattr(payload, "code", "")
            metrics.emitted(self.name, payload.event_type, code=code, since=cause.time, now=now())

    def _refuse(self, error: Exception, event: Event | None) -> HTTPException:
        """The answer to a request that failed; the reason is for the log."""
        answer, level = _answer(error)
        code = "unavailable" if isinstance(error, BackendUnavailable) else type(error).__name__
        _LOGGER.log(level, "failed", exc_info=error, extra={"fields": {**self._about(event), "code": code}})
        return answer

    def _about(self, event: Event | None) -> dict[str, Field]:
        if event is None:
            return {"function": self.name}
        return {
            "function": self.name,
            "event_id": event.id,
            "event_type": event.type,
            "correlation_id": event.correlation_id,
            "document_id": event.partition_key,
            "trace": event.traceparent,
        }


def mark_of(function: str, event: Event) -> str:
    """The seen-mark of a function for an event.

    Source and id tell events apart (CloudEvents 1.0, section 3.1). The data counts, too: a publisher who gives one id
    to two events is to be told so.
    """
    head = f"{len(event.source)}:{event.source}{event.id}\n".encode()
    return f"{function}:{hashlib.sha256(head + event.data).hexdigest()[:32]}"


def _answer(error: Exception) -> tuple[HTTPException, int]:
    if isinstance(error, EnvelopeError):
        return BadRequest("The event is malformed."), logging.ERROR
    if isinstance(error, BackendUnavailable):
        return ServiceUnavailable("A service is away; try again."), logging.WARNING
    return InternalServerError("The event could not be handled; deliver it again."), logging.ERROR


def _event_of(cloud_event: CloudEvent) -> Event:
    """The event of the request.

    Binary mode is read from the request itself: functions-framework 3.10 hands over header values as they came,
    percent-encoded, and data that it parsed, while the audit trail hashes what was delivered. Structured mode has
    plain attributes. A wrapped push of Pub/Sub was made an event about a message; what the message says is meant.
    """
    request = flask.request
    if "ce-type" in request.headers:
        return from_headers(dict(request.headers), request.get_data())
    if cloud_event["type"] == PUSHED:
        return to_event(from_push(cloud_event.get_data()))
    attributes = {name: str(value) for name, value in cloud_event.get_attributes().items() if value is not None}
    return from_attributes(attributes, json.dumps(cloud_event.get_data()).encode())
