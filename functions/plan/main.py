"""plan: an accepted version in, the pairs to redline out."""

from __future__ import annotations

from collections.abc import Iterator

from functions import versions
from functions.custody import unless_erased
from functions.records import Records
from runtime.function import Context, function
from schemas.documents import DocumentNormalized, DocumentUnchanged
from schemas.redlines import PairRequested, RedlineSuperseded


@function(handles=(DocumentNormalized, DocumentUnchanged))
@unless_erased
def plan(document: DocumentNormalized | DocumentUnchanged, ctx: Context) -> Iterator[PairRequested | RedlineSuperseded]:
    """Pin the plan of the version, and say what the pinned plan says, however often the version is delivered."""
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
