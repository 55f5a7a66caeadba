"""Plans a request for redlines: the whole of it, or nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final

from events.ids import batch_id, request_digest
from events.registry import Fault, MalformedData
from functions.batches import Batches, content_sha256
from functions.plan.resolve import Resolver
from functions.records import Records
from functions.rejections import id_of_request, reject
from runtime.function import Context
from schemas.batches import BatchPlan, FaultyItem, RequestRejected
from schemas.documents import VersionRecord
from schemas.redlines import PairRequested
from schemas.requests import MAX_PAIRS, RedlineRequested

_FOREIGN: Final = "The request is for documents of another tenant; publish it to the pipeline of that tenant."
_PASSED: Final = "The deadline has passed already; give a later one, or none."
_USED: Final = "This request id was used before, for another request; choose a new one."
_NUMBER_OF_PAIRS: Final = {
    "too_long": ("too-many-pairs", f"A request has at most {MAX_PAIRS} pairs; publish several requests."),
    "too_short": ("no-pairs", "The request names no pair; give at least one."),
}
"""What is said of the list of pairs, by pydantic's name of the error."""


def plan_request(request: RedlineRequested, ctx: Context) -> Iterator[PairRequested | RequestRejected]:
    """Pin the plan of the request and say it, or say everything that is wrong; the same again on a redelivery.

    Another request of the same id and content is the same batch: what is still to be done is said again, under the same
    ids, so that nothing is done twice. When the batch has ended there is nothing to say.
    """
    batches = _batches(ctx)
    earlier = batches.rejection(_digest(ctx))
    if earlier is not None:
        yield earlier
        return
    identity = batch_id(ctx.settings.tenant, id_of_request(ctx.event, request.request_id))
    pinned = batches.plan(identity)
    if pinned is None:
        planned, faulty = _plan(request, identity, ctx)
        if planned is None:
            yield _reject(faulty, request.request_id, ctx)
            return
        pinned = batches.pin(planned)
    if pinned.content_sha256 != content_sha256(request):
        item = FaultyItem(field="request_id", code="request-id-used", message=_USED)
        yield _reject([item], request.request_id, ctx)
    elif batches.end(identity) is None:
        batches.open(pinned)
        done = batches.done(identity)
        yield from (pair for index, pair in enumerate(pinned.pairs) if index not in done)


def refuse(malformed: MalformedData, ctx: Context) -> Iterator[RequestRejected]:
    """Say everything that is wrong with a request that has not the shape of one."""
    items = [_item(fault) for fault in malformed.faults if not _follows(fault, malformed.faults)]
    yield _reject(items, _named_id(ctx.event.data), ctx)


def _follows(fault: Fault, faults: Sequence[Fault]) -> bool:
    """Whether a list only counts as too short because what is in it is malformed."""
    inside = [each for each in faults if each.where[: len(fault.where)] == fault.where and each.where != fault.where]
    return fault.kind == "too_short" and bool(inside)


def _item(fault: Fault) -> FaultyItem:
    in_pair = fault.where[:1] == ("pairs",) and len(fault.where) > 1
    field = ".".join(str(step) for step in fault.where[2 if in_pair else 0 :])
    if fault.where == ("pairs",) and fault.kind in _NUMBER_OF_PAIRS:
        code, message = _NUMBER_OF_PAIRS[fault.kind]
    else:
        code = "malformed"
        message = f"{field or 'The data'}: {fault.sentence[:1].lower()}{fault.sentence[1:]}."
    return FaultyItem(index=int(fault.where[1]) if in_pair else None, field=field, code=code, message=message)


def _plan(request: RedlineRequested, identity: str, ctx: Context) -> tuple[BatchPlan | None, list[FaultyItem]]:
    """The plan, or all that is wrong."""
    tenant, region, now = ctx.settings.tenant, ctx.settings.region, ctx.clock()
    if request.tenant not in (None, tenant):
        return None, [FaultyItem(field="tenant", code="foreign-tenant", message=_FOREIGN)]

    def read(document_id: str) -> VersionRecord:
        return Records(
            ctx.blobs, ctx.settings.records, tenant=tenant, region=region, document_id=document_id
        ).versions()

    pairs, faulty = Resolver(read, lambda path: ctx.identity(tenant, path)).pairs(request, identity)
    if request.deadline is not None and request.deadline <= now:
        faulty.insert(0, FaultyItem(field="deadline", code="deadline-passed", message=_PASSED))
    if faulty:
        return None, faulty
    plan = BatchPlan(
        tenant=tenant,
        region=region,
        batch_id=identity,
        request_id=id_of_request(ctx.event, request.request_id),
        content_sha256=content_sha256(request),
        deadline=request.deadline or now + timedelta(seconds=ctx.settings.batch_deadline),
        pairs=pairs,
    )
    return plan, []


def _reject(items: Sequence[FaultyItem], named: str | None, ctx: Context) -> RequestRejected:
    """Pinned: what is rejected stays rejected, also when a redelivery would find the document uploaded meanwhile."""
    rejected = reject(ctx.event, named, items, tenant=ctx.settings.tenant, region=ctx.settings.region)
    return _batches(ctx).pin_rejection(rejected)


def _batches(ctx: Context) -> Batches:
    settings = ctx.settings
    return Batches(ctx.blobs, records=settings.records, redlines=settings.redlines, tenant=settings.tenant)


def _digest(ctx: Context) -> str:
    return request_digest(ctx.event.source, ctx.event.id, ctx.event.data)


def _named_id(data: bytes) -> str | None:
    """The request id of malformed data, if that much can be read."""
    try:
        named = json.loads(data)["request_id"]
    except (ValueError, TypeError, LookupError):
        return None
    return named if isinstance(named, str) else None
