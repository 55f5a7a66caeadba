"""Questions to the audit trail in SQL, and their answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

Parameters = Mapping[str, str | int | float | bool | date | datetime]
Row = tuple[object, ...]
Progress = Callable[[int, int], None]
"""Told what is done, and of how much."""


class QueryRefused(Exception):  # noqa: N818 - what happened to it
    """The question cannot be answered; the message says why and what to do instead."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Names of the columns and the rows, which can be gone through once.

    A TIMESTAMP is a datetime in UTC, a JSON value what it holds.
    """

    columns: tuple[str, ...]
    rows: Iterator[Row]
