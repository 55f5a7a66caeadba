"""The plain text of a document: its paragraphs in reading order, from every story."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from lxml import etree

from redline.changelist.changes import related_tree, stories
from redline.changelist.outline import properties_of
from redline.changelist.pieces import symbol
from redline.changelist.stylesheet import Facts, StyleSheet
from redline.ooxml import MC, M, W
from redline.opc.package import Package
from schemas.changes import Story

_PARAGRAPH: Final = f"{W}p"
_TEXTBOX: Final = f"{W}txbxContent"
_ALTERNATE: Final = f"{MC}AlternateContent"
_TEXT: Final = frozenset({f"{W}t", f"{M}t"})
_SIGNS: Final = {f"{W}tab": "\t", f"{W}ptab": "\t", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "\u2011"}
_SYMBOL: Final = f"{W}sym"
_LEFT_OUT: Final = frozenset(f"{W}{name}" for name in ("pPr", "rPr", "del", "moveFrom"))
"""What is no text, or no longer is. A w:tab in w:pPr is a tab stop."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph that has text. `heading` is its outline level from 0; None for body text."""

    text: str
    story: Story
    heading: int | None = None


def read_text(docx: bytes) -> tuple[Paragraph, ...]:
    """The paragraphs of a .docx as they read when its tracked changes are accepted; those without text are left out.

    The body comes first, then headers, footers, notes and comments; a text box follows the paragraph that holds it.
    Raises DocumentError as `Package.open` and `Package.tree` do.
    """
    package = Package.open(docx)
    styles = StyleSheet.of(related_tree(package, "styles"))
    return tuple(
        Paragraph(text, story, styles.heading(Facts.of(properties_of(paragraph))))
        for _, story, _, flows in stories(package)
        for paragraph in _paragraphs(flows)
        if (text := "".join(_own_text(paragraph))).strip()
    )


def _paragraphs(flows: Iterable[etree._Element]) -> Iterator[etree._Element]:
    """Every paragraph of these elements in reading order, those of tables, content controls and text boxes too."""
    waiting = list(flows)[::-1]
    while waiting:
        element = waiting.pop()
        if element.tag == _PARAGRAPH:
            yield element
            waiting += [box for box in _inside(element) if box.tag == _TEXTBOX][::-1]
        elif element.tag not in _LEFT_OUT:
            waiting += _shown(element)[::-1]


def _own_text(paragraph: etree._Element) -> Iterator[str]:
    for element in _inside(paragraph):
        tag = element.tag
        if tag in _TEXT:
            yield element.text or ""
        elif tag in _SIGNS:
            yield _SIGNS[str(tag)]
        elif tag == _SYMBOL:
            yield symbol(element)


def _inside(paragraph: etree._Element) -> Iterator[etree._Element]:
    """What a paragraph holds, in order, down to its text boxes but not into them."""
    waiting = list(paragraph)[::-1]
    while waiting:
        element = waiting.pop()
        if element.tag in _LEFT_OUT:
            continue
        yield element
        if element.tag != _TEXTBOX:
            waiting += _shown(element)[::-1]


def _shown(element: etree._Element) -> list[etree._Element]:
    """The children of an element; of mc:AlternateContent only the first choice (ECMA-376-3)."""
    return list(element)[:1] if element.tag == _ALTERNATE else list(element)
