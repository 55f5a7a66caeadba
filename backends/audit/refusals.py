"""What DuckDB does not like about a question, in words for whoever asked it in BigQuery's SQL."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

import duckdb

from backends.audit.answers import QueryRefused

_COLUMN: Final = re.compile(r'Referenced column "(.+?)" (?:was )?not found')
_MISSING: Final = re.compile(r'(?:does not have a|There is no) column (?:named|with name) "(.+?)"')
_FUNCTION: Final = re.compile(r"Function with name (\S+) does not exist")
_KIND: Final = re.compile(r"^[A-Z][A-Za-z ]* Error: ")


@contextmanager
def in_words(columns: Iterable[str]) -> Iterator[None]:
    """Turn errors of DuckDB into QueryRefused; `columns` are those of the tables."""
    try:
        yield
    except duckdb.OutOfMemoryException:
        raise QueryRefused("The query needs more memory than there is; select fewer columns, or fewer days.") from None
    except duckdb.Error as error:
        raise QueryRefused(_sentence(str(error), columns)) from None


def _sentence(message: str, columns: Iterable[str]) -> str:
    if found := _COLUMN.search(message) or _MISSING.search(message):
        return f"There is no column {found[1]}; audit.events has: {', '.join(columns)}."
    if found := _FUNCTION.search(message):
        return f"The function {found[1].upper()} is not one of BigQuery's that can be translated."
    first = _KIND.sub("", message.splitlines()[0]).rstrip(".")
    return f"The query cannot be answered: {first}."
