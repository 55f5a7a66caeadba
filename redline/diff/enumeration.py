"""Labels of list items that are typed as text: 1., 2.1, (a), iv)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_COUNTED: Final = re.compile(r"\d+(?:\.\d+)*|[^\W\d_]|[ivxlc]+|[IVXLC]+")
_CLOSING: Final = frozenset({".", ")"})
_QUOTES: Final = frozenset("\"“„«‘'[(")


def label_length(words: Sequence[str]) -> int:
    """How many of the words and signs that a paragraph begins with are its label."""
    if len(words) > 2 and words[0] == "(" and words[2] == ")" and _COUNTED.fullmatch(words[1]):
        return 3
    if len(words) > 1 and _COUNTED.fullmatch(words[0]):
        if words[1] in _CLOSING:
            return 2
        return 1 if "." in words[0] else 0
    return 0


_TYPED: Final = re.compile(
    r"\s*(\d{1,3}(?:\.\d{1,3})*[.)]|\d{1,3}(?:\.\d{1,3})+|\((?:[A-Za-z]|[ivxlc]+|\d{1,3})\)|(?:[a-z]|[ivxlc]+)\))\s+(\S)"
)


def typed_label(text: str) -> str:
    """The label that a paragraph begins with, where it is typed as text; "" where it has none.

    A bare figure is one before a heading or a sentence only: "1.2 Fees", and not "1.2 million".
    """
    found = _TYPED.match(text)
    if found is None or (found[1][-1].isdigit() and not (found[2].isupper() or found[2] in _QUOTES)):
        return ""
    return found[1]
