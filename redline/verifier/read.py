"""What `verify` reads of a document: blocks in a form that can be compared byte by byte.

References (styles, lists, links, pictures, notes) are replaced by what they refer to, and what Word writes anew with
every save is taken out; so two blocks of equal bytes are equal. Blocks that are not may still be equal: those are
compared item by item.
"""

from __future__ import annotations

import copy
import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import compress
from typing import Final

from lxml import etree

from redline.ooxml import HEADER_TYPES, MC, NS, RELATIONSHIP, W14, O, R, W
from redline.opc.package import Package
from redline.resolver.resolve import REVISIONS, resolve_tree
from redline.verifier.blocks import Blocks, blocks_of, chunks, flow_of
from redline.verifier.bytewise import Sides, can_be_settled, settle_all
from redline.verifier.spelling import with_joined_runs

SECTION: Final = f"{W}sectPr"
NOTE_REFERENCES: Final = {f"{W}footnoteReference": "footnotes", f"{W}endnoteReference": "endnotes"}
_NOTES: Final = {"footnotes": f"{W}footnote", "endnotes": f"{W}endnote"}
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
_VOLATILE_ATTRIBUTES: Final = (
    *(f"{W}{name}" for name in ("rsidR", "rsidRPr", "rsidDel", "rsidP", "rsidRDefault", "rsidTr", "rsidSect")),
    f"{W14}paraId",
    f"{W14}textId",
    "{http://schemas.microsoft.com/office/word/2010/wordprocessingDrawing}anchorId",
    "{http://schemas.microsoft.com/office/word/2010/wordprocessingDrawing}editId",
)
_HEADERS: Final = (f"{W}headerReference", f"{W}footerReference")
_REVISIONS: Final = frozenset(REVISIONS)
_STYLES: Final = (f"{W}pStyle", f"{W}rStyle", f"{W}tblStyle")
_LINKS: Final = (f"{W}hyperlink", f"{W}altChunk", f"{W}subDoc")
_GRAPHICS: Final = (f"{W}drawing", f"{W}pict", f"{W}object")
_NUMBERS: Final = frozenset(("id", f"{O}spid"))
"""Attributes that number drawings; the numbers are unique in a document and mean nothing (20.4.2.5, 14.1.2.19)."""
_WRAPPERS: Final = (f"{W}sdtContent", f"{W}smartTag", f"{W}customXml")
_NUMBER_ID: Final = f"{W}numId"
_BOOKMARK: Final = f"{W}bookmarkStart"
_FALLBACK: Final = f"{MC}Fallback"


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
    root: etree._Element
    tags: frozenset[str]
    """Those of interest that stand in its blocks."""
    headers: list[dict[HeaderKey, str]]
    """For each section, the parts that it sets as headers and footers."""
    last_section: etree._Element | None
    """Taken out of the story itself."""
    bookmarks: frozenset[str]
    spent: bool = False
    """Whether it was taken apart, so that whoever asks for it again needs it read anew."""
    _blocks: Blocks | None = None
    _sides: tuple[list[Sides] | None] | None = None

    @property
    def revised(self) -> bool:
        """Whether it holds a revision."""
        return not _REVISIONS.isdisjoint(self.tags)

    @property
    def parted(self) -> bool:
        """Whether sections end in its blocks."""
        return SECTION in self.tags

    @property
    def flow(self) -> etree._Element:
        """What holds the blocks."""
        return flow_of(self.root)

    @property
    def blocks(self) -> Blocks:
        """Its blocks as they were read."""
        if self._blocks is None:
            self._blocks = blocks_of(self.root)
        return self._blocks

    @property
    def sides(self) -> list[Sides] | None:
        """What its blocks are with their revisions rejected, and accepted, where their bytes tell."""
        if self._sides is None:
            may_be = can_be_settled(self.root.nsmap, self.tags)
            self._sides = (settle_all(self.blocks.chunks, self.tags) if may_be else None,)
            if self._sides[0] is None:
                self._blocks = None  # their memory is of no more use
        return self._sides[0]


