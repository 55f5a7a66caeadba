"""Tables of a tracked document: their rows and cells, what state these are in, and what they say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from lxml import etree

from redline.changelist.pieces import State
from redline.ooxml import W, first_child

CELL_JOINT: Final = " | "
"""Stands between the cells of a row in the text of a change."""
WRAPPERS: Final = frozenset(f"{W}{name}" for name in ("sdt", "sdtContent", "customXml", "ins", "del"))
"""What may stand around blocks, rows and cells."""
ROW_STATES: Final = {f"{W}ins": State.INSERTED, f"{W}del": State.DELETED}
CELL_STATES: Final = {f"{W}cellIns": State.INSERTED, f"{W}cellDel": State.DELETED}
MOVED: Final = {State.INSERTED: State.MOVED_TO, State.DELETED: State.MOVED_FROM}
"""What the text is in rows of each state that moved: a row has no mark for that (17.13.5.12, .17)."""
_TEXT: Final = (f"{W}t", f"{W}delText")


def inside(parent: etree._Element, tag: str) -> Iterator[etree._Element]:
    """The rows of a table or cells of a row, also those inside content controls."""
    for child in parent:
        if child.tag == tag:
            yield child
        elif child.tag in WRAPPERS:
            yield from inside(child, tag)


def state_element(properties: etree._Element | None, states: Mapping[str, State]) -> etree._Element | None:
    """The revision among some properties that has one of these states."""
    return next((child for child in (() if properties is None else properties) if child.tag in states), None)


def revised(
    element: etree._Element, properties: str, states: Mapping[str, State]
) -> tuple[State, etree._Element | None]:
    """The state of a row or cell, and the revision among its `properties` that says so."""
    found = state_element(first_child(element, properties), states)
    return (State.KEPT, None) if found is None else (states[str(found.tag)], found)


def holds_moved(element: etree._Element) -> bool:
    """Whether there is text in a table or row that moved."""
    return next(element.iter(f"{W}moveFrom", f"{W}moveTo"), None) is not None


def row_text(row: etree._Element) -> str:
    """The text of a row that comes or goes as a whole."""
    return CELL_JOINT.join(cell_text(cell) for cell in inside(row, f"{W}tc"))


def cell_text(cell: etree._Element) -> str:
    """The text of a cell that comes or goes as a whole."""
    paragraphs = ("".join(str(text) for text in p.itertext(*_TEXT)) for p in cell.iter(f"{W}p"))
    return "\n".join(text for text in paragraphs if text)


def edits_in(element: etree._Element) -> tuple[list[str], list[str]]:
    """Texts that were deleted from, and inserted into, a table or row that moved."""
    gone, come = (
        [text for mark in element.iter(tag) if (text := "".join(str(text) for text in mark.itertext(*_TEXT)))]
        for tag in (f"{W}del", f"{W}ins")
    )
    return gone, come
