"""What `verify` reads of a document: blocks in a form that can be compared byte by byte.

References (styles, lists, links, pictures, notes) are replaced by what they refer to, and what Word writes anew with
every save is taken out; so two blocks of equal bytes are equal. Blocks that are not may still be equal: those are
compared item by item.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from redline.ooxml import MC, W14, R, W
from redline.opc.package import Package
from redline.resolver.resolve import REVISIONS, resolve_tree

SECTION: Final = f"{W}sectPr"
NOTE_REFERENCES: Final = {f"{W}footnoteReference": "footnotes", f"{W}endnoteReference": "endnotes"}
VOLATILE: Final = tuple(
    f"{W}{name}"
    for name in (
        "proofErr",
        "lastRenderedPageBreak",
        "bookmarkStart",
        "bookmarkEnd",
        "commentRangeStart",
        "commentRangeEnd",
        "commentReference",
        "annotationRef",
        "permStart",
        "permEnd",
        "lang",
    )
)
"""Elements that say nothing about the document itself; bookmarks and comments are looked at apart."""
SECTION_NUMBER: Final = "redline-section"
"""Attribute that numbers the sections of a story, so that those that outlive a resolution are known."""
BLOCK_NUMBER: Final = "redline-block"
"""The same for blocks and rows."""
_VOLATILE_ATTRIBUTES: Final = (
    SECTION_NUMBER,
    BLOCK_NUMBER,
    *(f"{W}{name}" for name in ("rsidR", "rsidRPr", "rsidDel", "rsidP", "rsidRDefault", "rsidTr", "rsidSect")),
    f"{W14}paraId",
    f"{W14}textId",
    "{http://schemas.microsoft.com/office/word/2010/wordprocessingDrawing}anchorId",
    "{http://schemas.microsoft.com/office/word/2010/wordprocessingDrawing}editId",
)
_HEADERS: Final = (f"{W}headerReference", f"{W}footerReference")
_STYLES: Final = (f"{W}pStyle", f"{W}rStyle", f"{W}tblStyle")
_LINKS: Final = (f"{W}hyperlink", f"{W}altChunk", f"{W}subDoc")
_GRAPHICS: Final = (f"{W}drawing", f"{W}pict", f"{W}object")
_NUMBER_ID: Final = f"{W}numId"
_BOOKMARK: Final = f"{W}bookmarkStart"
_FALLBACK: Final = f"{MC}Fallback"
_SEPARATOR: Final = "\ue0f1\ue0f2\ue0f1"


def digest(data: bytes) -> str:
    """A short name for content."""
    return hashlib.blake2b(data, digest_size=12).hexdigest()


def attributes_of(element: etree._Element) -> list[tuple[str, str]]:
    """Names and values of an element's attributes."""
    return element.items()  # type: ignore[return-value]


HeaderKey = tuple[str, str]
"""Kind ('header', 'footer') and type ('default', 'first', 'even')."""


@dataclass(slots=True)
class Story:
    """One flow of blocks: a body, a header, a footer."""

    part: str
    blocks: list[etree._Element] = field(default_factory=list)
    chunks: list[bytes] = field(default_factory=list)
    """The bytes of each block."""
    revised: list[bool] = field(default_factory=list)
    """For each block, whether it holds a revision."""
    prefixes: dict[str, str] = field(default_factory=dict)
    headers: list[dict[HeaderKey, str]] = field(default_factory=list)
    """For each section, the parts that it sets as headers and footers."""
    last_section: etree._Element | None = None
    bookmarks: frozenset[str] = frozenset()


