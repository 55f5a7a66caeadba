"""Ticks of the clock as CloudEvents: those that we publish, and those of Cloud Scheduler, which only knows fixed text.

A Cloud Scheduler job with a Pub/Sub target publishes the attributes and the body that its definition holds, the same
each time: `ce-type` says that it is a tick. When it was published says the metadata of the message, as the attribute
x-goog-pubsub-publish-time: that is what Pub/Sub calls it where it pushes with write_metadata.
"""

from __future__ import annotations

from datetime import UTC, datetime

from events.envelope import SCHEMA_BASE, EnvelopeError, Event
from events.ids import event_id
from schemas.clock import ClockTicked
from schemas.messaging import PUBLISH_TIME, Message


def tick(time: datetime, *, source: str) -> Event:
    """The event which says that it is `time` now."""
    payload = ClockTicked(time=time)
    identity = event_id(payload)
    return Event(
        id=identity,
        type=payload.event_type,
        source=source,
        subject="",
        time=time,
        data=payload.model_dump_json().encode(),
        correlation_id=identity,
        causation_id="",
        data_schema=f"{SCHEMA_BASE}{payload.event_type}.json",
    )


def is_scheduled(message: Message) -> bool:
    """Whether the message is a tick of Cloud Scheduler, which has a type and no id."""
    attributes = message.attributes
    return attributes.get("ce-type") == ClockTicked.event_type and "ce-id" not in attributes


def from_scheduler(message: Message) -> Event:
    """The event of a tick of Cloud Scheduler. Raises EnvelopeError when Pub/Sub did not say when it was published."""
    published = message.attributes.get(PUBLISH_TIME, "")
    try:
        time = datetime.fromisoformat(published)
    except ValueError:
        raise EnvelopeError(f"a tick has no {PUBLISH_TIME}") from None
    return tick(time if time.tzinfo else time.replace(tzinfo=UTC), source="//cloudscheduler.googleapis.com")
