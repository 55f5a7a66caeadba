"""audit: any fact in, a row of the audit trail out."""

from __future__ import annotations

from collections.abc import Iterator

from functions.audit.row import Fact, row
from runtime.function import Context, function
from schemas.base import Payload
from schemas.batches import RedlineBatchCompleted, RequestRejected
from schemas.custody import DocumentErased, ErasureRefused, HoldPlaced, HoldRefused, HoldReleased
from schemas.deadletters import DeadLetterDiscarded, DeadLetterReplayed
from schemas.documents import DocumentDeleted, DocumentNormalized, DocumentRejected, DocumentUnchanged
from schemas.redlines import RedlineCompleted, RedlineFailed, RedlineRendered, RedlineSuperseded, RenderingFailed


@function(
    handles=(
        DocumentNormalized,
        DocumentUnchanged,
        DocumentRejected,
        DocumentDeleted,
        RedlineCompleted,
        RedlineFailed,
        RedlineSuperseded,
        RedlineRendered,
        RenderingFailed,
        DocumentErased,
        ErasureRefused,
        HoldPlaced,
        HoldReleased,
        HoldRefused,
        RequestRejected,
        RedlineBatchCompleted,
        DeadLetterReplayed,
        DeadLetterDiscarded,
    )
)
def audit(fact: Fact, ctx: Context) -> Iterator[Payload]:
    """Append the row of the fact. A redelivery may append it again; readers keep one row per event id."""
    ctx.audit.append([row(fact, ctx)])
    yield from ()
