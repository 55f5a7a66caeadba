"""Labels of list items that are typed as text: 1., 2.1, (a), iv)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_COUNTED: Final = re.compile(r"\d+(?:\.\d+)*|[^\W\d_]|[ivxlc]+|[IVXLC]+")
_CLOSING: Final = frozenset({".", ")"})


def label_length(words: Sequence[str]) -> int:
    """How many of the words and signs that a paragraph begins with are its label."""
    if len(words) > 2 and words[0] == "(" and words[2] == ")" and _COUNTED.fullmatch(words[1]):
        return 3
    if len(words) > 1 and _COUNTED.fullmatch(words[0]):
        if words[1] in _CLOSING:
            return 2
        return 1 if "." in words[0] else 0
    return 0
