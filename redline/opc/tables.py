"""Parts that are tables, one element for a row: relationships and content types (ECMA-376-2, 8.5 and 7.3.7)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import TypeVar

from lxml import etree

from redline.ooxml import CT, PR
from redline.opc.xmlguard import parse
from redline.opc.zipguard import Limits, Member, inflate

Rows = Iterable[tuple[str, Mapping[str, str]]]
"""Tag and attributes of each child of a root."""
_T = TypeVar("_T")


@lru_cache(maxsize=32)
def read_table(packed: bytes, member: Member, limits: Limits, form: Callable[[Rows], _T]) -> _T:
    """A table, of which `packed` are the compressed bytes, in a form; not to be changed.

    Remembered by these bytes: versions of a document share most tables. Raises `DocumentError` where it is damaged.
    """
    return form(rows_of(parse(inflate(packed, member), member.name, limits)))


def rows_of(root: etree._Element) -> Rows:
    """The rows of a table that is parsed."""
    return [(str(element.tag), {str(k): str(v) for k, v in element.items()}) for element in root]


def relationships(rows: Rows) -> tuple[tuple[str, str, str, bool], ...]:
    """Id, type, target as it is written, and whether that is external, of each relationship (ECMA-376-2, 8.5)."""
    return tuple(
        (row.get("Id", ""), row.get("Type", ""), row.get("Target", ""), row.get("TargetMode") == "External")
        for tag, row in rows
        if tag == f"{PR}Relationship"
    )


def content_types(rows: Rows) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Declared types by the name of a part, and by extension, both without case (ECMA-376-2, 7.3.7)."""
    overrides: dict[str, str] = {}
    defaults: dict[str, str] = {}
    for tag, row in rows:
        if tag == f"{CT}Override":
            overrides.setdefault(row.get("PartName", "").lstrip("/").casefold(), row.get("ContentType", ""))
        elif tag == f"{CT}Default":
            defaults[row.get("Extension", "").casefold()] = row.get("ContentType", "")
    return overrides, defaults