@dataclass(frozen=True, slots=True)
class _RevisedNotes:
    """A part of notes some of which hold revisions."""

    kind: str
    root: etree._Element
    identifiers: list[str]
    revised: list[bool]
    spelled: list[bytes]
    tags: frozenset[str]
    name: Callable[[bytes], str]

    def resolved(self, accept: bool) -> Iterator[tuple[bytes, bytes]]:
        """How a reference to each note with revisions is spelled, and how it would be were they resolved."""
        names = self._settled_names(accept) or self._resolved_names(accept)
        start = f'<w:{self.kind[:-1]}Reference w:id="'
        for identifier, name in zip(compress(self.identifiers, self.revised), names, strict=True):
            yield f'{start}{self.kind}-{identifier}"'.encode(), f'{start}{name}"'.encode()

    def _settled_names(self, accept: bool) -> list[str] | None:
        may_be = can_be_settled(self.root.nsmap, self.tags)
        sides = settle_all(compress(self.spelled, self.revised), self.tags) if may_be else None
        if sides is None or any(side.marks for side in sides):
            return None
        return [self.name(side.accepted if accept else side.rejected) for side in sides]

    def _resolved_names(self, accept: bool) -> list[str]:
        root = copy.deepcopy(self.root)
        resolve_tree(root, accept)
        spelled = chunks(root, root, list(root.iterchildren("*")))
        return [self.name(note) for note in compress(spelled, self.revised)]


