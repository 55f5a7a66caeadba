"""deadletters: what could not be delivered in, kept for operators and said as a fact out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from events.delivery import to_event
from events.envelope import EnvelopeError
from events.registry import parse
from events.routing import function_of
from functions.objects import JSON, put_once
from functions.records import Records
from runtime.function import Context, function
from schemas.base import Payload
from schemas.deadletters import MessageUndeliverable
from schemas.documents import DocumentFact, DocumentNormalized, DocumentRejected, DocumentUnchanged
from schemas.messaging import Message
from schemas.redlines import PairRequested, RedlineFailed
from schemas.storage import ObjectFinalized

CODE: Final = "undeliverable"
SENTENCE: Final = "The document could not be processed after several attempts; an operator has what is needed to retry."


@function(handles=MessageUndeliverable)
def deadletters(letter: MessageUndeliverable, ctx: Context) -> Iterator[DocumentRejected | RedlineFailed]:
    """Keep the message, then say of which document or pair nothing more is to be expected."""
    name = f"{ctx.event.id}.json"
    put_once(ctx.blobs, ctx.settings.dead_letters, name, letter.model_dump_json().encode(), JSON)
    try:
        lost = parse(to_event(Message(letter.data, letter.attributes)))
    except EnvelopeError:
        return  # it names no document; the kept message is all there is to say
    yield from _consequence(letter.subscription, lost, ctx)


def _consequence(subscription: str, lost: Payload, ctx: Context) -> Iterator[DocumentRejected | RedlineFailed]:
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
