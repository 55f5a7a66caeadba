"""Tables of contents over several paragraphs (ECMA-376-1 17.16.5.68): each is one thing to whoever aligns blocks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lxml import etree

from redline.ooxml import Element, W

CONTENTS: Final = W + "contents"
"""Tag of what stands for a table of contents while blocks are aligned; it never enters a document."""

_CODE: Final = re.compile(r"\s*TOC\b", re.IGNORECASE)
_MOST_UNENDING: Final = 100
"""Fields without an end in a story: to find each the whole rest of it is read, so that more are not looked for."""
_SHOWN: Final = frozenset({W + "t", W + "tab", W + "br", W + "drawing", W + "pict", W + "object", W + "sym"})


Folded = tuple[list[Element], list[Element], dict[Element, list[Element]]]
"""Blocks before, blocks after, and the blocks that each stand-in among them stands for."""


def fold_contents(before: Element, after: Element, old: list[Element], now: list[Element]) -> Folded:
    """Let one element stand for each table of contents, of those that both stories have."""
    spans = _spans(before, old)
    pairs = list(zip(spans, _spans(after, now) if spans else [], strict=False))
    old, now = list(old), list(now)
    found: dict[Element, list[Element]] = {}
    for number, pair in reversed(list(enumerate(pairs))):
        for blocks, span in zip((old, now), pair, strict=True):
            stand_in = _stand_in(number, span)
            found[stand_in] = blocks[span.start : span.end]
            blocks[span.start : span.end] = [stand_in]
    return old, now, found


@dataclass(slots=True)
class _Span:
    """A table of contents whose result fills whole paragraphs: blocks[start:end] of a story."""

    start: int
    end: int
    instruction: str


def _spans(story: Element, blocks: Sequence[Element]) -> list[_Span]:
    """Those of a story that span several paragraphs and share these with no other text, in order."""
    codes = [code for code in story.iter(W + "instrText") if _CODE.match(code.text or "")]
    if not codes:
        return []
    index = {block: number for number, block in enumerate(blocks)}
    found: list[_Span] = []
    unending = 0
    for code in codes:
        paragraph = next(code.iterancestors(W + "p"), None)
        start = index.get(paragraph) if paragraph is not None else None
        if start is not None and (not found or start >= found[-1].end):
            contents = _span_from(blocks, start)
            if contents is not None and contents.end:
                found.append(contents)
            unending += contents is not None and not contents.end
            if unending > _MOST_UNENDING:
                break
    return found


def _span_from(blocks: Sequence[Element], start: int) -> _Span | None:
    """The table of contents that starts with block `start`, if it ends in a later one of the same section.

    One that never ends has 0 for its end.
    """
    depth = 0
    instruction = ""
    for number in range(start, len(blocks)):
        for node in blocks[number].iter():
            if node.tag == W + "fldChar":
                kind = node.get(W + "fldCharType")
                depth += (kind == "begin") - (kind == "end")
                if depth == 0:
                    alone = number > start and not _followed(node, blocks[number])
                    return _Span(start, number + 1, "".join(instruction.split())) if alone else None
            elif node.tag == W + "instrText" and depth == 1 and number == start:
                instruction += node.text or ""
            elif node.tag == W + "sectPr" or (depth == 0 and _is_shown(node)):
                return None
    return _Span(start, 0, "")


def _followed(end: Element, block: Element) -> bool:
    """Whether content follows the end of a field in its paragraph."""
    nodes = block.iter()
    for node in nodes:
        if node is end:
            break
    return any(map(_is_shown, nodes))


def _is_shown(node: Element) -> bool:
    """Whether this is text or an object; a w:tab is also the name of a tab stop (17.3.1.37)."""
    parent = node.getparent()
    return node.tag in _SHOWN and (parent is None or parent.tag != W + "tabs")


def _stand_in(number: int, span: _Span) -> Element:
    """Equal ones are the same table of contents."""
    element = etree.Element(CONTENTS, nsmap={"w": W[1:-1]})
    element.text = f"{number} {span.instruction}"
    return element
