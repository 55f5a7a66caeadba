"""What the door to BigQuery does to SQL, and makes of answers."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import duckdb
from sqlglot import Token, TokenType
from sqlglot.dialects.bigquery import BigQuery
from sqlglot.errors import TokenError

from backends.audit.answers import QueryRefused, Row

ACCESS_LOG: Final = "cloudaudit_googleapis_com_data_access"
"""The table that a sink of Cloud Logging makes of the audit logs of data access."""
_TABLES: Final = ("audit.events", "audit.events_raw", "audit.access", f"access.{ACCESS_LOG}")
_BEGINNINGS: Final = ("SELECT", "WITH", "FROM", "(")
_KINDS: Final = {
    "INTEGER": "BIGINT",
    "FLOAT": "DOUBLE",
    "BOOLEAN": "BOOLEAN",
    "DATE": "DATE",
    "TIMESTAMP": "TIMESTAMPTZ",
    "JSON": "JSON",
}


def in_dataset(sql: str, dataset: str, access: str = "access") -> str:
    """The SQL with the tables of the trail taken from this dataset, and those of the access log from the other.

    All else is untouched. Raises QueryRefused.
    """
    datasets = {"audit": dataset, "access": access}
    tokens, parts, done = _tokens(sql), [], 0
    for first, dot, last in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if f"{first.text}{dot.text}{last.text}" in _TABLES and sql[first.start : first.end + 1] in datasets:
            parts += [sql[done : first.start], f"`{datasets[first.text]}`"]
            done = first.end + 1
    return "".join([*parts, sql[done:]])


def check_one_select(sql: str) -> None:
    """Refuse what is no question before BigQuery sees it. Raises QueryRefused."""
    tokens = _tokens(sql)
    first = tokens[0].text.upper() if tokens else "nothing"
    if first not in _BEGINNINGS:
        raise QueryRefused(f"Only a SELECT is answered, not {first}.")
    if any(token.token_type == TokenType.SEMICOLON for token in tokens[:-1]):
        raise QueryRefused("Only one SELECT is answered at a time.")


def _tokens(sql: str) -> list[Token]:
    try:
        return BigQuery().tokenize(sql)
    except TokenError as error:
        raise QueryRefused(f"This is no SQL: {error}") from None


def parquet_of(kinds: Mapping[str, str], rows: Iterable[Row], file: Path) -> None:
    """Write rows to a Parquet file; `kinds` are BigQuery's types by column."""
    columns = {name: _KINDS.get(kind, "VARCHAR") for name, kind in kinds.items()}
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as lines, duckdb.connect() as connection:
        for row in rows:
            lines.write(json.dumps(dict(zip(kinds, row, strict=True)), default=str) + "\n")
        lines.flush()
        source = connection.read_json(lines.name, format="newline_delimited", columns=columns)
        source.write_parquet(str(file))
