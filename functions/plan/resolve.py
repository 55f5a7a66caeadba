"""Finds the versions that a request names, or says of each faulty item what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from events.ids import pair_id
from functions import versions
from functions.plan import wanted
from schemas.batches import FaultyItem
from schemas.documents import AcceptedVersion, VersionRecord
from schemas.redlines import PairRequested
from schemas.requests import DocumentVersion, RedlineRequested, RequestedPair

_SENTENCES: Final = {
    "no-document": "Name the document: give its document_id or its path.",
    "two-documents": "document_id and path name two documents; give one of them.",
    "unknown-document": "This tenant has no such document; upload it first, or check its path or id.",
    "no-accepted-version": "No version of this document could be read so far; upload one that can be.",
    "unknown-version": "The document has no version of this generation; leave it out to have the newest.",
    "rejected-version": "This version was rejected when it was uploaded, so it cannot be compared; name another.",
    "no-earlier-version": "There is no accepted version before that of `after`; upload another, or name `before`.",
    "same-version": "before and after are the same version; name two.",
}


class FaultError(Exception):
    """An item of the request cannot be met: `code` says why, `field` where in the item."""

    def __init__(self, code: str, field: str) -> None:
        super().__init__(_SENTENCES[code])
        self.code = code
        self.field = field


class Resolver:
    """Resolves the pairs of one request of one tenant."""

    def __init__(self, read: Callable[[str], VersionRecord], identity: Callable[[str], str]) -> None:
        """`read` gives the version record of a document id, `identity` the document id of a path."""
        self._read = read
        self._identity = identity
        self._records: dict[str, VersionRecord] = {}

    def pairs(self, request: RedlineRequested, batch_id: str) -> tuple[tuple[PairRequested, ...], list[FaultyItem]]:
        """The pairs to redline, and what is wrong; a request with anything wrong is not to be begun at all."""
        found, faulty = [], []
        for index, asked in enumerate(request.pairs):
            try:
                found.append(self._pair(request, asked, batch_id, index))
            except FaultError as fault:
                faulty.append(FaultyItem(index=index, field=fault.field, code=fault.code, message=str(fault)))
        return tuple(found), faulty

    def _pair(self, request: RedlineRequested, asked: RequestedPair, batch_id: str, index: int) -> PairRequested:
        """Raises FaultError."""
        after_record = self._record(asked.after, "after")
        after = _version(after_record, asked.after.generation, "after")
        before_record, before = self._before(asked, after_record, after)
        one, other = (before_record.document_id, before.generation), (after_record.document_id, after.generation)
        if one == other:
            raise FaultError("same-version", "before")
        options, outputs = wanted.options(asked, request), wanted.outputs(asked, request)
        return PairRequested(
            tenant=after_record.tenant,
            region=after_record.region,
            pair_id=pair_id(one, other, wanted.spelled(options, outputs)),
            document_id=after_record.document_id,
            before=before.normalized,
            after=after.normalized,
            before_generation=before.generation,
            after_generation=after.generation,
            before_document_id=None if one[0] == other[0] else one[0],
            batch_id=batch_id,
            batch_index=index,
            options=options,
            outputs=outputs,
            priority=wanted.priority(request),
        )

    def _before(
        self, asked: RequestedPair, after_record: VersionRecord, after: AcceptedVersion
    ) -> tuple[VersionRecord, AcceptedVersion]:
        record = after_record if asked.before is None else self._record(asked.before, "before")
        generation = asked.before.generation if asked.before else None
        if generation is not None or record.document_id != after_record.document_id:
            return record, _version(record, generation, "before")
        earlier = [each for each in _accepted(record) if each.generation < after.generation]
        if not earlier:
            raise FaultError("no-earlier-version", "before")
        return record, earlier[-1]

    def _record(self, side: DocumentVersion, field: str) -> VersionRecord:
        if side.document_id is not None and side.path is not None:
            raise FaultError("two-documents", field)
        if side.document_id is None and side.path is None:
            raise FaultError("no-document", field)
        document_id = side.document_id or self._identity(side.path or "")
        if document_id not in self._records:
            self._records[document_id] = self._read(document_id)
        record = self._records[document_id]
        if not record.versions:
            raise FaultError("unknown-document", f"{field}.{'document_id' if side.document_id else 'path'}")
        return record


def _accepted(record: VersionRecord) -> list[AcceptedVersion]:
    return [version for version in record.versions if isinstance(version, AcceptedVersion)]


def _version(record: VersionRecord, generation: int | None, field: str) -> AcceptedVersion:
    """The version of this generation, or the newest accepted one. Raises FaultError."""
    if generation is None:
        accepted = _accepted(record)
        if not accepted:
            raise FaultError("no-accepted-version", field)
        return accepted[-1]
    version = versions.find(record, generation)
    if version is None:
        raise FaultError("unknown-version", f"{field}.generation")
    if not isinstance(version, AcceptedVersion):
        raise FaultError("rejected-version", f"{field}.generation")
    return version
