"""Objects in buckets, with generations and preconditions, as Cloud Storage has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Blob:
    """One generation of an object: all but its content.

    `sha256` is that of the content, in hex; empty where somebody else wrote the object and did not note it.
    """

    bucket: str
    name: str
    generation: int
    size: int
    sha256: str
    content_type: str
    metadata: Mapping[str, str]
    created: datetime


class NotFound(LookupError):  # noqa: N818 - named as google.api_core.exceptions has it
    """No such object, or no such generation of it."""


class DamagedError(Exception):
    """What is stored of a generation is not what was written. Trying again does not help. Names no path."""


class PreconditionFailed(Exception):  # noqa: N818 - named as google.api_core.exceptions has it
    """The live generation is not the one that `if_generation_match` names (HTTP 412)."""


class Blobs(Protocol):
    """Buckets of versioned objects. Every method may raise BackendUnavailable."""

    def put(
        self,
        bucket: str,
        name: str,
        data: bytes | Path,
        *,
        content_type: str = "application/octet-stream",
        metadata: Mapping[str, str] | None = None,
        if_generation_match: int | None = None,
    ) -> Blob:
        """Write a new generation, durable on return; a Path is streamed.

        `if_generation_match` 0 means only if there is no live object.

        Raises PreconditionFailed.
        """
        ...

    def get(self, bucket: str, name: str, generation: int | None = None) -> bytes:
        """Content of a generation, or of the live one. Raises NotFound, DamagedError."""
        ...

    def download(self, bucket: str, name: str, target: Path, generation: int | None = None) -> Blob:
        """Stream the content of a generation, or of the live one, into a new file; it is there whole or not at all.

        Raises NotFound, DamagedError; OSError when `target` cannot be written or exists.
        """
        ...

    def stat(self, bucket: str, name: str, generation: int | None = None) -> Blob:
        """All but the content. Raises NotFound, DamagedError."""
        ...

    def list(self, bucket: str, prefix: str = "", *, versions: bool = False) -> Iterator[Blob]:
        """Live objects in the order of names; with `versions`, noncurrent generations too, oldest first.

        A generation of which nothing is known because it is damaged is left out.
        """
        ...

    def delete(self, bucket: str, name: str, *, if_generation_match: int | None = None) -> int:
        """Make the live generation noncurrent and return it. Raises NotFound, PreconditionFailed, DamagedError."""
        ...

    def generations(self, bucket: str, prefix: str = "") -> Iterator[tuple[str, int]]:
        """Name and generation of all that is stored, live, noncurrent or damaged, in the order of names."""
        ...

    def remove(self, bucket: str, name: str, generation: int) -> None:
        """Remove one generation for good, durable on return; nothing happens where it is gone already.

        Where it was the live one, no other becomes live.
        """
        ...
