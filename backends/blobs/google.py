"""Objects in Cloud Storage.

Every write names the generation that it replaces, so that it can be tried again: one whose answer was lost is known by
its mark when the next try finds the precondition broken.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import io
import random
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO, Final

import google_crc32c
from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import storage
from google.cloud.storage.exceptions import DataCorruption
from google.cloud.storage.retry import DEFAULT_RETRY
from requests import RequestException

from backends.blobs import Blob, DamagedError, NotFound, PreconditionFailed
from backends.blobs.names import checked_bucket, encoded
from backends.errors import BackendUnavailable
from backends.files import new_file
from backends.google import identified, reaching, retry
from backends.guard import Guard

SHA256: Final = "redline-sha256"
WRITE: Final = "redline-write"
"""Our own metadata, which callers do not see: the hash of the content, and a mark of the one write that made it."""
_TIMEOUT: Final = (5.0, 60.0)
"""Seconds to connect, and without a byte from the server."""
_CHUNK: Final = 8 << 20
"""Bytes of a file that are sent at a time; a lost connection costs one chunk."""
_RETRY: Final = retry(DEFAULT_RETRY)
_TRIES: Final = 20
_FIRST_PAUSE: Final = 0.01
_LONGEST_PAUSE: Final = 0.5
_RESERVED: Final = ".well-known/acme-challenge/"


class GoogleBlobs:
    """Blobs in Cloud Storage; may be shared between threads, not with processes that are forked later.

    The buckets must exist and be versioned. Lifecycle rules may tier by age: each object has `custom_time`, the time of
    its writing, which a copy into another class keeps.
    """

    def __init__(
        self,
        client: storage.Client,
        clock: Callable[[], datetime],
        *,
        guard: Guard,
        kms_key: str = "",
        storage_class: str = "STANDARD",
    ) -> None:
        """`client` comes from `connect`. `kms_key` is the full name of a Cloud KMS key for what is written here.

        Without one the bucket's own default key protects it.
        """
        self._client = client
        self._clock = clock
        self._guard = guard
        self._kms_key = kms_key or None
        self._storage_class = storage_class

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
        """Write a new generation, durable on return; a Path is streamed.

        `if_generation_match` 0 means only if there is no live object.

        Raises PreconditionFailed; BackendUnavailable; ValueError for a name that Cloud Storage does not take; OSError
        when the Path cannot be read.
        """
        _check_name(name)
        with data.open("rb") if isinstance(data, Path) else io.BytesIO(data) as source:
            write = partial(self._write, checked_bucket(bucket), name, source, content_type, metadata or {})
            if if_generation_match is not None:
                return write(if_generation_match)
            for _ in _tries():
                with contextlib.suppress(PreconditionFailed):
                    return write(self._live(bucket, name))
        raise BackendUnavailable(f"An object changed {_TRIES} times while it was to be written.")

    def get(self, bucket: str, name: str, generation: int | None = None) -> bytes:
        """Content of a generation, or of the live one.

        Raises NotFound; DamagedError when it is not what was written; BackendUnavailable.
        """
        content = io.BytesIO()
        self._fetch(bucket, name, generation, content)
        return content.getvalue()

    def download(self, bucket: str, name: str, target: Path, generation: int | None = None) -> Blob:
        """Stream the content of a generation, or of the live one, into a new file; it is there whole or not at all.

        Raises NotFound; DamagedError when it is not what was written; BackendUnavailable; OSError when `target` cannot
        be written or exists.
        """
        with new_file(target) as output:
            return self._fetch(bucket, name, generation, output)

    def stat(self, bucket: str, name: str, generation: int | None = None) -> Blob:
        """All but the content. Raises NotFound, BackendUnavailable."""
        return _blob(self._look_up(bucket, name, generation))

    def list(self, bucket: str, prefix: str = "", *, versions: bool = False) -> Iterator[Blob]:
        """Live objects in the order of names; with `versions`, noncurrent generations too, oldest first.

        Raises BackendUnavailable.
        """
        found = self._client.list_blobs(
            checked_bucket(bucket), prefix=prefix or None, versions=versions, retry=_RETRY, timeout=_TIMEOUT
        )
        for _, generations in groupby(self._each(found), key=lambda each: each.name):
            yield from map(_blob, sorted(generations, key=lambda each: int(each.generation)))

    def delete(self, bucket: str, name: str, *, if_generation_match: int | None = None) -> int:
        """Make the live generation noncurrent and return it.

        Raises NotFound, PreconditionFailed, BackendUnavailable.
        """
        for _ in _tries():
            live = self.stat(bucket, name).generation
            if if_generation_match not in (None, live):
                raise PreconditionFailed(f"the live generation is {live}, not {if_generation_match}")
            try:
                with self._reaching():
                    self._bucket(bucket).delete_blob(name, if_generation_match=live, retry=_RETRY, timeout=_TIMEOUT)
            except exceptions.NotFound:
                return live  # by our own try whose answer was lost, or by another at the same moment
            except exceptions.PreconditionFailed:
                continue  # overwritten meanwhile: look again
            return live
        raise BackendUnavailable(f"An object changed {_TRIES} times while it was to be deleted.")

    def generations(self, bucket: str, prefix: str = "") -> Iterator[tuple[str, int]]:
        """Name and generation of all that is stored, live or noncurrent, in the order of names.

        Raises BackendUnavailable.
        """
        for blob in self.list(bucket, prefix, versions=True):
            yield blob.name, blob.generation

    def remove(self, bucket: str, name: str, generation: int) -> None:
        """Remove one generation for good; nothing happens where it is gone already. Raises BackendUnavailable.

        Where it was the live one, no other becomes live. The bucket's soft delete policy may keep it for a while.
        """
        _check_name(name)
        with self._reaching(), contextlib.suppress(exceptions.NotFound):
            self._bucket(bucket).delete_blob(name, generation=generation, retry=_RETRY, timeout=_TIMEOUT)

    def _write(
        self,
        bucket: str,
        name: str,
        source: BinaryIO,
        content_type: str,
        metadata: Mapping[str, str],
        replaces: int,
    ) -> Blob:
        size, sha256, crc32c = _digests(source)
        blob = self._bucket(bucket).blob(name, chunk_size=_CHUNK, kms_key_name=self._kms_key)
        mark = secrets.token_hex(16)
        blob.metadata = {**metadata, SHA256: sha256, WRITE: mark}
        blob.crc32c = crc32c  # the service refuses what does not match it
        blob.storage_class = self._storage_class
        blob.custom_time = self._clock()
        try:
            with self._reaching():
                blob.upload_from_file(
                    source,
                    rewind=True,
                    size=size,
                    content_type=content_type,
                    if_generation_match=replaces,
                    checksum="crc32c",
                    retry=_RETRY,
                    timeout=_TIMEOUT,
                )
        except exceptions.PreconditionFailed:
            return self._written_before(bucket, name, mark, replaces)
        except exceptions.NotFound:
            raise BackendUnavailable(f"There is no bucket {bucket}, or it is not ours to write to.") from None
        return _blob(blob)

    def _written_before(self, bucket: str, name: str, mark: str, replaces: int) -> Blob:
        """What an earlier try of the same write made. Raises PreconditionFailed when the object is somebody else's."""
        with contextlib.suppress(NotFound):
            live = self._look_up(bucket, name, None)
            if (live.metadata or {}).get(WRITE) == mark:
                return _blob(live)
        raise PreconditionFailed(f"the live generation is not {replaces}")

    def _live(self, bucket: str, name: str) -> int:
        try:
            return self.stat(bucket, name).generation
        except NotFound:
            return 0

    def _look_up(self, bucket: str, name: str, generation: int | None) -> storage.Blob:
        _check_name(name)
        found = None
        if generation != 0:
            with self._reaching():
                found = self._bucket(bucket).get_blob(name, generation=generation, retry=_RETRY, timeout=_TIMEOUT)
        if found is None:
            raise NotFound("no such object" + (f" of generation {generation}" if generation is not None else ""))
        return found

    def _fetch(self, bucket: str, name: str, generation: int | None, target: io.BytesIO | io.BufferedRandom) -> Blob:
        """Write the content of one generation to the target, checked."""
        known = self.stat(bucket, name, generation)
        pinned = self._bucket(bucket).blob(name, generation=known.generation)
        try:
            with self._reaching():
                pinned.download_to_file(target, checksum="crc32c", retry=_RETRY, timeout=_TIMEOUT)
        except exceptions.NotFound:
            raise NotFound(f"no such object of generation {known.generation}") from None
        except DataCorruption:
            raise DamagedError("the content has not the checksum that Cloud Storage has of it") from None
        target.seek(0)
        if known.sha256 and hashlib.file_digest(target, "sha256").hexdigest() != known.sha256:
            raise DamagedError("the content has not the hash that it was written with")
        return known

    def _each(self, found: Any) -> Iterator[storage.Blob]:
        """What was found; each page of it is one call."""
        pages = found.pages
        while True:
            try:
                with self._reaching():
                    page = next(pages, None)
            except exceptions.NotFound:
                raise BackendUnavailable("There is no such bucket, or it is not ours to read.") from None
            if page is None:
                return
            yield from page

    def _bucket(self, bucket: str) -> storage.Bucket:
        return self._client.bucket(checked_bucket(bucket))

    def _reaching(self) -> contextlib.AbstractContextManager[None]:
        return reaching(self._guard, RequestException, ConnectionError)


