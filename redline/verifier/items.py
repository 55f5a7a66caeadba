"""Blocks as plain items that can be compared whatever runs, links and wrappers their text was cut into."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

from lxml import etree

from redline.ooxml import MC, M, R, W
from redline.verifier.read import NOTE_REFERENCES, SECTION, Version, attributes_of, digest

Results = Literal["all", "authored", "none"]
"""Of which fields the results count: not of those that the application computes, or of none."""
ItemKind = Literal["paragraph", "table", "row", "cell", "end", "box", "note"]
_TOGGLE_NAMES: Final = (
    "b bCs i iCs caps smallCaps strike dstrike outline shadow emboss imprint noProof snapToGrid vanish webHidden rtl "
    "cs specVanish oMath keepNext keepLines pageBreakBefore widowControl suppressLineNumbers suppressAutoHyphens "
    "kinsoku wordWrap overflowPunct topLinePunct autoSpaceDE autoSpaceDN bidi adjustRightInd contextualSpacing "
    "mirrorIndents suppressOverlap cantSplit tblHeader hidden titlePg "
    "rtlGutter noEndnote formProt noWrap tcFitText hideMark"
)
_TOGGLES: Final = frozenset(f"{W}{name}" for name in _TOGGLE_NAMES.split())
_TRUE: Final = frozenset(("1", "true", "on"))
_FIXED_TEXT: Final = {
    f"{W}tab": "\t",
    f"{W}ptab": "\t",
    f"{W}cr": "\n",
    f"{W}noBreakHyphen": "\u2011",
    f"{W}softHyphen": "\u00ad",
    f"{W}separator": "\u2500",
    f"{W}continuationSeparator": "\u2501",
    f"{W}footnoteRef": "\u2460",
    f"{W}endnoteRef": "\u2461",
}
_TEXTS: Final = frozenset((f"{W}t", f"{M}t", f"{W}delText"))
_SKIPPED: Final = frozenset(
    f"{W}{name}" for name in ("pPr", "rPr", "sdtPr", "sdtEndPr", "customXmlPr", "smartTagPr", "tblPr")
)
NOTE: Final = "\u2020"
"""Stands in the text for a reference to a note."""
FRAME: Final = "\u25ad"
"""Stands in the text for a drawing with text in it."""
_GRAPHICS: Final = frozenset(f"{W}{name}" for name in ("drawing", "pict", "object"))
_BOX: Final = f"{W}txbxContent"
_COMPUTED: Final = re.compile(r"\s*(?:TOC|PAGE|NUMPAGES|SECTIONPAGES|PAGEREF)(?:[\s\\]|$)", re.IGNORECASE)
"""Instructions of fields whose result says where the text stood when it was last laid out (17.16.5)."""
_MOST_NESTED_NOTES: Final = 5
"""A note in a note is none that Word makes, and might be in itself."""
_WORDS: Final = frozenset((_BOX, f"{M}r", f"{M}ctrlPr"))


@dataclass(slots=True)
class Item:
    """A paragraph, or a boundary of a table, row, cell, text box or note.

    `atoms` are what stands in the text without being text, as (offset, kind, value); `links` and `formats` are
    spans (end offset, value) over the text.
    """

    kind: ItemKind
    text: str = ""
    atoms: list[tuple[int, str, str]] = field(default_factory=list)
    links: list[tuple[int, str]] = field(default_factory=list)
    formats: list[tuple[int, str]] = field(default_factory=list)
    properties: str = ""
    numbering: tuple[str, str] = ("", "")
    mark: str = ""
    section: str = ""
    part: str = ""
    unclosed: int = 0
    """How many fields are open at the end of a paragraph, from the one whose result is computed on."""


def without_contents(items: list[Item]) -> list[Item]:
    """The items, with one in the place of each computed result that goes over several paragraphs."""
    found: list[Item] = []
    depth = 0
    for item in items:
        if depth == 0:
            depth = item.unclosed
            found.append(Item("paragraph", item.text, item.atoms, item.links, item.formats) if depth else item)
            continue
        for offset, kind, value in item.atoms:
            if depth and kind == "field":
                depth += (value == "begin") - (value == "end")
                if depth == 0 and item.text[offset:]:
                    found.append(Item("paragraph", item.text[offset:]))
    return found


def properties_of(element: etree._Element | None, without: frozenset[str] = frozenset()) -> str:
    """A canonical form of a property element: order and ways to say 'on' do not count."""
    if element is None or not len(element):
        return ""
    found = [_property(child) for child in element if child.tag not in without]
    return "|".join(sorted(found)) if len(found) > 1 else "".join(found)


def _property(element: etree._Element) -> str:
    text = str(element.tag)
    attributes = attributes_of(element)
    if attributes and not (text in _TOGGLES and element.get(f"{W}val") in _TRUE):
        if len(attributes) > 1:
            attributes.sort()
        text += "".join([f";{name}={value}" for name, value in attributes])
    if len(element):
        text += f"({properties_of(element)})"
    return text


_NOT_PARAGRAPH_FORMAT: Final = frozenset((f"{W}rPr", SECTION, f"{W}numPr", f"{W}pPrChange"))


class Itemizer:
    """Turns resolved blocks of one version into items; `resolve_note` settles the revisions of a note first.

    `results` says of which fields the results count; the others are passed over.
    """

    def __init__(
        self,
        version: Version,
        resolve_note: Callable[[etree._Element], etree._Element],
        *,
        results: Results = "all",
    ) -> None:
        self._version = version
        self._results = results
        self._resolve_note = resolve_note
        self._depth = 0

    def items(self, blocks: Iterable[etree._Element]) -> list[Item]:
        """All items of these blocks, nested ones included, in reading order."""
        found: list[Item] = []
        for block in blocks:
            found.extend(self._block(block))
        return found

    def _block(self, block: etree._Element) -> Iterator[Item]:
        tag = block.tag
        if tag == f"{W}p":
            yield from self._paragraph(block)
        elif tag == f"{W}tbl":
            yield from self._table(block)
        elif isinstance(tag, str) and tag not in _SKIPPED and tag not in (SECTION, f"{W}tcPr", f"{W}tblGrid"):
            for child in block:
                yield from self._block(child)

    def _table(self, table: etree._Element) -> Iterator[Item]:
        yield self.table_head(table)
        for row in _flattened(table, f"{W}tr"):
            yield from self.row(row)
        yield Item("end", text="table")

    def table_head(self, table: etree._Element) -> Item:
        """What a table is, but for its rows."""
        return Item("table", properties=properties_of(table.find(f"{W}tblPr")))

    def row(self, row: etree._Element) -> Iterator[Item]:
        """A row and all that is in it."""
        exception = properties_of(row.find(f"{W}tblPrEx"))
        yield Item("row", properties=properties_of(row.find(f"{W}trPr")) + exception)
        for cell in _flattened(row, f"{W}tc"):
            yield Item("cell", properties=properties_of(cell.find(f"{W}tcPr")))
            for block in cell:
                yield from self._block(block)
        yield Item("end", text="row")

    def _paragraph(self, paragraph: etree._Element) -> Iterator[Item]:
        item = Item("paragraph")
        properties = paragraph.find(f"{W}pPr")
        if properties is not None:
            item.properties = properties_of(properties, _NOT_PARAGRAPH_FORMAT)
            item.mark = properties_of(properties.find(f"{W}rPr"))
            item.section = properties_of(properties.find(SECTION))
            item.numbering = numbering_of(properties.find(f"{W}numPr"))
        writer = _Writer(item, results=self._results)
        writer.content(paragraph, "")
        writer.close()
        yield item
        for kind, element in writer.nested:
            yield from self._nested(kind, element)

    def _nested(self, kind: str, element: etree._Element) -> Iterator[Item]:
        if kind == "box":
            yield Item("box")
            yield from self.items(element)
            yield Item("end", text="box")
            return
        note = self._version.note(element.get(f"{W}id", "")) if self._depth < _MOST_NESTED_NOTES else None
        yield Item("note", text=NOTE_REFERENCES[str(element.tag)] if note is not None else "missing")
        if note is not None:
            self._depth += 1
            yield from self.items(self._resolve_note(note))
            self._depth -= 1
        yield Item("end", text="note")


def _flattened(element: etree._Element, tag: str) -> Iterator[etree._Element]:
    """Rows of a table or cells of a row, through content controls and custom XML."""
    for child in element.iterchildren("*"):
        if child.tag == tag:
            yield child
        elif child.tag in (f"{W}sdt", f"{W}sdtContent", f"{W}customXml", f"{MC}AlternateContent", f"{MC}Choice"):
            yield from _flattened(child, tag)


def numbering_of(properties: etree._Element | None) -> tuple[str, str]:
    """Level and list; a list of 0 switches the numbering of the style off (17.9.18), which is not the same as none."""
    if properties is None:
        return ("", "")
    values = {str(child.tag): child.get(f"{W}val", "") for child in properties.iterchildren("*")}
    return values.get(f"{W}ilvl", "0"), values.get(f"{W}numId", "")


class _Writer:
    """Collects one paragraph's text with its atoms, links and formats.

    Of a result that does not count only that there is one.
    """

    def __init__(self, item: Item, *, results: Results) -> None:
        self.item = item
        self._results = results
        self._fields: list[_OpenField] = []
        self._computed: _OpenField | None = None
        self.nested: list[tuple[str, etree._Element]] = []
        self._pieces: list[str] = []
        self._length = 0
        self._code: list[str] = []
        """What goes on the field code that is the last atom: one may stand in thousands of runs."""
        self._in_maths = False

    def close(self) -> None:
        self._join_code()
        self.item.text = "".join(self._pieces)
        if self._computed is not None:
            self.item.unclosed = len(self._fields) - self._fields.index(self._computed)

    def content(self, parent: etree._Element, link: str) -> None:
        """Everything of a paragraph or of a wrapper in it."""
        for child in parent.iterchildren("*"):
            tag = str(child.tag)
            if tag in (f"{W}r", f"{M}r"):
                self._run(child, link)
            elif tag in _SKIPPED:
                continue
            elif tag == f"{W}hyperlink":
                self.content(child, _target(child))
            elif tag == f"{W}fldSimple":
                self._field_char("begin")
                self._field_code(child.get(f"{W}instr", ""))
                self._field_char("separate")
                self.content(child, link)
                self._field_char("end")
            elif tag == f"{M}oMath":
                self._maths(child, link)
            else:
                self.content(child, link)

    def _maths(self, maths: etree._Element, link: str) -> None:
        """The words of an equation, and its shape with that of all equations in it."""
        outermost, self._in_maths = not self._in_maths, True
        self.content(maths, link)
        if outermost:
            self._in_maths = False
            self._atom("maths", digest(_shape(maths).encode()))

    def _run(self, run: etree._Element, link: str) -> None:
        properties = run.find(f"{W}rPr")
        look = properties_of(properties)
        self._run_content(run, link, look)

    def _run_content(self, run: etree._Element, link: str, look: str) -> None:
        for child in run.iterchildren("*"):
            tag = str(child.tag)
            if tag in _TEXTS:
                self._text(child.text or "", link, look)
            elif tag in _FIXED_TEXT:
                self._text(_FIXED_TEXT[tag], link, look)
            elif tag not in _SKIPPED:
                self._special(child, tag, link, look)

    def _special(self, child: etree._Element, tag: str, link: str, look: str) -> None:
        """What a run holds besides text."""
        if tag == f"{W}br":
            self._text("\n", link, look)
            self._atom("break", child.get(f"{W}type", "textWrapping"))
        elif tag == f"{W}sym":
            self._text("\ufffc", link, look)
            self._atom("symbol", f"{child.get(f'{W}font', '')} {child.get(f'{W}char', '')}")
        elif tag in (f"{W}instrText", f"{W}delInstrText"):
            self._field_code(child.text or "")
        elif tag == f"{W}fldChar":
            self._field_char(child.get(f"{W}fldCharType", ""))
        elif self._is_shown_anew():
            return
        elif tag in NOTE_REFERENCES:
            self._text(NOTE, link, look)
            self.nested.append(("note", child))
        elif tag in _GRAPHICS:
            boxes = list(_outer_boxes(child))
            self._text(FRAME if boxes else "\ufffc", link, look)
            self._atom("frame" if boxes else "graphic", digest(_shape(child).encode()))
            self.nested.extend(("box", box) for box in boxes)
        elif tag in (f"{MC}AlternateContent", f"{MC}Choice"):
            self._run_content(child, link, look)
        elif next(child.iter(f"{W}r"), None) is not None:
            self.content(child, link)
        else:
            self._atom("object", tag.partition("}")[2] + properties_of(child))

    def _field_char(self, kind: str) -> None:
        if self._computed is None or (kind == "end" and self._fields[-1:] == [self._computed]):
            self._computed = None
            self._atom("field", kind)
        if kind == "begin":
            self._fields.append(_OpenField())
        elif kind == "end" and self._fields:
            self._fields.pop()
        elif kind == "separate" and self._computed is None and self._fields:
            last = self._fields[-1]
            passed = self._results == "none" or (self._results == "authored" and last.is_computed())
            self._computed = last if passed and not last.parted else None
            last.parted = True

    def _field_code(self, code: str) -> None:
        if self._computed is None:
            self._atom("field", "".join(code.split()))
        if self._fields:
            self._fields[-1].code.append(code)

    def _is_shown_anew(self) -> bool:
        """Whether this stands in a computed result; notes once that there is one."""
        if self._computed is None:
            return False
        if not self._computed.has_result:
            self._computed.has_result = True
            self._join_code()
            self.item.atoms.append((self._length, "field", "result"))
        return True

    def _text(self, text: str, link: str, look: str) -> None:
        if not text or self._is_shown_anew():
            return
        self._pieces.append(text)
        self._length += len(text)
        _extend(self.item.links, self._length, link)
        _extend(self.item.formats, self._length, look)

    def _atom(self, kind: str, value: str) -> None:
        if self._is_shown_anew():
            return
        atoms = self.item.atoms
        if kind == "field" and atoms and atoms[-1][:2] == (self._length, "field") and _is_code(value, atoms[-1][2]):
            self._code.append(value)
        else:
            self._join_code()
            atoms.append((self._length, kind, value))

    def _join_code(self) -> None:
        if self._code:
            offset, kind, code = self.item.atoms[-1]
            self.item.atoms[-1] = (offset, kind, "".join((code, *self._code)))
            self._code = []


@dataclass(slots=True, eq=False)
class _OpenField:
    code: list[str] = field(default_factory=list)
    parted: bool = False
    """Whether code and result were parted; what parts them again says nothing."""
    has_result: bool = False

    def is_computed(self) -> bool:
        return not self.parted and _COMPUTED.match("".join(self.code)) is not None


_FIELD_WORDS: Final = frozenset(("begin", "separate", "end", "result"))


def _is_code(value: str, last: str) -> bool:
    """Whether both are pieces of one field code, which may be cut into several runs."""
    return value not in _FIELD_WORDS and last not in _FIELD_WORDS


def _extend(spans: list[tuple[int, str]], end: int, value: str) -> None:
    if spans and spans[-1][1] == value:
        spans[-1] = (end, value)
    else:
        spans.append((end, value))


def _target(link: etree._Element) -> str:
    return "#".join((link.get(f"{R}id", ""), link.get(f"{W}anchor", "")))


def _outer_boxes(element: etree._Element) -> Iterator[etree._Element]:
    for child in element.iterchildren("*"):
        if child.tag == _BOX:
            yield child
        else:
            yield from _outer_boxes(child)


def _shape(element: etree._Element) -> str:
    """What is drawn, without the words in it: those are items of their own."""
    attributes = "".join(sorted(f";{name}={value}" for name, value in attributes_of(element)))
    inside = "".join(_shape(child) for child in element.iterchildren("*") if child.tag not in _WORDS)
    return f"{element.tag}{attributes}{(element.text or '').strip()}({inside})"