class Version:
    """One of the three documents, read for comparison; `resolve` says how its own revisions are settled first."""

    def __init__(self, data: bytes, resolve: bool | None) -> None:
        self.package = Package.open(data)
        self.styles: Mapping[str, str] | None = None
        """What a style id stands for, where ids are no common ground."""
        self.lists: Mapping[str, str] | None = None
        """What a list id stands for, where ids are no common ground."""
        self.resolve = resolve
        self._stories: dict[str, Story] = {}
        self._notes: dict[str, etree._Element] = {}
        self.common_notes: set[str] = set()
        """Kinds of notes that are the same in all three documents to the byte, so that their ids are common ground."""
        self._note_tokens: dict[str, dict[str, str]] = {}
        self._revised_notes: list[_RevisedNotes] = []
        self._comments: list[etree._Element] | None = None

    def parts(self, kind: str) -> list[str]:
        """Names of the existing parts of a kind, such as 'footnotes'."""
        return self._parts.get(RELATIONSHIP + kind, [])

    @cached_property
    def _parts(self) -> dict[str, list[str]]:
        parts: dict[str, list[str]] = {}
        for relationship in self.package.rels(self.package.main).values():
            if not relationship.external and relationship.target in self.package:
                parts.setdefault(relationship.type, []).append(relationship.target)
        return parts

    def story(self, part: str) -> Story:
        """The flow of a part, read once unless it was spent."""
        found = self._stories.get(part)
        if found is not None and not found.spent:
            return found
        del found
        self.forget(part)
        return self._stories.setdefault(part, self._read(part))

    def forget(self, part: str) -> None:
        """Give the memory of a story back."""
        if self._stories.pop(part, None) is not None:
            self.package.forget(part)

    def note(self, token: str) -> etree._Element | None:
        """The note that the token in a reference stands for."""
        kind = token.partition("-")[0]
        if kind in self.common_notes:
            self._tokens_of(kind)
        return self._notes.get(token)

    def comments(self) -> list[etree._Element]:
        """The comments."""
        if self._comments is None:
            self._comments = [
                e for part in self.parts("comments") for e in self._normal_tree(part)[0].iterchildren(f"{W}comment")
            ]
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
        headers = [self._take_headers(part, section) for section in found[SECTION] if _is_current(section)]
        flow = flow_of(root)
        last = next(flow.iterchildren(SECTION), None)
        if last is not None:
            flow.remove(last)
        elif flow is not root:
            headers.append({})  # the last section of a body may go without saying (17.6.17)
        tags = {tag for tag, elements in found.items() if elements}
        if last is not None and len(found[SECTION]) == 1:
            tags.discard(SECTION)
        bookmarks = frozenset(bookmark.get(f"{W}name", "") for bookmark in found[_BOOKMARK])
        return Story(part, root, frozenset(tags), headers, last, bookmarks)

    def _normal_tree(self, part: str) -> tuple[etree._Element, dict[str, list[etree._Element]]]:
        """A part without what is volatile, its references named; and its elements of interest by tag."""
        root = self.package.tree(part)
        found = _elements(root)
        if _drop_fallbacks(found[_FALLBACK]):
            found = _elements(root)
        if self.resolve is not None and not _REVISIONS.isdisjoint(found):
            resolve_tree(root, self.resolve)
            found = _elements(root)
        etree.strip_attributes(root, *_VOLATILE_ATTRIBUTES)
        etree.strip_elements(root, *VOLATILE, with_tail=False)
        self._name_references(part, found)
        return root, found

    def _name_references(self, part: str, found: dict[str, list[etree._Element]]) -> None:
        if self.styles is not None:
            for style in (style for tag in _STYLES for style in found[tag]):
                _name_style(style, self.styles.get(style.get(f"{W}val", "")))
        if self.lists is not None:
            for number in found[_NUMBER_ID]:
                number.set(f"{W}val", self.lists.get(number.get(f"{W}val", ""), "missing"))
        for tag in _LINKS:
            for link in found[tag]:
                self._name_targets(part, link)
        for element in (element for tag in _GRAPHICS for graphic in found[tag] for element in graphic.iter("*")):
            self._name_targets(part, element)
            for name in _NUMBERS.intersection(element.keys()):
                del element.attrib[name]
        for tag, kind in NOTE_REFERENCES.items():
            for reference in found[tag]:
                reference.set(f"{W}id", self._note_token(kind, reference.get(f"{W}id", "")))

    def _name_targets(self, part: str, element: etree._Element) -> None:
        for name, value in attributes_of(element):
            if name.startswith(R) and value and not value.startswith("="):
                element.set(name, f"={self.target(part, value)}")

    def _note_token(self, kind: str, identifier: str) -> str:
        if kind in self.common_notes:
            return f"{kind}-{identifier}"
        return self._tokens_of(kind).get(identifier, "missing")

    def _tokens_of(self, kind: str) -> dict[str, str]:
        """By id the tokens of all notes of a kind, which are read when first asked for."""
        tokens = self._note_tokens.get(kind)
        if tokens is None:
            tokens = self._note_tokens[kind] = {}
            for part in self.parts(kind):
                self._read_notes(part, kind, tokens)
        return tokens

    def _read_notes(self, part: str, kind: str, tokens: dict[str, str]) -> None:
        """Name each note by its content; one with revisions reads otherwise on each side, so by itself."""
        root, found = self._normal_tree(part)
        notes = list(root.iterchildren("*"))
        identifiers = [note.get(f"{W}id", "") for note in notes]
        etree.strip_attributes(root, f"{W}id")
        revised = _revised(found, notes)
        spelled, name = chunks(root, root, notes), _namer(root)
        if any(revised):
            tags = frozenset(tag for tag, elements in found.items() if elements)
            self._revised_notes.append(_RevisedNotes(kind, root, identifiers, revised, spelled, tags, name))
        for index, identifier in enumerate(identifiers):
            if notes[index].tag == _NOTES[kind]:
                by_itself = revised[index] or kind in self.common_notes
                token = f"{kind}-{identifier}" if by_itself else name(spelled[index])
                tokens[identifier] = token
                self._notes[token] = notes[index]

    def note_names(self, accept: bool) -> dict[bytes, bytes]:
        """How references to notes with revisions are spelled, and how they would be were the notes resolved."""
        return {old: new for notes in self._revised_notes for old, new in notes.resolved(accept)}

    def _take_headers(self, part: str, section: etree._Element) -> dict[HeaderKey, str]:
        rels = self.package.rels(part)
        references: dict[HeaderKey, str] = {}
        for reference in list(section.iterchildren(*_HEADERS)):
            key = (str(reference.tag)[len(W) : -len("Reference")], reference.get(f"{W}type", "default"))
            target = rels.get(reference.get(f"{R}id", ""))
            if target is not None and target.target in self.package and key[1] in HEADER_TYPES:
                references[key] = target.target
            section.remove(reference)
        return references


def _name_style(reference: etree._Element, name: str | None) -> None:
    """A reference to a style that does not exist is ignored (17.3.1.27, 17.3.2.29, 17.4.62)."""
    parent = reference.getparent()
    if name is not None:
        reference.set(f"{W}val", name)
    elif parent is not None:
        parent.remove(reference)


def sections_of(root: etree._Element) -> list[etree._Element]:
    """The sections below an element, without those that a revision remembers."""
    return [section for section in root.iter(SECTION) if _is_current(section)]


def _is_current(section: etree._Element) -> bool:
    parent = section.getparent()
    return parent is not None and parent.tag != f"{W}sectPrChange"


_OF_INTEREST: Final = (
    *(SECTION, _NUMBER_ID, _BOOKMARK, _FALLBACK, *_STYLES, *_WRAPPERS),
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


def _namer(root: etree._Element) -> Callable[[bytes], str]:
    """Gives each note of a part a name by its content, the same to notes that say the same."""
    prefixes = repr(sorted(root.nsmap.items(), key=str)).encode()
    spell = with_joined_runs if root.nsmap.get("w") == NS["w"] else bytes
    return lambda note: digest(prefixes + spell(note))
