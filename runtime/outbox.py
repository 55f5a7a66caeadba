"""What the watcher has to say, kept until the bus has taken it, and the marks of what was said.

A generation is written before it is announced. Between the two the process may be killed, so what was announced is
noted in a file, and at start every generation without a note is announced again; ids derive from meaning, so that
saying a thing twice does no harm. The notes lie beside the queue they speak of: where the queue is lost they are lost
with it, and everything is announced anew.
"""

from __future__ import annotations

import json
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from backends.blobs import Blob, Blobs
from backends.bus import Bus
from backends.errors import BackendUnavailable
from events.notifications import to_notification
from schemas.messaging import Message
from schemas.storage import ObjectDeleted, ObjectFinalized

What = Literal["taken", "deleted"]
_DOCUMENT_ID: Final = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Note:
    """Something that was announced: a generation of a document was taken, or deleted. It names no path."""

    what: What
    document_id: str
    generation: int


class Notes:
    """The file of notes: a line of JSON each. What is no note, such as a line that a crash tore, goes at opening."""

    def __init__(self, path: Path) -> None:
        known = _read(path)
        self._known = set(known)
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f"{path.name}.new")
        fresh.write_text("".join(map(_line, known)), encoding="utf-8")
        fresh.replace(path)
        self._file = path.open("a", encoding="utf-8")

    def __contains__(self, note: Note) -> bool:
        return note in self._known

    def add(self, note: Note) -> None:
        """Note that this was announced."""
        self._known.add(note)
        self._file.write(_line(note))
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
        what, document_id, generation = json.loads(line)
        return Note(what, document_id, generation) if _DOCUMENT_ID.fullmatch(document_id) else None
    except (ValueError, TypeError):
        return None


def _line(note: Note) -> str:
    return json.dumps([note.what, note.document_id, note.generation]) + "\n"


@dataclass(frozen=True, slots=True)
class _Announcement:
    topic: str
    message: Message
    note: Note | None


class Outbox:
    """Announcements in order. While the bus is away they wait; nothing is announced before what came first."""

    def __init__(self, bus: Bus, notes: Notes, identity: Callable[[str], str]) -> None:
        """`identity` gives the document id of an object name."""
        self._bus = bus
        self._notes = notes
        self._identity = identity
        self._waiting: deque[_Announcement] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    def taken(self, blob: Blob) -> None:
        """Announce a new generation of an upload."""
        resource = ObjectFinalized.model_validate(_resource(blob))
        note = Note("taken", self._identity(blob.name), blob.generation)
        self._add(ObjectFinalized.topic, to_notification(resource, blob.created), note)

    def deleted(self, blob: Blob, when: datetime) -> None:
        """Announce that the live generation of an upload was deleted."""
        resource = ObjectDeleted.model_validate(_resource(blob))
        note = Note("deleted", self._identity(blob.name), blob.generation)
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
