"""deadletters: what could not be delivered in, kept for operators and said as a fact out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from events.delivery import to_event
from events.routing import function_of
from functions.custody import unless_erased
from functions.objects import JSON, put_once
from functions.records import Records
from functions.rejections import reject
from functions.remains import subject
from runtime.function import Context, function
from schemas.base import Payload
from schemas.batches import FaultyItem, RequestRejected
from schemas.custody import ErasureRefused, ErasureRequested, HoldRefused, HoldReleaseRequested, HoldRequested
from schemas.deadletters import MessageUndeliverable
from schemas.documents import DocumentFact, DocumentNormalized, DocumentRejected, DocumentUnchanged
from schemas.messaging import Message
from schemas.redlines import PairRequested, RedlineFailed
from schemas.requests import RedlineRequested
from schemas.storage import ObjectFinalized

CODE: Final = "undeliverable"
SENTENCE: Final = "The document could not be processed after several attempts; an operator has what is needed to retry."
_NOT_ERASED: Final = (
    "The erasure failed several times and may be half done; ask for it again, or have an operator retry."
)
_NOT_PLANNED: Final = "The request could not be planned after several attempts; an operator can retry it."
_NOT_HELD: Final = "The request failed several times; ask again, or have an operator retry."

Consequence = DocumentRejected | RedlineFailed | RequestRejected | ErasureRefused | HoldRefused


@function(handles=MessageUndeliverable)
@unless_erased
def deadletters(letter: MessageUndeliverable, ctx: Context) -> Iterator[Consequence]:
    """Keep the message, then say of which document or pair nothing more is to be expected."""
    name = f"{ctx.event.id}.json"
    put_once(ctx.blobs, ctx.settings.dead_letters, name, letter.model_dump_json().encode(), JSON)
    yield from _consequence(letter, subject(letter), ctx)


def _consequence(letter: MessageUndeliverable, lost: Payload, ctx: Context) -> Iterator[Consequence]:
    """What the loss means. A fact that only a reader missed, such as the audit, changes nothing about its document."""
    match function_of(letter.subscription), lost:
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
        case "plan", RedlineRequested():
            item = FaultyItem(code=CODE, message=_NOT_PLANNED)
            event, own = to_event(Message(letter.data, letter.attributes)), ctx.settings
            yield reject(event, lost.request_id, [item], tenant=own.tenant, region=own.region)
        case "redline", PairRequested():
            yield RedlineFailed(**dict(lost), code=CODE, message=SENTENCE)
        case "erase", ErasureRequested():
            yield ErasureRefused(**dict(lost), code=CODE, message=_NOT_ERASED)
        case "erase", HoldRequested() | HoldReleaseRequested():
            yield HoldRefused(**dict(lost), code=CODE, message=_NOT_HELD)
