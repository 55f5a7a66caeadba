"""The request for redlines that anybody may publish: up to 100 pairs at once."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import AwareDatetime, Field

from schemas.base import Author, DocumentId, Generation, Payload, Shape, Tenant
from schemas.messaging import Priority

MAX_PAIRS: Final = 100
OUTPUTS: Final[tuple[Output, ...]] = ("docx", "html", "changes", "summary", "pdf")
"""Every output, which is what a request gets that names none."""

Output = Literal["docx", "html", "changes", "summary", "pdf"]
Outputs = Annotated[tuple[Output, ...], Field(min_length=1, max_length=16)]
RequestId = Annotated[str, Field(min_length=1, max_length=256, description="idempotency key of the request")]


class RedlineOptions(Shape):
    """What is asked of a comparison; what is null is as by default. `redline.CompareOptions` says what each means."""

    author: Author | None = None
    granularity: Literal["word", "character"] | None = None
    existing_revisions: Literal["accept", "reject", "keep"] | None = None
    track_formatting: bool | None = None
    track_moves: bool | None = None
    track_case: bool | None = None
    track_white_space: bool | None = None
    track_tables: bool | None = None
    track_headers: bool | None = None
    track_notes: bool | None = None
    track_text_boxes: bool | None = None
    track_fields: bool | None = None
    track_computed: bool | None = None
    track_comments: bool | None = None
    ignore_numbers: bool | None = None
    ignore_punctuation: bool | None = None


class DocumentVersion(Shape):
    """A version of a document that the pipeline knows: the document by its id or by its path, and its generation."""

    document_id: DocumentId | None = None
    path: str | None = Field(None, min_length=1, max_length=1024, description="object name of the uploads")
    generation: Generation | None = Field(None, description="null for the newest accepted version")


class RequestedPair(Shape):
    """Two versions to compare.

    A `before` that is null, or that names the document of `after` without a generation, is the accepted version
    before that of `after`: the two newest ones when no generation is given at all.
    """

    before: DocumentVersion | None = None
    after: DocumentVersion
    options: RedlineOptions | None = Field(None, description="each option said here goes before that of the request")
    outputs: Outputs | None = Field(None, description="null for those of the request")


class RedlineRequested(Payload):
    """Command: make the redlines of these pairs, all of them or, where one of them cannot be, none."""

    event_type = "dev.redline.redline.requested.v1"
    topic = "redline-requests"

    pairs: Annotated[tuple[RequestedPair, ...], Field(min_length=1, max_length=MAX_PAIRS)]
    request_id: RequestId | None = Field(None, description="idempotency key; null for the id of the CloudEvent")
    tenant: Tenant | None = Field(None, description="whose documents these are; null for the pipeline's own tenant")
    options: RedlineOptions | None = Field(None, description="for every pair that says nothing else")
    outputs: Outputs | None = Field(None, description="for every pair that says nothing else; null for all there are")
    priority: Priority | None = Field(None, description="null: interactive for a single pair, bulk for more")
    deadline: AwareDatetime | None = Field(None, description="pairs not done by then count as timed out")
