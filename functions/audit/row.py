"""What the trail keeps of a fact or a request: who, what, when, from what and with what; never content or path."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC
from typing import Any, Final

from events.trace import trace_id
from runtime.function import Context
from schemas.audit import AuditRow
from schemas.batches import BatchFact, RequestRejected
from schemas.changes import Summary
from schemas.custody import CustodyFact
from schemas.deadletters import DeadLetterFact
from schemas.documents import DocumentFact
from schemas.redlines import Pair
from schemas.requests import RedlineRequested

Fact = DocumentFact | Pair | BatchFact | CustodyFact | DeadLetterFact | RedlineRequested
Json = dict[str, Any]

_COLUMNS: Final = (
    "tenant",
    "region",
    "document_id",
    "generation",
    "pair_id",
    "before_generation",
    "after_generation",
    "batch_id",
    "batch_index",
    "attempt",
    "code",
    "message",
    "options",
)
_INPUTS: Final = ("source", "before", "after")
_OUTPUTS: Final = ("normalized", "redline", "html", "changes", "summary_object", "pdf", "results")
_DETAILS: Final = (
    "media_type",
    "same_as",
    "superseded_by",
    "before_document_id",
    "priority",
    "reused_from",
    "request_sha256",
    "total",
    "completed",
    "failed",
    "undeliverable",
    "timed_out",
    "reused",
    "deadline",
    "requested_at",
    "reason",
    "hold_id",
    "completed_at",
    "versions",
    "redlines",
    "letter_id",
    "message_type",
    "subscription",
)
_OF_A_REQUEST: Final = ("priority", "deadline", "outputs")
"""What is kept of a request beside its options: its pairs may name paths, and its key is any text."""
_OF_A_PLACE: Final = ("part", "code")
"""What is kept of a place that could not be tracked: its message may quote the document."""
_OF_AN_ITEM: Final = ("index", "field", "code")
"""What is kept of a faulty item of a request: its message may name a path."""


def row(fact: Fact, ctx: Context) -> AuditRow:
    """The row of a fact. Fields are taken by name, so that one which is not named here never gets into the trail."""
    event = ctx.event
    by = fact if isinstance(fact, CustodyFact | DeadLetterFact) else ctx.settings
    told = _told(fact, ctx)
    return AuditRow(
        event_id=event.id,
        event_type=event.type,
        event_time=event.time,
        event_day=event.time.astimezone(UTC).date(),
        recorded_at=ctx.clock(),
        emitted_at=event.recorded_time,
        caused_at=event.causation_time,
        source=event.source,
        engine_version=told.get("engine_version") or None,
        inputs=_some(told, _INPUTS),
        outputs=_some(told, _OUTPUTS),
        details=_details(fact, told),
        correlation_id=event.correlation_id,
        causation_id=event.causation_id,
        trace_id=trace_id(event.traceparent),
        actor=by.actor,
        actor_source=by.actor_source,
        payload_sha256=hashlib.sha256(event.data).hexdigest(),
        **{name: told[name] for name in _COLUMNS if name in told},
    )


def _told(fact: Fact, ctx: Context) -> Json:
    """What the event says; of a request, what it leaves to the pipeline is filled in."""
    told = fact.model_dump(mode="json")
    if isinstance(fact, RedlineRequested):
        return {**told, "tenant": fact.tenant or ctx.settings.tenant, "region": ctx.settings.region}
    return told


def _some(told: Json, names: Sequence[str]) -> Json | None:
    return {name: told[name] for name in names if told.get(name) is not None} or None


def _details(fact: Fact, told: Json) -> Json | None:
    summary = getattr(fact, "summary", None)
    details = _some(told, _DETAILS) or {}
    if isinstance(summary, Summary):
        details["summary"] = summary.model_dump(mode="json", exclude={"coverage"})
        coverage = told["summary"]["coverage"]
        coverage["not_tracked"] = [{name: place[name] for name in _OF_A_PLACE} for place in coverage["not_tracked"]]
        details["coverage"] = coverage
    if isinstance(fact, RedlineRequested):
        details = {"pairs": len(fact.pairs), **(_some(told, _OF_A_REQUEST) or {})}
    if isinstance(fact, RequestRejected):
        details["items"] = [{name: item[name] for name in _OF_AN_ITEM} for item in told["items"]]
    return details or None
