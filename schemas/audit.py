"""Rows of the audit trail. No document content, no path."""

from __future__ import annotations

from datetime import date
from typing import Any

from pydantic import AwareDatetime, Field

from schemas.base import Shape

Json = dict[str, Any]


class AuditRow(Shape):
    """One event as the audit trail keeps it; readers keep one row per `source` and `event_id`."""

    event_id: str
    event_type: str
    event_time: AwareDatetime = Field(description="time of the event, from the root event of its chain")
    event_day: date | None = Field(None, description="day of event_time in UTC; the table is partitioned by it")
    recorded_at: AwareDatetime = Field(description="when the audit function recorded it")
    emitted_at: AwareDatetime | None = Field(None, description="when its source said it")
    caused_at: AwareDatetime | None = Field(None, description="when the event that caused it was said")
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
    engine_version: str | None = Field(None, description="release of the engine that did the work")
    inputs: Json | None = Field(None, description="references and SHA-256 of what was read")
    options: Json | None = Field(None, description="options that the work was done with")
    outputs: Json | None = Field(None, description="references and SHA-256 of what was written")
    details: Json | None = Field(None, description="what else the event says, by type of event")
    correlation_id: str = Field(description="id of the root event of the chain")
    causation_id: str = Field(description="id of the event that caused this one")
    trace_id: str | None = Field(None, description="W3C trace id, from the dropped file to this row")
    actor: str = Field("", description="who, where known")
    actor_source: str = Field("", description="where that knowledge comes from")
    payload_sha256: str = Field(description="SHA-256 of the event's data as it was delivered")
    segment: str | None = Field(None, description="chain of rows that this row stands in")
    position: int | None = Field(None, description="place in its chain, from 1")
    previous_hash: str = Field("", description="chain hash of the row before it in its segment")
    row_hash: str = Field("", description="SHA-256 over previous_hash and this row without its hashes")
