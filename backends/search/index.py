"""One tantivy index in a folder.

Each entry of a record is a document of the index, and so is the record itself, with its version, so that a record
without entries is known too. Only entries have a tenant, and every search is within a tenant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

import tantivy
from pydantic import TypeAdapter
from tantivy import Document, FieldType, Occur

from backends.errors import BackendUnavailable
from backends.files import disk, make_folder
from backends.search import Hit, Page, Query, Term, TooManyWords
from backends.search.snippets import snippet
from backends.search.words import NAME, analyzer, words
from schemas.base import Generation, Shape
from schemas.search import RecordFacts, SearchEntry, SearchRecord

_HEAP: Final = 32_000_000
"""Bytes of memory in which documents are gathered before they go to disk."""
_TEXT: Final = "text"
_TAKEN: Final = "taken"
_EPOCH: Final = datetime.fromtimestamp(0, UTC)
_TRIES: Final = 3
_COPIED_AT_ONCE: Final = 500


class _Found(Shape):
    """What is kept of an entry to be shown."""

    record: RecordFacts
    entry: SearchEntry


@dataclass(frozen=True, slots=True)
class Removal:
    """No version of the document up to this one is to be left, nor a redline with one of them on either side."""

    document_id: str
    through: Generation

    def takes(self, record: RecordFacts) -> bool:
        """Whether the record is to go."""
        sides = ((record.document_id, record.generation), (record.before_document_id, record.before_generation))
        return any(document == self.document_id and (number or 0) <= self.through for document, number in sides)


Step = SearchRecord | Removal
_FOUND: Final = TypeAdapter(_Found)


class TantivyIndex:
    """Raises BackendUnavailable from every method when the folder cannot be used."""

    def __init__(self, folder: Path, *, create: bool = False) -> None:
        """Open an index, or `create` it where there is none."""
        self._folder = folder
        with usable(folder):
            if create:
                make_folder(folder)
                self._index = tantivy.Index(_schema(), str(folder))
            else:
                self._index = tantivy.Index.open(str(folder))
            self._index.register_tokenizer(NAME, analyzer())
            self._index.config_reader("manual")

    def put(self, records: Sequence[SearchRecord]) -> None:
        """As `backends.search.IndexWriter` says."""
        self.apply(records)

    def remove(self, document_id: str, through: Generation) -> None:
        """As `backends.search.IndexWriter` says."""
        self.apply([Removal(document_id, through)])

    def versions(self, document_id: str) -> Mapping[str, int]:
        """As `backends.search.IndexWriter` says."""
        with usable(self._folder):
            return _versions(self._searcher(), _is("document_id", document_id))

    def apply(self, steps: Iterable[Step]) -> None:
        """Take the steps in their order, and commit once. Nobody else may write at the same time."""
        with usable(self._folder):
            changes = _Changes(self._searcher())
            wanted = [step for step in steps if changes.calls_for(step)]
            if not wanted:
                return
            writer = self._index.writer(_HEAP, 1)
            for step in wanted:
                if isinstance(step, Removal):
                    writer.delete_documents_by_query(_taken_by(step))
                else:
                    writer.delete_documents_by_term("key", step.key)
                    for document in _documents(step):
                        writer.add_document(document)
            writer.commit()
            writer.wait_merging_threads()

    def copy_from(self, other: TantivyIndex) -> None:
        """Hold the records of another index and no others; what is here already is not copied again."""
        with usable(self._folder):
            there, here = other._all(), self._all()
            wanted = [key for key, version in there.items() if version > here.get(key, -1)]
            if superfluous := here.keys() - there.keys():
                writer = self._index.writer(_HEAP, 1)
                for key in superfluous:
                    writer.delete_documents_by_term("key", key)
                writer.commit()
                writer.wait_merging_threads()
        for start in range(0, len(wanted), _COPIED_AT_ONCE):
            self.put([other._record(key) for key in wanted[start : start + _COPIED_AT_ONCE]])

    def _all(self) -> dict[str, int]:
        return _versions(self._searcher(), tantivy.Query.all_query())

    def _record(self, key: str) -> SearchRecord:
        """A record as it was put."""
        with usable(self._folder):
            searcher = self._searcher()
            found = searcher.search(_is("key", key), max(1, searcher.num_docs)).hits
            documents = [searcher.doc(address) for _, address in found]
        entries = [_FOUND.validate_json(found).entry for document in documents for found in document["found"]]
        [facts] = [RecordFacts.model_validate_json(facts) for document in documents for facts in document["facts"]]
        return SearchRecord(**dict(facts), entries=tuple(sorted(entries, key=lambda entry: entry.number)))

    def find(self, query: Query, *, offset: int, limit: int) -> Page:
        """As `backends.search.Search` says."""
        with usable(self._folder):
            searcher = self._searcher()
            beyond = offset >= searcher.num_docs  # the library makes room for every hit up to the last one asked for
            limit = min(limit, max(1, searcher.num_docs))
            try:
                found = searcher.search(
                    _query(query),
                    1 if beyond else limit,
                    offset=0 if beyond else offset,
                    order_by_field=None if _ranks(query) else _TAKEN,
                )
            except ValueError as error:
                if "expansion" in str(error).lower():
                    raise TooManyWords(str(error)) from None
                raise
            hits = [] if beyond else [(score, searcher.doc(address)) for score, address in found.hits]
        total: int = found.count  # type: ignore[attr-defined]  # the stubs do not know it
        return Page(total, tuple(_hit(document, score, query) for score, document in hits))

    def _searcher(self) -> tantivy.Searcher:
        """What is committed now. A merge may take files away between the look at the list and the opening of one."""
        for tries_left in reversed(range(_TRIES)):
            try:
                self._index.reload()
                break
            except ValueError:
                if not tries_left:
                    raise
        return self._index.searcher()


class _Changes:
    """Which steps change anything, given what is there and what the steps before have done."""

    def __init__(self, searcher: tantivy.Searcher) -> None:
        self._searcher = searcher
        self._put: dict[str, SearchRecord] = {}
        self._removed: list[Removal] = []

    def calls_for(self, step: Step) -> bool:
        if isinstance(step, Removal):
            self._removed.append(step)
            taken = {key for key, record in self._put.items() if step.takes(record)}
            self._put = {key: record for key, record in self._put.items() if key not in taken}
            return bool(taken) or bool(self._searcher.search(_taken_by(step), 1).hits)
        if step.version <= self._version(step):
            return False
        self._put[step.key] = step
        return True

    def _version(self, record: SearchRecord) -> int:
        if record.key in self._put:
            return self._put[record.key].version
        if any(removal.takes(record) for removal in self._removed):
            return -1
        return _versions(self._searcher, _is("key", record.key)).get(record.key, -1)


@contextmanager
def usable(folder: Path) -> Iterator[None]:
    """Turn the library's errors, which are all of one type, into BackendUnavailable."""
    try:
        with disk(folder):
            yield
    except ValueError as error:
        raise BackendUnavailable(
            f"The search index in {folder} cannot be used ({error}). Build it anew with: redline reindex"
        ) from error


