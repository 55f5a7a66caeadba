"""Marks whole blocks, rows and cells as inserted, deleted or moved."""

from __future__ import annotations

from typing import Final

from redline.comparer.context import new
from redline.comparer.formatting import change_paragraph, revise_mark
from redline.comparer.inline import Inline, Kind, as_deleted
from redline.comparer.paragraphs import fill, holder_in
from redline.comparer.sides import Sides
from redline.diff.owners import OWNER
from redline.diff.reader import MARKERS
from redline.ooxml import Element, W

_WRAPPERS: Final = frozenset(
    {W + "hyperlink", W + "smartTag", W + "customXml", W + "sdt", W + "sdtContent", W + "dir", W + "bdo"}
)
_PROPERTIES: Final = frozenset(W + x for x in ("pPr", "sdtPr", "sdtEndPr", "smartTagPr", "customXmlPr"))
_CELL_MARKS: Final[dict[Kind, str]] = {"ins": "cellIns", "del": "cellDel", "moveTo": "cellIns", "moveFrom": "cellDel"}
_ROW_MARKS: Final[dict[Kind, Kind]] = {"ins": "ins", "del": "del", "moveTo": "ins", "moveFrom": "del"}
_TCPR_BEFORE: Final = frozenset(
    W + x
    for x in (
        *("cnfStyle", "tcW", "gridSpan", "hMerge", "vMerge", "tcBorders", "shd", "noWrap", "tcMar", "textDirection"),
        *("tcFitText", "vAlign", "hideMark", "headers"),
    )
)


def mark_paragraph(sides: Sides, p: Element, kind: Kind, *, with_mark: bool = True) -> None:
    """Track all content of a paragraph as one change, and its mark."""
    if any(next(field.iterancestors(W + "p"), None) is p for field in p.iter(W + "fldSimple")):
        _respell(sides, p)
    if kind == "del":
        as_deleted(p)
    _track_children(sides, p, kind)
    if with_mark:
        revise_mark(sides, p, kind)


def _respell(sides: Sides, p: Element) -> None:
    """Turn simple fields into complex ones: w:ins and w:del cannot hold w:fldSimple (17.16.19)."""
    read = sides.reader_after.properties
    tokens = sides.reader_after.paragraph(p)
    sides.ctx.repeat(read - sides.reader_after.properties)
    holder = holder_in(p)
    writer = Inline(sides, holder)
    writer.tokens([t for t in tokens if t.key != ("end",)], "ins")
    writer.markers([m for t in tokens if t.key == ("end",) for m in t.lead])
    for wrapped in list(holder.iter(W + "ins")):
        parent = wrapped.getparent()
        if parent is not None:
            for child in list(wrapped):
                wrapped.addprevious(child)
            parent.remove(wrapped)
    fill(p, holder)


def _track_children(sides: Sides, parent: Element, kind: Kind) -> None:
    tracker: Element | None = None
    owner: str | None = None
    for child in list(parent):
        tag = child.tag
        if tag in _WRAPPERS:
            tracker = None
            _track_children(sides, child, kind)
        elif tag in MARKERS:
            tracker = None
        elif isinstance(tag, str) and tag not in _PROPERTIES and tag != W + "proofErr":
            if tracker is None or child.get(OWNER) != owner:
                owner = child.get(OWNER)
                tracker = sides.ctx.revision(kind, owner)
                child.addprevious(tracker)
            child.tail = None
            tracker.append(child)


def replace_content(sides: Sides, before: Element, after: Element) -> None:
    """Track all content of a paragraph as one deletion and one insertion; its mark stays."""
    gone = sides.adopt(before)
    mark_paragraph(sides, gone, "del", with_mark=False)
    mark_paragraph(sides, after, "ins", with_mark=False)
    at = 1 if len(after) and after[0].tag == W + "pPr" else 0
    after.append(gone)  # as a whole: to take its children from one document to another is slow
    after[at:at] = [child for child in gone if child.tag != W + "pPr"]
    after.remove(gone)
    change_paragraph(sides, before.find(W + "pPr"), after)


def mark_table(sides: Sides, table: Element, kind: Kind) -> None:
    """Track every row of a table."""
    for row in rows_of(table):
        mark_row(sides, row, kind)


def mark_row(sides: Sides, row: Element, kind: Kind) -> None:
    """Track a row, and the text in it."""
    revise_row(sides, row, kind)
    for cell in cells_of(row):
        mark_content(sides, cell, kind)


def revise_row(sides: Sides, row: Element, kind: Kind) -> None:
    """Track a row in its w:trPr (17.13.5.12, .17); one that moves comes or goes, and its text moves."""
    row_properties(row).append(sides.ctx.revision(_ROW_MARKS[kind], row.get(OWNER)))


def mark_cell(sides: Sides, cell: Element, kind: Kind) -> None:
    """Track a cell in its w:tcPr (17.13.5.1, .2), and the text in it."""
    properties = cell.find(W + "tcPr")
    if properties is None:
        properties = new("tcPr")
        cell.insert(0, properties)
    at = sum(1 for c in properties if c.tag in _TCPR_BEFORE)
    properties.insert(at, sides.ctx.revision(_CELL_MARKS[kind], cell.get(OWNER)))
    mark_content(sides, cell, kind)


def mark_content(sides: Sides, container: Element, kind: Kind) -> None:
    """Track the text in a row or cell; the marks that end its paragraphs go with the row or cell itself."""
    for p in paragraphs_in(container):
        mark_paragraph(sides, p, kind, with_mark=False)


def paragraphs_in(container: Element) -> list[Element]:
    """The paragraphs of a table, row or cell, and of tables in it; text boxes are stories of their own."""
    return [p for p in container.iter(W + "p") if not _in_text_box(p, container)]


def _in_text_box(p: Element, container: Element) -> bool:
    """Whether there is a text box between a paragraph and the container, which may stand in one itself."""
    nearest = next(a for a in p.iterancestors() if a is container or a.tag == W + "txbxContent")
    return nearest is not container


def row_properties(row: Element) -> Element:
    """The w:trPr of a row, made in its place if it has none."""
    found = row.find(W + "trPr")
    if found is None:
        found = new("trPr")
        row.insert(1 if len(row) and row[0].tag == W + "tblPrEx" else 0, found)
    return found


def rows_of(table: Element) -> list[Element]:
    """Rows of a table, also those in content controls."""
    return _inside(table, W + "tr")


def cells_of(row: Element) -> list[Element]:
    """Cells of a row, also those in content controls."""
    return _inside(row, W + "tc")


def _inside(parent: Element, wanted: str) -> list[Element]:
    found: list[Element] = []
    for child in parent:
        if child.tag == wanted:
            found.append(child)
        elif child.tag in (W + "sdt", W + "sdtContent", W + "customXml"):
            found += _inside(child, wanted)
    return found
