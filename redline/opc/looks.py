"""Looks at the bytes of XML parts that need not be parsed for what is asked of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Final, TypeVar

from redline.opc.zipguard import Member, inflate

_T = TypeVar("_T")
_SINGLE_QUOTED: Final = re.compile(rb"'(?<=\=')")
"""An attribute in single quotes, by their sign, which the search can skip to."""
_PROLOG: Final = 64
"""Bytes that are looked at to know UTF-16, in which every other byte of an XML prolog is 0."""


def is_usual(data: bytes) -> bool:
    """Whether an XML part is spelled as Word does it: in UTF-8, attributes in double quotes."""
    declaration = data.find(b"?>") if data.startswith(b"<?xml") else 0  # whose quotes say nothing of the others
    return _SINGLE_QUOTED.search(data, declaration) is None and b"\0" not in data[:_PROLOG]


@lru_cache(maxsize=64)
def look_into(packed: bytes, member: Member, find: Callable[[bytes], _T]) -> tuple[_T] | None:
    """What a function finds in a part of which these are the compressed bytes; None where it is spelled unusually.

    Raises `DocumentError` where they are damaged.
    """
    data = inflate(packed, member)
    return (find(data),) if is_usual(data) else None
