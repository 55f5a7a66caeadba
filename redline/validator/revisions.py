"""Rules for tracked changes (ECMA-376-1, 17.13.5)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain
from typing import Final

from lxml import etree

from redline.ooxml import M, W
from redline.validator.rules import Book, Part, Subject, Violation, parent_tag, within

BOOK: Final = Book()

_CONTAINERS: Final = ("ins", "del", "moveFrom", "moveTo")
_PROPERTY_CHANGES: Final = (
    "rPrChange",
    "pPrChange",
    "sectPrChange",
    "tblPrChange",
    "tblPrExChange",
    "trPrChange",
    "tcPrChange",
)
_CELL_REVISIONS: Final = ("cellIns", "cellDel", "cellMerge")
_AUTHORED: Final = (*_CONTAINERS, *_PROPERTY_CHANGES, *_CELL_REVISIONS, "moveFromRangeStart", "moveToRangeStart")
_NUMBERED: Final = (*_CONTAINERS, *_PROPERTY_CHANGES, *_CELL_REVISIONS)
_MARK_PLACES: Final = frozenset((f"{W}rPr", f"{W}trPr", f"{W}numPr", f"{M}ctrlPr", f"{M}r"))
_MAY_NEST: Final = frozenset(
    (("ins", "del"), ("ins", "moveFrom"), ("moveTo", "del"), ("moveTo", "moveFrom"), ("moveFrom", "ins"))
)
"""Outer and inner: what was inserted may be deleted or moved away, and Word writes the latter both ways."""
_MOVE_STARTS: Final = ("moveFromRangeStart", "moveToRangeStart")
_ID: Final = re.compile(r"-?\d{1,10}")
_HIGHEST_ID: Final = 0x7FFFFFFF
"""Word counts with 32 bits and a sign, and calls a document with a larger number damaged."""
_PROPERTIES: Final = frozenset(f"{W}{name}" for name in ("pPr", "sectPr", "tblPr", "tblPrEx", "tcPr", "trPr"))
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")


def _containers(part: Part, *names: str) -> Iterator[etree._Element]:
    """Revisions that hold content, not those that mark a paragraph, row or number."""
    return (e for e in part.all(*names) if parent_tag(e) not in _MARK_PLACES)


@BOOK.rule("revision-id", "17.13.5, 17.18.10", "Two revisions of a part have the same id, or one has none of 32 bits.")
def _ids(subject: Subject) -> Iterator[Violation]:
    for part in subject.revisable:
        seen: set[str] = set()
        for revision in part.all(*_NUMBERED):
            identifier = revision.get(f"{W}id", "")
            if not _ID.fullmatch(identifier) or abs(int(identifier)) > _HIGHEST_ID or identifier in seen:
                yield part.name, revision
            seen.add(identifier)


@BOOK.rule("annotation-id", "17.13.1", "A revision has the id of a bookmark, comment or permission.")
def _annotation_ids(subject: Subject) -> Iterator[Violation]:
    for part in subject.revisable:
        others = {e.get(f"{W}id") for e in part.all("bookmarkStart", "commentReference", "permStart")}
        yield from ((part.name, e) for e in part.all(*_NUMBERED) if e.get(f"{W}id") in others)


@BOOK.rule("revision-author", "17.13.5, CT_TrackChange", "A revision has no author.")
def _authors(subject: Subject) -> Iterator[Violation]:
    for part in subject.revisable:
        yield from ((part.name, e) for e in part.all(*_AUTHORED) if e.get(f"{W}author") is None)


@BOOK.rule("revision-date", "17.13.5, ST_DateTime", "The date of a revision is not an ISO 8601 date and time.")
def _dates(subject: Subject) -> Iterator[Violation]:
    for part in subject.revisable:
        dated = ((e, e.get(f"{W}date")) for e in part.all(*_AUTHORED))
        yield from ((part.name, e) for e, date in dated if date is not None and not _DATE.fullmatch(date))


@BOOK.rule("deleted-text", "17.3.3.7, 17.16.13", "Deleted text is not marked as such, or text is that is not deleted.")
def _deleted_text(subject: Subject) -> Iterator[Violation]:
    for part in subject.parts:
        for text in part.all("t", "instrText"):
            if within(text, f"{W}del") is not None:
                yield part.name, text
        for text in part.all("delText", "delInstrText"):
            if within(text, f"{W}del") is None:
                yield part.name, text


@BOOK.rule("revision-around-blocks", "17.13.5.14, 17.13.5.18", "A revision stands around a paragraph or a table.")
def _around_blocks(subject: Subject) -> Iterator[Violation]:
    for part in subject.parts:
        for block in part.all("p", "tbl"):
            holder = within(block, *(f"{W}{name}" for name in _CONTAINERS))
            if holder is not None:
                yield part.name, holder


@BOOK.rule("revision-around-link", "17.16.22", "A revision stands around a hyperlink; it belongs inside.")
def _around_links(subject: Subject) -> Iterator[Violation]:
    for part in subject.parts:
        tags = tuple(f"{W}{name}" for name in _CONTAINERS)
        yield from ((part.name, e) for e in part.all("hyperlink", "fldSimple") if parent_tag(e) in tags)


@BOOK.rule("revision-in-run", "17.3.2.25", "A revision of content stands inside a run.")
def _in_runs(subject: Subject) -> Iterator[Violation]:
    for part in subject.parts:
        yield from ((part.name, e) for e in part.all(*_CONTAINERS) if parent_tag(e) == f"{W}r")


@BOOK.rule("revision-nesting", "17.13.5.14, 17.13.5.18", "Revisions are nested that may not be.")
def _nesting(subject: Subject) -> Iterator[Violation]:
    tags = tuple(f"{W}{name}" for name in _CONTAINERS)
    for part in subject.parts:
        for inner in _containers(part, *_CONTAINERS):
            outer = within(inner, *tags)
            if outer is not None and (str(outer.tag)[len(W) :], str(inner.tag)[len(W) :]) not in _MAY_NEST:
                yield part.name, inner


@BOOK.rule("change-last", "17.13.5.29 to .37", "A change of properties is not their last element, or not the only one.")
def _last(subject: Subject) -> Iterator[Violation]:
    for part in subject.revisable:
        for change in part.all(*_PROPERTY_CHANGES):
            if change.getnext() is not None or parent_tag(change) != str(change.tag).removesuffix("Change"):
                yield part.name, change


@BOOK.rule("revision-place", "17.13.5.1 to .20", "The revision of a row or cell stands in properties of another kind.")
def _row_and_cell_revisions(subject: Subject) -> Iterator[Violation]:
    for part in subject.revisable:
        yield from ((part.name, e) for e in part.all(*_CELL_REVISIONS) if parent_tag(e) != f"{W}tcPr")
        yield from ((part.name, e) for e in part.all("ins", "del") if parent_tag(e) in _PROPERTIES - {f"{W}trPr"})
        yield from ((part.name, e) for e in part.all("moveFrom", "moveTo") if parent_tag(e) in _PROPERTIES)


@BOOK.rule("move-outside-range", "17.13.5.22, 17.13.5.25", "Moved text lies outside the range of a move.")
def _move_ranges(subject: Subject) -> Iterator[Violation]:
    for part in subject.parts:
        for way in ("moveFrom", "moveTo"):
            open_ranges = 0
            wanted = (f"{W}{way}RangeStart", f"{W}{way}RangeEnd", f"{W}{way}")
            for element in part.root.iter(*wanted) if next(part.all(way), None) is not None else ():
                if element.tag == wanted[0]:
                    open_ranges += 1
                elif element.tag == wanted[1]:
                    open_ranges -= 1
                elif open_ranges <= 0 and parent_tag(element) not in _MARK_PLACES:
                    yield part.name, element


@BOOK.rule("move-range-pair", "17.13.5.23, .24, .27, .28", "The start of a move has no end, or the end no start.")
def _move_pairs(subject: Subject) -> Iterator[Violation]:
    for part in subject.parts:
        for way in ("moveFrom", "moveTo"):
            yield from unpaired(part, f"{way}RangeStart", f"{way}RangeEnd")


def unpaired(part: Part, start: str, end: str) -> Iterator[Violation]:
    """Starts and ends of ranges that have no partner of the same id."""
    starts = {e.get(f"{W}id") for e in part.all(start)}
    paired = starts & {e.get(f"{W}id") for e in part.all(end)}
    for element in chain(part.all(start), part.all(end)):
        if element.get(f"{W}id") not in paired:
            yield part.name, element


@BOOK.rule("move-name", "17.13.5.24, 17.13.5.28", "The two sides of a move are not paired by their name, once each.")
def _move_names(subject: Subject) -> Iterator[Violation]:
    for part in subject.parts:
        names = {way: Counter(e.get(f"{W}name", "") for e in part.all(way)) for way in _MOVE_STARTS}
        for mine, other in (_MOVE_STARTS, _MOVE_STARTS[::-1]):
            for element in part.all(mine):
                name = element.get(f"{W}name", "")
                if not name or names[mine][name] != 1 or names[other][name] != 1:
                    yield part.name, element


@BOOK.rule("cell-last-mark", "17.4.65, 17.13.5.15", "The last paragraph mark of a cell is inserted or deleted.")
def _cell_marks(subject: Subject) -> Iterator[Violation]:
    for part in subject.parts:
        for name in _CONTAINERS:
            for mark in part.all(name):
                paragraph = _marked_paragraph(mark)
                cell = None if paragraph is None else paragraph.getparent()
                if paragraph is None or cell is None or cell.tag != f"{W}tc":
                    continue
                if next(paragraph.itersiblings("*"), None) is None and not _goes(cell):
                    yield part.name, mark


def _marked_paragraph(mark: etree._Element) -> etree._Element | None:
    properties = mark.getparent()
    holder = None if properties is None or properties.tag != f"{W}rPr" else properties.getparent()
    return None if holder is None or holder.tag != f"{W}pPr" else holder.getparent()


def _goes(cell: etree._Element) -> bool:
    """Whether the cell or its row is itself inserted or deleted."""
    row = within(cell, f"{W}tr")
    marks = [*cell.iterfind(f"{W}tcPr/*"), *(() if row is None else row.iterfind(f"{W}trPr/*"))]
    return any(mark.tag in {f"{W}{name}" for name in (*_CONTAINERS, "cellIns", "cellDel")} for mark in marks)


@BOOK.rule("field-balance", "17.16.18", "A field has no end, or an end no begin.")
def _fields(subject: Subject) -> Iterator[Violation]:
    for part in subject.parts:
        open_fields: dict[etree._Element | None, list[etree._Element]] = {}
        for char in part.all("fldChar"):
            stack = open_fields.setdefault(story_of(char), [])
            kind = char.get(f"{W}fldCharType")
            if kind == "begin":
                stack.append(char)
            elif kind == "end":
                if not stack:
                    yield part.name, char
                else:
                    stack.pop()
        for stack in open_fields.values():
            yield from ((part.name, begin) for begin in stack)


def story_of(element: etree._Element) -> etree._Element | None:
    """The text box, note, comment or root that an element's text flows in."""
    stories = (f"{W}txbxContent", f"{W}footnote", f"{W}endnote", f"{W}comment", f"{W}docPartBody")
    return next(element.iterancestors(*stories), None)


@BOOK.rule("field-revision", "17.16.18, 17.13.5", "Only one end of a field is revised.")
def _field_revisions(subject: Subject) -> Iterator[Violation]:
    tags = tuple(f"{W}{name}" for name in _CONTAINERS)
    for part in subject.parts:
        open_fields: dict[etree._Element | None, list[str]] = {}
        for char in part.all("fldChar"):
            holder = within(char, *tags)
            state = "" if holder is None else str(holder.tag)
            stack = open_fields.setdefault(story_of(char), [])
            kind = char.get(f"{W}fldCharType")
            if kind == "begin":
                stack.append(state)
            elif kind == "end" and stack and stack.pop() != state:
                yield part.name, char
