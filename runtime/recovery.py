"""Whether a recovered copy holds what the audit trail says was written, byte for byte."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from backends.blobs import Blobs, DamagedError, NotFound
from schemas.audit import AuditRow
from schemas.base import ObjectRef
from schemas.custody import DocumentErased

_REFERENCE: Final = frozenset(ObjectRef.model_fields)


@dataclass(frozen=True, slots=True)
class Lost:
    """An object that is not as it was written. In the bucket of uploads its name is a path."""

    event_id: str
    bucket: str
    object: str
    generation: int
    why: Literal["missing", "different"]


def recorded(rows: Iterable[AuditRow], upload: Callable[[str], tuple[str, str]]) -> dict[ObjectRef, str]:
    """The objects that should be there, each with the event that says so.

    `upload` gives bucket and object name of what was uploaded of a document, which the trail does not know. What was
    of versions that were erased since is left out, on either side of a redline.
    """
    found: list[AuditRow] = []
    erased: dict[str, int] = {}
    for row in rows:
        if row.event_type == DocumentErased.event_type and row.generation is not None:
            erased[row.document_id] = max(row.generation, erased.get(row.document_id, 0))
        found.append(row)
    return {
        reference: row.event_id for row in found if not _is_erased(row, erased) for reference in _written(row, upload)
    }


def lost(wanted: dict[ObjectRef, str], blobs: Blobs, progress: Callable[[int, int], None]) -> Iterator[Lost]:
    """What is missing or different, each object read whole. `progress` is told how many were looked at, of how many.

    A copy gives its objects generations of its own: any generation with the recorded content will do.
    Raises BackendUnavailable.
    """
    for number, (reference, event_id) in enumerate(wanted.items(), start=1):
        contents = [_sha256(blobs, reference, generation) for generation in _generations(blobs, reference)]
        if reference.sha256 not in contents:
            why: Literal["missing", "different"] = "different" if contents else "missing"
            yield Lost(event_id, reference.bucket, reference.object, reference.generation, why)
        progress(number, len(wanted))


def _written(row: AuditRow, upload: Callable[[str], tuple[str, str]]) -> Iterator[ObjectRef]:
    source = (row.inputs or {}).get("source")
    if source is not None:
        bucket, name = upload(row.document_id)
        yield ObjectRef(bucket=bucket, object=name, generation=row.generation or 0, **source)
    yield from _references(row.inputs)
    yield from _references(row.outputs)


def _references(value: Any) -> Iterator[ObjectRef]:
    """Every reference to an object within a column."""
    if isinstance(value, dict):
        if value.keys() >= _REFERENCE:
            yield ObjectRef.model_validate({name: value[name] for name in _REFERENCE})
        else:
            for each in value.values():
                yield from _references(each)


def _is_erased(row: AuditRow, erased: dict[str, int]) -> bool:
    before = (row.details or {}).get("before_document_id") or row.document_id
    sides = (
        (row.document_id, row.generation),
        (row.document_id, row.after_generation),
        (before, row.before_generation),
    )
    return any(generation is not None and generation <= erased.get(document, 0) for document, generation in sides)


def _generations(blobs: Blobs, reference: ObjectRef) -> list[int]:
    """The recorded generation first: it is the one, unless this is a copy."""
    there = [
        generation
        for name, generation in blobs.generations(reference.bucket, reference.object)
        if name == reference.object
    ]
    return sorted(there, key=lambda generation: generation != reference.generation)


def _sha256(blobs: Blobs, reference: ObjectRef, generation: int) -> str:
    """In hex; empty where the content cannot be read."""
    try:
        return hashlib.sha256(blobs.get(reference.bucket, reference.object, generation)).hexdigest()
    except (NotFound, DamagedError):
        return ""
