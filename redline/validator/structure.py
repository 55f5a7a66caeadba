"""Rules for the order and identity of elements."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from redline.ooxml import MC, W14, WP, W
from redline.validator.revisions import unpaired
from redline.validator.rules import Book, Subject, Violation

BOOK: Final = Book()
_BLOCKS: Final = (f"{W}p", f"{W}tbl", f"{W}sdt", f"{W}customXml", f"{W}altChunk", f"{MC}AlternateContent")


@BOOK.rule("cell-end", "17.4.65", "A table cell does not end with a paragraph.")
def _cell_ends(subject: Subject) -> Iterator[Violation]:
    for part in subject.parts:
        for cell in part.all("tc"):
            last = next(cell.iterchildren(*_BLOCKS, reversed=True), None)
            if last is None or last.tag == f"{W}tbl":
                yield part.name, cell


@BOOK.rule("story-empty", "17.10.3, 17.11.10, 17.17.1", "A header, footer, note or text box has no paragraph.")
def _stories(subject: Subject) -> Iterator[Violation]:
    for part in subject.parts:
        for story in part.all("hdr", "ftr", "footnote", "endnote", "txbxContent"):
            if next(story.iterchildren(*_BLOCKS), None) is None:
                yield part.name, story


@BOOK.rule("row-empty", "17.4.78", "A table has no row, or a row no cell.")
def _tables(subject: Subject) -> Iterator[Violation]:
    for part in subject.parts:
        for name, inner in (("tbl", f"{W}tr"), ("tr", f"{W}tc")):
            for element in part.all(name):
                if next(element.iter(inner), None) is None:
                    yield part.name, element


@BOOK.rule("section-last", "17.6.17", "The section of the body is not its last element.")
def _sections(subject: Subject) -> Iterator[Violation]:
    for part in subject.parts:
        for body in part.all("body"):
            for section in body.iterchildren(f"{W}sectPr"):
                if section.getnext() is not None:
                    yield part.name, section


@BOOK.rule("bookmark-pair", "17.13.6", "A bookmark has a start without an end, or an end without a start.")
def _bookmarks(subject: Subject) -> Iterator[Violation]:
    for part in subject.parts:
        yield from unpaired(part, "bookmarkStart", "bookmarkEnd")


@BOOK.rule("bookmark-name", "17.13.6.2", "Two bookmarks have the same name or the same id.")
def _bookmark_names(subject: Subject) -> Iterator[Violation]:
    for part in subject.parts:
        for attribute in (f"{W}name", f"{W}id"):
            seen: set[str | None] = set()
            for bookmark in part.all("bookmarkStart"):
                if bookmark.get(attribute) in seen:
                    yield part.name, bookmark
                seen.add(bookmark.get(attribute))


@BOOK.rule("comment-range-pair", "17.13.4.3, 17.13.4.4", "The range of a comment has only a start or an end.")
def _comment_ranges(subject: Subject) -> Iterator[Violation]:
    for part in subject.parts:
        yield from unpaired(part, "commentRangeStart", "commentRangeEnd")


@BOOK.rule("permission-pair", "17.13.7", "The range of a permission has only a start or an end.")
def _permissions(subject: Subject) -> Iterator[Violation]:
    for part in subject.parts:
        yield from unpaired(part, "permStart", "permEnd")


@BOOK.rule("paragraph-id", "MS-DOCX 2.6.2.3", "A paragraph id is not unique, or not a number from 1 to 7FFFFFFF.")
def _paragraph_ids(subject: Subject) -> Iterator[Violation]:
    for part in subject.parts:
        seen: set[str] = set()
        for element in (e for name in ("p", "tr") for e in part.all(name)):
            identifier = element.get(f"{W14}paraId")
            if identifier is None:
                continue
            valid = re.fullmatch(r"[0-9A-Fa-f]{8}", identifier) and 0 < int(identifier, 16) < 0x80000000
            if not valid or identifier.upper() in seen:
                yield part.name, element
            seen.add(identifier.upper())


@BOOK.rule("drawing-id", "20.4.2.5", "Two drawings of a part have the same id.")
def _drawing_ids(subject: Subject) -> Iterator[Violation]:
    for part in subject.parts:
        seen: set[str | None] = set()
        for drawing in part.tagged(f"{WP}docPr"):
            if drawing.get("id") in seen:
                yield part.name, drawing
            seen.add(drawing.get("id"))
