"""normalize: a storage event in, what became of the version out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import partial

from backends.blobs import DamagedError, NotFound
from functions import formats, versions
from functions.custody import unless_erased
from functions.objects import DOCX, put_once
from functions.records import Records
from redline.errors import DocumentError
from runtime.function import Context, function
from schemas.base import Content
from schemas.documents import (
    AcceptedVersion,
    DocumentDeleted,
    DocumentFact,
    DocumentNormalized,
    DocumentRejected,
    DocumentUnchanged,
    RejectedVersion,
    VersionRecord,
)
from schemas.storage import ObjectDeleted, ObjectFinalized

MEGABYTE = 1024 * 1024


@function(handles=(ObjectFinalized, ObjectDeleted))
@unless_erased
def normalize(upload: ObjectFinalized | ObjectDeleted, ctx: Context) -> Iterator[DocumentFact]:
    """Take a new version into the record of its document, or bury a deleted one.

    What the record holds is not judged again: a redelivery says what was said before.
    """
    if upload.bucket != ctx.settings.uploads or upload.name.endswith("/"):
        return  # not ours, or the marker object of an empty folder
    document_id = ctx.identity(ctx.settings.tenant, upload.name)
    records = Records(
        ctx.blobs,
        ctx.settings.records,
        tenant=ctx.settings.tenant,
        region=ctx.settings.region,
        document_id=document_id,
    )
    if isinstance(upload, ObjectDeleted):
        record = records.update(partial(versions.bury, generation=upload.generation))
        yield DocumentDeleted(**_about(record, upload.generation))
        return
    record = records.versions()
    if versions.find(record, upload.generation) is None:
        version = judge(upload, document_id, ctx)
        records.keep_path(upload.name, ctx.event.time)
        record = records.update(partial(versions.take, version=version))
    yield fact(record, upload.generation)


def judge(upload: ObjectFinalized, document_id: str, ctx: Context) -> AcceptedVersion | RejectedVersion:
    """Read the upload and decide whether it can be compared."""
    try:
        return _accept(upload, document_id, ctx)
    except DocumentError as error:
        return RejectedVersion(generation=upload.generation, code=error.code, message=error.message)
    except NotFound:
        message = "The file was removed before it could be read; upload it again."
        return RejectedVersion(generation=upload.generation, code="removed", message=message)
    except DamagedError:
        message = "The stored copy of this version is damaged; upload the document again."
        return RejectedVersion(generation=upload.generation, code="damaged-object", message=message)


def fact(record: VersionRecord, generation: int) -> DocumentNormalized | DocumentUnchanged | DocumentRejected:
    """What the record says became of a generation that it holds."""
    version = versions.find(record, generation)
    if version is None:
        raise LookupError("the version record has no such version")
    about = _about(record, generation)
    if isinstance(version, RejectedVersion):
        return DocumentRejected(**about, code=version.code, message=version.message)
    same = versions.same_as(record, version)
    if same is not None:
        return DocumentUnchanged(**about, source=version.source, normalized=version.normalized, same_as=same)
    return DocumentNormalized(
        **about, source=version.source, normalized=version.normalized, media_type=version.media_type
    )


def _accept(upload: ObjectFinalized, document_id: str, ctx: Context) -> AcceptedVersion:
    """Raises DocumentError, NotFound and DamagedError."""
    kind = formats.kind_of(upload.name)
    _check_size(upload.size, ctx.settings.max_document_bytes)
    data = ctx.blobs.get(upload.bucket, upload.name, upload.generation)
    _check_size(len(data), ctx.settings.max_document_bytes)
    name = f"{ctx.settings.tenant}/{document_id}/{upload.generation}.docx"
    return AcceptedVersion(
        generation=upload.generation,
        source=Content(sha256=hashlib.sha256(data).hexdigest(), size=len(data)),
        normalized=put_once(ctx.blobs, ctx.settings.normalized, name, formats.normalize(kind, data), DOCX),
        media_type=formats.MEDIA_TYPES[kind],
    )


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        raise DocumentError(
            "too-large", f"The file is larger than the limit of {limit // MEGABYTE} MB; split the document."
        )


def _about(record: VersionRecord, generation: int) -> dict[str, object]:
    return {
        "tenant": record.tenant,
        "region": record.region,
        "document_id": record.document_id,
        "generation": generation,
    }
