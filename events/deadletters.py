"""Translates what Pub/Sub moved to the dead letters into a CloudEvent about it."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from events.envelope import SCHEMA_BASE, EnvelopeError, Event, from_message
from events.ids import event_id
from events.notifications import from_notification, is_notification
from schemas.deadletters import MessageUndeliverable
from schemas.messaging import DEAD_LETTER_MARK, DELIVERY_COUNT, REASON, SOURCE_SUBSCRIPTION, Message

REPLAYS: Final = "redline-replays"
"""Attribute that an operator's replay adds to a message: how often it was replayed."""
_UNKNOWN_TIME: Final = datetime.fromtimestamp(0, UTC)


def is_dead_letter(message: Message) -> bool:
    """Whether the message comes from the dead letters, where Pub/Sub adds what it knows as attributes."""
    return SOURCE_SUBSCRIPTION in message.attributes


def from_dead_letter(message: Message) -> Event:
    """The event which says that `message` could not be delivered; it never fails, whatever the message holds.

    It takes time and correlation from the event inside; its own id is that of the event with the subscription.
    """
    inside = original(message.attributes, message.data)
    cause = _event_of(inside)
    payload = MessageUndeliverable(
        message_id=cause.id if cause else _hash(inside),
        subscription=message.attributes[SOURCE_SUBSCRIPTION].rpartition("/")[2],
        deliveries=_count(message.attributes.get(DELIVERY_COUNT, "")),
        reason=message.attributes.get(REASON, ""),
        attributes=dict(inside.attributes),
        data=base64.b64encode(inside.data),
        attempt=1 + _count(inside.attributes.get(REPLAYS, "")),
    )
    identity = event_id(payload)
    return Event(
        id=identity,
        type=payload.event_type,
        source=f"/subscriptions/{payload.subscription}",
        subject=payload.message_id,
        time=cause.time if cause else _UNKNOWN_TIME,
        data=payload.model_dump_json().encode(),
        correlation_id=cause.correlation_id if cause else identity,
        causation_id=payload.message_id,
        partition_key=cause.partition_key if cause else "",
        data_schema=f"{SCHEMA_BASE}{payload.event_type}.json",
        traceparent=cause.traceparent if cause else "",
    )


def original(attributes: Mapping[str, str], data: bytes) -> Message:
    """The message as it was before it was moved."""
    kept = {name: value for name, value in attributes.items() if not name.startswith(DEAD_LETTER_MARK)}
    kept.pop(REASON, None)
    return Message(data, kept)


def _event_of(message: Message) -> Event | None:
    try:
        return from_notification(message) if is_notification(message) else from_message(message)
    except EnvelopeError:
        return None


def _hash(message: Message) -> str:
    attributes = json.dumps(dict(message.attributes), sort_keys=True).encode()
    return hashlib.sha256(hashlib.sha256(attributes).digest() + message.data).hexdigest()[:32]


def _count(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0
