"""The audit trail as segment files in a folder: every writer process appends to a segment of its own."""

from __future__ import annotations

import contextlib
import json
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from backends.audit.chain import row_hash
from backends.audit.segment import Owner, decode, lines
from backends.files import disk, make_folder, sync_folder
from schemas.audit import AuditRow

_SUFFIX: Final = ".audit"
_ROLL: Final = 64 << 20


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where a segment is not what was written."""

    segment: str
    line: int
    reason: str


@dataclass(frozen=True, slots=True, order=True)
class _Place:
    """Where a row stands; the order is that of recording, then of writing."""

    recorded_at: datetime
    segment: str
    offset: int
    end: int
    event_id: str


class EmbeddedAuditLog:
    """AuditLog in a folder. Writers never wait for each other nor for readers.

    A writer takes a segment whose owner is gone before it starts a new one, so that their number is that of the
    writers at one time, not of all that ever were.
    """

    def __init__(self, folder: Path, clock: Callable[[], datetime], *, roll: int = _ROLL) -> None:
        """`clock` names new segments; one of `roll` bytes or more is closed. Raises BackendUnavailable."""
        self._folder = folder
        self._clock = clock
        self._roll = roll
        self._lock = threading.Lock()
        self._owner: Owner | None = None
        self._owner_pid = 0
        with disk(folder):
            make_folder(folder)

    def append(self, rows: Sequence[AuditRow]) -> None:
        """Add the rows, durable on return, with their chain hashes filled in.

        Raises BackendUnavailable, also when the disk is full; none of the rows is in the trail then.
        """
        if not rows:
            return
        with self._lock, disk(self._folder):
            owner = self._own_segment()
            owner.append(rows)
            if owner.size >= self._roll:
                self._give_up_segment()

    def rows(self, *, document_id: str | None = None) -> Iterator[AuditRow]:
        """One row per event id, in the order of recording; of two rows for one event the first recorded stays.

        Safe while others append. Raises BackendUnavailable.
        """
        marker = b'"document_id":%s' % json.dumps(document_id).encode() if document_id is not None else b""
        with disk(self._folder), contextlib.ExitStack() as stack:
            places = sorted(place for segment in self._segments() for place in _places(segment, marker))
            handles = {
                segment: stack.enter_context((self._folder / segment).open("rb"))
                for segment in {place.segment for place in places}
            }
            given: set[str] = set()
            for place in places:
                if place.event_id in given:
                    continue
                given.add(place.event_id)
                handle = handles[place.segment]
                handle.seek(place.offset)
                body = decode(handle.read(place.end - place.offset))
                if body is not None:
                    yield AuditRow.model_validate_json(body)

    def verify_chain(self) -> Break | None:
        """The first break in any segment, None when all are whole.

        Shows changed, inserted and removed rows; not rows cut from the end of a segment. Raises BackendUnavailable.
        """
        with disk(self._folder):
            return next((found for segment in self._segments() if (found := _first_break(segment))), None)

    def close(self) -> None:
        """Give up the segment; a later append takes one again."""
        with self._lock:
            self._give_up_segment()

    def _segments(self) -> list[Path]:
        return sorted(file for file in self._folder.iterdir() if file.name.endswith(_SUFFIX))

    def _own_segment(self) -> Owner:
        if self._owner is not None and self._owner_pid != os.getpid():  # a fork: the segment is the parent's
            self._give_up_segment()
        if self._owner is None:
            self._owner = self._adopt() or self._create()
            self._owner_pid = os.getpid()
        return self._owner

    def _give_up_segment(self) -> None:
        if self._owner is not None:
            self._owner.close()
            self._owner = None

    def _adopt(self) -> Owner | None:
        for segment in self._segments():
            if segment.stat().st_size < self._roll and (owner := Owner.take(segment)):
                return owner
        return None

    def _create(self) -> Owner:
        moment = self._clock()
        while (owner := Owner.take(self._folder / f"{moment:%Y%m%dT%H%M%S.%f}{_SUFFIX}", create=True)) is None:
            moment += timedelta(microseconds=1)
        sync_folder(self._folder)
        return owner


def _places(segment: Path, marker: bytes) -> Iterator[_Place]:
    for line in lines(segment):
        if line.json is not None and marker in line.json:
            facts = json.loads(line.json)
            recorded_at = datetime.fromisoformat(facts["recorded_at"])
            yield _Place(recorded_at, segment.name, line.offset, line.end, facts["event_id"])


def _first_break(segment: Path) -> Break | None:
    previous_hash = ""
    for number, line in enumerate(lines(segment), start=1):
        if line.json is None:
            return Break(segment.name, number, "length or checksum are wrong")
        facts = json.loads(line.json)
        if facts["previous_hash"] != previous_hash:
            return Break(segment.name, number, "the row before it is not the one that was written there")
        if facts["row_hash"] != row_hash(facts, previous_hash):
            return Break(segment.name, number, "the row was changed")
        previous_hash = facts["row_hash"]
    return None
