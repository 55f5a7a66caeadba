"""Commands and facts about redlines, and the plan that pins their inputs."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from schemas.base import BatchId, Code, DocumentId, ObjectRef, PairId, Payload, Shape, Tenant
from schemas.changes import Change, Summary
from schemas.messaging import BULK, Priority
from schemas.requests import Outputs, RedlineOptions


class Pair(Payload):
    """Two pinned versions. `document_id` is the document of the after side, under which the redline is filed.

    A pair of a request has the request's `batch_id` and its own place in it, from 0. Two requests may hold the same
    pair, which may have been redlined by itself, too: each time it is another piece of work.
    """

    tenant: Tenant
    region: str
    pair_id: PairId
    document_id: DocumentId
    before: ObjectRef = Field(description="normalized before version")
    after: ObjectRef = Field(description="normalized after version")
    before_generation: int
    after_generation: int
    attempt: int = Field(1, ge=1)
    before_document_id: DocumentId | None = Field(None, description="document of the before side where it is another")
    batch_id: BatchId | None = None
    batch_index: int | None = Field(None, ge=0)
    options: RedlineOptions | None = None
    outputs: Outputs | None = Field(None, description="what is wanted of the redline; null for all there is")
    priority: Priority = "interactive"

    @property
    def key(self) -> str:
        return self.pair_id if self.batch_id is None else f"{self.batch_id}#{self.batch_index}"

    @property
    def attempt_number(self) -> int:
        return self.attempt

    @property
    def partition(self) -> str:
        return self.document_id


class PairName(Shape):
    """What tells a redline from others, without the objects that it was made of and that it consists of."""

    pair_id: PairId
    document_id: DocumentId
    before_document_id: DocumentId | None = None
    before_generation: int
    after_generation: int
    attempt: int
    batch_id: BatchId | None = None
    batch_index: int | None = None

    @classmethod
    def of(cls, pair: Pair) -> str:
        """The name of a pair as JSON."""
        return cls.model_validate(pair.model_dump(include=set(cls.model_fields))).model_dump_json(exclude_none=True)

    @property
    def key(self) -> str:
        """As that of the pair."""
        return self.pair_id if self.batch_id is None else f"{self.batch_id}#{self.batch_index}"


class PairRequested(Pair):
    """Command: make the redline of this pair."""

    event_type = "dev.redline.redline.pair.requested.v1"
    topic = "redline-pairs"

    @property
    def urgency(self) -> str:
        return BULK if self.priority == BULK else ""


class RedlineCompleted(Pair):
    """The redline was made, verified on its final bytes, and written."""

    event_type = "dev.redline.redline.completed.v1"
    topic = "redlines"

    redline: ObjectRef = Field(description="Word file with tracked changes")
    html: ObjectRef
    changes: ObjectRef = Field(description="changes.json")
    summary_object: ObjectRef = Field(description="summary.json")
    summary: Summary
    engine_version: str = Field("", description="release of the engine that made it")
    reused_from: str | None = Field(
        None, description="id of the event for which it was made before, of the same inputs, options and engine"
    )


class RedlineFailed(Pair):
    """The redline could not be made, or did not pass verification; nothing was delivered."""

    event_type = "dev.redline.redline.failed.v1"
    topic = "redlines"

    code: Code
    message: str = Field(description="one sentence for a person: what is wrong and what to do")
    engine_version: str = Field("", description="release of the engine that gave up")

    @property
    def outcome(self) -> str:
        return self.code


class RedlineSuperseded(Pair):
    """A version came in between: the redlines of the two nearer pairs take the place of this one."""

    event_type = "dev.redline.redline.superseded.v1"
    topic = "redlines"

    superseded_by: tuple[PairId, ...]


class RedlineRendered(Pair):
    """The redline was laid out as a PDF, beside the Word file; `completed` came before and did not wait for it."""

    event_type = "dev.redline.redline.rendered.v1"
    topic = "redlines"

    pdf: ObjectRef


class RenderingFailed(Pair):
    """The redline cannot be laid out as a PDF; all else of it is delivered."""

    event_type = "dev.redline.redline.rendering.failed.v1"
    topic = "redlines"

    code: Code
    message: str = Field(description="one sentence for a person: what is wrong and what to do")

    @property
    def outcome(self) -> str:
        return self.code


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
