"""A document while it is being edited: where its text stands, what may be touched, how properties are put in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from itertools import takewhile
from random import Random
from typing import Final

from lxml import etree

from redline.ooxml import MC, NS, W14, WP, W
from redline.opc.package import Package

from .order import ORDER

Element = etree._Element
Edit = Callable[["Draft"], str | None]
"""An edit says what it did, or None where the document offers nothing of its kind."""

EDITS: Final[dict[str, Edit]] = {}

_UNSEEN: Final = frozenset((f"{W}del", f"{W}moveFrom", f"{MC}Fallback"))
_HOSTS: Final = frozenset(f"{W}{name}" for name in ("body", "tc", "hdr", "ftr", "footnote", "endnote", "txbxContent"))
_NOTES: Final = frozenset((f"{W}footnote", f"{W}endnote"))
_PLACES: Final = {
    f"{W}hyperlink": "link",
    f"{W}fldSimple": "field",
    f"{W}txbxContent": "textbox",
    f"{W}footnote": "note",
    f"{W}endnote": "note",
    f"{W}hdr": "header",
    f"{W}ftr": "header",
    f"{W}tc": "cell",
    f"{W}sdt": "control",
    f"{W}comment": "comment",
}
_MARKS: Final = tuple(f"{W}{name}" for name in ("ins", "del", "moveFrom", "moveTo", "cellIns", "cellDel", "cellMerge"))
_RANGES: Final = tuple(f"{W}{kind}{end}" for kind in ("bookmark", "commentRange", "perm") for end in ("Start", "End"))
_REVISION_RANGES: Final = tuple(f"{W}move{way}Range{end}" for way in ("From", "To") for end in ("Start", "End"))


def edit(function: Edit) -> Edit:
    """Register an edit under its name, `word_replaced` as 'word-replaced'."""
    EDITS[function.__name__.replace("_", "-")] = function
    return function


class Draft:
    """A package, a source of chance, and what the edits need to find their way."""

    def __init__(self, docx: bytes, random: Random) -> None:
        self.package = Package.open(docx)
        self.random = random

    @property
    def root(self) -> Element:
        return self.package.tree(self.package.main)

    @property
    def body(self) -> Element:
        body = self.root.find(f"{W}body")
        assert body is not None
        return body

    def stories(self) -> Iterator[tuple[str, Element]]:
        yield self.package.main, self.root
        for kind in ("header", "footer", "footnotes", "endnotes", "comments"):
            for part in self.package.related(self.package.main, kind):
                yield part, self.package.tree(part)

    def touch(self, element: Element) -> None:
        """Say that the part this element stands in has changed."""
        top = element.getroottree().getroot()
        for part, root in self.stories():
            if root is top:
                self.package.set_tree(part, root)
        box = next((a for a in element.iterancestors(f"{MC}AlternateContent")), None)
        if box is not None:
            copy_to_fallback(box)

    def texts(self, place: str = "") -> list[Element]:
        """The w:t with visible text; `place` asks for those in a link, field, textbox, note, header, cell..."""
        found = []
        for _, root in self.stories():
            for paragraph in root.iter(f"{W}p"):
                above = {paragraph.tag, *(ancestor.tag for ancestor in paragraph.iterancestors())}
                if above & _UNSEEN or is_separator(paragraph):
                    continue
                for text in paragraph.iter(f"{W}t"):
                    between = {a.tag for a in _within(text, paragraph)}
                    if (text.text or "").strip() and not between & _UNSEEN and f"{W}p" not in between:
                        places = {_PLACES[tag] for tag in above | between if tag in _PLACES}
                        if not place or place in places or (place == "field" and in_field(text)):
                            found.append(text)
        return found

    def text(self, place: str = "") -> Element | None:
        return self.pick(self.texts(place))

    def pick(self, among: list[Element]) -> Element | None:
        return self.random.choice(among) if among else None

    def paragraphs(self, whole: bool = False) -> list[Element]:
        """Paragraphs of all stories but comments; with `whole` those that may go or move without breaking anything."""
        found = []
        for part, root in self.stories():
            if part.rpartition("/")[2].startswith("comments"):
                continue
            for p in root.iter(f"{W}p"):
                hidden = any(a.tag in _UNSEEN for a in p.iterancestors()) or is_separator(p)
                if not hidden and (not whole or (is_whole(p) and parent_of(p).tag in _HOSTS and not is_only_block(p))):
                    found.append(p)
        return found

    def body_blocks(self) -> list[Element]:
        """Paragraphs and tables right below the body that may move."""
        return [b for b in self.body if b.tag in (f"{W}p", f"{W}tbl") and is_whole(b)]

    def tables(self) -> list[Element]:
        found = []
        for _, root in self.stories():
            found += [t for t in root.iter(f"{W}tbl") if not any(a.tag in _UNSEEN for a in t.iterancestors())]
        return found

    def sections(self) -> list[Element]:
        return [s for s in self.body.iter(f"{W}sectPr") if parent_of(s).tag != f"{W}sectPrChange"]

    def new_id(self, tag: str, attribute: str = f"{W}id") -> str:
        """The next free id among the elements of a tag; for w:id among all annotations (17.13.1) of all stories."""
        used = [0]
        for _, root in self.stories():
            values = (e.get(attribute, "0") for e in root.iter(etree.Element if attribute == f"{W}id" else tag))
            used += [int(value) for value in values if value.lstrip("-").isdigit()]
        return str(max(used) + 1)


def _within(element: Element, top: Element) -> Iterator[Element]:
    """The elements around an element, up to but without `top`."""
    return takewhile(lambda ancestor: ancestor is not top, element.iterancestors())


def in_field(text: Element) -> bool:
    """Whether a text is the result of a complex field of its paragraph (17.16.18)."""
    depth = 0
    paragraph = next(text.iterancestors(f"{W}p"), None)
    for element in () if paragraph is None else paragraph.iter(f"{W}fldChar", f"{W}t"):
        if element is text:
            return depth > 0
        kind = element.get(f"{W}fldCharType")
        depth += {"separate": 1, "end": -1}.get(kind or "", 0)
    return False


def is_separator(element: Element) -> bool:
    """Whether an element stands in a separator note (17.11.1), which nobody edits."""
    return any(a.tag in _NOTES and a.get(f"{W}type", "normal") != "normal" for a in element.iterancestors())


def is_whole(block: Element) -> bool:
    """Whether a block holds its fields and ranges from begin to end: it may go without leaving a half behind."""
    if next(block.iter(f"{W}sectPr", *_REVISION_RANGES), None) is not None:
        return False
    depth = 0
    for char in block.iter(f"{W}fldChar"):
        kind = char.get(f"{W}fldCharType")
        depth += {"begin": 1, "end": -1}.get(kind or "", 0)
        if depth < 0:
            return False
    starts = sorted((e.tag[:-5], e.get(f"{W}id", "")) for e in block.iter(*_RANGES[::2]))
    ends = sorted((e.tag[:-3], e.get(f"{W}id", "")) for e in block.iter(*_RANGES[1::2]))
    return depth == 0 and starts == ends


def is_only_block(block: Element) -> bool:
    """Whether taking a block away would leave its cell, note or story without the paragraph it must end with."""
    parent = block.getparent()
    if parent is None:
        return True
    blocks = (f"{W}p", f"{W}tbl", f"{W}sdt")
    after = next(block.itersiblings(*blocks), None)
    before = next(block.itersiblings(*blocks, preceding=True), None)
    return after is None and (before is None or before.tag != f"{W}p" or before.find(f"{W}pPr/{W}sectPr") is not None)


def parent_of(element: Element) -> Element:
    """The parent of an element that is known to have one."""
    found = element.getparent()
    assert found is not None
    return found


def drop(element: Element) -> None:
    parent_of(element).remove(element)


def run_of(text: Element) -> Element | None:
    """The plain run around a text; None where the text stands elsewhere (as in ruby or maths)."""
    run = text.getparent()
    return run if run is not None and run.tag == f"{W}r" else None


def set_text(text: Element, value: str) -> None:
    text.text = value
    text.set(f"{{{NS['xml']}}}space", "preserve")


def make(xml: str) -> Element:
    """An element from XML that uses the usual prefixes."""
    names = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NS.items() if prefix != "xml")
    return etree.fromstring(f"<x {names}>{xml}</x>")[0]


def properties(owner: Element, name: str) -> Element:
    """The property element of an owner (w:rPr of a run...), made as its first child where it is missing."""
    found = owner.find(f"{W}{name}")
    if found is None:
        found = etree.Element(f"{W}{name}")
        owner.insert(0, found)
    return found


def put(props: Element, name: str, **attributes: str) -> Element:
    """Set one property, in the place the schema gives it; no attributes: a plain switch."""
    order = ORDER[props.tag].split()
    old = props.find(f"{W}{name}")
    if old is not None:
        props.remove(old)
    new = etree.Element(f"{W}{name}", {f"{W}{key}": value for key, value in attributes.items()})
    later = set(order[order.index(name) + 1 :])
    at = next(
        (i for i, e in enumerate(props) if isinstance(e.tag, str) and etree.QName(e).localname in later), len(props)
    )
    props.insert(at, new)
    return new


def toggle(props: Element, name: str, **attributes: str) -> bool:
    """Take a property away where it is, put it where it is not; says whether it is there now."""
    old = props.find(f"{W}{name}")
    if old is not None:
        props.remove(old)
        return False
    put(props, name, **attributes)
    return True


def copy_of(element: Element) -> Element:
    """A copy that repeats no id: paragraph ids, bookmarks, comment marks and revisions stay with the first."""
    new = deepcopy(element)
    new.tail = None
    for e in new.iter(etree.Element):
        e.attrib.pop(f"{W14}paraId", "")
        e.attrib.pop(f"{W14}textId", "")
    for mark in list(new.iter(*_RANGES, f"{W}commentReference", f"{W}footnoteReference", f"{W}endnoteReference")):
        drop(mark)
    for change in list(new.iter(etree.Element)):
        name = str(change.tag)
        if name.endswith("Change") or (name in _MARKS and parent_of(change).tag in (f"{W}rPr", f"{W}trPr", f"{W}tcPr")):
            drop(change)
        elif name in _MARKS:
            for child in [] if name.endswith(("}del", "}moveFrom")) else list(change):
                change.addprevious(child)
            drop(change)
    return new


def without_drawings(element: Element) -> Element:
    """The element with its drawings taken out: what a retyped paragraph would hold."""
    for tag in (f"{W}drawing", f"{W}pict", f"{W}object", f"{MC}AlternateContent"):
        for found in list(element.iter(tag)):
            drop(found)
    return element


def new_drawing_id(draft: Draft) -> str:
    return draft.new_id(f"{WP}docPr", "id")


def copy_to_fallback(box: Element) -> None:
    """Word writes a text box twice, for new readers and for old; both say the same."""
    sides = [box.find(f"{MC}{side}") for side in ("Choice", "Fallback")]
    if any(side is None for side in sides):
        return
    new, old = (next(side.iter(f"{W}txbxContent"), None) for side in sides if side is not None)
    if new is not None and old is not None:
        old[:] = [deepcopy(block) for block in new]
