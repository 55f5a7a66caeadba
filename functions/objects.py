"""Objects that are written once, where a redelivery goes on with what is there, and records that many change."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from backends.blobs import Blob, Blobs, NotFound, PreconditionFailed
from schemas.base import ObjectRef, Shape

DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
HTML: Final = "text/html; charset=utf-8"
JSON: Final = "application/json"
PDF: Final = "application/pdf"
TEXT: Final = "text/plain; charset=utf-8"
_TRIES: Final = 20
_FIRST_PAUSE: Final = 0.01
_LONGEST_PAUSE: Final = 0.5

S = TypeVar("S", bound=Shape)


class ContentionError(RuntimeError):
    """Others changed a record every time we tried; a redelivery will do better."""


def reference(blob: Blob) -> ObjectRef:
    """The reference to one generation of an object."""
    return ObjectRef(
        bucket=blob.bucket, object=blob.name, generation=blob.generation, sha256=blob.sha256, size=blob.size
    )


def put_once(
    blobs: Blobs, bucket: str, name: str, data: bytes, content_type: str, metadata: Mapping[str, str] | None = None
) -> ObjectRef:
    """Write an object unless it exists, and reference what exists.

    Another content may be there from a release that wrote it differently; whoever cares compares the hashes.
    """
    try:
        blob = blobs.put(bucket, name, data, content_type=content_type, metadata=metadata, if_generation_match=0)
        return reference(blob)
    except PreconditionFailed:
        return reference(blobs.stat(bucket, name))


def get(blobs: Blobs, ref: ObjectRef) -> bytes:
    """Content of a reference. Raises NotFound."""
    return blobs.get(ref.bucket, ref.object, ref.generation)


def read_record(blobs: Blobs, bucket: str, name: str, empty: S) -> tuple[S, int]:
    """A record and its object generation; `empty` and 0 where there is none."""
    try:
        blob = blobs.stat(bucket, name)
        content = blobs.get(bucket, name, blob.generation)
    except NotFound:
        return empty, 0
    return type(empty).model_validate_json(content), blob.generation


def update_record(blobs: Blobs, bucket: str, name: str, empty: S, change: Callable[[S], S]) -> S:
    """Change a record by compare-and-swap and return what it is now; `change` must be pure.

    Raises ContentionError when others are always quicker.
    """
    for attempt in range(_TRIES):
        record, generation = read_record(blobs, bucket, name, empty)
        changed = change(record)
        if changed == record:
            return record
        content = changed.model_dump_json().encode()
        try:
            blobs.put(bucket, name, content, content_type=JSON, if_generation_match=generation)
        except PreconditionFailed:
            pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**attempt)
            time.sleep(random.uniform(0, pause))  # noqa: S311 - jitter, not a secret
        else:
            return changed
    raise ContentionError(f"the record changed {_TRIES} times while it was to be updated")