class Version:
    """One of the three documents, read for comparison; `resolve` says how its own revisions are settled first."""

    def __init__(self, data: bytes, resolve: bool | None) -> None:
        self.package = Package.open(data)
        self.styles: Mapping[str, str] = {}
        """What a style id stands for, where ids are no common ground."""
        self.lists: Mapping[str, str] = {}
        """What a list id stands for, where ids are no common ground."""
        self._resolve = resolve
        self._stories: dict[str, Story] = {}
        self._notes: dict[str, etree._Element] = {}
        self._note_tokens: dict[tuple[str, str], str] | None = None
        self._comments: list[etree._Element] | None = None

    def story(self, part: str) -> Story:
        """The flow of a part, read once."""
        found = self._stories.get(part)
        if found is None:
            found = self._stories[part] = self._read(part)
        return found

    def note(self, token: str) -> etree._Element | None:
        """The note that the token in a reference stands for."""
        return self._notes.get(token)

    def comments(self) -> list[etree._Element]:
        """The comments."""
        if self._comments is None:
            parts = self.package.related(self.package.main, "comments")
            self._comments = [e for part in parts for e in self._normal_tree(part)[0].iterchildren(f"{W}comment")]
        return self._comments

    def target(self, part: str, rid: str) -> str:
        """What a relationship of a part means: a URL, or the content of a part by its checksum and size."""
        relationship = self.package.rels(part).get(rid)
        if relationship is None:
            return "missing"
        if relationship.external:
            return relationship.target
        return self.package.fingerprint(relationship.target) if relationship.target in self.package else "missing"

    def _read(self, part: str) -> Story:
        root, found = self._normal_tree(part)
        body = root.find(f"{W}body")
        flow = body if body is not None else root
        sections = [s for s in found[SECTION] if (p := s.getparent()) is not None and p.tag != f"{W}sectPrChange"]
        headers = [self._take_headers(part, section) for section in sections]
        last = next(flow.iterchildren(SECTION), None)
        if last is not None:
            flow.remove(last)
        elif body is not None:
            headers.append({})  # the last section of a body may go without saying (17.6.17)
        blocks = list(_blocks(flow))
        chunks = chunks_of(root, flow, blocks)
        for number, section in enumerate(sections):
            section.set(SECTION_NUMBER, str(number))
        prefixes = {prefix or "": uri for prefix, uri in root.nsmap.items()}
        bookmarks = frozenset(bookmark.get(f"{W}name", "") for bookmark in found[_BOOKMARK])
        return Story(part, blocks, chunks, _revised(found, blocks), prefixes, headers, last, bookmarks)

    def _normal_tree(self, part: str) -> tuple[etree._Element, dict[str, list[etree._Element]]]:
        """A part without what is volatile, its references named; and its elements of interest by tag."""
        root = self.package.tree(part)
        found = _elements(root)
        if _drop_fallbacks(found[_FALLBACK]):
            found = _elements(root)
        if self._resolve is not None and any(tag in found for tag in REVISIONS):
            resolve_tree(root, self._resolve)
            found = _elements(root)
        etree.strip_attributes(root, *_VOLATILE_ATTRIBUTES)
        etree.strip_elements(root, *VOLATILE, with_tail=False)
        self._name_references(part, found)
        return root, found

    def _name_references(self, part: str, found: dict[str, list[etree._Element]]) -> None:
        for tag in _STYLES if self.styles else ():
            for style in found[tag]:
                style.set(f"{W}val", self.styles.get(style.get(f"{W}val", ""), "missing"))
        for number in found[_NUMBER_ID] if self.lists else ():
            number.set(f"{W}val", self.lists.get(number.get(f"{W}val", ""), number.get(f"{W}val", "")))
        for tag in _LINKS:
            for link in found[tag]:
                self._name_targets(part, link)
        for tag in _GRAPHICS:
            for graphic in found[tag]:
                for element in graphic.iter("*"):
                    self._name_targets(part, element)
        for tag, kind in NOTE_REFERENCES.items():
            for reference in found[tag]:
                reference.set(f"{W}id", self._note_token(kind, reference.get(f"{W}id", "")))

    def _name_targets(self, part: str, element: etree._Element) -> None:
        for name, value in attributes_of(element):
            if name.startswith(R) and value and not value.startswith("="):
                element.set(name, f"={self.target(part, value)}")

    def _note_token(self, kind: str, identifier: str) -> str:
        if self._note_tokens is None:
            self._note_tokens = {}
            for note_kind, tag in (("footnotes", f"{W}footnote"), ("endnotes", f"{W}endnote")):
                for part in self.package.related(self.package.main, note_kind):
                    self._read_notes(part, note_kind, tag, self._note_tokens)
        return self._note_tokens.get((kind, identifier), "missing")

    def _read_notes(self, part: str, kind: str, tag: str, tokens: dict[tuple[str, str], str]) -> None:
        """Name each note by its content; one with revisions reads otherwise on each side, so by itself."""
        root, found = self._normal_tree(part)
        notes = list(root.iterchildren("*"))
        identifiers = [note.get(f"{W}id", "") for note in notes]
        etree.strip_attributes(root, f"{W}id")
        prefixes = repr(sorted(root.nsmap.items(), key=str)).encode()
        revised = _revised(found, notes)
        for index, chunk in enumerate(chunks_of(root, root, notes)):
            if notes[index].tag == tag:
                token = f"{kind}-{identifiers[index]}" if revised[index] else digest(prefixes + chunk)
                tokens[kind, identifiers[index]] = token
                self._notes[token] = notes[index]

    def _take_headers(self, part: str, section: etree._Element) -> dict[HeaderKey, str]:
        rels = self.package.rels(part)
        references: dict[HeaderKey, str] = {}
        for reference in list(section.iterchildren(*_HEADERS)):
            key = (str(reference.tag)[len(W) : -len("Reference")], reference.get(f"{W}type", "default"))
            target = rels.get(reference.get(f"{R}id", ""))
            if target is not None and target.target in self.package:
                references[key] = target.target
            section.remove(reference)
        return references


