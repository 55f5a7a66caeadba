"""How text becomes words, for the index and for what is shown of it."""

from __future__ import annotations

from functools import cache
from typing import Final

from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from schemas.search import WORD, searchable

NAME: Final = "words"
"""Of the analyzer, in the schema of an index."""


@cache
def analyzer() -> TextAnalyzer:
    """Cuts text into words and folds them, as the analyzer of the Elasticsearch template does."""
    builder = TextAnalyzerBuilder(Tokenizer.regex(WORD))
    return builder.filter(Filter.lowercase()).filter(Filter.ascii_fold()).build()


def words(text: str) -> list[str]:
    """The folded words of a text."""
    return analyzer().analyze(searchable(text))
