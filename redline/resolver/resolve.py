"""Accept or reject every revision of a document (ECMA-376-1, 17.13.5), as Word does."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from redline.ooxml import M, W, discard
from redline.opc.package import Package
from redline.resolver.leftovers import forget_what_is_gone, references
from redline.resolver.marks import TBL, P, join_paragraphs
from redline.resolver.properties import (
    CHANGES,
    MARKS,
    drop_if_empty,
    resolve_cell_merge,
    resolve_change,
    resolve_numbering,
)

_INSERTED: Final = frozenset((f"{W}ins", f"{W}moveTo", f"{W}cellIns"))
_DELETED: Final = frozenset((f"{W}del", f"{W}moveFrom", f"{W}cellDel"))
_CELL_MARKS: Final = frozenset((f"{W}cellIns", f"{W}cellDel"))
_CELL_MERGE: Final = f"{W}cellMerge"
_MOVE_RANGES: Final = frozenset(f"{W}move{way}Range{end}" for way in ("From", "To") for end in ("Start", "End"))
_XML_RANGES_INSERTED: Final = frozenset(f"{W}customXml{kind}Range" for kind in ("Ins", "MoveTo"))
_XML_RANGES_DELETED: Final = frozenset(f"{W}customXml{kind}Range" for kind in ("Del", "MoveFrom"))
_XML_RANGES: Final = frozenset(n + end for n in _XML_RANGES_INSERTED | _XML_RANGES_DELETED for end in ("Start", "End"))
REVISIONS: Final = tuple(
    sorted(
        MARKS | CHANGES | _CELL_MARKS | {_CELL_MERGE} | _MOVE_RANGES | _XML_RANGES | {f"{W}delText", f"{W}delInstrText"}
    )
)
"""Tags of all elements that record a revision."""

_SIGNATURE: Final = b':author="'
"""What a part with revisions holds (17.13.5: w:author is required); looked for in its bytes before any walk."""

_WRAPPED: Final = (f"{W}sdt", f"{W}customXml", f"{W}smartTag")
_WRAPPED_OR_CONTENT: Final = (*_WRAPPED, f"{W}sdtContent")
_HOLDS_RUNS: Final = (P, f"{W}hyperlink", f"{W}fldSimple", f"{W}ins", f"{W}moveTo")
_WRAPPER_PROPERTIES: Final = frozenset(f"{W}{n}" for n in ("sdtPr", "sdtEndPr", "customXmlPr", "smartTagPr"))
_PAIRED: Final = tuple(f"{W}{kind}{end}" for kind in ("bookmark", "commentRange", "perm") for end in ("Start", "End"))
_FALLS_WHEN_EMPTY: Final = frozenset((f"{W}hyperlink", f"{W}smartTag", f"{W}customXml", f"{M}oMath", f"{M}oMathPara"))
_BLOCKS: Final = frozenset((P, TBL, f"{W}sdt", f"{W}customXml"))
_KINDS: Final = {
    **dict.fromkeys(CHANGES, "changes"),
    **dict.fromkeys(_MOVE_RANGES, "ranges"),
    **dict.fromkeys(_XML_RANGES, "xml_ranges"),
    **dict.fromkeys((f"{W}delText", f"{W}delInstrText"), "texts"),
    **dict.fromkeys(_CELL_MARKS, "cells"),
    _CELL_MERGE: "merges",
}
"""In which field of `_Found` a revision is held, where its tag tells."""
_UNTRACKED: Final = {f"{W}delText": f"{W}t", f"{W}delInstrText": f"{W}instrText"}


@dataclass(slots=True)
class _Found:
    """The revisions of one part, by what has to be done about them."""

    rows: list[etree._Element] = field(default_factory=list)
    cells: list[etree._Element] = field(default_factory=list)
    merges: list[etree._Element] = field(default_factory=list)
    contents: list[etree._Element] = field(default_factory=list)
    paragraph_marks: list[etree._Element] = field(default_factory=list)
    maths: list[etree._Element] = field(default_factory=list)
    numbering: list[etree._Element] = field(default_factory=list)
    changes: list[etree._Element] = field(default_factory=list)
    ranges: list[etree._Element] = field(default_factory=list)
    xml_ranges: list[etree._Element] = field(default_factory=list)
    texts: list[etree._Element] = field(default_factory=list)


def accept(docx: bytes) -> bytes:
    """The document with every revision accepted. Raises `DocumentError`."""
    return _resolved(docx, True)


def reject(docx: bytes) -> bytes:
    """The document with every revision rejected. Raises `DocumentError`."""
    return _resolved(docx, False)


def _resolved(docx: bytes, accept: bool) -> bytes:
    package = Package.open(docx)
    resolve_package(package, accept)
    return package.save()


def resolve_package(package: Package, accept: bool) -> None:
    """Accept or reject every revision in each part of a package that may hold some."""
    for part in revisable_parts(package):
        if part not in package:
            continue  # it went with what referred to it
        root = package.tree(part)
        before = references(root)
        if resolve_tree(root, accept):
            package.set_tree(part, root)
            forget_what_is_gone(package, part, before)


def may_be_revised(data: bytes) -> bool:
    """Whether a part with this content, spelled as Word does it, may hold a revision."""
    return _SIGNATURE in data


def revisable_parts(package: Package) -> list[str]:
    """Parts that may hold revisions: the main one, its stories, and the styles and numbering it uses."""
    parts = [package.main]
    kinds = ("header", "footer", "footnotes", "endnotes", "comments", "styles", "numbering", "glossaryDocument")
    for owner in (package.main, *package.related(package.main, "glossaryDocument")):
        for kind in kinds:
            parts += [part for part in package.related(owner, kind) if part not in parts]
    return parts


def resolve_tree(root: etree._Element, accept: bool) -> bool:
    """Accept or reject every revision below `root`, in place; says whether there was any."""
    revisions = list(root.iter(*REVISIONS))
    if not revisions:
        return False
    found = _sort(revisions)
    drop = _DELETED if accept else _INSERTED
    gone_paragraphs = _paragraphs_that_go(found.paragraph_marks, drop)
    if found.xml_ranges:
        _resolve_xml_ranges(root, found.xml_ranges, _XML_RANGES_DELETED if accept else _XML_RANGES_INSERTED)
    _drop_contents(root, found, drop)
    for mark in found.maths:
        _resolve_maths(mark, mark.tag in drop)
    for content in found.contents:
        if content.tag not in drop:
            _unwrap(content)
    for merge in found.merges:
        resolve_cell_merge(merge, accept)
    for mark in found.numbering:
        resolve_numbering(mark, mark.tag in drop)
    for marker in found.ranges:
        _remove(marker)
    for change in reversed(found.changes):
        resolve_change(change, accept)
    for mark in (*found.paragraph_marks, *found.rows, *found.cells):
        _remove_mark(mark)
    for text in found.texts:
        text.tag = _UNTRACKED[str(text.tag)]
    join_paragraphs(root, gone_paragraphs)
    return True


def _sort(revisions: list[etree._Element]) -> _Found:
    found = _Found()
    for revision in revisions:
        known = _KINDS.get(str(revision.tag))
        (_by_place(found, revision) if known is None else getattr(found, known)).append(revision)
    return found


def _by_place(found: _Found, mark: etree._Element) -> list[etree._Element]:
    """Ins, del, moveFrom and moveTo are containers of content, or marks on what their parent describes."""
    parent = mark.getparent()
    place = parent.tag if parent is not None else ""
    if place == f"{W}rPr" and parent is not None:
        owner = parent.getparent()
        described = owner.tag if owner is not None else ""
        if described == f"{W}pPr":
            return found.paragraph_marks
        return found.maths if described in (f"{M}r", f"{M}ctrlPr", f"{W}r") else []
    if place == f"{W}trPr":
        return found.rows
    if place == f"{W}numPr":
        return found.numbering
    if place == f"{M}ctrlPr" or (place == f"{M}r" and next(mark.iter(f"{M}t", f"{W}t"), None) is None):
        return found.maths
    return found.contents


def _paragraphs_that_go(marks: list[etree._Element], drop: frozenset[str]) -> list[etree._Element]:
    paragraphs = dict.fromkeys(_ancestor(mark, 3) for mark in marks if mark.tag in drop)
    return [paragraph for paragraph in paragraphs if paragraph is not None and paragraph.tag == P]


def _ancestor(element: etree._Element, levels: int) -> etree._Element | None:
    at: etree._Element | None = element
    for _ in range(levels):
        at = at.getparent() if at is not None else None
    return at


def _drop_contents(root: etree._Element, found: _Found, drop: frozenset[str]) -> None:
    """Remove runs, rows and cells that go. A range marker stays unless its partner goes, too."""
    going = [content for content in found.contents if content.tag in drop]
    described = [_ancestor(mark, 2) for mark in (*found.rows, *found.cells) if mark.tag in drop]
    going += [element for element in described if element is not None and element.tag in (f"{W}tr", f"{W}tc")]
    has_ranges = going and next(root.iter(*_PAIRED), None) is not None
    lost = {
        (marker.tag, marker.get(f"{W}id"))
        for element in (going if has_ranges else ())
        for marker in element.iter(*_PAIRED)
    }
    for element in going:
        for marker in list(element.iter(*_PAIRED)) if lost else ():
            if (_partner(str(marker.tag)), marker.get(f"{W}id")) not in lost:
                element.addprevious(marker)
        _remove_and_tidy(element)


def _partner(tag: str) -> str:
    return tag[:-5] + "End" if tag.endswith("Start") else tag[:-3] + "Start"


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _remove_mark(mark: etree._Element) -> None:
    parent = mark.getparent()
    if parent is not None:
        parent.remove(mark)
        drop_if_empty(parent)


def _remove_and_tidy(element: etree._Element) -> None:
    """Remove an element, and what cannot stand empty: rows, tables, links, block content controls."""
    parent = element.getparent()
    while parent is not None:
        discard(element)
        if not _falls(parent):
            break
        element, parent = parent, parent.getparent()
    if parent is not None and parent.tag not in (f"{W}p", TBL, f"{W}tr"):
        _keep_last_paragraph(parent)


def _falls(element: etree._Element) -> bool:
    tag = element.tag
    if tag == f"{W}tr":
        return next(element.iter(f"{W}tc"), None) is None
    if tag == TBL:
        return next(element.iter(f"{W}tr"), None) is None
    if tag == f"{W}sdtContent":
        owner = next((a for a in element.iterancestors() if a.tag not in _WRAPPED_OR_CONTENT), None)
        return len(element) == 0 and owner is not None and owner.tag not in _HOLDS_RUNS
    if tag == f"{W}sdt":
        return next(element.iterchildren(f"{W}sdtContent"), None) is None
    return tag in _FALLS_WHEN_EMPTY and all(child.tag in _WRAPPER_PROPERTIES for child in element)


_STORIES: Final = frozenset(f"{W}{n}" for n in ("tc", "hdr", "ftr", "footnote", "endnote", "comment", "txbxContent"))


def _keep_last_paragraph(container: etree._Element) -> None:
    """A cell ends with a paragraph, and a story has one (17.4.65, 17.10.3, 17.11.10)."""
    if container.tag not in _STORIES:
        return
    blocks = [child for child in container if child.tag in _BLOCKS]
    if not blocks or (container.tag == f"{W}tc" and blocks[-1].tag == TBL):
        etree.SubElement(container, P)


def _unwrap(container: etree._Element) -> None:
    """Put the content in the place of its container; no look-up by position, a paragraph may hold thousands of them."""
    parent = container.getparent()
    if parent is None:
        return
    for child in list(container):
        container.addprevious(child)
    parent.remove(container)


def _resolve_maths(mark: etree._Element, dropped: bool) -> None:
    """A mark on a maths run or on the control character of a maths object (17.13.5.13, .16; 22.1.2.23)."""
    holder = mark.getparent()
    if holder is not None and holder.tag == f"{W}rPr":
        holder.remove(mark)
        holder = holder.getparent()
    elif holder is not None:
        _unwrap(mark)
    if not dropped or holder is None:
        return
    if holder.tag == f"{M}ctrlPr":
        properties = holder.getparent()
        holder = properties.getparent() if properties is not None and str(properties.tag).endswith("Pr") else None
    if holder is not None and holder.getparent() is not None:
        _remove_and_tidy(holder)


def _resolve_xml_ranges(root: etree._Element, ranges: list[etree._Element], drop: frozenset[str]) -> None:
    """Content controls and custom XML whose start tag lies in a range that goes are unwrapped (17.13.5.4 to .11)."""
    open_ranges: set[str | None] = set()
    going: list[etree._Element] = []
    for element in root.iter(*_XML_RANGES, *_WRAPPED):
        tag = str(element.tag)
        if tag in _WRAPPED:
            if open_ranges:
                going.append(element)
        elif tag.endswith("Start"):
            if tag[:-5] in drop:
                open_ranges.add(element.get(f"{W}id"))
        elif tag[:-3] in drop:
            open_ranges.discard(element.get(f"{W}id"))
    for wrapper in going:
        content = wrapper.find(f"{W}sdtContent")
        if content is not None:
            _unwrap(content)
        for properties in [child for child in wrapper if child.tag in _WRAPPER_PROPERTIES]:
            wrapper.remove(properties)
        _unwrap(wrapper)
    for marker in ranges:
        _remove(marker)
