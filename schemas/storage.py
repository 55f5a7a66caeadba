"""Object notifications of Cloud Storage, as the CloudEvents `google.cloud.storage.object.v1.*` carry them.

Field names and JSON encoding follow google.events.cloud.storage.v1.StorageObjectData; 64-bit integers are strings.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

from schemas.base import Payload

Int64 = Annotated[
    int,
    BeforeValidator(int),
    PlainSerializer(str, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "int64", "pattern": "^-?[0-9]+$"}),
]


class StorageObject(Payload):
    """The object resource that a storage notification is about."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)
    topic = "uploads"

    bucket: str
    name: str = Field(description="object name; on a laptop the path below uploads/")
    generation: Int64
    metageneration: Int64 = 1
    size: Int64 = 0
    content_type: str = Field("application/octet-stream", alias="contentType")
    time_created: AwareDatetime = Field(alias="timeCreated")
    metadata: dict[str, str] = Field(default_factory=dict)


class ObjectFinalized(StorageObject):
    """A new generation of an object is complete."""

    event_type = "google.cloud.storage.object.v1.finalized"


class ObjectDeleted(StorageObject):
    """The live generation of an object was deleted."""

    event_type = "google.cloud.storage.object.v1.deleted"


class ObjectArchived(StorageObject):
    """The live generation of an object in a versioned bucket became noncurrent, by deletion or by being overwritten."""

    event_type = "google.cloud.storage.object.v1.archived"
