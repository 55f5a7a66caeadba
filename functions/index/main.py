"""index: a fact about a document or a redline in, what can be found of the document brought up to date."""

from __future__ import annotations

from collections.abc import Iterator

from functions.custody import unless_erased
from functions.index.contents import Contents, bring_up_to_date
from runtime.function import Context, function
from schemas.base import Payload
from schemas.documents import DocumentDeleted, DocumentNormalized, DocumentUnchanged
from schemas.redlines import RedlineCompleted, RedlineSuperseded

Fact = DocumentNormalized | DocumentUnchanged | DocumentDeleted | RedlineCompleted | RedlineSuperseded


@function(handles=(DocumentNormalized, DocumentUnchanged, DocumentDeleted, RedlineCompleted, RedlineSuperseded))
@unless_erased
def index(fact: Fact, ctx: Context) -> Iterator[Payload]:
    """Make the index hold what the buckets hold of the document.

    The fact only says where to look: so it does not matter in which order facts come, how often, or how late.
    """
    bring_up_to_date(ctx.search, Contents(ctx.blobs, ctx.settings, fact.tenant, fact.document_id))
    yield from ()
