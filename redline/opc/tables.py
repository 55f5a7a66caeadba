"""Parts that are tables, one element for a row: relationships and content types (ECMA-376-2, 8.5 and 7.3.7)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from lxml import etree

from redline.opc.xmlguard import parse
from redline.opc.zipguard import Limits, Member, inflate

Table = tuple[tuple[str, Mapping[str, str]], ...]
"""Tag and attributes of each child of a root."""


@lru_cache(maxsize=32)
def read_table(packed: bytes, member: Member, limits: Limits) -> Table:
    """The rows of a table, of which `packed` are the compressed bytes.

    Remembered by these bytes: versions of a document share most tables. Raises `DocumentError` where it is damaged.
    """
    return rows_of(parse(inflate(packed, member), member.name, limits))


def rows_of(root: etree._Element) -> Table:
    """The rows of a table that is parsed."""
    return tuple((str(element.tag), {str(k): str(v) for k, v in element.items()}) for element in root)
