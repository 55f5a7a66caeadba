"""The content of a paragraph as HTML: runs, revisions, links, notes, pictures. Every text is escaped here."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from typing import Final
from urllib.parse import urlsplit

from lxml import etree

from redline.changelist.formatchanges import changed_properties
from redline.changelist.pieces import PILCROW, REVISION_STATES, State, chosen_alternative, outer_boxes, symbol
from redline.errors import DocumentError
from redline.html.anchors import Anchors, move_link, signed
from redline.html.style import Look
from redline.ooxml import NS, A, M, R, W, first_child, number
from redline.opc.package import Package

LARGEST_IMAGE: Final = 2_000_000
"""Bytes of one picture that a page embeds; larger ones become a placeholder."""
LARGEST_PAGE_IMAGES: Final = 16_000_000
"""Bytes of all pictures that a page embeds."""

_EMU_PER_PIXEL: Final = 9525
_WIDEST: Final = 2000
_SAFE_SCHEMES: Final = frozenset(("http", "https", "mailto"))
_IMAGE_KINDS: Final = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
)
_TAGS: Final = {
    State.INSERTED: ("ins", "Inserted"),
    State.DELETED: ("del", "Deleted"),
    State.MOVED_TO: ("ins", "Moved here"),
    State.MOVED_FROM: ("del", "Moved away"),
}
_NOTE_KINDS: Final = {
    f"{W}footnoteReference": "footnote",
    f"{W}endnoteReference": "endnote",
    f"{W}commentReference": "comment",
}
_SKIPPED: Final = frozenset(f"{W}{name}" for name in ("instrText", "delInstrText", "fldChar", "rPr", "pPr", "sdtPr"))
_SIGNS: Final = {
    f"{W}tab": '<span class="tab">\t</span>',
    f"{W}ptab": '<span class="tab">\t</span>',
    f"{W}cr": "<br>",
    f"{W}noBreakHyphen": "\u2011",
    f"{W}softHyphen": "\u00ad",
}


@dataclass(slots=True)
class Notes:
    """Numbers notes in the order in which the text refers to them."""

    numbers: dict[tuple[str, str], int] = field(default_factory=dict)
    referred: set[tuple[str, int]] = field(default_factory=set)
    _counts: Counter[str] = field(default_factory=Counter)

    def number(self, kind: str, identity: str) -> int:
        """The number of a note, counted within its kind."""
        key = (kind, identity)
        if key not in self.numbers:
            self._counts[kind] += 1
            self.numbers[key] = self._counts[kind]
        return self.numbers[key]


@dataclass(slots=True)
class Pictures:
    """The pictures that stand in the page, and how many bytes they take."""

    _used: int = 0
    _known: dict[str, tuple[str, int]] = field(default_factory=dict)

    def source(self, package: Package, part: str) -> str:
        """A picture as a data URL; '' for what is none, and for one too large or too many."""
        if part not in self._known:
            self._known[part] = self._read(package, part)
        source, size = self._known[part]
        if not source or self._used + size > LARGEST_PAGE_IMAGES:
            return ""
        self._used += size
        return source

    def _read(self, package: Package, part: str) -> tuple[str, int]:
        try:
            data = package.read(part)
        except DocumentError:
            return "", 0
        kind = next((kind for sign, kind in _IMAGE_KINDS if data.startswith(sign)), None)
        if kind is None or len(data) > LARGEST_IMAGE or self._used + len(data) > LARGEST_PAGE_IMAGES:
            return "", 0
        return f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}", len(data)


@dataclass(slots=True)
class Inline:
    """Writes the paragraphs of one part."""

    package: Package
    part: str
    look: Look
    anchors: Anchors
    notes: Notes
    pictures: Pictures
    textboxes: list[etree._Element] = field(default_factory=list)

    def content(self, parent: etree._Element) -> str:
        """The inline content of an element."""
        return "".join(self._children(parent))

    def mark(self, properties: etree._Element | None) -> str:
        """The paragraph mark, where it was inserted, deleted, moved, or formatted as a change of its own."""
        run = first_child(properties, f"{W}rPr")
        for child in () if run is None else run:
            if child.tag in REVISION_STATES:
                return self.revision(child, REVISION_STATES[str(child.tag)], PILCROW, "mark")
            if child.tag == f"{W}rPrChange" and self.anchors.change(self.part, child) is not None:
                return self._formatted(child, f'<span class="mark">{PILCROW}</span>')
        return ""

    def revision(self, element: etree._Element, state: State, inside: str, extra: str = "") -> str:
        """`inside` within the <ins> or <del> of a revision, with its author and date."""
        tag, spoken = _TAGS[state]
        moved = state in (State.MOVED_FROM, State.MOVED_TO)
        classes = " ".join(name for name in (("moved" if moved else ""), extra) if name)
        change = self.anchors.change(self.part, element)
        attributes = self.anchors.attributes(self.part, element, leaving=not state.in_after)
        if classes:
            attributes += f' class="{classes}"'
        if moved and change is not None and change.move_id is not None:
            attributes += f' data-move="{escape(change.move_id)}"'
        link = move_link(change, state) if " id=" in attributes else ""
        return f"{link}<{tag}{attributes}{signed(element, spoken)}>{inside}</{tag}>"

    def _children(self, parent: etree._Element) -> Iterator[str]:
        for child in parent:
            tag = child.tag
            if tag == f"{W}r":
                yield self._run(child)
            elif tag in REVISION_STATES:
                inside = self.content(child)
                yield self.revision(child, REVISION_STATES[str(tag)], inside) if inside else ""
            elif tag == f"{W}hyperlink":
                yield self._link(child)
            elif tag in (f"{M}oMath", f"{M}oMathPara"):
                yield self._equation(child)
            elif isinstance(tag, str) and tag.startswith(W) and tag not in _SKIPPED:
                yield from self._children(child)

    def _run(self, run: etree._Element) -> str:
        first = run[0] if len(run) else None
        properties = first if first is not None and first.tag == f"{W}rPr" else None
        inside = "".join(self._run_content(run))
        if not inside:
            return ""
        tags, classes = self.look.run(properties)
        for tag in tags:
            inside = f"<{tag}>{inside}</{tag}>"
        if classes:
            inside = f'<span class="{" ".join(classes)}">{inside}</span>'
        # The change is the last of the properties (ECMA-376-1 17.3.2.28).
        last = properties[-1] if properties is not None and len(properties) else None
        return self._formatted(last, inside) if last is not None and last.tag == f"{W}rPrChange" else inside

    def _formatted(self, change: etree._Element, inside: str) -> str:
        names = changed_properties(change)
        if not names:
            return inside
        attributes = self.anchors.attributes(self.part, change)
        return f'<span class="formatted"{attributes}{signed(change, "Formatting: " + ", ".join(names))}>{inside}</span>'

    def _run_content(self, run: etree._Element) -> Iterator[str]:
        for child in run:
            tag = child.tag
            if tag in (f"{W}t", f"{W}delText"):
                yield escape(child.text or "")
            elif tag in _SIGNS:
                yield _SIGNS[str(tag)]
            elif tag == f"{W}br":
                paged = child.get(f"{W}type") == "page"
                yield '<span class="page-break">Page break</span>' if paged else "<br>"
            elif tag in _NOTE_KINDS:
                yield self._note_reference(_NOTE_KINDS[str(tag)], child.get(f"{W}id", ""))
            elif tag == f"{W}sym":
                yield escape(symbol(child))
            elif tag not in _SKIPPED:
                yield self._object(child)

    def _note_reference(self, kind: str, identity: str) -> str:
        number = self.notes.number(kind, identity)
        shown = f"C{number}" if kind == "comment" else str(number)
        first = (kind, number) not in self.notes.referred
        self.notes.referred.add((kind, number))
        anchor = f' id="{kind}-{number}-reference"' if first else ""
        return (
            f'<sup class="note-reference"><a href="#{kind}-{number}"{anchor} '
            f'aria-label="{kind.capitalize()} {number}">{shown}</a></sup>'
        )

    def _link(self, element: etree._Element) -> str:
        inside = self.content(element)
        relationship = self.package.rels(self.part).get(element.get(f"{R}id", ""))
        target = relationship.target if relationship is not None and relationship.external else ""
        if not is_safe_link(target):
            return inside
        return f'<a href="{escape(target)}" rel="noopener noreferrer nofollow">{inside}</a>'

    def _equation(self, element: etree._Element) -> str:
        text = "".join(node.text or "" for node in element.iter(f"{M}t"))
        shown = f'<span class="equation">{escape(text)}</span>'
        revised = next(element.iter(f"{W}ins", f"{W}del"), None)
        return shown if revised is None else self.revision(revised, REVISION_STATES[str(revised.tag)], shown)

    def _object(self, element: etree._Element) -> str:
        chosen = chosen_alternative(element)
        if chosen is None or chosen.tag not in (f"{W}drawing", f"{W}pict", f"{W}object"):
            return ""
        boxes = list(outer_boxes(chosen))
        if boxes:
            self.textboxes.extend(boxes)
            return '<span class="placeholder">Text box</span>'
        picture = next(chosen.iter(f"{A}blip", f"{{{NS['v']}}}imagedata"), None)
        described = next(chosen.iter(f"{{{NS['wp']}}}docPr"), None)
        title = "" if described is None else described.get("descr") or described.get("title") or ""
        if picture is None:
            return _placeholder("Object", title)
        target = picture.get(f"{R}embed") or picture.get(f"{R}id") or ""
        return self._picture(target, title, _extent(chosen))

    def _picture(self, identity: str, title: str, size: str) -> str:
        relationship = self.package.rels(self.part).get(identity)
        if relationship is None or relationship.external or relationship.target not in self.package:
            return _placeholder("Image", title)
        source = self.pictures.source(self.package, relationship.target)
        if not source:
            return _placeholder("Image", title)
        return f'<img src="{source}" alt="{escape(title or "Image")}"{size}>'


def is_safe_link(target: str) -> bool:
    """Whether a link may be followed from the page: absolute, and http, https or mailto."""
    if any(sign <= " " or sign == "\x7f" for sign in target):
        return False
    try:
        return urlsplit(target).scheme.lower() in _SAFE_SCHEMES
    except ValueError:
        return False


def _placeholder(kind: str, title: str) -> str:
    shown = f"{kind}: {title}" if title else kind
    return f'<span class="placeholder" role="img" aria-label="{escape(shown)}">{escape(shown)}</span>'


def _extent(element: etree._Element) -> str:
    extent = next(element.iter(f"{{{NS['wp']}}}extent"), None)
    values = () if extent is None else (number(extent.get("cx")) or 0, number(extent.get("cy")) or 0)
    if not all(value > 0 for value in values) or not values:
        return ""
    width, height = (min(_WIDEST, max(1, value // _EMU_PER_PIXEL)) for value in values)
    return f' width="{width}" height="{height}"'
