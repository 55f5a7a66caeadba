"""A query in the query language of Elasticsearch."""

from __future__ import annotations

from typing import Any

from backends.search import Query, Term
from backends.search.words import words

Json = dict[str, Any]


def search_of(query: Query) -> Json:
    """`query` and `sort` of a search for what the query looks for; ties are broken, so that pages do not overlap."""
    best_first: Json = {"_score": "desc"} if ranks(query) else {"time": "desc"}
    return {
        "query": {
            "bool": {
                "filter": _filters(query),
                "must": [_term(term) for term in query.terms if not term.excluded],
                "must_not": [_term(term) for term in query.terms if term.excluded],
            }
        },
        "sort": [best_first, {"key": "asc"}, {"number": "asc"}],
    }


def ranks(query: Query) -> bool:
    """Whether some hits meet the query better than others."""
    return any(not term.excluded for term in query.terms)


def taken_by(document_id: str, through: int) -> Json:
    """All records of versions of a document up to one, and of redlines with such a version on either side."""
    sides = (("document_id", "generation"), ("before_document_id", "before_generation"))
    return any_of(
        *(
            all_of({"term": {document: document_id}}, {"range": {number: {"lte": through}}})
            for document, number in sides
        )
    )


def all_of(*filters: Json) -> Json:
    """What meets every filter."""
    return {"bool": {"filter": list(filters)}}


def any_of(*filters: Json) -> Json:
    """What meets a filter."""
    return {"bool": {"should": list(filters), "minimum_should_match": 1}}


def _filters(query: Query) -> list[Json]:
    filters: list[Json] = [
        {"term": {"tenant": query.tenant}},
        {"terms": {"kind": sorted(kind.value for kind in query.kinds)}}
        if query.kinds
        else {"exists": {"field": "kind"}},
    ]
    if query.document_id is not None:
        filters.append({"term": {"document_id": query.document_id}})
    if not query.all_versions:
        filters.append({"term": {"standing": "current"}})
    bounds = {"gte": query.since, "lt": query.until}
    taken = {name: time.isoformat() for name, time in bounds.items() if time is not None}
    if taken:
        filters.append({"range": {"time": taken}})
    return filters


def _term(term: Term) -> Json:
    found = words(term.words)
    if not found:
        return {"match_none": {}}
    if not term.prefix:
        return {"match_phrase": {"text": " ".join(found)}}
    *whole, beginning = found
    if not whole:
        return {"prefix": {"text": beginning}}
    # Not match_phrase_prefix, which looks for the first 50 words that begin so and passes over the others in silence.
    before = {"match": {"query": " ".join(whole), "ordered": True, "max_gaps": 0}}
    parts = [before, {"prefix": {"prefix": beginning}}]
    return {"intervals": {"text": {"all_of": {"intervals": parts, "ordered": True, "max_gaps": 0}}}}
