"""Builds the two versions of the demonstration agreement as .docx; same bytes every time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.resources import files
from itertools import groupby
from typing import Final

from redline.plain.writer import TEXT_WIDTH, DocxWriter, paragraph, run, section_with, table
from runtime.demo.look import NUMBERING, STYLES
from runtime.demo.negotiation import ADDED, DELETED, MOVED, REPLACEMENTS

TITLE: Final = "Master Services Agreement"
_HEADERS: Final = ("Draft 1 of 3 March 2026", "Draft 2 of 27 March 2026")
_STYLES: Final = {
    "=": "Title",
    "~": "Cover",
    "@": "Part",
    "@@": "Schedule",
    "#": "Heading1",
    "##": "Clause2",
    "###": "Clause3",
    ":": "Definition",
    "-": "Bullet",
}
_LINE: Final = re.compile(r"(@@?|#{1,3}|[=~:-]) (.*)")
_HEADING_ROW: Final = re.compile(r"\|!([\d,]+) ")
"""Begins a table and gives the widths of its columns in per cent."""
_FOOTNOTE_TEXT: Final = re.compile(r"\[\^(\w+)\] (.*)")
_INLINE: Final = re.compile(r"\*\*(?P<bold>.+?)\*\*|\*(?P<italic>.+?)\*|\[\^(?P<note>\w+)\]")
_REFERENCE: Final = '<w:rStyle w:val="FootnoteReference"/>'


def documents() -> tuple[bytes, bytes]:
    """The agreement before and after a round of negotiation, as .docx."""
    before = source()
    return build(before, _HEADERS[0]), build(negotiated(before), _HEADERS[1])


def source() -> list[str]:
    """The lines of the agreement."""
    text = files("runtime.demo").joinpath("agreement.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line]


def negotiated(lines: list[str]) -> list[str]:
    """The lines after the edits of the negotiation. Raises ValueError if an edit does not find its one place."""
    text = "\n".join(lines)
    for old, new in REPLACEMENTS:
        if text.count(old) != 1:
            raise ValueError(f"An edit must have one place, not {text.count(old)}: {old}")
        text = text.replace(old, new)
    edited = text.split("\n")
    for beginning in DELETED:
        edited.pop(_place(edited, beginning))
    for beginning, predecessor in MOVED:
        line = edited.pop(_place(edited, beginning))
        edited.insert(_place(edited, predecessor) + 1, line)
    for predecessor, new_lines in ADDED:
        place = _place(edited, predecessor) + 1
        edited[place:place] = new_lines
    return edited


def build(lines: list[str], header: str) -> bytes:
    """The lines as a .docx with this text in its header."""
    return _Builder(header).build(lines)


def _place(lines: list[str], beginning: str) -> int:
    (place,) = (index for index, line in enumerate(lines) if line.startswith(beginning))
    return place


@dataclass
class _Builder:
    header: str
    writer: DocxWriter = field(default_factory=lambda: DocxWriter(STYLES, NUMBERING, title=TITLE))
    notes: dict[str, int] = field(default_factory=dict)

    def build(self, lines: list[str]) -> bytes:
        footnotes = {found[1]: found[2] for line in lines if (found := _FOOTNOTE_TEXT.fullmatch(line))}
        for is_table, block in groupby(lines, key=lambda line: line.startswith("|")):
            if is_table:
                self._table(list(block))
                continue
            for line in block:
                if not _FOOTNOTE_TEXT.fullmatch(line):
                    self._paragraph(line)
        self._stories(footnotes)
        return self.writer.save()

    def _paragraph(self, line: str) -> None:
        marked = _LINE.fullmatch(line)
        style, text = (_STYLES[marked[1]], marked[2]) if marked else ("BodyText", line)
        if re.match(r"\([A-Z1-9]\) ", text):
            style, text = "Recital", text.replace(" ", "\t", 1)
        self.writer.add(paragraph(self._inline(text), style))

    def _table(self, lines: list[str]) -> None:
        heading = _HEADING_ROW.match(lines[0])
        shares = heading[1].split(",") if heading else ()
        widths = [TEXT_WIDTH * int(share) // 100 for share in shares]
        self.writer.add(table([self._row(line) for line in lines], widths))

    def _row(self, line: str) -> list[str]:
        heading = _HEADING_ROW.match(line)
        bold = "<w:b/>" if heading else ""
        cells = line[heading.end() :] if heading else line[2:]
        return [paragraph(self._inline(cell, bold), "TableText") for cell in cells.split(" | ")]

    def _inline(self, text: str, properties: str = "") -> str:
        return "".join(self._runs(text, properties))

    def _runs(self, text: str, properties: str) -> Iterator[str]:
        end = 0
        for found in _INLINE.finditer(text):
            yield run(text[end : found.start()], properties)
            if found["note"]:
                number = self.notes.setdefault(found["note"], len(self.notes) + 1)
                yield f'<w:r><w:rPr>{_REFERENCE}</w:rPr><w:footnoteReference w:id="{number}"/></w:r>'
            elif found["bold"]:
                yield run(found["bold"], "<w:b/>")
            else:
                yield run(found["italic"], "<w:i/>")
            end = found.end()
        yield run(text[end:], properties)

    def _stories(self, footnotes: dict[str, str]) -> None:
        header = paragraph(run(f"{TITLE}\t\t{self.header}"), "Header")
        footer = paragraph(
            f"{run('Harbourline / Tessel: confidential')}{run(chr(9) * 2 + 'Page ')}{_page_field('PAGE', '1')}"
            f"{run(' of ')}{_page_field('NUMPAGES', '10')}",
            "Footer",
        )
        self.writer.section = section_with(
            self.writer.add_part("header", "header1.xml", f"<w:hdr {{namespaces}}>{header}</w:hdr>"),
            self.writer.add_part("footer", "footer1.xml", f"<w:ftr {{namespaces}}>{footer}</w:ftr>"),
        )
        notes = "".join(_footnote(number, footnotes[name]) for name, number in self.notes.items())
        self.writer.add_part(
            "footnotes", "footnotes.xml", f"<w:footnotes {{namespaces}}>{_SEPARATORS}{notes}</w:footnotes>"
        )


def _page_field(instruction: str, shown: str) -> str:
    return f'<w:fldSimple w:instr=" {instruction} ">{run(shown)}</w:fldSimple>'


def _footnote(number: int, text: str) -> str:
    mark = f"<w:r><w:rPr>{_REFERENCE}</w:rPr><w:footnoteRef/></w:r>"
    return f'<w:footnote w:id="{number}">{paragraph(mark + run(" " + text), "FootnoteText")}</w:footnote>'


_SEPARATORS: Final = "".join(
    f'<w:footnote w:type="{kind}" w:id="{number}"><w:p><w:r><w:{kind}/></w:r></w:p></w:footnote>'
    for number, kind in ((-1, "separator"), (0, "continuationSeparator"))
)
