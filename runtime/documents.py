"""The documents that a pipeline knows, read from its records: their paths, versions and redlines."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Final, Literal

from backends.blobs import DamagedError, NotFound
from runtime.composition import Services
from runtime.uploads import object_name
from schemas.documents import PathRecord, Version, VersionRecord

_ID: Final = re.compile(r"[0-9a-f]{32}")
_SHORTEST_PREFIX: Final = 6
_NEAREST: Final = 3
_REDLINE: Final = re.compile(
    r"(?P<document>[0-9a-f]{32})/(?P<before>\d+)-(?P<after>\d+)/(?P<attempt>\d+)/summary\.json"
)
"""The last object that is written of a redline, below the tenant's folder."""

State = Literal["ready", "rejected", "deleted", "erased"]


class UnknownDocumentError(LookupError):
    """No document has this path or id. `nearest` are paths that are much like it."""

    def __init__(self, given: str, nearest: list[str]) -> None:
        super().__init__(given)
        self.given = given
        self.nearest = nearest


@dataclass(frozen=True, slots=True)
class MadeRedline:
    """A redline that was written to the end."""

    before_generation: int
    after_generation: int
    attempt: int
    made: datetime


@dataclass(frozen=True)
class Document:
    """One document. `path` is empty where it was erased, or never known."""

    id: str
    path: str
    versions: tuple[Version, ...] = ()
    tombstones: tuple[int, ...] = ()
    redlines: tuple[MadeRedline, ...] = ()

    @property
    def state(self) -> State:
        """What became of the newest version; `erased` where nothing is kept any more."""
        if not self.path and not self.versions:
            return "erased"
        if not self.versions:
            return "rejected"
        newest = self.versions[-1]
        if max(self.tombstones, default=-1) >= newest.generation:
            return "deleted"
        return "ready" if newest.state == "accepted" else "rejected"

    @property
    def last_redline(self) -> MadeRedline | None:
        """The redline that was made last."""
        return max(self.redlines, key=lambda redline: redline.made, default=None)

    def number(self, generation: int | None) -> str:
        """A version as people count them, from 1; empty where the document has no such version."""
        numbers = {version.generation: str(number) for number, version in enumerate(self.versions, start=1)}
        return numbers.get(generation or 0, "")


class Documents:
    """The documents of the pipeline's tenant. Every method may raise BackendUnavailable."""

    def __init__(self, parts: Services) -> None:
        self._parts = parts
        self._tenant = parts.settings.tenant
        self._bucket = parts.settings.records_bucket

    def __iter__(self) -> Iterator[Document]:
        """Every document, in the order of paths."""
        for path, identity in sorted((path, identity) for identity, path in self._paths.items()):
            yield self._document(identity, path, self._all_redlines.get(identity, ()))

    def path(self, document_id: str) -> str:
        """The path of a document; empty where it is not known."""
        return self._read_path(document_id) if document_id else ""

    def find(self, given: str) -> Document:
        """The document of this path, id or beginning of an id. Raises UnknownDocumentError.

        A path is one below the uploads folder, or of the file there. An id is enough where a document was erased.
        """
        identity = self._identity(given)
        path, folder = self._read_path(identity), f"{self._tenant}/{identity}/"
        document = self._document(identity, path, tuple(made for _, made in self._redlines(folder)))
        if document.state == "erased" and not any(True for _ in self._parts.audit.rows(document_id=identity)):
            raise UnknownDocumentError(given, self._nearest(given))
        return document

    def versions(self, document_id: str) -> tuple[Version, ...]:
        """The versions of a document, none where it is not known."""
        return self._document(document_id, "", ()).versions

    def find_id(self, given: str) -> str:
        """The id of the document of this path, whether it is known or not."""
        return self._identity(given)

    def _identity(self, given: str) -> str:
        if _ID.fullmatch(given):
            return given
        if len(given) >= _SHORTEST_PREFIX and not set(given) - set("0123456789abcdef"):
            fitting = [identity for identity in self._paths if identity.startswith(given)]
            if len(fitting) == 1:
                return fitting[0]
        uploads, path = self._parts.settings.layout.uploads, Path(given)
        if path.absolute().is_relative_to(uploads):
            path = path.absolute().relative_to(uploads)
        return self._parts.identity(self._tenant, object_name(str(path)))

    def _nearest(self, given: str) -> list[str]:
        """Paths that look or end like the given one."""
        known = sorted(self._paths.values())
        wanted = Path(given).name.casefold()
        named = [path for path in known if Path(path).name.casefold() == wanted]
        return (named or difflib.get_close_matches(given, known, _NEAREST, 0.7))[:_NEAREST]

    @cached_property
    def _paths(self) -> dict[str, str]:
        """Path of every document, by id."""
        names = dict(self._parts.blobs.generations(self._bucket, f"paths/{self._tenant}/"))
        identities = [name.rpartition("/")[2].removesuffix(".json") for name in names]
        return {identity: path for identity in identities if (path := self._read_path(identity))}

    @cached_property
    def _all_redlines(self) -> dict[str, tuple[MadeRedline, ...]]:
        found: dict[str, tuple[MadeRedline, ...]] = {}
        for identity, redline in self._redlines(f"{self._tenant}/"):
            found[identity] = (*found.get(identity, ()), redline)
        return found

    def _redlines(self, folder: str) -> Iterator[tuple[str, MadeRedline]]:
        """What was made in a folder, with the document; the generation of an object tells when it was written."""
        for name, generation in self._parts.blobs.generations(self._parts.settings.redlines_bucket, folder):
            if found := _REDLINE.fullmatch(name.removeprefix(f"{self._tenant}/")):
                made = datetime.fromtimestamp(generation / 1e6, UTC)
                versions = int(found["before"]), int(found["after"])
                yield found["document"], MadeRedline(*versions, int(found["attempt"]), made)

    def _document(self, identity: str, path: str, redlines: tuple[MadeRedline, ...]) -> Document:
        try:
            content = self._parts.blobs.get(self._bucket, f"versions/{self._tenant}/{identity}.json")
        except (NotFound, DamagedError):
            return Document(identity, path, redlines=redlines)
        record = VersionRecord.model_validate_json(content)
        return Document(identity, path, record.versions, record.tombstones, redlines)

    def _read_path(self, identity: str) -> str:
        try:
            content = self._parts.blobs.get(self._bucket, f"paths/{self._tenant}/{identity}.json")
        except (NotFound, DamagedError):
            return ""
        return PathRecord.model_validate_json(content).path
