"""The Elasticsearch index template for what the search index holds.

One flat document for each entry of a record, and one without a `kind` for the record itself.
"""

from __future__ import annotations

from typing import Any, Final

from schemas.search import WORD, RecordFacts, SearchEntry

Json = dict[str, Any]

TEMPLATE: Final = "redline-search"
"""Name of the template, and beginning of the names of its indices."""
_ANALYZER: Final = "words"
_LONGEST_WORD: Final = 8_000
"""Characters. Lucene refuses a whole document for one word of more than 32,766 bytes; nobody looks for such words."""
_KEYWORD: Final[Json] = {"type": "keyword"}
_LONG: Final[Json] = {"type": "long"}
_ONLY_KEPT: Final[Json] = {"type": "keyword", "index": False, "doc_values": False}
_FIELDS: Final[Json] = {
    "key": _KEYWORD,
    "version": _LONG,
    "tenant": _KEYWORD,
    "region": _KEYWORD,
    "document_id": _KEYWORD,
    "generation": _LONG,
    "before_document_id": _KEYWORD,
    "before_generation": _LONG,
    "pair_id": _KEYWORD,
    "standing": _KEYWORD,
    "time": {"type": "date"},
    "kind": _KEYWORD,
    "number": {"type": "integer"},
    "place": _ONLY_KEPT,
    "text": {"type": "text", "analyzer": _ANALYZER},
    "headings": {"type": "integer", "index": False, "doc_values": False},
}


def index_template() -> Json:
    """The body of `PUT _index_template/redline-search`. Raises KeyError for a field that has no mapping here."""
    properties = {name: _FIELDS[name] for name in (*RecordFacts.model_fields, *SearchEntry.model_fields)}
    return {
        "index_patterns": [f"{TEMPLATE}-*"],
        "allow_auto_create": False,  # a write that comes too late must not bring an index back
        "template": {
            "settings": {
                "gc_deletes": "0s",  # what was removed and is put again is there again, with whatever version
                "merge": {"policy": {"expunge_deletes_allowed": "0"}},  # an erasure leaves no rest of some percent
                "analysis": {
                    "filter": {"no_giants": {"type": "length", "max": _LONGEST_WORD}},
                    "tokenizer": {_ANALYZER: {"type": "pattern", "pattern": WORD, "group": 0}},
                    "analyzer": {
                        _ANALYZER: {
                            "type": "custom",
                            "tokenizer": _ANALYZER,
                            "filter": ["no_giants", "lowercase", "asciifolding"],
                        }
                    },
                },
            },
            "mappings": {"dynamic": "strict", "properties": properties},
        },
    }
