"""audit: any fact in, a row of the audit trail out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final

from runtime.function import Context, function
from schemas.audit import AuditRow
from schemas.base import Payload
from schemas.batches import BatchFact, RedlineBatchCompleted, RequestRejected
from schemas.custody import CustodyFact, DocumentErased, ErasureRefused, HoldPlaced, HoldRefused, HoldReleased
from schemas.documents import DocumentDeleted, DocumentFact, DocumentNormalized, DocumentRejected, DocumentUnchanged
from schemas.redlines import Pair, RedlineCompleted, RedlineFailed, RedlineSuperseded

_FROM_PAYLOAD: Final = (
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
)


@function(
    handles=(
        DocumentNormalized,
        DocumentUnchanged,
        DocumentRejected,
        DocumentDeleted,
        RedlineCompleted,
        RedlineFailed,
        RedlineSuperseded,
        DocumentErased,
        ErasureRefused,
        HoldPlaced,
        HoldReleased,
        HoldRefused,
        RequestRejected,
        RedlineBatchCompleted,
    )
)
def audit(fact: DocumentFact | Pair | BatchFact | CustodyFact, ctx: Context) -> Iterator[Payload]:
    """Append the row of the fact. A redelivery may append it again; readers keep one row per event id."""
    ctx.audit.append([row(fact, ctx)])
    yield from ()


def row(fact: DocumentFact | Pair | BatchFact | CustodyFact, ctx: Context) -> AuditRow:
    """What the trail keeps of a fact: who, what, when and which; never content or path."""
    known = {name: getattr(fact, name) for name in _FROM_PAYLOAD if hasattr(fact, name)}
    event = ctx.event
    by = fact if isinstance(fact, CustodyFact) else ctx.settings
    return AuditRow(
        event_id=event.id,
        event_type=event.type,
        event_time=event.time,
        recorded_at=ctx.clock(),
        source=event.source,
        correlation_id=event.correlation_id,
        causation_id=event.causation_id,
        actor=by.actor,
        actor_source=by.actor_source,
        payload_sha256=hashlib.sha256(event.data).hexdigest(),
        **known,
    )
