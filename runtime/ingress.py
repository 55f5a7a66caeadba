"""The door for programs of other people: takes a CloudEvent by HTTP POST, as the ingress of a Knative broker does.

Binary and structured mode of the CloudEvents HTTP binding (sections 3.1 and 3.2). What is taken is on the bus; what
comes of it is said by events, and in the folder of the request.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from backends.bus import Bus
from backends.errors import BackendUnavailable
from events.envelope import EnvelopeError, Event, from_attributes, from_headers, to_message
from schemas.messaging import MAX_MESSAGE_BYTES
from schemas.requests import RedlineRequested

PATH: Final = "/events"
MOST_BYTES: Final = 2 * MAX_MESSAGE_BYTES
"""Of a request's body: an event in structured mode has its attributes in the body, too."""
TOO_LARGE: Final = (
    f"An event has at most {MAX_MESSAGE_BYTES} bytes of data; say options once for the whole request, name documents "
    "by document_id, or publish several requests."
)
_STRUCTURED: Final = "application/cloudevents+json"

Answer = tuple[HTTPStatus, str]
Receive = Callable[[Mapping[str, str], bytes], Answer]


def closed(headers: Mapping[str, str], body: bytes) -> Answer:
    """The answer where no events are taken."""
    return HTTPStatus.NOT_FOUND, "No events are taken here."


def receive(headers: Mapping[str, str], body: bytes, *, bus: Bus, now: Callable[[], datetime]) -> Answer:
    """Publish the event of an HTTP request; status and one sentence for whoever sent it."""
    try:
        event = _event(headers, body, now)
        if event.type != RedlineRequested.event_type:
            return HTTPStatus.BAD_REQUEST, f"Only events of type {RedlineRequested.event_type} are taken here."
        if len(event.data) > MAX_MESSAGE_BYTES:
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE, TOO_LARGE
        bus.publish(RedlineRequested.topic, [to_message(event)])
    except EnvelopeError as error:
        return HTTPStatus.BAD_REQUEST, f"This is no CloudEvent: {error}."
    except BackendUnavailable:
        return HTTPStatus.SERVICE_UNAVAILABLE, "The message server is being restarted; try again in a moment."
    return HTTPStatus.ACCEPTED, f"Accepted: {event.id}."


def _event(headers: Mapping[str, str], body: bytes, now: Callable[[], datetime]) -> Event:
    """The event of a request; one that names no time, which is optional, is of now. Raises EnvelopeError."""
    named = {name.lower(): value for name, value in headers.items()}
    time = now().isoformat()
    if not named.get("content-type", "").startswith(_STRUCTURED):
        return from_headers({"ce-time": time, **named}, body)
    try:
        told: dict[str, Any] = dict(json.loads(body))
        inside = told.pop("data", None)
        encoded = told.pop("data_base64", None)
        data = base64.b64decode(encoded, validate=True) if encoded is not None else json.dumps(inside).encode()
    except (ValueError, TypeError):
        raise EnvelopeError("its body is not a JSON object with attributes and data") from None
    return from_attributes({"time": time, **{name: str(value) for name, value in told.items()}}, data)
