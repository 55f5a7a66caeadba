"""One segment file of the audit trail: lines of length, checksum, seal and JSON, appended by one owner at a time."""

from __future__ import annotations

import fcntl
import json
import os
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from backends.audit.chain import chained, seal
from backends.audit.heads import Head, HeadFile, create_head, read_head
from schemas.audit import AuditRow

SUFFIX: Final = ".audit"
_NEEDED: Final = ("event_id", "recorded_at", "previous_hash", "row_hash")
_LINE: Final = re.compile(rb"(\d{1,9}) ([0-9a-f]{8}) (?:([0-9a-f]{64}) )?(\{.*)\n", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Line:
    """A line with its place in the segment. `json` is None where length or checksum are not right."""

    offset: int
    end: int
    json: bytes | None
    seal: str = ""


def encode(body: bytes, sealed: str) -> bytes:
    """A line: length of the JSON in bytes, its CRC-32 in hex, the seal, the JSON, which holds no line break."""
    return b"%d %08x %s %s\n" % (len(body), zlib.crc32(body), sealed.encode(), body)


def decode(line: bytes, offset: int = 0) -> Line:
    """What a line holds that begins at `offset`."""
    end = offset + len(line)
    match = _LINE.fullmatch(line)
    if match is None or int(match[1]) != len(match[4]) or int(match[2], 16) != zlib.crc32(match[4]):
        return Line(offset, end, None)
    return Line(offset, end, match[4], (match[3] or b"").decode())


def segments(folder: Path) -> list[Path]:
    """The segment files of a trail, in the order of their names. Raises OSError."""
    return sorted(file for file in folder.iterdir() if file.name.endswith(SUFFIX))


def lines(segment: Path) -> Iterator[Line]:
    """Every complete line; what follows the last line break is still being written, or torn. Raises OSError."""
    offset = 0
    with segment.open("rb") as handle:
        for line in handle:
            if not line.endswith(b"\n"):
                return
            yield (read := decode(line, offset))
            offset = read.end


def facts_of(line: Line) -> dict[str, Any] | None:
    """The row that a line holds, in JSON types; None where it holds none, whoever wrote it."""
    try:
        facts = json.loads(line.json or b"")
    except ValueError:
        return None
    is_row = isinstance(facts, dict) and all(isinstance(facts.get(name), str) for name in _NEEDED)
    return facts if is_row else None


class Owner:
    """The one writer of a segment, by a lock that the kernel lets go of when the process dies."""

    def __init__(self, segment: Path, descriptor: int, key: bytes, head: Head) -> None:
        self.segment = segment
        self.head = head
        self._descriptor = descriptor
        self._key = key
        self._size = os.fstat(descriptor).st_size
        self._head_file = HeadFile(segment, key)

    @classmethod
    def create(cls, segment: Path, key: bytes) -> Owner | None:
        """Own a new segment, or None when there is one of this name. Raises OSError."""
        try:
            create_head(segment, key)  # before the segment: no crash leaves a segment without its head
            os.close(os.open(segment, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except FileExistsError:
            return None
        return cls.take(segment, key)

    @classmethod
    def take(cls, segment: Path, key: bytes) -> Owner | None:
        """Own a segment and cut off a torn end.

        None when another owns it, or when it does not go on from its head: what was done to it must stay to be seen.
        Raises OSError.
        """
        descriptor = os.open(segment, os.O_RDWR | os.O_APPEND)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            end = _end(segment, key)
            if end is None:
                os.close(descriptor)
                return None
            os.ftruncate(descriptor, end.offset)
            return cls(segment, descriptor, key, end.head)
        except BlockingIOError:
            os.close(descriptor)
            return None
        except BaseException:
            os.close(descriptor)
            raise

    @property
    def size(self) -> int:
        """Bytes in the segment."""
        return self._size

    def append(self, rows: Sequence[AuditRow]) -> None:
        """Write the rows in one go, durable on return; on an error the segment is as before. Raises OSError."""
        head, batch = self.head, []
        for row in rows:
            facts = chained(row, segment=self.segment.stem, position=head.count + 1, previous_hash=head.row_hash)
            head = Head(head.count + 1, facts["row_hash"])
            batch.append(encode(_dump(facts), seal(self._key, head.row_hash)))
        try:
            _write_all(self._descriptor, b"".join(batch))
            os.fsync(self._descriptor)
        except BaseException:
            os.ftruncate(self._descriptor, self._size)
            raise
        self._size += sum(map(len, batch))
        self.head = head
        self._head_file.write(head)

    def close(self) -> None:
        """Give the segment up; another writer may take it."""
        self._head_file.close()
        os.close(self._descriptor)


@dataclass(frozen=True, slots=True)
class _End:
    """Where the last good row of a segment ends, and that row."""

    offset: int
    head: Head


def _end(segment: Path, key: bytes) -> _End | None:
    """The end of a segment; None when it does not go on from its head.

    Damage before the last good row stays, for `verify` to name.
    """
    told = read_head(segment, key)
    if told is None:
        return None
    offset, head = 0, Head(0, "")
    reached = told == head
    for line in lines(segment):
        facts = facts_of(line)
        if facts is None:
            continue
        offset, head = line.end, Head(facts.get("position", 0), facts["row_hash"])
        if head.count > told.count and line.seal != seal(key, head.row_hash):
            return None
        reached = reached or head == told
    return _End(offset, head) if reached else None


def _dump(facts: dict[str, Any]) -> bytes:
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode()


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
