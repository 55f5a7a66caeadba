"""What a message on the bus says, whichever way it was put: the one door for whoever pulls messages."""

from __future__ import annotations

import json

from events.deadletters import from_dead_letter, is_dead_letter
from events.envelope import Event, from_message
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
