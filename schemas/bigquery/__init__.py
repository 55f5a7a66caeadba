"""BigQuery table schemas of flat shapes."""

from __future__ import annotations

import types
from datetime import date
from typing import Any, Final, Union, get_args, get_origin

from pydantic import AwareDatetime

from schemas.base import Shape

_TYPES: Final[dict[type, str]] = {
    str: "STRING",
    int: "INTEGER",
    float: "FLOAT",
    bool: "BOOLEAN",
    date: "DATE",
    AwareDatetime: "TIMESTAMP",
    dict: "JSON",
}


def table_schema(shape: type[Shape]) -> list[dict[str, str]]:
    """The columns of a table of such rows, as `bq` and Terraform read them.

    A column that may be null is NULLABLE, every other one is REQUIRED. Raises TypeError for a field that is
    neither a scalar nor a JSON object.
    """
    return [_column(name, field.annotation, field.description) for name, field in shape.model_fields.items()]


def _column(name: str, annotation: Any, description: str | None) -> dict[str, str]:
    scalar, nullable = _scalar(annotation)
    column = {"name": name, "type": _TYPES[scalar], "mode": "NULLABLE" if nullable else "REQUIRED"}
    return {**column, "description": description} if description else column


def _scalar(annotation: Any) -> tuple[type, bool]:
    """The Python type of a column, and whether it may be null."""
    nullable = get_origin(annotation) in (Union, types.UnionType)
    members = [each for each in get_args(annotation) if each is not type(None)] if nullable else [annotation]
    scalar = get_origin(members[0]) or members[0]
    if len(members) != 1 or scalar not in _TYPES:
        raise TypeError(f"a column cannot hold {annotation}")
    return scalar, nullable