def _tries() -> Iterator[int]:
    """Tries of a change that others disturb, with pauses in between that double, each of a random part."""
    for number in range(_TRIES):
        yield number
        time.sleep(random.uniform(0, min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**number)))  # noqa: S311 - jitter, not a secret


def connect(project: str, *, emulator: str = "") -> storage.Client:
    """A client of Cloud Storage; `emulator` is the URL of one, for development and tests.

    Raises BackendUnavailable when the platform gives no credentials.
    """
    if emulator:
        url = emulator if "://" in emulator else f"http://{emulator}"
        return storage.Client(project, credentials=AnonymousCredentials(), client_options={"api_endpoint": url})
    with identified():
        return storage.Client(project)


def _check_name(name: str) -> None:
    """Raises ValueError for what Cloud Storage refuses (its documentation, "Object names")."""
    encoded(name)
    if name in (".", "..") or name.startswith(_RESERVED) or "\r" in name or "\n" in name:
        raise ValueError(f"an object name is not . or .., does not begin with {_RESERVED} and has no line breaks")


def _digests(source: BinaryIO) -> tuple[int, str, str]:
    """Size, SHA-256 in hex and CRC32C in base64 of what is to be sent."""
    size, sha256, crc32c = 0, hashlib.sha256(), google_crc32c.Checksum()
    source.seek(0)
    while chunk := source.read(1 << 20):
        size += len(chunk)
        sha256.update(chunk)
        crc32c.update(chunk)
    return size, sha256.hexdigest(), base64.b64encode(crc32c.digest()).decode("ascii")


def _blob(found: storage.Blob) -> Blob:
    metadata = dict(found.metadata or {})
    sha256 = metadata.pop(SHA256, "")
    metadata.pop(WRITE, None)
    return Blob(
        bucket=found.bucket.name,
        name=found.name,
        generation=int(found.generation),
        size=int(found.size),
        sha256=sha256,
        content_type=found.content_type or "application/octet-stream",
        metadata=metadata,
        created=found.time_created,
    )
