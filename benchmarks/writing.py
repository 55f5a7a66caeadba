"""Writes the blocks of a made-up contract as a .docx: headings, numbered clauses, bold terms, tables, footnotes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from benchmarks.contracts import Block, Paragraph, Table
from redline.plain.writer import DocxWriter, paragraph, run, section_with, table

_SEPARATORS: Final = (
    '<w:footnote w:type="separator" w:id="-1"><w:p><w:r><w:separator/></w:r></w:p></w:footnote>'
    '<w:footnote w:type="continuationSeparator" w:id="0"><w:p><w:r><w:continuationSeparator/></w:r></w:p></w:footnote>'
)
_FORMATTING: Final = (
    '<w:rFonts w:ascii="Calibri" w:hAnsi="Calibri" w:eastAsia="Calibri" w:cs="Calibri"/>'
    '<w:color w:val="000000"/><w:sz w:val="22"/><w:szCs w:val="22"/><w:lang w:val="en-GB"/>'
)
_WORDS_OF_A_RUN: Final = 8
_RAISED: Final = '<w:vertAlign w:val="superscript"/>'


def to_docx(blocks: Sequence[Block], title: str = "Services Agreement") -> bytes:
    """The package as bytes; the same blocks give the same bytes."""
    writer = DocxWriter(title=title)
    numbering = writer.new_list(1)
    notes: list[str] = []
    for block in blocks:
        if isinstance(block, Table):
            writer.add(_table(block))
            # Two tables that touch would become one.
            writer.add(paragraph(""))
        else:
            writer.add(_paragraph(block, numbering, notes))
    if notes:
        writer.add_part("footnotes", "footnotes.xml", _footnotes(notes))
    header = writer.add_part("header", "header1.xml", _story("hdr", f"{title} (confidential)"))
    footer = writer.add_part("footer", "footer1.xml", _story("ftr", "Draft for discussion"))
    writer.section = section_with(header, footer)
    return writer.save()


def _paragraph(block: Paragraph, numbering: int, notes: list[str]) -> str:
    content = (run(f"{block.term} ", "<w:b/>") if block.term else "") + _runs(block.text)
    if block.note:
        notes.append(block.note)
        content += f'<w:r><w:rPr>{_RAISED}</w:rPr><w:footnoteReference w:id="{len(notes)}"/></w:r>'
    if not block.level:
        return paragraph(content)
    list_item = f'<w:numPr><w:ilvl w:val="{block.level - 1}"/><w:numId w:val="{numbering}"/></w:numPr>'
    return paragraph(content, "Heading1" if block.level == 1 else "ListParagraph", list_item)


def _runs(text: str) -> str:
    """The text as Word leaves it after years of editing: in many runs, each with its formatting spelled out."""
    words = text.split(" ")
    pieces = (" ".join(words[start : start + _WORDS_OF_A_RUN]) for start in range(0, len(words), _WORDS_OF_A_RUN))
    first, *others = pieces
    return run(first, _FORMATTING) + "".join(run(f" {piece}", _FORMATTING) for piece in others)


def _table(block: Table) -> str:
    rows = [[paragraph(run(cell, "" if index else "<w:b/>")) for cell in row] for index, row in enumerate(block.rows)]
    return table(rows)


def _footnotes(notes: Sequence[str]) -> str:
    mark = f"<w:r><w:rPr>{_RAISED}</w:rPr><w:footnoteRef/></w:r>"
    bodies = "".join(
        f'<w:footnote w:id="{identity}">{paragraph(mark + run(f" {text}"))}</w:footnote>'
        for identity, text in enumerate(notes, start=1)
    )
    return f"<w:footnotes {{namespaces}}>{_SEPARATORS}{bodies}</w:footnotes>"


def _story(root: str, text: str) -> str:
    return f"<w:{root} {{namespaces}}>{paragraph(run(text))}</w:{root}>"
