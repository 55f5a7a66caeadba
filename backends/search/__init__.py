"""The search index: the text of documents and the changes of redlines, found by words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from schemas.base import Generation
from schemas.search import Kind, RecordFacts, SearchRecord


@dataclass(frozen=True, slots=True)
class Term:
    """Words that must stand in the text next to each other, in this order; of a `prefix` the last is a beginning.

    `excluded`: the words must not be there.
    """

    words: str
    prefix: bool = False
    excluded: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for. All terms must be met by one entry; the best come first, without a term the newest.

    `since` is inclusive, `until` is not. Only what is current is found, unless `all_versions`.
    """

    tenant: str
    terms: tuple[Term, ...] = ()
    kinds: frozenset[Kind] = frozenset()
    document_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    all_versions: bool = False


@dataclass(frozen=True, slots=True)
class Snippet:
    """A stretch of text, and what of it was looked for: half-open ranges of characters, in order, apart.

    `place` is the heading above it, or the clause of the change.
    """

    text: str
    highlights: tuple[tuple[int, int], ...] = ()
    place: str = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry that was found, with the record that it belongs to."""

    record: RecordFacts
    kind: Kind
    number: int
    snippet: Snippet
    score: float


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the hits, and how many there are in all."""

    total: int
    hits: tuple[Hit, ...] = ()


class IndexWriter(Protocol):
    """What fills an index. Every method may raise BackendUnavailable."""

    def put(self, records: Sequence[SearchRecord]) -> None:
        """Add records, each in place of what is there under its key with a lower version; durable on return.

        A record whose version is not higher than the one that is there is passed over, so that records may come in
        any order and any number of times.
        """
        ...

    def versions(self, document_id: str) -> Mapping[str, int]:
        """Version of every record of a document, by its key."""
        ...

    def remove(self, document_id: str, through: Generation) -> None:
        """Take out all versions of a document up to this one, and every redline with such a version on either side.

        Durable on return. What is put later is there again.
        """
        ...


class Search(IndexWriter, Protocol):
    """The index that is in use. Every method may raise BackendUnavailable."""

    def find(self, query: Query, *, offset: int = 0, limit: int = 10) -> Page:
        """At most `limit` hits from `offset` on. Raises TooManyWords."""
        ...

    def expunge(self) -> None:
        """Have nothing left on the disk of what was removed; until then its words may be there, though not found.

        Raises RebuildRunning.
        """
        ...

    def rebuild(self, fill: Callable[[IndexWriter], None]) -> None:
        """Have an empty index filled and put it in the place of this one, which stays in use until then.

        `fill` is called more than once for the same index, and must each time make it hold what it should by then: so
        nothing is lost that others put or remove meanwhile. Raises RebuildRunning.
        """
        ...


class RebuildRunning(Exception):  # noqa: N818 - the state it names
    """Another rebuild is under way."""


class TooManyWords(Exception):  # noqa: N818 - what is wrong with the query
    """So many words begin as a query says that they cannot all be looked for."""
