"""audit: any fact or request in, a row of the audit trail out."""

from __future__ import annotations

from collections.abc import Iterator

from events.registry import MalformedData
from functions.audit.row import Fact, row
from runtime.function import Context, function
from schemas.base import Payload
from schemas.batches import RedlineBatchCompleted, RequestRejected
from schemas.custody import DocumentErased, ErasureRefused, HoldPlaced, HoldRefused, HoldReleased
from schemas.deadletters import DeadLetterDiscarded, DeadLetterReplayed
from schemas.documents import DocumentDeleted, DocumentNormalized, DocumentRejected, DocumentUnchanged
from schemas.redlines import RedlineCompleted, RedlineFailed, RedlineRendered, RedlineSuperseded, RenderingFailed
from schemas.requests import RedlineRequested


def leave_to_plan(error: MalformedData, ctx: Context) -> Iterator[Payload]:
    """What is wrong with a request that cannot be read is said by `plan`, as a fact, which has a row of its own."""
    yield from ()


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
        RedlineRequested,
    ),
    refuses={RedlineRequested: leave_to_plan},
)
def audit(fact: Fact, ctx: Context) -> Iterator[Payload]:
    """Append the row of the fact. A redelivery may append it again; readers keep one row per event id."""
    ctx.audit.append([row(fact, ctx)])
    yield from ()
