"""What a segment holds, said beside it under the key: so that rows cut from its end are missed.

A segment's head is written in place right after its rows, without a sync of its own: after a loss of power it may tell
of fewer rows than there are, never of more. Rows beyond it are vouched for by their seals.
"""

from __future__ import annotations

import hmac
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from backends.audit.chain import seal

_FORM: Final = re.compile(rb"(\d{12}) ([0-9a-f]{64}|-{64}) ([0-9a-f]{64})\n")
_NO_HASH: Final = "-" * 64


@dataclass(frozen=True, slots=True)
class Head:
    """Number of rows in a segment, and the hash of the last one; empty for no rows."""

    count: int
    row_hash: str


class HeadFile:
    """The head of one segment, for its owner to write."""

    def __init__(self, segment: Path, key: bytes) -> None:
        """Raises OSError."""
        self._segment = segment.stem
        self._key = key
        self._descriptor = os.open(_file(segment), os.O_WRONLY)

    def write(self, head: Head) -> None:
        """Put the head in the place of the one before. Raises OSError."""
        os.pwrite(self._descriptor, _text(self._segment, self._key, head), 0)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._descriptor)


def create_head(segment: Path, key: bytes) -> None:
    """Write the head of a segment without rows, durable on return. Raises FileExistsError, OSError."""
    descriptor = os.open(_file(segment), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, _text(segment.stem, key, Head(0, "")))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_head(segment: Path, key: bytes) -> Head | None:
    """The head of a segment; None where there is none, or none that the key wrote. Raises OSError."""
    try:
        match = _FORM.fullmatch(_file(segment).read_bytes())
    except FileNotFoundError:
        return None
    if match is None:
        return None
    head = Head(int(match[1]), "" if match[2] == _NO_HASH.encode() else match[2].decode())
    return head if hmac.compare_digest(_text(segment.stem, key, head), match[0]) else None


def _text(segment: str, key: bytes, head: Head) -> bytes:
    mac = seal(key, "head", segment, head.count, head.row_hash)
    return f"{head.count:012} {head.row_hash or _NO_HASH} {mac}\n".encode()


def _file(segment: Path) -> Path:
    return segment.with_suffix(".head")
