"""The part of Elasticsearch's query language that the door speaks, looked up document by document.

Whatever is not in it, also a field without a mapping, is an error here, even where Elasticsearch would find nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

Json = dict[str, Any]
MOST_WORDS = 4096
"""indices.query.bool.max_clause_count"""
GAP = 100
"""position_increment_gap between the values of a field"""


class Refused(Exception):  # noqa: N818 - an answer
    """What is answered instead: an HTTP status, and the type and reason of the error."""

    def __init__(self, status: int, kind: str, reason: str) -> None:
        super().__init__(f"{kind}: {reason}")
        self.status = status
        self.kind = kind
        self.reason = reason


class Mapping:
    """The fields of an index, and its analyzer, as its template has them."""

    def __init__(self, template: Json) -> None:
        self.fields: Json = template["mappings"]["properties"]
        if template["mappings"]["dynamic"] != "strict":
            raise Refused(400, "stub", "only strict mappings are known here")
        analysis = template["settings"]["analysis"]
        (analyzer,) = analysis["analyzer"].values()
        tokenizer = analysis["tokenizer"][analyzer["tokenizer"]]
        length, *others = analyzer["filter"]
        if tokenizer["type"] != "pattern" or tokenizer["group"] != 0 or others != ["lowercase", "asciifolding"]:
            raise Refused(400, "stub", "another analyzer than is known here")
        self.longest = analysis["filter"][length]["max"]
        self.analyzer = _analyzer(tokenizer["pattern"])

    def words(self, text: str) -> list[str]:
        return [word for word in self.analyzer.analyze(text) if len(word) <= self.longest]

    def check(self, source: Json) -> None:
        """Refuse a document that does not fit."""
        for name, value in source.items():
            if name not in self.fields:
                raise Refused(400, "strict_dynamic_mapping_exception", f"[{name}] is not allowed")
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, str) is (self.fields[name]["type"] in ("long", "integer")):
                    raise Refused(400, "document_parsing_exception", f"failed to parse field [{name}]")

    def of(self, name: str, *kinds: str) -> str:
        """The name of a field that has one of these types and is indexed."""
        field = self.fields.get(name, {"type": "no such field"})
        if field["type"] not in kinds or field.get("index") is False:
            raise Refused(400, "query_shard_exception", f"[{name}] is {field['type']}, or not indexed")
        return name


@lru_cache
def _analyzer(pattern: str) -> TextAnalyzer:
    return TextAnalyzerBuilder(Tokenizer.regex(pattern)).filter(Filter.lowercase()).filter(Filter.ascii_fold()).build()


class Document:
    """What is in an index under one id."""

    def __init__(self, source: Json, version: int, routing: str, mapping: Mapping) -> None:
        self.source = source
        self.version = version
        self.routing = routing
        self.places: dict[str, list[int]] = {}
        place = 0
        for text in source.get("text", ()):
            for word in mapping.words(text):
                if len(word.encode()) > 32_766:
                    raise Refused(400, "illegal_argument_exception", "immense term")
                self.places.setdefault(word, []).append(place)
                place += 1
            place += GAP

    def phrase(self, choices: Sequence[frozenset[str]]) -> int:
        """How often words stand next to each other, the first of the first set, the second of the second, ..."""
        starts = [{place for word in words for place in self.places.get(word, ())} for words in choices]
        return sum(all(start + n in places for n, places in enumerate(starts)) for start in starts[0]) if starts else 0


Score = Callable[[Document], float | None]
"""None where the query is not met."""


def scoring(query: Json, mapping: Mapping, vocabulary: Callable[[], Iterable[str]]) -> Score:
    """The query made ready; `vocabulary` are the words of the index."""
    kind, what = only(query)
    match kind:
        case "bool":
            return _bool(what, mapping, vocabulary)
        case "match_none":
            return lambda document: None
        case "match_phrase":
            field, text = only(what)
            mapping.of(field, "text")
            return _phrase([frozenset({word}) for word in mapping.words(text)])
        case "prefix":
            field, beginning = only(what)
            mapping.of(field, "text")
            return lambda document: 1.0 if any(word.startswith(beginning) for word in document.places) else None
        case "intervals":
            field, rule = only(what)
            mapping.of(field, "text")
            return _intervals(rule, mapping, vocabulary)
        case _:
            return _filter(kind, what, mapping)


def only(node: Json) -> tuple[str, Any]:
    """The only name in a node, and what is under it."""
    if len(node) != 1:
        raise Refused(400, "parsing_exception", f"expected one name, found {sorted(node)}")
    return next(iter(node.items()))


def take(node: Json, *names: str) -> list[Any]:
    """What is under the names, None where one is missing. Any other name is an error."""
    if unknown := node.keys() - set(names):
        raise Refused(400, "parsing_exception", f"unknown: {sorted(unknown)}")
    return [node.get(name) for name in names]


def _bool(what: Json, mapping: Mapping, vocabulary: Callable[[], Iterable[str]]) -> Score:
    parts = take(what, "filter", "must", "must_not", "should", "minimum_should_match")
    filters, must, must_not, should = (
        [scoring(each, mapping, vocabulary) for each in part or ()] for part in parts[:4]
    )
    if should and parts[4] != 1:
        raise Refused(400, "stub", "minimum_should_match is 1 here")

    def score(document: Document) -> float | None:
        if any(each(document) is None for each in filters) or any(each(document) is not None for each in must_not):
            return None
        scores = [each(document) for each in must]
        if should:
            met = [found for each in should if (found := each(document)) is not None]
            scores.append(sum(met) if met else None)
        return None if None in scores else sum(found or 0.0 for found in scores)

    return score


def _filter(kind: str, what: Any, mapping: Mapping) -> Score:
    if kind == "exists":
        (name,) = take(what, "field")
        mapping.of(name, "keyword")
        return lambda document: 1.0 if document.source.get(name) is not None else None
    name, wanted = only(what)
    if kind in ("term", "terms"):
        mapping.of(name, "keyword")
        values = wanted if kind == "terms" else [wanted]
        return lambda document: 1.0 if document.source.get(name) in values else None
    if kind == "range":
        typed = datetime.fromisoformat if mapping.fields.get(name, {}).get("type") == "date" else int
        mapping.of(name, "date", "long")
        at_least, below, at_most = (
            None if bound is None else typed(bound) for bound in take(wanted, "gte", "lt", "lte")
        )

        def within(document: Document) -> float | None:
            if (value := document.source.get(name)) is None:
                return None
            value = typed(value)
            met = at_least is None or value >= at_least
            return 1.0 if met and (below is None or value < below) and (at_most is None or value <= at_most) else None

        return within
    raise Refused(400, "parsing_exception", f"unknown query [{kind}]")


def _intervals(rule: Json, mapping: Mapping, vocabulary: Callable[[], Iterable[str]]) -> Score:
    kind, what = only(rule)
    intervals, ordered, gaps = take(what, "intervals", "ordered", "max_gaps")
    if kind != "all_of" or ordered is not True or gaps != 0:
        raise Refused(400, "stub", "intervals are all_of, ordered and without gaps here")
    choices: list[frozenset[str]] = []
    for each in intervals:
        name, part = only(each)
        if name == "match":
            text, ordered, gaps = take(part, "query", "ordered", "max_gaps")
            if ordered is not True or gaps != 0:
                raise Refused(400, "stub", "words are ordered and without gaps here")
            choices += [frozenset({word}) for word in mapping.words(text)]
        elif name == "prefix":
            (beginning,) = take(part, "prefix")
            found = frozenset(word for word in vocabulary() if word.startswith(beginning))
            if len(found) > MOST_WORDS:
                reason = f"Automaton [{beginning}*] expanded to too many terms (limit {MOST_WORDS})"
                raise Refused(500, "illegal_state_exception", reason)
            choices.append(found)
        else:
            raise Refused(400, "parsing_exception", f"unknown rule [{name}]")
    return _phrase(choices)


def _phrase(choices: Sequence[frozenset[str]]) -> Score:
    def score(document: Document) -> float | None:
        often = document.phrase(choices)
        return often / (often + 1.2) if often else None

    return score
