"""Which versions are erased, and the guard that keeps what comes late about them from bringing anything back.

An erasure first notes in the custody record up to which generation a document is to be gone, then removes. A function
that works on such a version meanwhile looks before it begins and again when it is done: what it wrote before the
erasure came by is removed by the erasure, and what it wrote afterwards it finds erased and removes itself. If it is
killed before that, the redelivery finds the version erased and removes what is left.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any, Final

from backends.blobs import Blobs
from functions.objects import read_record, update_record
from functions.remains import Remains, subject, versions_of
from runtime.function import Context
from schemas.base import Generation, Payload
from schemas.custody import CustodyRecord
from schemas.redlines import PairRequested, RedlineFailed
from schemas.storage import StorageObject

ERASED: Final = "erased"
_SENTENCE: Final = (
    "One of the two versions was erased, so there is no redline; upload the document again to compare it."
)

Handler = Callable[[Any, Context], Iterator[Payload]]


class Custody:
    """The custody record of one document, in the records bucket."""

    def __init__(self, blobs: Blobs, bucket: str, *, tenant: str, region: str, document_id: str) -> None:
        self._blobs = blobs
        self._bucket = bucket
        self._name = f"custody/{tenant}/{document_id}.json"
        self._empty = CustodyRecord(tenant=tenant, region=region, document_id=document_id)

    def record(self) -> CustodyRecord:
        """The record; an empty one for a document that was neither held nor erased."""
        return read_record(self._blobs, self._bucket, self._name, self._empty)[0]

    def update(self, change: Callable[[CustodyRecord], CustodyRecord]) -> CustodyRecord:
        """Change the record by compare-and-swap; `change` must be pure. Raises ContentionError."""
        return update_record(self._blobs, self._bucket, self._name, self._empty, change)


def unless_erased(handler: Handler) -> Handler:
    """Let a handler keep and say nothing about an erased version, but for a pair that it failed."""

    @functools.wraps(handler)
    def guarded(payload: Payload, ctx: Context) -> Iterator[Payload]:
        if not erased(payload, ctx):
            said = list(handler(payload, ctx))
            if not erased(payload, ctx):
                yield from said
                return
        about = subject(payload)
        for document_id, generation in erased(payload, ctx).items():
            Remains(ctx, document_id, generation).remove(about.name if isinstance(about, StorageObject) else None)
        if isinstance(about, PairRequested):
            yield RedlineFailed(**dict(about), code=ERASED, message=_SENTENCE)

    return guarded


def erased(payload: Payload, ctx: Context) -> dict[str, Generation]:
    """The documents of which the event is about an erased version, each with the latest erased generation."""
    settings = ctx.settings
    found = {}
    for document_id, generation in versions_of(subject(payload), ctx.identity, settings.tenant):
        custody = Custody(
            ctx.blobs, settings.records, tenant=settings.tenant, region=settings.region, document_id=document_id
        )
        through = custody.record().erased_through
        if generation <= through:
            found[document_id] = through
    return found
