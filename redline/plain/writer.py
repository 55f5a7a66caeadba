"""Writes a plain, valid .docx from paragraphs and tables: what text and Markdown become before they are compared."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field
from io import BytesIO
from typing import Final
from xml.sax.saxutils import escape, quoteattr
from zlib import crc32

from redline.ooxml import NS, RELATIONSHIP
from redline.plain.parts import DEFAULT_NUMBERING, DEFAULT_STYLES, MAIN, PACKAGE_TYPES, RELATIONSHIPS

PAGE_WIDTH: Final = 11906
"""Width of A4 in twentieths of a point."""
MARGIN: Final = 1440
"""Page margin in twentieths of a point: one inch."""
TEXT_WIDTH: Final = PAGE_WIDTH - 2 * MARGIN

_DECLARATION: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_NAMESPACES: Final = f'xmlns:w="{NS["w"]}" xmlns:r="{NS["r"]}"'
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_PAGE_SETUP: Final = (
    f'<w:pgSz w:w="{PAGE_WIDTH}" w:h="16838"/>'
    f'<w:pgMar w:top="{MARGIN}" w:right="{MARGIN}" w:bottom="{MARGIN}" w:left="{MARGIN}" '
    'w:header="708" w:footer="708" w:gutter="0"/>'
)
_FIRST_LIST: Final = 2
_LIST_NUMBERS: Final = 30_000
_BREAKS: Final = {"\t": "<w:tab/>", "\n": "<w:br/>", "\f": '<w:br w:type="page"/>'}
_SPLIT_BREAKS: Final = re.compile(r"([\t\n\f])")
# XML 1.0 section 2.2 allows no other control characters; Unicode's control pictures keep them visible.
_CONTROL_PICTURES: Final = {code: 0x2400 + code for code in range(0x20) if chr(code) not in "\t\n\f"} | {
    **dict.fromkeys(range(0xD800, 0xE000), 0xFFFD),
    0xFFFE: 0xFFFD,
    0xFFFF: 0xFFFD,
}


def run(text: str, properties: str = "") -> str:
    """A run of text as XML; tabs, line feeds and form feeds become tab, line break and page break.

    `properties` is the inside of w:rPr. Empty text gives no run.
    """
    if not text:
        return ""
    pieces = [
        _BREAKS.get(piece) or f'<w:t xml:space="preserve">{escape(piece)}</w:t>'
        for piece in _SPLIT_BREAKS.split(text.translate(_CONTROL_PICTURES))
        if piece
    ]
    formatting = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f"<w:r>{formatting}{''.join(pieces)}</w:r>"


def paragraph(content: str, style: str = "", properties: str = "") -> str:
    """A paragraph of runs as XML; `properties` is the inside of w:pPr after the style, in schema order."""
    style_element = f"<w:pStyle w:val={quoteattr(style)}/>" if style else ""
    inside = style_element + properties
    return f"<w:p><w:pPr>{inside}</w:pPr>{content}</w:p>" if inside else f"<w:p>{content}</w:p>"


def table(rows: list[list[str]], widths: list[int] | None = None, style: str = "TableGrid") -> str:
    """A table as XML. Each cell is the XML of its paragraphs; widths are in twentieths of a point, one per column."""
    columns = max(len(row) for row in rows)
    column_widths = widths or [TEXT_WIDTH // columns] * columns
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in column_widths)
    body = "".join(
        f"<w:tr>{'<w:trPr><w:tblHeader/></w:trPr>' if index == 0 else ''}"
        + "".join(
            f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{cell}</w:tc>'
            for width, cell in zip(column_widths, row, strict=True)
        )
        + "</w:tr>"
        for index, row in enumerate(rows)
    )
    return (
        f'<w:tbl><w:tblPr><w:tblStyle w:val={quoteattr(style)}/><w:tblW w:w="{sum(column_widths)}" w:type="dxa"/>'
        f'<w:tblLook w:val="04A0"/></w:tblPr><w:tblGrid>{grid}</w:tblGrid>{body}</w:tbl>'
    )


@dataclass
class DocxWriter:
    """Collects the body and the parts of a document, then writes the package; same input, same bytes."""

    styles: str = DEFAULT_STYLES
    numbering: str = DEFAULT_NUMBERING
    body: list[str] = field(default_factory=list)
    section: str = ""
    title: str = ""
    _parts: list[tuple[str, str, str]] = field(default_factory=list)
    _relationships: list[str] = field(default_factory=list)
    _lists: dict[int, tuple[int, int]] = field(default_factory=dict)

    def add(self, block: str) -> None:
        """Append the XML of a block (paragraph or table) to the body."""
        self.body.append(block)

    def relate(self, kind: str, target: str, *, external: bool = False) -> str:
        """Add a relationship of the main part (`kind` such as "hyperlink") and return its id."""
        identity = f"rId{len(self._relationships) + 1}"
        mode = ' TargetMode="External"' if external else ""
        self._relationships.append(
            f'<Relationship Id="{identity}" Type="{RELATIONSHIP}{kind}" Target={quoteattr(target)}{mode}/>'
        )
        return identity

    def add_part(self, kind: str, name: str, content: str) -> str:
        """Add a part of the word folder (root element without namespaces, `kind` such as "footer"); return its id.

        The root element of `content` carries the namespace declarations as `{namespaces}`.
        """
        self._parts.append((f"word/{name}", kind, content.replace("{namespaces}", _NAMESPACES, 1)))
        return self.relate(kind, name)

    def new_list(self, start: int, level: int = 0, name: str = "") -> int:
        """A new ordered list whose items at `level` begin at `start`; returns its w:numId.

        The number comes from `name`, so that a list keeps its number when others are added before it.
        """
        number = _FIRST_LIST + crc32(name.encode()) % _LIST_NUMBERS
        while number in self._lists:
            number += 1
        self._lists[number] = (start, level)
        return number

    def save(self) -> bytes:
        """The package as bytes."""
        self.relate("styles", "styles.xml")
        self.relate("settings", "settings.xml")
        self.relate("numbering", "numbering.xml")
        self.relate("fontTable", "fontTable.xml")
        extra_types = {name: f"{MAIN}{kind}+xml" for name, kind, _ in self._parts}
        members = {
            "[Content_Types].xml": PACKAGE_TYPES.replace("{more}", _overrides(extra_types)),
            "_rels/.rels": RELATIONSHIPS,
            "word/document.xml": self._document(),
            "word/_rels/document.xml.rels": (
                f'<Relationships xmlns="{NS["pr"]}">{"".join(self._relationships)}</Relationships>'
            ),
            "word/styles.xml": self.styles,
            "word/settings.xml": self._settings(),
            "word/numbering.xml": self.numbering.replace("{more}", self._numbers()),
            "word/fontTable.xml": f"<w:fonts {_NAMESPACES}>"
            '<w:font w:name="Calibri"><w:family w:val="swiss"/><w:pitch w:val="variable"/></w:font></w:fonts>',
            "docProps/core.xml": _core_properties(self.title),
            **{name: content for name, _, content in self._parts},
        }
        return _zip(members)

    def _document(self) -> str:
        # A body that ends in a table needs a paragraph after it: Word adds one and calls the file damaged without.
        if not self.body or self.body[-1].endswith("</w:tbl>"):
            self.body.append("<w:p/>")
        section = self.section or _PAGE_SETUP
        body = f"{''.join(self.body)}<w:sectPr>{section}</w:sectPr>"
        return f"<w:document {_NAMESPACES}><w:body>{body}</w:body></w:document>"

    def _settings(self) -> str:
        notes = "".join(
            f'<w:{kind[:-1]}Pr><w:{kind[:-1]} w:id="-1"/><w:{kind[:-1]} w:id="0"/></w:{kind[:-1]}Pr>'
            for _, kind, _ in self._parts
            if kind in ("footnotes", "endnotes")
        )
        return (
            f'<w:settings {_NAMESPACES}><w:defaultTabStop w:val="720"/>{notes}<w:compat>'
            '<w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/>'
            "</w:compat></w:settings>"
        )

    def _numbers(self) -> str:
        return "".join(
            f'<w:num w:numId="{number}"><w:abstractNumId w:val="1"/>'
            f'<w:lvlOverride w:ilvl="{level}"><w:startOverride w:val="{start}"/></w:lvlOverride></w:num>'
            for number, (start, level) in self._lists.items()
        )


def section_with(header: str = "", footer: str = "") -> str:
    """The inside of a w:sectPr: A4, one-inch margins, and the default header and footer of these relationship ids."""
    references = "".join(
        f'<w:{name}Reference w:type="default" r:id="{identity}"/>'
        for name, identity in (("header", header), ("footer", footer))
        if identity
    )
    return references + _PAGE_SETUP


def _overrides(types: dict[str, str]) -> str:
    return "".join(f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, kind in types.items())


def _core_properties(title: str) -> str:
    return (
        '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{escape(title)}</dc:title></cp:coreProperties>'
    )


def _zip(members: dict[str, str]) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            package.writestr(entry, _DECLARATION + content)
    return buffer.getvalue()
