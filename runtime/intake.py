"""Takes one file of the uploads folder as a new generation of its object, or says why it cannot be taken."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from io import BufferedReader
from pathlib import Path
from typing import Final

from backends.blobs import Blob, DamagedError, NotFound
from events.envelope import emitted, to_message
from events.notifications import from_notification, to_notification
from functions.records import Records
from runtime.composition import Services, now
from runtime.outbox import Outbox
from runtime.uploads import NotTakeable, Stamp, is_complete, object_name, open_beneath, relative_path
from schemas.documents import DocumentRejected
from schemas.storage import ObjectFinalized

SOURCE: Final = "/watcher"
_STAMP: Final = "redline-stamp"
_CHUNK: Final = 1024 * 1024
RACY_NS: Final = 100_000_000
"""A file system counts time in ticks of some ms: a file taken so soon after its last change may change unseen."""


class ChangedWhileCopied(Exception):  # noqa: N818 - a state of the file: look again later
    """The file was written to while it was read."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The version last taken of a path. `racy`: a later change might have left the stamp as it is."""

    stamp: Stamp | None
    sha256: str
    racy: bool


class Intake:
    """Copies files into the bucket and hands to the outbox what is to be announced."""

    def __init__(self, parts: Services, outbox: Outbox) -> None:
        settings = parts.settings
        self._parts = parts
        self._outbox = outbox
        self._bucket = settings.uploads_bucket
        self._root = settings.layout.uploads
        self._staging = settings.layout.state / "incoming"
        shutil.rmtree(self._staging, ignore_errors=True)  # left over from a crash
        self._staging.mkdir(parents=True)

    def known(self) -> dict[str, Taken]:
        """What was taken and not deleted, by path below the uploads folder."""
        live = self._parts.blobs.list(self._bucket)
        return {relative_path(blob.name): _taken(blob) for blob in live}

    def is_complete(self, relative: str) -> bool:
        """Whether the file shows by itself that it is complete. Raises NotTakeable, FileNotFoundError, OSError."""
        with open_beneath(self._root, relative) as file:
            return is_complete(file)

    def same_content(self, relative: str, taken: Taken) -> bool:
        """Whether the file still holds what was taken. Raises NotTakeable, FileNotFoundError, OSError."""
        with open_beneath(self._root, relative) as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == taken.sha256

    def take(self, relative: str) -> Taken:
        """Write the file as a new generation of its object.

        Raises ChangedWhileCopied, NotTakeable, FileNotFoundError, OSError, BackendUnavailable.
        """
        read_ns = time.time_ns()
        with open_beneath(self._root, relative) as file, self._copy(file) as (copy, stamp):
            if Stamp.of((self._root / relative).lstat()) != stamp:
                raise ChangedWhileCopied
            metadata = {_STAMP: " ".join(map(str, (*astuple(stamp), read_ns)))}
            blob = self._parts.blobs.put(self._bucket, object_name(relative), copy, metadata=metadata)
        self._outbox.taken(blob)
        return _taken(blob)

    def delete(self, relative: str) -> None:
        """Make the live generation noncurrent. Raises BackendUnavailable."""
        name = object_name(relative)
        try:
            blob = self._parts.blobs.stat(self._bucket, name)
            self._parts.blobs.delete(self._bucket, name, if_generation_match=blob.generation)
        except (NotFound, DamagedError):
            return  # there is nothing that could be told of it
        self._outbox.deleted(blob, now())

    def reject(self, relative: str, reason: NotTakeable, changed_ns: int) -> None:
        """Say that what lies there cannot be taken.

        The time of its last change stands for the generation that it has not: met again after a restart, it is the
        same fact under the same id. Raises BackendUnavailable.
        """
        settings = self._parts.settings
        name = object_name(relative)
        generation = changed_ns // 1000
        when = datetime.fromtimestamp(generation / 1e6, UTC)
        document_id = self._parts.identity(settings.tenant, name)
        records = Records(
            self._parts.blobs,
            settings.records_bucket,
            tenant=settings.tenant,
            region=settings.region,
            document_id=document_id,
        )
        records.keep_path(name, when)
        fact = DocumentRejected(
            tenant=settings.tenant,
            region=settings.region,
            document_id=document_id,
            generation=generation,
            code=reason.code,
            message=str(reason),
        )
        upload = ObjectFinalized(bucket=self._bucket, name=name, generation=generation, time_created=when)
        cause = from_notification(to_notification(upload, when))
        self._outbox.say(fact.topic, to_message(emitted(fact, source=SOURCE, cause=cause)))

    @contextlib.contextmanager
    def _copy(self, file: BufferedReader) -> Iterator[tuple[Path, Stamp]]:
        """A private copy of the file, and its stamp. Raises ChangedWhileCopied."""
        before = Stamp.of(os.fstat(file.fileno()))
        with tempfile.NamedTemporaryFile(dir=self._staging) as copy:
            shutil.copyfileobj(file, copy, _CHUNK)
            copy.flush()
            if Stamp.of(os.fstat(file.fileno())) != before or copy.tell() != before.size:
                raise ChangedWhileCopied
            yield Path(copy.name), before


def _taken(blob: Blob) -> Taken:
    try:
        size, mtime_ns, ctime_ns, inode, read_ns = map(int, blob.metadata[_STAMP].split())
    except (KeyError, ValueError):  # an earlier version of this program noted less
        return Taken(None, blob.sha256, racy=True)
    stamp = Stamp(size, mtime_ns, ctime_ns, inode)
    return Taken(stamp, blob.sha256, racy=is_racy(stamp, read_ns))


def is_racy(stamp: Stamp, read_ns: int) -> bool:
    """Whether a file read at this time could change afterwards without its stamp showing it."""
    return stamp.ctime_ns > read_ns - RACY_NS
