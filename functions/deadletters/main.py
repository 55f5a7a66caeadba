"""deadletters: what could not be delivered in, kept for operators and said as a fact out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from events.routing import function_of
from functions.custody import unless_erased
from functions.objects import JSON, put_once
from functions.records import Records
from functions.remains import subject
from runtime.function import Context, function
from schemas.base import Payload
from schemas.custody import ErasureRefused, ErasureRequested, HoldRefused, HoldReleaseRequested, HoldRequested
from schemas.deadletters import MessageUndeliverable
from schemas.documents import DocumentFact, DocumentNormalized, DocumentRejected, DocumentUnchanged
from schemas.redlines import PairRequested, RedlineFailed
from schemas.storage import ObjectFinalized

CODE: Final = "undeliverable"
SENTENCE: Final = "The document could not be processed after several attempts; an operator has what is needed to retry."
_NOT_ERASED: Final = (
    "The erasure failed several times and may be half done; ask for it again, or have an operator retry."
)
_NOT_HELD: Final = "The request failed several times; ask again, or have an operator retry."

Consequence = DocumentRejected | RedlineFailed | ErasureRefused | HoldRefused


@function(handles=MessageUndeliverable)
@unless_erased
def deadletters(letter: MessageUndeliverable, ctx: Context) -> Iterator[Consequence]:
    """Keep the message, then say of which document or pair nothing more is to be expected."""
    name = f"{ctx.event.id}.json"
    put_once(ctx.blobs, ctx.settings.dead_letters, name, letter.model_dump_json().encode(), JSON)
    yield from _consequence(letter.subscription, subject(letter), ctx)


def _consequence(subscription: str, lost: Payload, ctx: Context) -> Iterator[Consequence]:
    """What the loss means. A fact that only a reader missed, such as the audit, changes nothing about its document."""
    match function_of(subscription), lost:
        case "normalize", ObjectFinalized():
            tenant, region = ctx.settings.tenant, ctx.settings.region
            document_id = ctx.identity(tenant, lost.name)
            records = Records(ctx.blobs, ctx.settings.records, tenant=tenant, region=region, document_id=document_id)
            records.keep_path(lost.name, ctx.event.time)  # normalize may never have come so far
            about = {"tenant": tenant, "region": region, "document_id": document_id, "generation": lost.generation}
            yield DocumentRejected(**about, code=CODE, message=SENTENCE)
        case "plan", DocumentNormalized() | DocumentUnchanged():
            shared = {name: getattr(lost, name) for name in DocumentFact.model_fields}
            yield DocumentRejected(**shared, code=CODE, message=SENTENCE)
        case "redline", PairRequested():
            yield RedlineFailed(**dict(lost), code=CODE, message=SENTENCE)
        case "erase", ErasureRequested():
            yield ErasureRefused(**dict(lost), code=CODE, message=_NOT_ERASED)
        case "erase", HoldRequested() | HoldReleaseRequested():
            yield HoldRefused(**dict(lost), code=CODE, message=_NOT_HELD)
