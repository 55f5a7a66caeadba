"""The wrapped data keys of what is sealed, each in a small record of its own."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from contextlib import suppress
from itertools import groupby
from typing import Final, NamedTuple

from backends.blobs import Blobs, DamagedError, NotFound, PreconditionFailed
from backends.blobs.names import MAX_NAME_BYTES, encoded
from backends.keys import Wrapped
from schemas.keys import KeyRecord

KEYS: Final = "keys/"
"""Prefix of the records."""
_WRAPPED_BY: Final = "wrapped-by"
"""Metadata of a record, so that a listing tells which key wraps what."""
_TRIES: Final = 3


class Listed(NamedTuple):
    """What a listing tells of a record; `key` wraps what is in it, empty where that is not known."""

    name: str
    key: str


class Read(NamedTuple):
    """A record as it is now."""

    subject: str
    wrapped: Wrapped
    generation: int


def record_name(subject: str) -> str:
    """The record with the wrapped data key of a subject, which may be as long as the name of an object.

    Raises ValueError for what can be no name.
    """
    plain, raw = f"{KEYS}{subject}.key", encoded(subject)
    return plain if len(plain.encode()) <= MAX_NAME_BYTES else f"{KEYS}{hashlib.sha256(raw).hexdigest()}.key"


class KeyRecords:
    """The records in a bucket. Every method may raise BackendUnavailable."""

    def __init__(self, blobs: Blobs, bucket: str) -> None:
        self._blobs = blobs
        self._bucket = bucket

    def read(self, name: str) -> Read:
        """The record of this name, whatever becomes of older ones meanwhile. Raises NotFound, DamagedError."""
        for _ in range(_TRIES):
            generation = self._blobs.stat(self._bucket, name).generation
            with suppress(NotFound, DamagedError):  # wrapped anew at this very moment
                return self._at(name, generation)
        return self._at(name, generation)

    def keep(self, subject: str, wrapped: Wrapped) -> Wrapped:
        """Keep a new key unless there is one; the one that is kept. Raises DamagedError."""
        with suppress(PreconditionFailed):
            self._put(subject, wrapped, 0)
            return wrapped
        return self.read(record_name(subject)).wrapped

    def replace(self, read: Read, wrapped: Wrapped) -> None:
        """Keep a new wrapping in the place of the one that was read. Raises PreconditionFailed where that is gone."""
        self._put(read.subject, wrapped, read.generation)

    def remove_older(self) -> None:
        """Remove for good all but the newest wrapping of each."""
        for name, generations in groupby(self._blobs.generations(self._bucket, KEYS), key=lambda each: each[0]):
            for generation in sorted(each for _, each in generations)[:-1]:
                self._blobs.remove(self._bucket, name, generation)

    def list(self) -> Iterator[Listed]:
        """All records."""
        for blob in self._blobs.list(self._bucket, KEYS):
            yield Listed(blob.name, blob.metadata.get(_WRAPPED_BY, ""))

    def _at(self, name: str, generation: int) -> Read:
        try:
            record = KeyRecord.model_validate_json(self._blobs.get(self._bucket, name, generation))
        except ValueError:
            raise DamagedError("the record of a key cannot be read") from None
        return Read(record.subject, Wrapped(record.key, record.wrapped), generation)

    def _put(self, subject: str, wrapped: Wrapped, replaces: int) -> None:
        record = KeyRecord(subject=subject, key=wrapped.key, wrapped=base64.b64encode(wrapped.ciphertext))
        self._blobs.put(
            self._bucket,
            record_name(subject),
            record.model_dump_json().encode(),
            content_type="application/json",
            metadata={_WRAPPED_BY: wrapped.key},
            if_generation_match=replaces,
        )
