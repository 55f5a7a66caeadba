"""The envelope: CloudEvents 1.0 in binary mode over Pub/Sub and over HTTP.

Pub/Sub: an attribute `ce-NAME` for each context attribute, the data as body. Push delivery with `no_wrapper` and
`write_metadata` turns exactly these attributes into the headers of the CloudEvents HTTP binding. Header values are
percent-encoded as its section 3.1.3.2 says.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final
from urllib.parse import unquote

from events.ids import event_id
from events.trace import child
from schemas.base import Payload
from schemas.messaging import MAX_MESSAGE_BYTES, Message

JSON: Final = "application/json"
SCHEMA_BASE: Final = "https://redline.dev/schemas/"
_REQUIRED: Final = ("id", "type", "source", "time")
_QUOTED_PAIR: Final = re.compile(r"\\(.)")
_MUST_ENCODE: Final = re.compile(r"[^\x21\x23\x24\x26-\x7e]")  # space, ", %, and all outside printable ASCII


class EnvelopeError(ValueError):
    """A message is not a CloudEvent of ours: an attribute is missing or malformed."""


@dataclass(frozen=True, slots=True)
class Event:
    """A CloudEvent with the extensions this pipeline uses; `data` is its JSON body, not yet parsed."""

    id: str
    type: str
    source: str
    subject: str
    time: datetime
    data: bytes
    correlation_id: str
    causation_id: str
    partition_key: str = ""
    data_schema: str = ""
    traceparent: str = ""
    priority: str = ""
    recorded_time: datetime | None = field(default=None, compare=False)  # no part of what is said: the clock's
    causation_time: datetime | None = field(default=None, compare=False)


def root(payload: Payload, *, source: str, now: datetime) -> Event:
    """The event that says `payload`, caused by no other: a chain begins with it, and it gives the chain its time."""
    identity = event_id(payload)
    return Event(
        id=identity,
        type=payload.event_type,
        source=source,
        subject=payload.key,
        time=now,
        data=payload.model_dump_json(by_alias=True, exclude_defaults=False).encode(),
        correlation_id=identity,
        causation_id="",
        partition_key=payload.partition,
        data_schema=f"{SCHEMA_BASE}{payload.event_type}.json",
        traceparent=child("", trace_seed=identity, span_seed=identity),
        priority=payload.urgency,
        recorded_time=now,
    )


def emitted(payload: Payload, *, source: str, cause: Event, now: datetime | None = None) -> Event:
    """The event that says `payload`, caused by `cause`. Its time is that of the root event, not of the clock.

    `now` is what the clock says: the extension `recordedtime` (CloudEvents, Recorded Time Extension). With that of the
    cause beside it, `causationtime`, it tells how long a step took.
    """
    event = root(payload, source=source, now=cause.time)
    return replace(
        event,
        correlation_id=cause.correlation_id,
        causation_id=cause.id,
        traceparent=child(cause.traceparent, trace_seed=cause.correlation_id, span_seed=event.id),
        recorded_time=now,
        causation_time=cause.recorded_time or cause.time,
    )


def attributes_of(event: Event) -> dict[str, str]:
    """Context attributes by CloudEvents name; empty optional ones are left out."""
    named = {
        "specversion": "1.0",
        "id": event.id,
        "type": event.type,
        "source": event.source,
        "subject": event.subject,
        "time": _text(event.time),
        "datacontenttype": JSON,
        "dataschema": event.data_schema,
        "correlationid": event.correlation_id,
        "causationid": event.causation_id,
        "partitionkey": event.partition_key,
        "traceparent": event.traceparent,
        "priority": event.priority,
        "recordedtime": _text(event.recorded_time),
        "causationtime": _text(event.causation_time),
    }
    return {name: value for name, value in named.items() if value}


def from_attributes(attributes: Mapping[str, str], data: bytes) -> Event:
    """The event with these context attributes.

    Raises EnvelopeError when a required attribute is missing or empty, or the time is not RFC 3339.
    """
    empty = [name for name in _REQUIRED if not attributes.get(name)]
    if empty:
        raise EnvelopeError(f"the event has no {', '.join(empty)}")
    time = _time(attributes["time"])
    if time is None:
        raise EnvelopeError("the event's time is malformed")
    return Event(
        id=attributes["id"],
        type=attributes["type"],
        source=attributes["source"],
        subject=attributes.get("subject", ""),
        time=time,
        data=data,
        correlation_id=attributes.get("correlationid") or attributes["id"],
        causation_id=attributes.get("causationid", ""),
        partition_key=attributes.get("partitionkey", ""),
        data_schema=attributes.get("dataschema", ""),
        traceparent=attributes.get("traceparent", ""),
        priority=attributes.get("priority", ""),
        recorded_time=_time(attributes.get("recordedtime", "")),
        causation_time=_time(attributes.get("causationtime", "")),
    )


def to_message(event: Event) -> Message:
    """Pub/Sub binding, binary mode. Raises EnvelopeError when the data is larger than an event may be."""
    if len(event.data) > MAX_MESSAGE_BYTES:
        raise EnvelopeError(f"a {event.type} event has {len(event.data)} bytes; the limit is {MAX_MESSAGE_BYTES}")
    attributes = {f"ce-{name}": value for name, value in attributes_of(event).items() if name != "datacontenttype"}
    return Message(event.data, {**attributes, "content-type": JSON})


def from_message(message: Message) -> Event:
    """The event that a message carries. Raises EnvelopeError."""
    context = {name[3:]: value for name, value in message.attributes.items() if name.startswith("ce-")}
    return from_attributes(context, message.data)


def to_headers(event: Event) -> dict[str, str]:
    """Headers of the HTTP binding, binary mode; the body is `event.data`."""
    headers = {
        f"ce-{name}": _percent_encode(value)
        for name, value in attributes_of(event).items()
        if name != "datacontenttype"
    }
    return {**headers, "content-type": JSON}


def from_headers(headers: Mapping[str, str], body: bytes) -> Event:
    """The event of an HTTP request, binary mode. Raises EnvelopeError."""
    context = {name.lower()[3:]: _decode(value) for name, value in headers.items() if name.lower().startswith("ce-")}
    return from_attributes(context, body)


def _text(time: datetime | None) -> str:
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z") if time else ""


def _time(text: str) -> datetime | None:
    """None where the text is empty or no time."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _percent_encode(value: str) -> str:
    return _MUST_ENCODE.sub(lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()), value)


def _decode(value: str) -> str:
    """A header value as section 3.1.3.2 of the binding says: an optional pair of quotes goes, then the encoding."""
    quoted = len(value) > 1 and value[0] == value[-1] == '"'
    return unquote(_QUOTED_PAIR.sub(r"\1", value[1:-1]) if quoted else value)
