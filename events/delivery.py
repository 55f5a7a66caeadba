"""What a message on the bus says, whichever way it was put: the one door for whoever pulls messages."""

from __future__ import annotations

import json

from pydantic import Base64Bytes, BaseModel, Field, ValidationError

from events.deadletters import from_dead_letter, is_dead_letter
from events.envelope import EnvelopeError, Event, from_message
from events.notifications import NOTIFICATION_TYPES, from_notification, is_notification
from events.ticks import from_scheduler, is_scheduled
from schemas.messaging import Message


def to_event(message: Message) -> Event:
    """The event to POST for a message: a dead letter, a storage notification, a scheduled tick, or a CloudEvent.

    Raises EnvelopeError when it is none of these; no retry can help such a message.
    """
    if is_dead_letter(message):
        return from_dead_letter(message)
    if is_scheduled(message):
        return from_scheduler(message)
    return from_notification(message) if is_notification(message) else from_message(message)


def from_push(delivery: object) -> Message:
    """The message in a push delivery of Pub/Sub in its wrapped form: a JSON object with `message` in it.

    Source: Pub/Sub's documentation, "Receive messages from push subscriptions". Raises EnvelopeError.
    """
    try:
        wrapped = _Push.model_validate(delivery).message
    except ValidationError:
        raise EnvelopeError("the push delivery has no Pub/Sub message in it") from None
    return Message(wrapped.data, wrapped.attributes)


class _PushedMessage(BaseModel):
    data: Base64Bytes = b""
    attributes: dict[str, str] = Field(default_factory=dict)


class _Push(BaseModel):
    message: _PushedMessage


def type_of(message: Message) -> str:
    """CloudEvent type by which subscriptions choose their messages; empty where there is none."""
    if is_notification(message):
        model = NOTIFICATION_TYPES.get(message.attributes["eventType"])
        return model.event_type if model else ""
    return message.attributes.get("ce-type", "")


def tenant_of(message: Message) -> str:
    """Tenant whose work a message asks for, from its data; empty where that names none."""
    try:
        tenant = json.loads(message.data)["tenant"]
    except (ValueError, TypeError, KeyError):
        return ""
    return tenant if isinstance(tenant, str) else ""
