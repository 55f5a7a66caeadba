"""What every shape that crosses a border has in common."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BaseModel, ConfigDict, Field


class Shape(BaseModel):
    """Immutable; a reader ignores the fields it does not know, so that a later release may add some."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Payload(Shape):
    """The data of a CloudEvent.

    `event_type` is the CloudEvent type; `topic` is where it is published. `key` says what the event is about; with
    `outcome` and `attempt` it gives the event its id: a redelivery says the same thing under the same id.
    """

    event_type: ClassVar[str]
    topic: ClassVar[str]

    @property
    def key(self) -> str:
        """What the event is about, such as the pair or the document's generation."""
        raise TypeError(f"{type(self).__name__} has no key")

    @property
    def outcome(self) -> str:
        """Tells apart two different facts of one type about one key, such as two failure codes."""
        return ""

    @property
    def attempt_number(self) -> int:
        """1 for the first run; a replay after a fix has the next number."""
        return 1

    @property
    def urgency(self) -> str:
        """Value of the extension `priority` of the event: `bulk` for work that nobody waits for, else empty."""
        return ""

    @property
    def partition(self) -> str:
        """The document id: what must stay in order relative to itself."""
        return self.key


Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="SHA-256 of the content, lower-case hex")]
Generation = Annotated[int, Field(ge=0, description="object generation, as Cloud Storage counts them")]
Tenant = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", description="tenant")]
DocumentId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$", description="keyed hash of tenant and path; opaque")]
PairId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$", description="hash of the two versions")]
BatchId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$", description="hash of the tenant and the request id")]
Author = Annotated[
    str,
    Field(
        min_length=1,
        max_length=200,
        pattern="^[^\\u0000-\\u001f\\u007f]*$",
        description="author of every tracked change, on one line",
    ),
]
Code = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", description="machine-readable reason; stable")]


class Content(Shape):
    """What an upload holds, without its name: the name of an upload is a path, and a path may tell of people."""

    sha256: Sha256
    size: int = Field(ge=0, description="bytes")


class ObjectRef(Shape):
    """One generation of an object: a reference, never its content."""

    bucket: str
    object: str = Field(description="object name")
    generation: Generation
    sha256: Sha256
    size: int = Field(ge=0, description="bytes")
