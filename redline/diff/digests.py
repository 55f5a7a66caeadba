"""Keys of blocks, rows and cells, by which equal ones of two documents are found."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence, Set
from functools import lru_cache
from hashlib import blake2b
from typing import Final, NamedTuple

from lxml import etree

from redline.diff.canon import Identify, without_noise
from redline.ooxml import Element, W

_EDGE: Final = "\ue0f7\ue0f8"
"""Private-use characters that stand between elements while they are written."""
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
    old_texts, new_texts = _texts(before, old, alike), _texts(after, now, alike)
    shared = {text for text in old_texts if text is not None}.intersection(new_texts)
    return (
        [_digest(*each, shared, identify_before) for each in zip(old, old_texts, strict=True)],
        [_digest(*each, shared, identify_after) for each in zip(now, new_texts, strict=True)],
    )


class _Spelling(NamedTuple):
    """An element as it is written inside its document, and 128 bits of that with the namespaces that hold there."""

    raw: bytes
    key: bytes


def _texts(elements: Sequence[Element], spellings: Sequence[_Spelling], alike: Set[bytes]) -> list[bytes | None]:
    """The text of each element, equal for equal ones; None for those that are recognised by their spelling."""
    return [
        None
        if spelling.key in alike or (element.tag == W + "tbl" and _REFERENCE not in spelling.raw)
        else b"".join(_TEXT.findall(spelling.raw))
        for element, spelling in zip(elements, spellings, strict=True)
    ]


def _digest(spelling: _Spelling, text: bytes | None, shared: Set[bytes], identify: Identify) -> bytes:
    if text not in shared:
        return spelling.key
    return blake2b(without_noise(spelling.raw, identify), digest_size=16).digest()


def _spellings(elements: Sequence[Element]) -> list[_Spelling]:
    places: dict[Element | None, list[int]] = defaultdict(list)
    for place, element in enumerate(elements):
        places[element.getparent()].append(place)
    found: dict[int, _Spelling] = {}
    for parent, own in places.items():
        siblings = [elements[place] for place in own]
        namespaces = _namespaces(tuple(siblings[0].nsmap.items()))
        for place, raw in zip(own, _written(parent, siblings), strict=True):
            key = namespaces.copy()
            key.update(raw)
            found[place] = _Spelling(raw, key.digest())
    return [found[place] for place in range(len(elements))]


@lru_cache(maxsize=16)
def _namespaces(declared: tuple[tuple[str | None, str], ...]) -> blake2b:
    """A hash of the namespaces that hold at an element, to go on from in a copy: there are few in a document."""
    names = sorted(f"{prefix}={name}" for prefix, name in declared)
    return blake2b("\n".join(names).encode(), digest_size=16)


def _written(parent: Element | None, siblings: list[Element]) -> list[bytes]:
    """The bytes of children of `parent`: from writing it once, so that no child names all namespaces again."""
    if parent is not None and len(siblings) > 1 and not _has_child(parent, _FEW * len(siblings)):
        pieces = _written_together(parent, siblings)
        if pieces:
            return pieces
    return [etree.tostring(element, encoding="UTF-8", with_tail=False) for element in siblings]


def _has_child(parent: Element, place: int) -> bool:
    """Whether there is a child at a place; counts no further, as few may be asked for of very many, time and again."""
    try:
        parent[place]
    except IndexError:
        return False
    return True


def _written_together(parent: Element, siblings: list[Element]) -> list[bytes]:
    """As many pieces as siblings, or none where their text holds the very characters that part them."""
    children = list(parent)
    text, tails = parent.text, [child.tail for child in children]
    parent.text = _EDGE
    for child in children:
        child.tail = _EDGE
    pieces = etree.tostring(parent, encoding="UTF-8", with_tail=False).split(_EDGE.encode())[1:-1]
    parent.text = text
    for child, tail in zip(children, tails, strict=True):
        child.tail = tail
    if len(pieces) != len(children):
        return []
    wanted = set(siblings)
    return [piece for child, piece in zip(children, pieces, strict=True) if child in wanted]
