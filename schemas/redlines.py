"""Commands and facts about redlines, and the plan that pins their inputs."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from schemas.base import Code, DocumentId, ObjectRef, PairId, Payload, Shape, Tenant
from schemas.changes import Change, Summary


class Pair(Payload):
    """Two pinned versions. `document_id` is the document of the after side, under which the redline is filed."""

    tenant: Tenant
    region: str
    pair_id: PairId
    document_id: DocumentId
    before: ObjectRef = Field(description="normalized before version")
    after: ObjectRef = Field(description="normalized after version")
    before_generation: int
    after_generation: int
    attempt: int = Field(1, ge=1)

    @property
    def key(self) -> str:
        return self.pair_id

    @property
    def attempt_number(self) -> int:
        return self.attempt

    @property
    def partition(self) -> str:
        return self.document_id


class PairRequested(Pair):
    """Command: make the redline of this pair."""

    event_type = "dev.redline.redline.pair.requested.v1"
    topic = "redline-pairs"


class RedlineCompleted(Pair):
    """The redline was made, verified on its final bytes, and written."""

    event_type = "dev.redline.redline.completed.v1"
    topic = "redlines"

    redline: ObjectRef = Field(description="Word file with tracked changes")
    html: ObjectRef
    changes: ObjectRef = Field(description="changes.json")
    summary_object: ObjectRef = Field(description="summary.json")
    summary: Summary


class RedlineFailed(Pair):
    """The redline could not be made, or did not pass verification; nothing was delivered."""

    event_type = "dev.redline.redline.failed.v1"
    topic = "redlines"

    code: Code
    message: str = Field(description="one sentence for a person: what is wrong and what to do")

    @property
    def outcome(self) -> str:
        return self.code


class RedlineSuperseded(Pair):
    """A version came in between: the redlines of the two nearer pairs take the place of this one."""

    event_type = "dev.redline.redline.superseded.v1"
    topic = "redlines"

    superseded_by: tuple[PairId, ...]


class ChangeList(Shape):
    """What changes.json holds."""

    format: Literal[1] = 1
    changes: tuple[Change, ...] = ()
    summary: Summary


class Plan(Shape):
    """What one accepted version calls for, pinned by the first delivery; a redelivery reads it."""

    format: Literal[1] = 1
    document_id: DocumentId
    generation: int
    requested: tuple[PairRequested, ...] = ()
    superseded: tuple[RedlineSuperseded, ...] = ()
