"""What the watcher has to say, kept until the bus has taken it, and the marks of what was said.

A generation is written before it is announced. Between the two the process may be killed, so what was announced is
noted in a file, and at start every generation without a note is announced again; ids derive from meaning, so that
saying a thing twice does no harm. The notes lie beside the queue they speak of: where the queue is lost they are lost
with it, and everything is announced anew.
"""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from backends.blobs import Blob, Blobs
from backends.bus import Bus
from backends.errors import BackendUnavailable
from events.notifications import to_notification
from schemas.messaging import Message
from schemas.storage import ObjectDeleted, ObjectFinalized

What = Literal["taken", "deleted"]


@dataclass(frozen=True, slots=True)
class Note:
    """Something that was announced: a generation of an object was taken, or deleted."""

    what: What
    name: str
    generation: int


class Notes:
    """The file of notes: a line of JSON each. A line torn by a crash is as good as none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known = set(_read(path))
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a", encoding="utf-8")
        if self._file.tell():
            self._file.write("\n")  # ends what a crash may have left without an end

    def __contains__(self, note: Note) -> bool:
        return note in self._known

    def add(self, note: Note) -> None:
        """Note that this was announced."""
        self._known.add(note)
        self._file.write(json.dumps([note.what, note.name, note.generation]) + "\n")
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _read(path: Path) -> list[Note]:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    except FileNotFoundError:
        return []
    return [note for line in lines if (note := _parse(line)) is not None]


def _parse(line: str) -> Note | None:
    try:
        what, name, generation = json.loads(line)
    except (ValueError, TypeError):
        return None
    return Note(what, name, generation)


@dataclass(frozen=True, slots=True)
class _Announcement:
    topic: str
    message: Message
    note: Note | None


class Outbox:
    """Announcements in order. While the bus is away they wait; nothing is announced before what came first."""

    def __init__(self, bus: Bus, notes: Notes) -> None:
        self._bus = bus
        self._notes = notes
        self._waiting: deque[_Announcement] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    def taken(self, blob: Blob) -> None:
        """Announce a new generation of an upload."""
        resource = ObjectFinalized.model_validate(_resource(blob))
        note = Note("taken", blob.name, blob.generation)
        self._add(ObjectFinalized.topic, to_notification(resource, blob.created), note)

    def deleted(self, blob: Blob, when: datetime) -> None:
        """Announce that the live generation of an upload was deleted."""
        resource = ObjectDeleted.model_validate(_resource(blob))
        note = Note("deleted", blob.name, blob.generation)
        self._add(ObjectDeleted.topic, to_notification(resource, when), note)

    def say(self, topic: str, message: Message) -> None:
        """Publish any other message."""
        self._waiting.append(_Announcement(topic, message, None))

    def flush(self) -> bool:
        """Publish what waits; False when the bus is away and something is left to try again later."""
        while self._waiting:
            first = self._waiting[0]
            try:
                self._bus.publish(first.topic, [first.message])
            except BackendUnavailable:
                return False
            if first.note:
                self._notes.add(first.note)
            self._waiting.popleft()
        return True

    def _add(self, topic: str, message: Message, note: Note) -> None:
        if note not in self._notes:
            self._waiting.append(_Announcement(topic, message, note))


def _resource(blob: Blob) -> dict[str, object]:
    return {
        "bucket": blob.bucket,
        "name": blob.name,
        "generation": blob.generation,
        "size": blob.size,
        "content_type": blob.content_type,
        "time_created": blob.created,
        "metadata": dict(blob.metadata),
    }


def reconcile(blobs: Blobs, bucket: str, outbox: Outbox, now: datetime) -> None:
    """Put into the outbox every generation, and every deletion, of which no note says that it was announced.

    When a generation was deleted is not kept; it is announced as of `now`.
    """
    live = {blob.name for blob in blobs.list(bucket)}
    newest: dict[str, Blob] = {}
    for blob in blobs.list(bucket, versions=True):
        outbox.taken(blob)
        newest[blob.name] = blob
    for name, blob in newest.items():
        if name not in live:
            outbox.deleted(blob, now)
