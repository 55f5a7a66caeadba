"""One segment file of the audit trail: lines of length, checksum and JSON, appended by one owner at a time."""

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

from backends.audit.chain import sealed
from schemas.audit import AuditRow

_LINE: Final = re.compile(rb"(\d{1,9}) ([0-9a-f]{8}) (.*)\n", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Line:
    """A line with its place in the segment. `json` is None where length or checksum are not right."""

    offset: int
    end: int
    json: bytes | None


def encode(body: bytes) -> bytes:
    """A line: length of the JSON in bytes, its CRC-32 in hex, the JSON, which holds no line break."""
    return b"%d %08x %s\n" % (len(body), zlib.crc32(body), body)


def decode(line: bytes) -> bytes | None:
    """The JSON of a line, or None when the line is not as it was written."""
    match = _LINE.fullmatch(line)
    if match is None or int(match[1]) != len(match[3]) or int(match[2], 16) != zlib.crc32(match[3]):
        return None
    return match[3]


def lines(segment: Path) -> Iterator[Line]:
    """Every complete line; what follows the last line break is still being written, or torn. Raises OSError."""
    offset = 0
    with segment.open("rb") as handle:
        for line in handle:
            if not line.endswith(b"\n"):
                return
            end = offset + len(line)
            yield Line(offset, end, decode(line))
            offset = end


class Owner:
    """The one writer of a segment, by a lock that the kernel lets go of when the process dies."""

    def __init__(self, segment: Path, descriptor: int) -> None:
        self.segment = segment
        self._descriptor = descriptor
        self._size = 0
        self._last_hash = ""

    @classmethod
    def take(cls, segment: Path, *, create: bool = False) -> Owner | None:
        """Own a segment and cut off a torn end, or None when another owns it (or made it first). Raises OSError."""
        flags = os.O_RDWR | os.O_APPEND | (os.O_CREAT | os.O_EXCL if create else 0)
        try:
            descriptor = os.open(segment, flags, 0o600)
        except FileExistsError:
            return None
        owner = cls(segment, descriptor)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            owner._recover()
        except BlockingIOError:
            owner.close()
            return None
        except BaseException:
            owner.close()
            raise
        return owner

    @property
    def size(self) -> int:
        """Bytes in the segment."""
        return self._size

    def append(self, rows: Sequence[AuditRow]) -> None:
        """Write the rows in one go, durable on return; on an error the segment is as before. Raises OSError."""
        last_hash, batch = self._last_hash, []
        for row in rows:
            facts = sealed(row, last_hash)
            last_hash = facts["row_hash"]
            batch.append(encode(_dump(facts)))
        try:
            _write_all(self._descriptor, b"".join(batch))
            os.fsync(self._descriptor)
        except BaseException:
            os.ftruncate(self._descriptor, self._size)
            raise
        self._size += sum(map(len, batch))
        self._last_hash = last_hash

    def close(self) -> None:
        """Give the segment up; another writer may take it."""
        os.close(self._descriptor)

    def _recover(self) -> None:
        """Find the last good line and cut off what is behind it; damage before it stays, for `verify_chain` to name."""
        for line in lines(self.segment):
            if line.json is not None:
                self._size = line.end
                self._last_hash = json.loads(line.json)["row_hash"]
        os.ftruncate(self._descriptor, self._size)


def _dump(facts: dict[str, Any]) -> bytes:
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode()


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]