@cache
def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name in ("document_id", "before_document_id", "tenant", "kind", "standing", "is_record"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("key", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("version", stored=True, fast=True)
    for name in (_TAKEN, "generation", "before_generation"):
        builder.add_unsigned_field(name, indexed=True, fast=True)
    builder.add_text_field(_TEXT, tokenizer_name=NAME)
    builder.add_bytes_field("found", stored=True)
    builder.add_bytes_field("facts", stored=True)
    return builder.build()


def _documents(record: SearchRecord) -> Iterator[Document]:
    shared = record.model_dump(
        include={"key", "document_id", "generation", "before_document_id", "before_generation"}, exclude_none=True
    )
    facts = RecordFacts.model_validate(record.model_dump(exclude={"entries"}))
    itself = {"version": record.version, "is_record": "yes", "facts": facts.model_dump_json().encode()}
    yield Document.from_dict({**shared, **itself}, _schema())
    for entry in record.entries:
        fields = {
            **shared,
            "tenant": record.tenant,
            "kind": entry.kind.value,
            "standing": record.standing,
            _TAKEN: _microseconds(record.time),
            _TEXT: list(entry.text),
            "found": _Found(record=facts, entry=entry).model_dump_json().encode(),
        }
        yield Document.from_dict(fields, _schema())


def _hit(document: Document, score: float, query: Query) -> Hit:
    found = _FOUND.validate_json(_kept(document, "found"))
    shown = snippet(found.entry, query.terms)
    return Hit(found.record, found.entry.kind, found.entry.number, shown, score if _ranks(query) else 0.0)


def _versions(searcher: tantivy.Searcher, which: tantivy.Query) -> dict[str, int]:
    found = searcher.search(_all_of([which, _is("is_record", "yes")]), max(1, searcher.num_docs)).hits
    documents = [searcher.doc(address) for _, address in found]
    return {_kept(document, "key"): _kept(document, "version") for document in documents}


def _kept(document: Document, field: str) -> Any:
    """The value of a stored field that every document of this kind has."""
    return document[field][0]


def _query(query: Query) -> tantivy.Query:
    parts = [(Occur.Must, _is("tenant", query.tenant))]
    if query.kinds:
        parts.append((Occur.Must, _any_of([_is("kind", kind.value) for kind in query.kinds])))
    if query.document_id is not None:
        parts.append((Occur.Must, _is("document_id", query.document_id)))
    if not query.all_versions:
        parts.append((Occur.Must, _is("standing", "current")))
    if query.since is not None or query.until is not None:
        parts.append((Occur.Must, _taken(query.since, query.until)))
    unranked = tantivy.Query.const_score_query(tantivy.Query.boolean_query(parts), 0.0)
    terms = [(Occur.MustNot if term.excluded else Occur.Must, _term(term)) for term in query.terms]
    return tantivy.Query.boolean_query([(Occur.Must, unranked), *terms])


def _term(term: Term) -> tantivy.Query:
    found = words(term.words)
    if not found:
        return tantivy.Query.empty_query()
    if term.prefix:
        found[-1] += ".*"  # a word holds letters, digits and marks only: nothing that a pattern would misread
        if len(found) > 1:
            return tantivy.Query.regex_phrase_query(_schema(), _TEXT, list(found))
        return tantivy.Query.regex_query(_schema(), _TEXT, found[0])
    if len(found) > 1:
        return tantivy.Query.phrase_query(_schema(), _TEXT, list(found))
    return tantivy.Query.term_query(_schema(), _TEXT, found[0])


def _taken(since: datetime | None, until: datetime | None) -> tantivy.Query:
    return _range(
        _TAKEN,
        None if since is None else max(0, _microseconds(since)),
        None if until is None else max(0, _microseconds(until)),
    )


def _taken_by(removal: Removal) -> tantivy.Query:
    sides = (("document_id", "generation"), ("before_document_id", "before_generation"))
    return _any_of(
        [
            _all_of([_is(document, removal.document_id), _range(number, None, removal.through + 1)])
            for document, number in sides
        ]
    )


def _range(field: str, start: int | None, end: int | None) -> tantivy.Query:
    return tantivy.Query.range_query(
        _schema(), field, FieldType.Unsigned, lower_bound=start, upper_bound=end, include_upper=end is None
    )


def _ranks(query: Query) -> bool:
    """Whether some hits meet the query better than others."""
    return any(not term.excluded for term in query.terms)


def _is(field: str, value: str) -> tantivy.Query:
    return tantivy.Query.term_query(_schema(), field, value, "basic")


def _all_of(queries: Sequence[tantivy.Query]) -> tantivy.Query:
    return tantivy.Query.boolean_query([(Occur.Must, each) for each in queries])


def _any_of(queries: Sequence[tantivy.Query]) -> tantivy.Query:
    return tantivy.Query.boolean_query([(Occur.Should, each) for each in queries])


def _microseconds(time: datetime) -> int:
    return (time - _EPOCH) // timedelta(microseconds=1)
