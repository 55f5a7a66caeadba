"""The audit trail as segment files in a folder: every writer process appends to a segment of its own."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final

from backends.audit.answers import Answer, Parameters, Progress
from backends.audit.commits import GroupCommit
from backends.audit.note import read_note, write_note
from backends.audit.register import Register
from backends.audit.segment import SUFFIX, Owner, decode, facts_of, lines, segments
from backends.audit.verify import Report, verify
from backends.files import disk, make_folder, sync_folder
from schemas.audit import AuditRow

if TYPE_CHECKING:
    from backends.audit.query import Questions

_ROLL: Final = 16 << 20


@dataclass(frozen=True, slots=True, order=True)
class _Place:
    """Where a row stands; the order is that of recording, then of writing."""

    recorded_at: datetime
    segment: str
    offset: int
    end: int
    source: str
    event_id: str


class EmbeddedAuditLog:
    """AuditLog in a folder. Writers of different processes never wait for each other, nor any for readers.

    A writer takes a segment whose owner is gone before it starts a new one, so that their number is that of the
    writers at one time, not of all that ever were. Threads that append at the same time share one write to the disk.
    """

    def __init__(self, folder: Path, clock: Callable[[], datetime], key: bytes, *, roll: int = _ROLL) -> None:
        """`clock` names new segments; one of `roll` bytes or more is closed. `key` seals what is written.

        Raises BackendUnavailable.
        """
        self._folder = folder
        self._clock = clock
        self._key = key
        self._roll = roll
        self._register = Register(folder, key)
        self._commits = GroupCommit(self._commit)
        self._owning = threading.Lock()
        self._owner: Owner | None = None
        self._owner_pid = 0
        with disk(folder):
            make_folder(folder)

    def append(self, rows: Sequence[AuditRow]) -> None:
        """Add the rows, durable on return, with their chain hashes filled in.

        Raises BackendUnavailable, also when the disk is full; none of the rows is in the trail then.
        """
        if rows:
            self._commits.add(rows)

    def rows(self, *, document_id: str | None = None) -> Iterator[AuditRow]:
        """One row per event, by source and id, in the order of recording; of two rows the first recorded stays.

        Safe while others append. Raises BackendUnavailable.
        """
        marker = b'"document_id":%s' % json.dumps(document_id).encode() if document_id is not None else b""
        with disk(self._folder):
            places = sorted(place for segment in segments(self._folder) for place in _places(segment, marker))
            given: set[tuple[str, str]] = set()
            for segment, run in groupby(places, key=lambda place: place.segment):
                with (self._folder / segment).open("rb") as handle:
                    for place in run:
                        if (place.source, place.event_id) in given:
                            continue
                        given.add((place.source, place.event_id))
                        handle.seek(place.offset)
                        body = decode(handle.read(place.end - place.offset)).json
                        if body is not None:
                            yield AuditRow.model_validate_json(body)

    @contextmanager
    def query(self, sql: str, parameters: Parameters, progress: Progress | None = None) -> Iterator[Answer]:
        """The answer to BigQuery SQL, which can be read until the end of the context; safe while others append.

        Raises QueryRefused, BackendUnavailable.
        """
        with disk(self._folder), self._questions().ask(sql, parameters, progress) as answer:
            yield answer

    def export(self, sql: str, parameters: Parameters, file: Path, progress: Progress | None = None) -> None:
        """Write the answer to BigQuery SQL to a Parquet file. Raises QueryRefused, BackendUnavailable."""
        with disk(self._folder):
            self._questions().write_parquet(sql, parameters, file, progress)

    def _questions(self) -> Questions:
        from backends.audit.query import Questions  # DuckDB and sqlglot are large, and functions never need them

        return Questions(self._folder, self._key, self._roll)

    def verify(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        note: bytes | None = None,
        progress: Progress | None = None,
    ) -> Report:
        """Look for rows that were changed, removed, added or reordered. Raises NoteDamaged, BackendUnavailable."""
        noted = read_note(note, self._key) if note is not None else None
        with disk(self._folder):
            return verify(self._folder, self._key, since=since, until=until, noted=noted, progress=progress)

    def note(self, report: Report) -> bytes:
        """What `verify` compares a later state of the trail with, to be kept away from it."""
        return write_note(report.heads, self._clock(), self._key)

    def close(self) -> None:
        """Give up the segment; a later append takes one again."""
        with self._owning:
            self._give_up_segment()

    def _commit(self, rows: list[AuditRow]) -> None:
        with self._owning, disk(self._folder):
            self._own_segment().append(rows)

    def _own_segment(self) -> Owner:
        if self._owner is not None and self._owner_pid != os.getpid():  # a fork: the segment is the parent's
            self._give_up_segment()
        if self._owner is not None and self._owner.size >= self._roll:
            self._register.close(self._owner.segment.stem, self._owner.head)
            self._give_up_segment()
        if self._owner is None:
            owner = self._adopt() or self._create()
            self._register.add(owner.segment.stem)
            self._owner, self._owner_pid = owner, os.getpid()
        return self._owner

    def _give_up_segment(self) -> None:
        if self._owner is not None:
            self._owner.close()
            self._owner = None

    def _adopt(self) -> Owner | None:
        for segment in segments(self._folder):
            if segment.stat().st_size < self._roll and (owner := Owner.take(segment, self._key)):
                return owner
        return None

    def _create(self) -> Owner:
        moment = self._clock()
        while (owner := Owner.create(self._folder / f"{moment:%Y%m%dT%H%M%S.%f}{SUFFIX}", self._key)) is None:
            moment += timedelta(microseconds=1)
        sync_folder(self._folder)
        return owner


def _places(segment: Path, marker: bytes) -> Iterator[_Place]:
    for line in lines(segment):
        if line.json is not None and marker in line.json and (facts := facts_of(line)):
            recorded_at = datetime.fromisoformat(facts["recorded_at"])
            yield _Place(recorded_at, segment.name, line.offset, line.end, facts.get("source", ""), facts["event_id"])
