"""erase: a request to hold or to erase a document in, what came of it out.

One function decides on both, over one record for each document: either a hold stands or an erasure begins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from functions.custody import Custody
from functions.remains import Remains
from runtime.function import Context, function
from schemas.base import Generation
from schemas.custody import (
    CustodyFact,
    CustodyRecord,
    CustodyRequest,
    DocumentErased,
    Erasure,
    ErasureRefused,
    ErasureRequested,
    Hold,
    HoldPlaced,
    HoldRefused,
    HoldReleased,
    HoldReleaseRequested,
    HoldRequested,
)

_EPOCH: Final = datetime.fromtimestamp(0, UTC)
_MOST_ERASED: Final = (1 << 63) - 1


class Refused(Exception):  # noqa: N818 - an answer, not a mistake
    """What stands against a request: a code, and one sentence that says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@function(handles=(ErasureRequested, HoldRequested, HoldReleaseRequested))
def erase(request: CustodyRequest, ctx: Context) -> Iterator[CustodyFact]:
    """Do what is asked for, or say why not. A redelivery goes on where the first delivery was killed."""
    said = {name: getattr(request, name) for name in type(request).model_fields}
    try:
        _check_tenant(request, ctx)
        match request:
            case ErasureRequested():
                yield _erase(request, ctx)
            case HoldRequested():
                _place(request, ctx)
                yield HoldPlaced(**said)
            case HoldReleaseRequested():
                _release(request, ctx)
                yield HoldReleased(**said)
    except Refused as refused:
        refusal = ErasureRefused if isinstance(request, ErasureRequested) else HoldRefused
        yield refusal(**said, code=refused.code, message=refused.message)


def _check_tenant(request: CustodyRequest, ctx: Context) -> None:
    if request.tenant != ctx.settings.tenant:
        raise Refused("other-tenant", "The document is another tenant's; ask that tenant's pipeline.")


def _custody(request: CustodyRequest, ctx: Context, document_id: str | None = None) -> Custody:
    """The custody record of the document that is asked about, or of another."""
    return Custody(
        ctx.blobs,
        ctx.settings.records,
        tenant=request.tenant,
        region=ctx.settings.region,
        document_id=document_id or request.document_id,
    )


def _erase(request: ErasureRequested, ctx: Context) -> DocumentErased:
    """Note what is to be gone, remove it, and note that it is gone. Raises Refused."""
    custody = _custody(request, ctx)
    everything = Remains(ctx, request.document_id, _MOST_ERASED)
    path = everything.records.path()
    begun = _erasure_of(request, custody.update(_beginning(request, everything, path, ctx)))
    if begun.completed_at is None:
        Remains(ctx, request.document_id, begun.generation).remove(path)
        begun = _erasure_of(request, custody.update(_ending(begun, ctx.clock())))
    return DocumentErased(
        **{name: getattr(request, name) for name in type(request).model_fields},
        generation=begun.generation,
        completed_at=begun.completed_at or ctx.clock(),
        versions=begun.versions,
        redlines=begun.redlines,
    )


def _beginning(
    request: ErasureRequested, everything: Remains, path: str | None, ctx: Context
) -> Callable[[CustodyRecord], CustodyRecord]:
    """What is uploaded until now is to be gone, but nothing that was uploaded after the request was made."""
    known = _is_known(everything, path)
    shared = [other for other in everything.neighbours() if _custody(request, ctx, other).record().standing]
    newest = max((stored.generation for stored in everything.uploads(path)), default=0)
    versions, redlines = everything.count(path)
    erasure = Erasure(
        requested_at=request.requested_at,
        generation=max(newest, _microseconds(min(request.requested_at, ctx.clock()))),
        versions=versions,
        redlines=redlines,
    )

    def begin(record: CustodyRecord) -> CustodyRecord:
        if any(each.requested_at == request.requested_at for each in record.erasures):
            return record
        if record.standing:
            raise Refused(
                "legal-hold", "A hold stands on the document; nothing can be erased until every hold is released."
            )
        if shared:
            raise Refused("legal-hold", f"A hold stands on a document that this one was compared with: {shared[0]}.")
        if not known:
            raise _unknown(record)
        return record.model_copy(update={"erasures": (*record.erasures, erasure)})

    return begin


def _ending(done: Erasure, now: datetime) -> Callable[[CustodyRecord], CustodyRecord]:
    """The record in which this erasure, and any before it that was given up half-way, is completed."""

    def end(record: CustodyRecord) -> CustodyRecord:
        erasures = tuple(
            each
            if each.completed_at or each.generation > done.generation
            else each.model_copy(update={"completed_at": now})
            for each in record.erasures
        )
        return record.model_copy(update={"erasures": erasures})

    return end


def _erasure_of(request: ErasureRequested, record: CustodyRecord) -> Erasure:
    return next(each for each in record.erasures if each.requested_at == request.requested_at)


def _place(request: HoldRequested, ctx: Context) -> None:
    """Raises Refused."""
    everything = Remains(ctx, request.document_id, _MOST_ERASED)
    known = _is_known(everything, everything.records.path())
    hold = Hold(hold_id=request.hold_id, requested_at=request.requested_at, actor=request.actor, reason=request.reason)

    def place(record: CustodyRecord) -> CustodyRecord:
        if any(each.hold_id == hold.hold_id for each in record.holds):
            return record
        if any(each.completed_at is None for each in record.erasures):
            raise Refused("being-erased", "The document is being erased; it is too late to hold it.")
        if not known:
            raise _unknown(record)
        return record.model_copy(update={"holds": (*record.holds, hold)})

    _custody(request, ctx).update(place)


def _release(request: HoldReleaseRequested, ctx: Context) -> None:
    """Raises Refused."""

    def release(record: CustodyRecord) -> CustodyRecord:
        hold = next((each for each in record.holds if each.hold_id == request.hold_id), None)
        if hold is None or hold.released_at not in (None, request.requested_at):
            raise Refused("no-such-hold", "No such hold stands on the document; see: redline hold list.")
        released = hold.model_copy(update={"released_at": request.requested_at})
        return record.model_copy(update={"holds": tuple(released if each is hold else each for each in record.holds)})

    _custody(request, ctx).update(release)


def _is_known(everything: Remains, path: str | None) -> bool:
    return path is not None or bool(everything.records.versions().versions)


def _unknown(record: CustodyRecord) -> Refused:
    if record.erasures:
        return Refused("already-erased", "All that was kept of the document is erased already; there is nothing left.")
    return Refused("unknown-document", "No such document is known; check its path or id: redline documents.")


def _microseconds(time: datetime) -> Generation:
    """A time as generations count it."""
    return (time - _EPOCH) // timedelta(microseconds=1)
