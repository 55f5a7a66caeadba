"""The register of a trail: which segments it has, and how each closed one ends, under the key.

It is one file, replaced as a whole: whoever has neither the key nor an older copy cannot take a segment off the list.
"""

from __future__ import annotations

import fcntl
import hmac
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from backends.audit.chain import seal
from backends.audit.heads import Head
from backends.audit.segment import SUFFIX
from backends.files import replace_file

_NAME: Final = "register.json"
_LOCK: Final = "register.lock"


class RegisterDamaged(Exception):  # noqa: N818 - the state it names
    """The register is gone, or it is not what the key wrote."""


@dataclass(frozen=True, slots=True)
class Contents:
    """Segments by name: `open_` are written to or will be, `closed` end with their head.

    `found` were there already when the register was begun: it vouches for none of them.
    """

    open_: frozenset[str] = frozenset()
    closed: Mapping[str, Head] = field(default_factory=dict)
    found: frozenset[str] = frozenset()

    def __contains__(self, segment: str) -> bool:
        return segment in self.open_ or segment in self.closed


class Register:
    """The register in the folder of a trail."""

    def __init__(self, folder: Path, key: bytes) -> None:
        self._folder = folder
        self._key = key

    def read(self) -> Contents:
        """Raises RegisterDamaged, OSError."""
        try:
            told = json.loads((self._folder / _NAME).read_bytes())
            said, mac = told["said"], told["mac"]
            if not hmac.compare_digest(mac, seal(self._key, "register", said)):
                raise RegisterDamaged("The register of the trail was changed.")
        except FileNotFoundError:
            raise RegisterDamaged("The register of the trail is gone.") from None
        except (ValueError, TypeError, LookupError):
            raise RegisterDamaged("The register of the trail cannot be read.") from None
        closed = {name: Head(*head) for name, head in said["closed"].items()}
        return Contents(frozenset(said["open"]), closed, frozenset(said["found"]))

    def add(self, segment: str) -> None:
        """Enter a segment that is still empty, durable on return; where there is no register one is begun.

        A register that is damaged is left as it is, for `verify` to name: the trail goes on without it. Raises OSError.
        """
        with self._changing() as contents:
            if contents is not None and segment not in contents:
                self._write(replace(contents, open_=contents.open_ | {segment}))

    def close(self, segment: str, head: Head) -> None:
        """Note how a segment ends to which nothing more is written, durable on return. Raises OSError."""
        with self._changing() as contents:
            if contents is not None:
                closed = {**contents.closed, segment: head}
                self._write(replace(contents, open_=contents.open_ - {segment}, closed=closed))

    @contextmanager
    def _changing(self) -> Iterator[Contents | None]:
        """The contents, while nobody else changes them; None when they are damaged."""
        descriptor = os.open(self._folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield self._read_or_begin()
        finally:
            os.close(descriptor)

    def _read_or_begin(self) -> Contents | None:
        if not (self._folder / _NAME).exists():
            with_rows = (file for file in self._folder.glob(f"*{SUFFIX}") if file.stat().st_size)
            return Contents(found=frozenset(file.stem for file in with_rows))
        try:
            return self.read()
        except RegisterDamaged:
            return None

    def _write(self, contents: Contents) -> None:
        said: dict[str, Any] = {
            "open": sorted(contents.open_),
            "closed": {name: [head.count, head.row_hash] for name, head in sorted(contents.closed.items())},
            "found": sorted(contents.found),
        }
        told = {"said": said, "mac": seal(self._key, "register", said)}
        replace_file(self._folder / _NAME, json.dumps(told, indent=1).encode())
