"""The questions that auditors ask, shipped as SQL: schemas/bigquery/queries/NAME.sql, the same for every door.

Each begins with comments that say what it answers and which parameters it takes:

    -- Who touched document X?
    -- @document STRING: id of the document
    -- @since TIMESTAMP = 0001-01-01: from when on
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import takewhile
from typing import Final, Literal

from backends.audit.answers import QueryRefused

Type = Literal["STRING", "INT64", "TIMESTAMP"]
Value = str | int | datetime

_PARAMETER: Final = re.compile(r"-- @(\w+) (STRING|INT64|TIMESTAMP)(?: = (\S+))?: (.+)")


@dataclass(frozen=True, slots=True)
class Parameter:
    """A value that a query takes. `default` is None where there must be one."""

    name: str
    type: str
    default: str | None
    about: str

    def value(self, text: str) -> Value:
        """What the text says. Raises QueryRefused when it is no value of the type."""
        return typed(self.name, self.type, text)


@dataclass(frozen=True, slots=True)
class NamedQuery:
    """A question, the parameters it takes, and its SQL in BigQuery's dialect."""

    name: str
    question: str
    parameters: tuple[Parameter, ...]
    sql: str


@cache
def view(name: Literal["events", "access"]) -> str:
    """The SELECT of a view: audit.events, or audit.access."""
    return (_sql() / f"{name}.sql").read_text()


@cache
def named_queries() -> dict[str, NamedQuery]:
    """Every query by its name."""
    found = sorted(
        (file for file in (_sql() / "queries").iterdir() if file.name.endswith(".sql")), key=lambda file: file.name
    )
    return {query.name: query for query in (_read(file) for file in found)}


def typed(name: str, kind: str, text: str) -> Value:
    """The value of a parameter that `text` says. Raises QueryRefused."""
    try:
        if kind == "INT64":
            return int(text)
        if kind == "TIMESTAMP" and text == "now":
            return datetime.now(UTC)
        if kind == "TIMESTAMP":
            moment = datetime.fromisoformat(text)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except ValueError:
        wanted = {"INT64": "a whole number", "TIMESTAMP": "a day or a time, such as 2026-01-31 or 2026-01-31T12:00:00Z"}
        raise QueryRefused(f"@{name} is to be {wanted[kind]}, not {text}.") from None
    return text


def _read(file: Traversable) -> NamedQuery:
    lines = file.read_text().splitlines(keepends=True)
    header = list(takewhile(lambda line: line.startswith("--"), lines))
    question, *rest = (line.rstrip("\n") for line in header)
    parameters = tuple(Parameter(*match.groups()) for line in rest if (match := _PARAMETER.fullmatch(line)))
    sql = "".join(lines[len(header) :])  # not the header: an emulator takes the @names in it for parameters
    return NamedQuery(file.name.removesuffix(".sql"), question.removeprefix("-- "), parameters, sql)


def _sql() -> Traversable:
    return files("schemas") / "bigquery"
