"""One index of Elasticsearch, by its name or by an alias.

Each entry of a record is a document, and so is the record itself, which is written when all its entries are: so a
record is known only when it is whole. Their `_version` is that of the record (external versioning), one more since
Elasticsearch deletes nothing by query whose version is 0. All records of a document are in one shard.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from elasticsearch import ApiError, Elasticsearch, NotFoundError, TransportError, UnsupportedProductError
from elasticsearch.helpers import streaming_bulk

from backends.errors import BackendUnavailable
from backends.guard import Guard
from backends.search import Hit, Page, Query, TooManyWords
from backends.search.elasticsearch_query import all_of, any_of, ranks, search_of, taken_by
from backends.search.snippets import snippet
from schemas.base import Generation
from schemas.search import RecordFacts, SearchEntry, SearchRecord

Json = dict[str, Any]

_WINDOW: Final = 10_000
"""Hits up to which a page is found by its number (index.max_result_window); beyond, one goes on from hit to hit."""
_BUCKETS: Final = 1000
_BULK_BYTES: Final = 10_000_000
_TRIES: Final = 5
_SHARED: Final = {"key", "version", "document_id", "generation", "before_document_id", "before_generation"}
_MISSING: Final = 404
_CONFLICT: Final = 409
_REFUSED: Final = frozenset({401, 403})
_OUTDATED: Final = "strict_dynamic_mapping_exception"
_AWAY: Final = frozenset({408, 429, 500, 502, 503, 504})
_TOO_MANY: Final = ("expanded to too many terms", "too_many_clauses")


class RecordRefused(Exception):  # noqa: N818 - what became of the record
    """Elasticsearch cannot take a record, now or ever."""


class NoIndex(Exception):  # noqa: N818 - the state it names
    """There is no such index, or alias, yet."""


class ElasticsearchIndex:
    """Every method may raise NoIndex and BackendUnavailable. `is_alias`: it is written to through an alias only."""

    def __init__(self, client: Elasticsearch, guard: Guard, name: str, *, is_alias: bool) -> None:
        self._client = client
        self._guard = guard
        self._name = name
        self._is_alias = is_alias

    def put(self, records: Sequence[SearchRecord]) -> None:
        """As `backends.search.IndexWriter` says. Raises RecordRefused."""
        latest: dict[str, SearchRecord] = {}
        for record in records:
            if record.key not in latest or record.version > latest[record.key].version:
                latest[record.key] = record
        if not latest:
            return
        self._write(document for record in latest.values() for document in _entries(record))
        written = self._write(map(_itself, latest.values()), refresh="wait_for")
        not_new = [latest[key] for key, result in written.items() if result != "created"]
        if not_new:
            self._remove_outdated(not_new)

    def versions(self, document_id: str) -> Mapping[str, int]:
        """As `backends.search.IndexWriter` says; a record that is not whole, or of two versions, is not there."""
        found: dict[str, int] = {}
        after: Json = {}
        while True:
            by_key = {"size": _BUCKETS, "sources": [{"key": {"terms": {"field": "key"}}}], **after}
            each = {
                "lowest": {"min": {"field": "version"}},
                "highest": {"max": {"field": "version"}},
                "itself": {"filter": {"bool": {"must_not": [{"exists": {"field": "kind"}}]}}},
            }
            aggregations = {"records": {"composite": by_key, "aggs": each}}
            body = {"query": {"term": {"document_id": document_id}}, "size": 0, "aggs": aggregations}
            answer = self._search(body, routing=document_id)["aggregations"]["records"]
            for bucket in answer["buckets"]:
                lowest, highest = (int(bucket[name]["value"]) for name in ("lowest", "highest"))
                if lowest == highest and bucket["itself"]["doc_count"]:
                    found[bucket["key"]["key"]] = highest
            if "after_key" not in answer:
                return found
            after = {"after": answer["after_key"]}

    def remove(self, document_id: str, through: Generation) -> None:
        """As `backends.search.IndexWriter` says."""
        self._delete(taken_by(document_id, through))

    def find(self, query: Query, *, offset: int, limit: int) -> Page:
        """As `backends.search.Search` says."""
        body = {**search_of(query), "track_total_hits": True}
        after: Json = {}
        while offset and (after or offset + limit > _WINDOW):
            step = min(offset, _WINDOW)
            found = self._search({**body, **after, "size": step, "_source": False})["hits"]
            if len(found["hits"]) < step:
                return Page(found["total"]["value"])
            offset -= step
            after = {"search_after": found["hits"][-1]["sort"]}
        found = self._search({**body, **after, "from": offset, "size": limit})["hits"]
        return Page(found["total"]["value"], tuple(_hit(hit, query) for hit in found["hits"]))

    def expunge(self, *, wait: bool) -> None:
        """Write what holds something that was removed anew without it; `wait` until that is done."""
        with reaching(self._guard):
            client = self._client.options(request_timeout=3600.0 if wait else 30.0)
            client.indices.forcemerge(index=self._name, only_expunge_deletes=True, wait_for_completion=wait)

    def _write(self, documents: Iterable[Json], **how: Any) -> dict[str, str]:
        """What became of each document, by its id: created, updated, or passed over."""
        written = {}
        with reaching(self._guard):
            for done, answer in streaming_bulk(
                self._client,
                ({"_index": self._name, **document} for document in documents),
                max_chunk_bytes=_BULK_BYTES,
                raise_on_error=False,
                require_alias=self._is_alias,
                **how,
            ):
                item = answer["index"]
                if not done and item["status"] != _CONFLICT:
                    raise _refusal(item["status"], item["error"]["type"])
                written[item["_id"]] = item.get("result", "passed over")
        return written

    def _remove_outdated(self, records: Sequence[SearchRecord]) -> None:
        """Of these records, remove the entries of versions lower than the one that is there."""
        wanted = [{"_id": record.key, "routing": record.document_id} for record in records]
        with reaching(self._guard):
            there = self._client.mget(index=self._name, docs=wanted)["docs"]
        outdated = [
            all_of({"term": {"key": each["_id"]}}, {"range": {"version": {"lt": each["_source"]["version"]}}})
            for each in there
            if each["found"]
        ]
        if outdated:
            self._delete(any_of(*outdated))

    def _delete(self, which: Json) -> None:
        """Delete documents, also those that are written at this moment. The refresh shows those written just now."""
        for _ in range(_TRIES):
            with reaching(self._guard):
                self._client.indices.refresh(index=self._name)
                answer = self._client.delete_by_query(index=self._name, query=which, conflicts="proceed", refresh=True)
            if answer["failures"]:
                raise BackendUnavailable(f"{self._guard.service} could not delete all that was to go; try again.")
            if not answer["version_conflicts"]:
                return
        raise BackendUnavailable("Others write to the search index what is to be deleted; try again.")

    def _search(self, body: Json, **how: Any) -> Any:
        with reaching(self._guard):
            try:
                return self._client.search(index=self._name, body=body, **how)
            except ApiError as error:
                if any(sign in str(error.body) for sign in _TOO_MANY):
                    raise TooManyWords("Too many words begin so.") from None
                raise


@contextmanager
def reaching(guard: Guard) -> Iterator[None]:
    """Run the block as one call of Elasticsearch; that it cannot be reached or used is BackendUnavailable.

    Raises NoIndex. What is said of an error is its kind alone: what Elasticsearch answers may name what was written.
    """
    with guard.call():
        try:
            yield
        except NotFoundError as error:
            raise NoIndex(error.error) from None
        except ApiError as error:
            if error.status_code in _AWAY or error.status_code in _REFUSED:
                raise _refusal(error.status_code, error.error) from None
            raise
        except TransportError as error:
            raise BackendUnavailable(f"{guard.service} cannot be reached: {type(error).__name__}") from None
        except UnsupportedProductError:
            raise BackendUnavailable(f"What answers for {guard.service} is another product.") from None


def _refusal(status: int, kind: str) -> Exception:
    """What to raise for an answer that is none, or of one document: status as of HTTP, and Elasticsearch's own name."""
    if status in _REFUSED:
        return BackendUnavailable(f"Elasticsearch refuses us ({kind}); check the API key and its privileges.")
    if kind == _OUTDATED:
        return BackendUnavailable(f"The index is of another release ({kind}). Build it anew with: redline reindex")
    if status in _AWAY:
        return BackendUnavailable(f"Elasticsearch cannot work now: {kind}")
    return NoIndex(kind) if status == _MISSING else RecordRefused(f"Elasticsearch takes no such record: {kind}")


def _itself(record: SearchRecord) -> Json:
    return _document(record, record.key, record.model_dump(mode="json", include=_SHARED, exclude_none=True))


def _entries(record: SearchRecord) -> Iterator[Json]:
    facts = record.model_dump(mode="json", exclude={"entries"}, exclude_none=True)
    for number, entry in enumerate(record.entries):
        yield _document(record, f"{record.key}/{number}", facts | entry.model_dump(mode="json"))


def _document(record: SearchRecord, name: str, source: Json) -> Json:
    version = {"_version_type": "external", "_version": record.version + 1}
    return {"_id": name, "_routing": record.document_id, **version, "_source": source}


def _hit(hit: Json, query: Query) -> Hit:
    record, entry = RecordFacts.model_validate(hit["_source"]), SearchEntry.model_validate(hit["_source"])
    score = hit["_score"] if ranks(query) else 0.0
    return Hit(record, entry.kind, entry.number, snippet(entry, query.terms), score)