def section_number(section: etree._Element) -> int:
    """Which section of its story this was when the story was read."""
    return int(section.get(SECTION_NUMBER, "-1"))


_WRAPPERS: Final = (f"{W}sdt", f"{W}sdtContent", f"{W}customXml")
_WRAPPER_PROPERTIES: Final = (f"{W}sdtPr", f"{W}sdtEndPr", f"{W}customXmlPr")


def _blocks(flow: etree._Element) -> Iterator[etree._Element]:
    """Blocks of a flow, through the content controls around them."""
    for child in flow.iterchildren("*"):
        if child.tag in _WRAPPERS:
            yield from _blocks(child)
        elif child.tag not in _WRAPPER_PROPERTIES:
            yield child


def row_chunks(table: etree._Element) -> list[tuple[etree._Element, bytes]] | None:
    """Rows of a table with their bytes, from serializing it once; None when it is built otherwise than usual."""
    rows = list(table.iterchildren(f"{W}tr"))
    if next(table.iterchildren(*_WRAPPERS), None) is not None:
        return None
    for row in rows:
        row.tail = _SEPARATOR
    head = rows[0].getprevious() if rows else None
    if head is None:
        return None
    head.tail = _SEPARATOR
    pieces = etree.tostring(table, encoding="UTF-8", with_tail=False).split(_SEPARATOR.encode())
    for element in (head, *rows):
        element.tail = None
    return list(zip(rows, pieces[1:-1], strict=True)) if len(pieces) == len(rows) + 2 else None


def paragraph_chunks(row: etree._Element) -> tuple[list[bytes], list[tuple[etree._Element, bytes]]] | None:
    """What stands between the paragraphs of a row, and the paragraphs with their content; None with text boxes."""
    paragraphs = list(row.iter(f"{W}p"))
    if next(row.iter(f"{W}txbxContent"), None) is not None:
        return None
    for paragraph in paragraphs:
        paragraph.text = paragraph.tail = _SEPARATOR
    pieces = etree.tostring(row, encoding="UTF-8", with_tail=False).split(_SEPARATOR.encode())
    for paragraph in paragraphs:
        paragraph.text = paragraph.tail = None
    if len(pieces) != 2 * len(paragraphs) + 1:
        return None
    return pieces[0::2], list(zip(paragraphs, pieces[1::2], strict=True))


_OF_INTEREST: Final = (
    *(SECTION, _NUMBER_ID, _BOOKMARK, _FALLBACK, *_STYLES),
    *(*_LINKS, *_GRAPHICS, *NOTE_REFERENCES, *REVISIONS),
)


def _elements(root: etree._Element) -> dict[str, list[etree._Element]]:
    """Elements of interest by tag, found in one pass over the part."""
    found: dict[str, list[etree._Element]] = defaultdict(list)
    for element in root.iter(*_OF_INTEREST):
        found[str(element.tag)].append(element)
    return found


def _drop_fallbacks(fallbacks: list[etree._Element]) -> bool:
    """Drop the branches that repeat a choice for older programs (ECMA-376-3, 10.2); says whether there were any."""
    dropped = False
    for fallback in fallbacks:
        choice, parent = fallback.getprevious(), fallback.getparent()
        if choice is not None and parent is not None:
            parent.remove(fallback)
            dropped = True
    return dropped


def _revised(found: Mapping[str, list[etree._Element]], blocks: list[etree._Element]) -> list[bool]:
    """For each block, whether one of the revisions found is in it or is the block itself."""
    index = {block: position for position, block in enumerate(blocks)}
    revised = [False] * len(blocks)
    for tag in REVISIONS:
        for revision in found.get(tag, ()):
            at: etree._Element | None = revision
            while at is not None and at not in index:
                at = at.getparent()
            if at is not None:
                revised[index[at]] = True
    return revised


def chunks_of(root: etree._Element, flow: etree._Element, blocks: list[etree._Element]) -> list[bytes]:
    """The bytes of each block, from serializing the part once."""
    flow.text = _SEPARATOR
    for block in blocks:
        block.tail = _SEPARATOR
    pieces = etree.tostring(root, encoding="UTF-8").split(_SEPARATOR.encode())
    if len(pieces) == len(blocks) + 2:
        return pieces[1:-1]
    return [etree.tostring(block, encoding="UTF-8", with_tail=False) for block in blocks]
