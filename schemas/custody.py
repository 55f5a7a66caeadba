"""Requests to keep a document or to erase it, what came of each, and the record that decides between the two."""

from __future__ import annotations

from datetime import UTC
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from schemas.base import Code, DocumentId, Generation, Payload, Shape, Tenant

HoldId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$", description="hold; the id that its request derived")]
Reason = Annotated[str, Field(min_length=1, max_length=500, description="why, in the words of whoever asked")]


class Custody(Payload):
    """Who asked for what about a document, when, and why."""

    tenant: Tenant
    region: str = Field(description="home region of the document")
    document_id: DocumentId
    requested_at: AwareDatetime = Field(description="when it was asked for; with the document it names the request")
    actor: str = Field(min_length=1, description="who asked")
    actor_source: str = Field(description="where that knowledge comes from")
    reason: Reason

    @property
    def key(self) -> str:
        return f"{self.document_id}#{self.requested_at.astimezone(UTC).isoformat()}"

    @property
    def partition(self) -> str:
        return self.document_id


class CustodyRequest(Custody):
    """Command about one document. Who may publish to the topic may erase."""

    topic = "document-requests"


class ErasureRequested(CustodyRequest):
    """Command: remove for good all that is kept of the document, unless a hold stands."""

    event_type = "dev.redline.document.erasure.requested.v1"


class HoldRequested(CustodyRequest):
    """Command: keep the document, whatever else is asked for, until this hold is released."""

    event_type = "dev.redline.document.hold.requested.v1"

    hold_id: HoldId


class HoldReleaseRequested(CustodyRequest):
    """Command: end one hold."""

    event_type = "dev.redline.document.hold.release.requested.v1"

    hold_id: HoldId


class CustodyFact(Custody):
    """What came of a request."""

    topic = "documents"


class DocumentErased(CustodyFact):
    """All that was kept of the document up to one generation is gone: objects, records, results, queued copies."""

    event_type = "dev.redline.document.erased.v1"

    generation: Generation = Field(description="this generation and all before it are gone; later ones are new uploads")
    completed_at: AwareDatetime = Field(description="when the last of it was removed")
    versions: int = Field(ge=0, description="uploaded generations that were removed")
    redlines: int = Field(ge=0, description="redlines that were removed, with the document on either side")


class ErasureRefused(CustodyFact):
    """Nothing was erased, or not all of it, and why."""

    event_type = "dev.redline.document.erasure.refused.v1"

    code: Code
    message: str = Field(description="one sentence for a person: what stands against it and what to do")

    @property
    def outcome(self) -> str:
        return self.code


class HoldPlaced(CustodyFact):
    """A hold stands on the document."""

    event_type = "dev.redline.document.hold.placed.v1"

    hold_id: HoldId


class HoldReleased(CustodyFact):
    """A hold no longer stands."""

    event_type = "dev.redline.document.hold.released.v1"

    hold_id: HoldId


class HoldRefused(CustodyFact):
    """A hold could not be placed or released, and why."""

    event_type = "dev.redline.document.hold.refused.v1"

    hold_id: HoldId
    code: Code
    message: str = Field(description="one sentence for a person: what stands against it and what to do")

    @property
    def outcome(self) -> str:
        return self.code


class Hold(Shape):
    """A hold; it stands until it is released, and is kept then, so that a redelivery finds what was done."""

    hold_id: HoldId
    requested_at: AwareDatetime
    actor: str
    reason: Reason
    released_at: AwareDatetime | None = Field(None, description="when its release was asked for")


class Erasure(Shape):
    """An erasure that was begun. What it removes is counted at its beginning; `completed_at` ends it."""

    requested_at: AwareDatetime
    generation: Generation = Field(description="this generation and all before it are to be gone")
    versions: int = Field(ge=0)
    redlines: int = Field(ge=0)
    completed_at: AwareDatetime | None = None


class CustodyRecord(Shape):
    """Holds and erasures of one document, in one record: by compare-and-swap either a hold stands or an erasure begins.

    It stays when the document is gone and holds no path, so that whatever comes late about the document ends there.
    """

    format: Literal[1] = 1
    tenant: Tenant
    region: str
    document_id: DocumentId
    holds: tuple[Hold, ...] = ()
    erasures: tuple[Erasure, ...] = ()

    @property
    def standing(self) -> tuple[Hold, ...]:
        """The holds that stand."""
        return tuple(hold for hold in self.holds if hold.released_at is None)

    @property
    def erased_through(self) -> Generation:
        """The latest generation that is gone or about to be; 0 where none is."""
        return max((erasure.generation for erasure in self.erasures), default=0)
