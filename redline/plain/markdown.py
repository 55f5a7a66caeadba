"""Markdown (CommonMark with tables and strikethrough) as plain documents with real headings, lists, tables, links."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from xml.sax.saxutils import quoteattr

from markdown_it import MarkdownIt
from markdown_it.token import Token

from redline.errors import DocumentError
from redline.plain.text import lines
from redline.plain.writer import DocxWriter, paragraph, run, table

_BULLETS: Final = 1
"""w:numId of the bullet list in the default numbering."""
_INDENT: Final = 360
"""Indentation of one level of list or quote, in twentieths of a point."""
_DEEPEST_LIST: Final = 8
_SIGNS: Final = "[]*_`~<&|\\!"
_MOST_LINES: Final = 60_000
"""Lines, and half as many as there are signs."""
_MOST_BRACKETS: Final = 200_000_000
"""The squares of the brackets in each block."""
_BLANK_LINES: Final = re.compile(r"\n[ \t]*\n")
_NAMING_WORDS: Final = 3
_LOOKAHEAD: Final = 20
_TOGGLES: Final = {"em": "i", "strong": "b", "s": "strike"}
_RUN_ORDER: Final = ("style", "b", "i", "strike")
_RULE: Final = '<w:pBdr><w:bottom w:val="single" w:sz="6" w:space="1" w:color="808080"/></w:pBdr>'
_ALIGNMENTS: Final = {"text-align:center": '<w:jc w:val="center"/>', "text-align:right": '<w:jc w:val="right"/>'}


def markdown_to_docx(text: str) -> bytes:
    """A Markdown text as a .docx; deterministic.

    Images become their alternative text; raw HTML stays as the text it is written as. Raises `DocumentError`:
    too-complex.
    """
    _refuse_what_takes_long(text)
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    return _Document().convert(parser.parse(text))


def _refuse_what_takes_long(text: str) -> None:
    """The parser takes some 40 us for a line and 20 us for a sign, and looks for the partner of each bracket anew."""
    signs = sum(map(text.count, _SIGNS))
    brackets = sum(block.count("[") ** 2 for block in _BLANK_LINES.split(text))
    if text.count("\n") + signs // 2 > _MOST_LINES or brackets > _MOST_BRACKETS:
        message = "The Markdown has too many lines or signs; compare it part by part, or as text."
        raise DocumentError("too-complex", message)


@dataclass
class _Document:
    """Turns the flat token stream of markdown-it into blocks."""

    writer: DocxWriter = field(default_factory=DocxWriter)
    lists: list[int] = field(default_factory=list)
    quotes: int = 0
    marker_due: bool = False
    heading: int = 0
    rows: list[list[str]] = field(default_factory=list)
    cell: tuple[bool, str] | None = None

    def convert(self, tokens: Sequence[Token]) -> bytes:
        for index, token in enumerate(tokens):
            if token.type == "ordered_list_open":
                self.lists.append(self._ordered_list(token, _opening_words(tokens[index : index + _LOOKAHEAD])))
            self._enter_or_leave(token)
            self._block(token)
        return self.writer.save()

    def _enter_or_leave(self, token: Token) -> None:
        match token.type:
            case "heading_open":
                self.heading = int(token.tag[1])
            case "heading_close":
                self.heading = 0
            case "blockquote_open" | "blockquote_close":
                self.quotes += token.nesting
            case "bullet_list_open":
                self.lists.append(_BULLETS)
            case "bullet_list_close" | "ordered_list_close":
                self.lists.pop()
            case "list_item_open":
                self.marker_due = True
            case "list_item_close":
                self._give_an_empty_item_its_marker()

    def _block(self, token: Token) -> None:
        match token.type:
            case "inline" if self.cell is not None:
                bold, alignment = self.cell
                content = self._inline(token, {"b": "<w:b/>"} if bold else {})
                self.rows[-1].append(paragraph(content, properties=alignment))
            case "inline":
                self._paragraph(self._inline(token))
            case "code_block" | "fence" | "html_block":
                for line in lines(token.content):
                    self._paragraph(run(line), "" if token.type == "html_block" else "Code")
            case "hr":
                self.writer.add(paragraph("", properties=_RULE))
            case "table_open":
                self.rows = []
            case "tr_open":
                self.rows.append([])
            case "th_open" | "td_open":
                self.cell = (token.type == "th_open", _ALIGNMENTS.get(str(token.attrGet("style")), ""))
            case "th_close" | "td_close":
                self.cell = None
            case "table_close":
                self.writer.add(table(self.rows))
                # Word joins two tables that touch; a paragraph keeps them apart.
                self.writer.add(paragraph(""))

    def _ordered_list(self, token: Token, name: str) -> int:
        start = token.attrGet("start")
        return self.writer.new_list(1 if start is None else int(start), min(len(self.lists), _DEEPEST_LIST), name)

    def _paragraph(self, content: str, style: str = "") -> None:
        numbered = self.marker_due and bool(self.lists)
        properties = self._numbering() if numbered else self._indentation()
        self.marker_due = False
        if not style and self.heading:
            style = f"Heading{self.heading}"
        elif not style:
            style = "Quote" if self.quotes else "ListParagraph" if self.lists else ""
        self.writer.add(paragraph(content, style, properties))

    def _numbering(self) -> str:
        level = min(len(self.lists) - 1, _DEEPEST_LIST)
        # A list inside a quote moves right with it; otherwise the level's own indentation holds.
        shift = f'<w:ind w:left="{_INDENT * (level + 1 + self.quotes)}" w:hanging="{_INDENT}"/>' if self.quotes else ""
        return f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{self.lists[-1]}"/></w:numPr>{shift}'

    def _indentation(self) -> str:
        depth = len(self.lists) + self.quotes
        return f'<w:ind w:left="{_INDENT * depth}"/>' if depth else ""

    def _give_an_empty_item_its_marker(self) -> None:
        if self.marker_due:
            self._paragraph("")

    def _inline(self, token: Token, inherited: dict[str, str] | None = None) -> str:
        return _Inline(self.writer, dict(inherited or {})).convert(token.children or [])


def _opening_words(tokens: Sequence[Token]) -> str:
    """What names a list: the first words of its first item, which edits seldom touch."""
    first = next((token.content for token in tokens if token.type == "inline"), "")
    return " ".join(first.split()[:_NAMING_WORDS])


@dataclass
class _Inline:
    """Turns the inline tokens of one block into runs and hyperlinks."""

    writer: DocxWriter
    properties: dict[str, str]
    pieces: list[str] = field(default_factory=list)

    def convert(self, tokens: Sequence[Token]) -> str:
        for token in tokens:
            name = token.type.rpartition("_")[0]
            if name in _TOGGLES:
                self._toggle(_TOGGLES[name], on=token.nesting == 1)
            elif name == "link":
                self._link(token)
            else:
                self._text(token)
        return "".join(self.pieces)

    def _toggle(self, property_name: str, *, on: bool) -> None:
        if on:
            self.properties[property_name] = f"<w:{property_name}/>"
        else:
            self.properties.pop(property_name, None)

    def _link(self, token: Token) -> None:
        if token.nesting == -1:
            self.properties.pop("style", None)
            self.pieces.append("</w:hyperlink>")
            return
        target = str(token.attrGet("href") or "")
        if target.startswith("#"):
            place = f"w:anchor={quoteattr(target[1:])}"
        else:
            place = f'r:id="{self.writer.relate("hyperlink", target, external=True)}"'
        self.properties["style"] = '<w:rStyle w:val="Hyperlink"/>'
        self.pieces.append(f"<w:hyperlink {place}>")

    def _text(self, token: Token) -> None:
        match token.type:
            case "softbreak":
                self._run(" ")
            case "hardbreak":
                self._run("\n")
            case "code_inline":
                self._run(token.content, style='<w:rStyle w:val="CodeChar"/>')
            case _:  # text, raw HTML, and for images the alternative text
                self._run(token.content)

    def _run(self, text: str, style: str = "") -> None:
        properties = {**self.properties, "style": style} if style else self.properties
        self.pieces.append(run(text, "".join(properties.get(name, "") for name in _RUN_ORDER)))
