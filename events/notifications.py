"""Translates Cloud Storage's Pub/Sub notifications into CloudEvents.

A notification has attributes eventType, bucketId, objectId, objectGeneration, payloadFormat and eventTime, and as body
the object resource in JSON (payloadFormat JSON_API_V1). The embedded blob folder publishes the very same.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Final

from events.envelope import EnvelopeError, Event
from events.ids import root_id
from schemas.messaging import Message
from schemas.storage import ObjectArchived, ObjectDeleted, ObjectFinalized, StorageObject

NOTIFICATION_TYPES: Final[dict[str, type[StorageObject]]] = {
    "OBJECT_FINALIZE": ObjectFinalized,
    "OBJECT_DELETE": ObjectDeleted,
    "OBJECT_ARCHIVE": ObjectArchived,
}


def is_notification(message: Message) -> bool:
    """Whether the message is a storage notification rather than a CloudEvent."""
    return "eventType" in message.attributes and "ce-type" not in message.attributes


def from_notification(message: Message) -> Event:
    """The CloudEvent of a storage notification, as Eventarc names it.

    Raises EnvelopeError when it is of a type that means nothing here (OBJECT_METADATA_UPDATE) or is malformed.
    """
    attributes = message.attributes
    model = NOTIFICATION_TYPES.get(attributes["eventType"])
    if model is None:
        raise EnvelopeError(f"storage notifications of type {attributes['eventType']} are not used")
    try:
        bucket, name = attributes["bucketId"], attributes["objectId"]
        generation = int(attributes["objectGeneration"])
        resource = json.loads(message.data)
        time = datetime.fromisoformat(attributes.get("eventTime") or resource["updated"])
    except (KeyError, TypeError, ValueError) as error:
        raise EnvelopeError(f"the storage notification is malformed: {type(error).__name__}") from None
    identity = root_id(bucket, name, generation, model.event_type)
    return Event(
        id=identity,
        type=model.event_type,
        source=f"//storage.googleapis.com/projects/_/buckets/{bucket}",
        subject=f"objects/{name}",
        time=time if time.tzinfo else time.replace(tzinfo=UTC),
        data=message.data,
        correlation_id=identity,
        causation_id="",
    )


def to_notification(resource: StorageObject, time: datetime) -> Message:
    """The notification that a bucket publishes about an object; `time` is when it happened."""
    kind = next(name for name, model in NOTIFICATION_TYPES.items() if isinstance(resource, model))
    return Message(
        resource.model_dump_json(by_alias=True).encode(),
        {
            "eventType": kind,
            "bucketId": resource.bucket,
            "objectId": resource.name,
            "objectGeneration": str(resource.generation),
            "payloadFormat": "JSON_API_V1",
            "eventTime": time.isoformat(),
        },
    )
