"""Columnar copies of closed segments, so that SQL over a long trail need not read it line by line.

A copy is made when it is first asked for. A seal beside it says of which state of the segment it is the copy, and in
which state the copy was left: a copy that is out of date, or that somebody else touched, is made anew.
"""

from __future__ import annotations

import hmac
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

import duckdb

from backends.audit.chain import seal
from backends.audit.segment import facts_of, lines
from backends.files import make_folder, replace_file
from schemas.audit import AuditRow
from schemas.bigquery import table_schema

_TYPES: Final = {
    "STRING": "VARCHAR",
    "INTEGER": "BIGINT",
    "FLOAT": "DOUBLE",
    "BOOLEAN": "BOOLEAN",
    "TIMESTAMP": "TIMESTAMPTZ",
    "DATE": "DATE",
    "JSON": "JSON",
}
COLUMNS: Final = {column["name"]: _TYPES[column["type"]] for column in table_schema(AuditRow)}
"""DuckDB's type of each column of the table."""

_FOLDER: Final = "columns"
_LONGEST: Final = 64 << 20
"""Bytes of a row."""
_SELECTED: Final = "* REPLACE (coalesce(event_day, CAST(event_time AS DATE)) AS event_day)"
"""Rows of an early release have no day."""


class Columns:
    """The copies of the segments of one trail, in a folder beside them."""

    def __init__(self, trail: Path, key: bytes) -> None:
        """Raises OSError."""
        self._folder = trail / _FOLDER
        self._key = key
        make_folder(self._folder)

    def current(self, segment: Path) -> Path | None:
        """The copy of a segment, if there is one that is up to date. Raises OSError."""
        copy, told = self._copy(segment), self._copy(segment).with_suffix(".seal")
        try:
            fits = hmac.compare_digest(told.read_text(), self._seal(segment, copy))
        except FileNotFoundError:
            return None
        return copy if fits else None

    def make(self, segment: Path, connection: duckdb.DuckDBPyConnection) -> Path:
        """Copy a segment to which nothing more is written. Raises OSError."""
        copy = self._copy(segment)
        temporary = copy.with_name(f".{copy.name}.{os.getpid()}")
        with self.rows(segment, connection) as rows:
            rows.write_parquet(str(temporary), compression="zstd")
        temporary.replace(copy)
        replace_file(copy.with_suffix(".seal"), self._seal(segment, copy).encode())
        return copy

    @contextmanager
    def rows(self, segment: Path, connection: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyRelation]:
        """The whole rows of a segment as they are now, to be read until the end of the context. Raises OSError."""
        with NamedTemporaryFile(dir=self._folder, prefix=".", suffix=".ndjson") as plain:
            for line in lines(segment):
                if facts_of(line) is not None and line.json is not None:
                    plain.write(line.json + b"\n")
            plain.flush()
            read = connection.read_json(
                plain.name, columns=COLUMNS, format="newline_delimited", maximum_object_size=_LONGEST
            )
            yield read.project(_SELECTED)

    def _copy(self, segment: Path) -> Path:
        return self._folder / f"{segment.stem}.parquet"

    def _seal(self, segment: Path, copy: Path) -> str:
        states = [(found.st_size, found.st_ctime_ns, found.st_ino) for found in (segment.stat(), copy.stat())]
        return seal(self._key, "columns", segment.stem, json.dumps(COLUMNS), states)
