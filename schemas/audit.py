"""Rows of the audit trail. No document content, no path."""

from __future__ import annotations

from pydantic import AwareDatetime, Field

from schemas.base import Shape


class AuditRow(Shape):
    """One event as the audit trail keeps it; readers keep one row per `event_id`."""

    event_id: str
    event_type: str
    event_time: AwareDatetime = Field(description="time of the event, from the root event of its chain")
    recorded_at: AwareDatetime = Field(description="when the audit function recorded it")
    source: str = Field(description="CloudEvents source: who said it")
    tenant: str
    region: str
    document_id: str = Field("", description="empty for a fact about a request as a whole")
    generation: int | None = None
    pair_id: str | None = None
    before_generation: int | None = None
    after_generation: int | None = None
    batch_id: str | None = Field(None, description="the request that a pair is of, or that the fact is about")
    batch_index: int | None = Field(None, description="which pair of the request, from 0")
    attempt: int = 1
    code: str | None = Field(None, description="reason, for a rejection or a failure")
    message: str | None = None
    correlation_id: str = Field(description="id of the root event of the chain")
    causation_id: str = Field(description="id of the event that caused this one")
    actor: str = Field("", description="who, where known")
    actor_source: str = Field("", description="where that knowledge comes from")
    payload_sha256: str = Field(description="SHA-256 of the event's data as it was delivered")
    previous_hash: str = Field("", description="chain hash of the row before it in its segment")
    row_hash: str = Field("", description="SHA-256 over previous_hash and this row without its hashes")
