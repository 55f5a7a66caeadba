"""plan: an accepted version or a request in, the pairs to redline out."""

from __future__ import annotations

from collections.abc import Iterator

from functions import versions
from functions.custody import unless_erased
from functions.plan.requests import plan_request, refuse
from functions.records import Records
from runtime.function import Context, function
from schemas.batches import RequestRejected
from schemas.documents import DocumentNormalized, DocumentUnchanged
from schemas.redlines import PairRequested, RedlineSuperseded
from schemas.requests import RedlineRequested

Planned = PairRequested | RedlineSuperseded | RequestRejected


@function(handles=(DocumentNormalized, DocumentUnchanged, RedlineRequested), refuses={RedlineRequested: refuse})
@unless_erased
def plan(asked: DocumentNormalized | DocumentUnchanged | RedlineRequested, ctx: Context) -> Iterator[Planned]:
    """Pin the plan of what is asked, and say what the pinned plan says, however often it is delivered."""
    if isinstance(asked, RedlineRequested):
        yield from plan_request(asked, ctx)
    else:
        yield from _plan_version(asked, ctx)


def _plan_version(document: DocumentNormalized | DocumentUnchanged, ctx: Context) -> Iterator[Planned]:
    """The pairs that a new version calls for."""
    records = Records(
        ctx.blobs,
        ctx.settings.records,
        tenant=document.tenant,
        region=document.region,
        document_id=document.document_id,
    )
    pinned = records.pin(versions.plan(records.versions(), document.generation))
    yield from pinned.requested
    yield from pinned.superseded
