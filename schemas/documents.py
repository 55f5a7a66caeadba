"""Facts about documents, and the records the pipeline keeps about each."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from schemas.base import Code, Content, DocumentId, Generation, ObjectRef, Payload, Shape, Tenant


class DocumentFact(Payload):
    """What happened to one generation of a document."""

    topic = "documents"

    tenant: Tenant
    region: str = Field(description="home region of the document")
    document_id: DocumentId
    generation: Generation

    @property
    def key(self) -> str:
        return f"{self.document_id}#{self.generation}"

    @property
    def partition(self) -> str:
        return self.document_id


class DocumentNormalized(DocumentFact):
    """A new version was accepted; `source` is what was uploaded, `normalized` what the comparer reads."""

    event_type = "dev.redline.document.normalized.v1"

    source: Content
    normalized: ObjectRef
    media_type: str = Field(description="media type of the source")


class DocumentUnchanged(DocumentFact):
    """A new version was accepted that holds the very bytes of the accepted version before it."""

    event_type = "dev.redline.document.unchanged.v1"

    source: Content
    normalized: ObjectRef
    same_as: Generation


class DocumentRejected(DocumentFact):
    """A version cannot be used; the version before it stays the one to compare with."""

    event_type = "dev.redline.document.rejected.v1"

    code: Code
    message: str = Field(description="one sentence for a person: what is wrong and what to do")

    @property
    def outcome(self) -> str:
        return self.code


class DocumentDeleted(DocumentFact):
    """The live object was deleted. A tombstone: no version and no redline is lost by it."""

    event_type = "dev.redline.document.deleted.v1"


class AcceptedVersion(Shape):
    """One generation that can be compared. `taken` counts the versions of a document in the order they were taken."""

    state: Literal["accepted"] = "accepted"
    generation: Generation
    taken: int = Field(0, ge=0)
    source: Content
    normalized: ObjectRef
    media_type: str


class RejectedVersion(Shape):
    """One generation that cannot be used, and why."""

    state: Literal["rejected"] = "rejected"
    generation: Generation
    taken: int = Field(0, ge=0)
    code: Code
    message: str


Version = Annotated[AcceptedVersion | RejectedVersion, Field(discriminator="state")]


class VersionRecord(Shape):
    """Every generation of one document that was taken, in the order of generations; updated by compare-and-swap.

    Generations arrive in any order; `taken` of each version keeps the order in which they entered this record.
    """

    format: Literal[1] = 1
    tenant: Tenant
    region: str
    document_id: DocumentId
    versions: tuple[Version, ...] = ()
    tombstones: tuple[Generation, ...] = Field((), description="generations that were deleted while live")


class PathRecord(Shape):
    """The erasable record that knows the path behind a document id."""

    format: Literal[1] = 1
    tenant: Tenant
    region: str
    document_id: DocumentId
    path: str
    first_seen: AwareDatetime
