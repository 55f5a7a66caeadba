"""Keys of blocks, rows and cells, by which equal ones of two documents are found."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence, Set
from hashlib import blake2b
from typing import Final, NamedTuple

from lxml import etree

from redline.diff.canon import Identify, without_noise
from redline.ooxml import Element, W

_START: Final = "\ue0f7\ue0f8"
_END: Final = "\ue0f8\ue0f7"
"""Private-use characters that stand around elements while they are written."""
_TEXT: Final = re.compile(rb"<w:t(?: [^>]*)?>([^<]*)")
_FEW: Final = 16
"""Share (one in so many) of all children below which each is written by itself: to write all costs more."""
_REFERENCE: Final = b" r:"
"""Begins an attribute that refers to another part: what it means depends on the document."""


def digests(
    before: Sequence[Element], identify_before: Identify, after: Sequence[Element], identify_after: Identify
) -> tuple[list[bytes], list[bytes]]:
    """Keys of the elements of both sides: equal keys only for elements with equal `canonical` bytes.

    An element that is spelled alike on both sides, and refers to nothing, is recognised by its spelling, which is far
    cheaper; one whose text stands on one side only, and a table, only so: the rows of a table are looked at next. So
    equal elements may have different keys.
    """
    old, now = _spellings(before), _spellings(after)
    alike = {spelling.key for spelling in old}
    alike &= {spelling.key for spelling in now if _REFERENCE not in spelling.raw}
    texts = _texts(old, alike) & _texts(now, alike)
    return (
        [_digest(e, spelling, identify_before, alike, texts) for e, spelling in zip(before, old, strict=True)],
        [_digest(e, spelling, identify_after, alike, texts) for e, spelling in zip(after, now, strict=True)],
    )


class _Spelling(NamedTuple):
    """An element as it is written inside its document, and 128 bits of that with the namespaces that hold there."""

    raw: bytes
    key: bytes

    @property
    def text(self) -> bytes:
        """What is written in it, as it is spelled: elements with equal `canonical` bytes have equal texts."""
        return b"".join(_TEXT.findall(self.raw))


def _texts(spellings: Sequence[_Spelling], alike: Set[bytes]) -> set[bytes]:
    return {spelling.text for spelling in spellings if spelling.key not in alike}


def _digest(element: Element, spelling: _Spelling, identify: Identify, alike: Set[bytes], texts: Set[bytes]) -> bytes:
    is_table = element.tag == W + "tbl" and _REFERENCE not in spelling.raw
    if spelling.key in alike or is_table or spelling.text not in texts:
        return spelling.key
    return blake2b(without_noise(spelling.raw, identify), digest_size=16).digest()


def _spellings(elements: Sequence[Element]) -> list[_Spelling]:
    places: dict[Element | None, list[int]] = defaultdict(list)
    for place, element in enumerate(elements):
        places[element.getparent()].append(place)
    found: dict[int, _Spelling] = {}
    for parent, own in places.items():
        siblings = [elements[place] for place in own]
        declared = sorted(f"{prefix}={name}" for prefix, name in siblings[0].nsmap.items())
        namespaces = blake2b("\n".join(declared).encode(), digest_size=16)
        for place, raw in zip(own, _written(parent, siblings), strict=True):
            key = namespaces.copy()
            key.update(raw)
            found[place] = _Spelling(raw, key.digest())
    return [found[place] for place in range(len(elements))]


def _written(parent: Element | None, siblings: list[Element]) -> list[bytes]:
    """The bytes of children of `parent`: from writing it once, so that no child names all namespaces again."""
    if parent is not None and len(siblings) > 1 and _FEW * len(siblings) >= len(parent):
        pieces = _written_together(parent, siblings)
        if len(pieces) == len(siblings):
            return pieces
    return [etree.tostring(element, encoding="UTF-8", with_tail=False) for element in siblings]


def _written_together(parent: Element, siblings: list[Element]) -> list[bytes]:
    """As many pieces as siblings, or another number when their text holds the very characters that part them."""
    text, tails = parent.text, [child.tail for child in parent]
    for element in siblings:
        element.tail = _END
    for element in siblings:
        before = element.getprevious()
        if before is None:
            parent.text = _START
        else:
            before.tail = f"{before.tail or ''}{_START}"
    pieces = etree.tostring(parent, encoding="UTF-8", with_tail=False).split(_START.encode())[1:]
    parent.text = text
    for child, tail in zip(parent, tails, strict=True):
        child.tail = tail
    parted = [piece.split(_END.encode()) for piece in pieces]
    return [piece[0] for piece in parted if len(piece) == 2]
