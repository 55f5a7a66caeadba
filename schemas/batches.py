"""What came of requests for redlines, and the records that the plan and the join of a batch keep."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from schemas.base import BatchId, Code, DocumentId, ObjectRef, PairId, Payload, Sha256, Shape, Tenant
from schemas.redlines import PairRequested
from schemas.requests import RequestId

PairState = Literal["completed", "failed", "undeliverable", "timed-out"]


class BatchFact(Payload):
    """What came of one request as a whole."""

    topic = "redlines"

    tenant: Tenant
    region: str
    batch_id: BatchId
    request_id: RequestId

    @property
    def key(self) -> str:
        return self.batch_id


class FaultyItem(Shape):
    """One thing that is wrong with a request."""

    index: int | None = Field(None, ge=0, description="which of `pairs`, from 0; null for the request as a whole")
    field: str = Field("", description="where in the item, such as before.generation")
    code: Code
    message: str = Field(description="one sentence for a person: what is wrong and what to do")


class RequestRejected(BatchFact):
    """The request cannot be met, and no part of it was begun."""

    event_type = "dev.redline.redline.request.rejected.v1"

    code: Code = Field(description="that of the first faulty item")
    message: str
    items: Annotated[tuple[FaultyItem, ...], Field(min_length=1)]
    request_sha256: Sha256 = Field(description="over source, id and data of the request's event")

    @property
    def key(self) -> str:
        return f"{self.batch_id}#{self.request_sha256}"

    @property
    def outcome(self) -> str:
        return self.code


class RedlineBatchCompleted(BatchFact):
    """Nothing more is to be expected of the request: each of its pairs is done, or its deadline has passed."""

    event_type = "dev.redline.redline.batch.completed.v1"

    total: int = Field(ge=1)
    completed: int = Field(ge=0)
    failed: int = Field(ge=0)
    undeliverable: int = Field(ge=0)
    timed_out: int = Field(ge=0)
    reused: int = Field(0, ge=0, description="of those completed: made before for the same inputs and options")
    deadline: AwareDatetime
    results: ObjectRef = Field(description="results.json: what came of each pair, with references")


class BatchPlan(Shape):
    """What one request calls for, pinned by the first delivery; a redelivery reads it."""

    format: Literal[1] = 1
    tenant: Tenant
    region: str
    batch_id: BatchId
    request_id: RequestId
    content_sha256: Sha256 = Field(description="over what was asked for, but for request id and deadline")
    deadline: AwareDatetime
    pairs: tuple[PairRequested, ...]


class PairResult(Shape):
    """What came of one pair of a batch; references are there to what was wanted of a completed one."""

    format: Literal[1] = 1
    index: int = Field(ge=0)
    state: PairState
    pair_id: PairId
    document_id: DocumentId
    before_document_id: DocumentId
    before_generation: int
    after_generation: int
    docx: ObjectRef | None = None
    html: ObjectRef | None = None
    changes: ObjectRef | None = None
    summary: ObjectRef | None = None
    reused_from: str | None = None
    code: Code | None = None
    message: str | None = None


class BatchResults(Shape):
    """What results.json of a batch holds: pinned by whoever counts the last pair, or finds the deadline passed."""

    format: Literal[1] = 1
    batch_id: BatchId
    request_id: RequestId
    cause: str = Field(description="id of the event that ended the batch; when it is delivered again, so is the end")
    pairs: tuple[PairResult, ...]
