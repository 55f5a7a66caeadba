"""Objects that are written once: a redelivery writes the same, and goes on with what is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from backends.blobs import Blob, Blobs, PreconditionFailed
from schemas.base import ObjectRef

DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
HTML: Final = "text/html; charset=utf-8"
JSON: Final = "application/json"


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
