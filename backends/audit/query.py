"""Answers BigQuery SQL about a trail of segments with DuckDB, which can reach nothing else while it does."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import duckdb

from backends.audit.answers import Answer, Parameters, Progress, QueryRefused, Row
from backends.audit.columns import COLUMNS, Columns
from backends.audit.named import view
from backends.audit.refusals import in_words
from backends.audit.segment import segments
from backends.audit.translate import Translated, to_duckdb

_AT_ONCE: Final = 1000
_CONFIGURATION: Final[dict[str, Any]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "python_enable_replacements": False,
}


class Questions:
    """Takes questions about the trail in a folder.

    Closed segments are read from columnar copies, those that are written to from the lines that are whole.
    """

    def __init__(self, trail: Path, key: bytes, roll: int) -> None:
        """Nothing more is written to a segment of `roll` bytes. Raises OSError."""
        self._trail = trail
        self._roll = roll
        self._columns = Columns(trail, key)

    @contextmanager
    def ask(self, sql: str, parameters: Parameters, progress: Progress | None) -> Iterator[Answer]:
        """The answer, which can be read until the end of the context.

        `progress` is told of the segments that have to be read line by line, once each.

        Raises QueryRefused, OSError.
        """
        question = _checked(sql, parameters)
        with self._session(progress) as connection, in_words(COLUMNS):
            connection.execute(question.sql, dict(parameters))
            described = connection.description or []
            kinds = [str(column[1]) for column in described]
            yield Answer(tuple(column[0] for column in described), _rows(connection, kinds))

    def write_parquet(self, sql: str, parameters: Parameters, file: Path, progress: Progress | None) -> None:
        """Write the answer to a file. Raises QueryRefused, OSError."""
        question = _checked(sql, parameters)
        with self._session(progress, file) as connection, in_words(COLUMNS):
            copy = f"COPY ({question.sql}) TO {_text(file.absolute())} (FORMAT parquet, COMPRESSION zstd)"
            connection.execute(copy, dict(parameters))

    @contextmanager
    def _session(self, progress: Progress | None, output: Path | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection that knows audit.events and audit.events_raw, and no way out but to `output`."""
        with duckdb.connect(":memory:", config=_CONFIGURATION) as connection:
            connection.execute("SET TimeZone = 'UTC'; SET ieee_floating_point_ops = false; CREATE SCHEMA audit")
            copies = self._load(connection, progress)
            live = connection.table("live")
            rows = connection.read_parquet(list(map(str, copies))).union(live) if copies else live
            rows.create_view("trail")
            connection.execute("CREATE VIEW audit.events_raw AS SELECT * FROM trail")
            connection.execute(f"CREATE VIEW audit.events AS {to_duckdb(view('events')).sql}")
            allowed = [*copies, *([output.absolute()] if output else [])]
            connection.execute(f"SET allowed_paths = [{', '.join(map(_text, allowed))}]")
            connection.execute("SET enable_external_access = false; SET lock_configuration = true")
            yield connection

    def _load(self, connection: duckdb.DuckDBPyConnection, progress: Progress | None) -> list[Path]:
        """Make the table `live` of the segments that are written to; the columnar copies of the closed ones."""
        columns = ", ".join(f'"{name}" {kind}' for name, kind in COLUMNS.items())
        connection.execute(f"CREATE TABLE live ({columns})")
        copies, waiting = [], []
        for segment in segments(self._trail):
            if segment.stat().st_size < self._roll:
                with self._columns.rows(segment, connection) as rows:
                    rows.insert_into("live")
            elif (copy := self._columns.current(segment)) is not None:
                copies.append(copy)
            else:
                waiting.append(segment)
        for number, segment in enumerate(waiting, start=1):
            copies.append(self._columns.make(segment, connection))
            if progress:
                progress(number, len(waiting))
        return copies


def _checked(sql: str, parameters: Parameters) -> Translated:
    question = to_duckdb(sql)
    for name in question.parameters:
        if name not in parameters:
            raise QueryRefused(f"The query needs a value for @{name}; give it with --param {name}=VALUE.")
    for name in parameters:
        if name not in question.parameters:
            raise QueryRefused(f"The query has no parameter @{name}; leave it out, or use it in the SQL.")
    return question


def _rows(connection: duckdb.DuckDBPyConnection, kinds: Sequence[str]) -> Iterator[Row]:
    while chunk := connection.fetchmany(_AT_ONCE):
        for row in chunk:
            yield tuple(_value(value, kind) for value, kind in zip(row, kinds, strict=True))


def _value(value: object, kind: str) -> object:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC)
    return json.loads(value) if kind == "JSON" and isinstance(value, str) else value


def _text(value: Path) -> str:
    return "'" + str(value).replace("'", "''") + "'"
