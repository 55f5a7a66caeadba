"""Fields whose result the application computes: page numbers and tables of contents (ECMA-376-1 17.16.5).

Their cached result says where text stood when the file was last laid out; that it differs is no change of the document.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from redline.ooxml import Element, M, W

_COMPUTED: Final = re.compile(r"(?:PAGEREF.+|(?:PAGE|NUMPAGES|SECTIONPAGES|TOC)(?:\\.*)?)", re.IGNORECASE | re.DOTALL)
_CODES: Final = (W + "fldChar", W + "instrText", W + "fldSimple")


def is_computed(instruction: str) -> bool:
    """Whether the application computes the result of a field with this instruction, given without white space."""
    return _COMPUTED.fullmatch(instruction) is not None


def words_of(block: Element) -> str:
    """The text of a block as its author wrote it: computed results are left out, each paragraph starts with a space."""
    return "".join(_texts(block))


def is_longer(block: Element, size: int) -> bool:
    """Whether `words_of` a block, white space around them left out, are more than `size` characters; reads no more."""
    text = ""
    for piece in _texts(block):
        text += piece
        if len(text.strip()) > size:
            return True
    return False


def _texts(block: Element) -> Iterator[str]:
    if next(block.iter(*_CODES), None) is None:
        nodes: Iterable[Element] = block.iter(W + "t", M + "t", W + "p")
    else:
        nodes = _authored(block)
    return (" " if node.tag == W + "p" else node.text or "" for node in nodes)


def _authored(block: Element) -> Iterator[Element]:
    """Text and paragraphs of a block; of a computed field its instruction instead of its result."""
    fields: list[_Open] = []
    computed = 0
    for node in block.iter(W + "t", M + "t", W + "p", W + "fldChar", W + "instrText"):
        kind = node.get(W + "fldCharType", "") if node.tag == W + "fldChar" else ""
        if kind == "begin":
            fields.append(_Open())
        elif kind == "separate" and fields:
            computed += fields[-1].settle()
        elif kind == "end" and fields:
            computed -= fields.pop().computed
        elif node.tag == W + "instrText":
            if fields:
                fields[-1].code.append(node.text or "")
            if not computed:
                yield node
        elif node.tag != W + "fldChar" and (not computed or node.tag == W + "p"):
            yield node


@dataclass(slots=True)
class _Open:
    code: list[str] = field(default_factory=list)
    settled: bool = False
    computed: bool = False

    def settle(self) -> bool:
        """Whether a computed result begins here, where code and result are parted for the first time."""
        if self.settled:
            return False
        self.settled = True
        self.computed = is_computed("".join("".join(self.code).split()))
        return self.computed
