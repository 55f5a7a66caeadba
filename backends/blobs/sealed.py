"""Blobs of which one bucket is sealed: what is stored there can be read by nobody who has the store alone.

Each object has a data key of its own, which rests wrapped in a bucket of records. Removing that record makes the object
unreadable wherever copies of it rest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from backends.blobs import Blob, Blobs, DamagedError, NotFound
from backends.files import new_file
from backends.keys import KeyAbsent, Refused
from backends.keys.envelope import Envelope, is_sealed
from backends.keys.records import KeyRecords, record_name

_SHA256: Final = "plain-sha256"
_SIZE: Final = "plain-size"
"""Metadata of a sealed object: what it is when it is opened."""


def subject_of(name: str) -> str:
    """What the data key of an object is bound to: its name, but for the ending of the file."""
    return name.rpartition(".")[0] or name


class SealedBlobs:
    """Blobs that seals what it writes to one bucket, and opens what it reads there.

    Sizes and hashes are those of what was sealed. What was written there before anything was sealed stays readable.
    """

    def __init__(self, inner: Blobs, envelope: Callable[[], Envelope] | None, *, bucket: str, records: str) -> None:
        """`bucket` is sealed; its keys rest in `records`. `envelope` is asked when first needed, and then each time.

        Without one nothing is sealed, and what is sealed already cannot be opened: KeyAbsent says so.
        """
        self._inner = inner
        self._envelope = envelope
        self._bucket = bucket
        self._records = KeyRecords(inner, records)

    def put(
        self,
        bucket: str,
        name: str,
        data: bytes | Path,
        *,
        content_type: str = "application/octet-stream",
        metadata: Mapping[str, str] | None = None,
        if_generation_match: int | None = None,
    ) -> Blob:
        """As `Blobs` says. Raises PreconditionFailed."""
        if bucket == self._bucket and self._envelope:
            content = data.read_bytes() if isinstance(data, Path) else data
            told = {_SHA256: hashlib.sha256(content).hexdigest(), _SIZE: str(len(content))}
            metadata = {**(metadata or {}), **told}
            data = self._sealed(self._envelope(), content, name)
        written = self._inner.put(
            bucket,
            name,
            data,
            content_type=content_type,
            metadata=metadata,
            if_generation_match=if_generation_match,
        )
        return self._opened(written)

    def get(self, bucket: str, name: str, generation: int | None = None) -> bytes:
        """As `Blobs` says. Raises NotFound, DamagedError."""
        content = self._inner.get(bucket, name, generation)
        if bucket != self._bucket or not is_sealed(content):
            return content
        if self._envelope is None:
            raise KeyAbsent("What is sealed cannot be read here: set REDLINE_WRAPPING_KEY.")
        subject = subject_of(name)
        try:
            return self._envelope().open(
                content,
                document=subject,
                name=name,
                wrapped=lambda: self._records.read(record_name(subject)).wrapped,
            )
        except NotFound:
            raise NotFound("The key of a sealed object was removed, and with it the object.") from None
        except Refused as refused:
            raise DamagedError(str(refused)) from None

    def download(self, bucket: str, name: str, target: Path, generation: int | None = None) -> Blob:
        """As `Blobs` says. Raises NotFound, DamagedError, OSError."""
        if bucket != self._bucket:
            return self._inner.download(bucket, name, target, generation)
        blob = self.stat(bucket, name, generation)
        content = self.get(bucket, name, blob.generation)
        with new_file(target) as file:
            file.write(content)
        return blob

    def stat(self, bucket: str, name: str, generation: int | None = None) -> Blob:
        """As `Blobs` says. Raises NotFound, DamagedError."""
        return self._opened(self._inner.stat(bucket, name, generation))

    def list(self, bucket: str, prefix: str = "", *, versions: bool = False) -> Iterator[Blob]:
        """As `Blobs` says."""
        return map(self._opened, self._inner.list(bucket, prefix, versions=versions))

    def delete(self, bucket: str, name: str, *, if_generation_match: int | None = None) -> int:
        """As `Blobs` says. Raises NotFound, PreconditionFailed, DamagedError."""
        return self._inner.delete(bucket, name, if_generation_match=if_generation_match)

    def generations(self, bucket: str, prefix: str = "") -> Iterator[tuple[str, int]]:
        """As `Blobs` says."""
        return self._inner.generations(bucket, prefix)

    def remove(self, bucket: str, name: str, generation: int) -> None:
        """As `Blobs` says. The key stays; whoever removes an object for good removes that too."""
        self._inner.remove(bucket, name, generation)

    def _opened(self, blob: Blob) -> Blob:
        if blob.bucket != self._bucket or _SIZE not in blob.metadata:
            return blob
        told = dict(blob.metadata)
        return replace(blob, sha256=told.pop(_SHA256), size=int(told.pop(_SIZE)), metadata=told)

    def _sealed(self, envelope: Envelope, content: bytes, name: str) -> bytes:
        """What is to be stored; its key is durable on return, and the same for all who seal under this name."""
        subject = subject_of(name)
        try:
            wrapped = self._records.read(record_name(subject)).wrapped
        except NotFound:
            wrapped = envelope.new_key(subject, self._records.keep)
        return envelope.seal(content, document=subject, name=name, wrapped=wrapped)
