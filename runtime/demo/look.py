"""How the demonstration agreement looks: its styles and the numbering of its clauses."""

from __future__ import annotations

from typing import Final

from redline.plain.parts import TABLE_STYLES, level, numbering_part, style, styles_part

_CLAUSES: Final = 1
_BULLETS: Final = 2


def _numbered(index: int, number: int = _CLAUSES) -> str:
    return f'<w:numPr><w:ilvl w:val="{index}"/><w:numId w:val="{number}"/></w:numPr>'


def _paragraph(identity: str, name: str, properties: str, run: str = "") -> str:
    run_properties = f"<w:rPr>{run}</w:rPr>" if run else ""
    return style("paragraph", identity, name, f"<w:pPr>{properties}</w:pPr>{run_properties}", based_on="Normal")


def _size(half_points: int) -> str:
    return f'<w:sz w:val="{half_points}"/><w:szCs w:val="{half_points}"/>'


STYLES: Final = styles_part(
    style("paragraph", "Normal", "Normal", default=True)
    + style("character", "DefaultParagraphFont", "Default Paragraph Font", default=True)
    + _paragraph(
        "Title",
        "Title",
        '<w:spacing w:before="480" w:after="240"/><w:jc w:val="center"/>',
        f"<w:b/>{_size(44)}",
    )
    + _paragraph("Cover", "Cover", '<w:spacing w:after="120"/><w:jc w:val="center"/>')
    + _paragraph(
        "Part",
        "Part",
        '<w:keepNext/><w:spacing w:before="320" w:after="120"/>',
        f'<w:b/><w:caps/><w:color w:val="1F3A5F"/>{_size(22)}',
    )
    + _paragraph(
        "Schedule",
        "Schedule",
        '<w:keepNext/><w:spacing w:before="400" w:after="160"/><w:outlineLvl w:val="0"/>',
        f'<w:b/><w:color w:val="1F3A5F"/>{_size(28)}',
    )
    + _paragraph(
        "Heading1",
        "heading 1",
        f'<w:keepNext/>{_numbered(0)}<w:spacing w:before="240" w:after="100"/><w:outlineLvl w:val="0"/>',
        f'<w:b/><w:color w:val="1F3A5F"/>{_size(24)}',
    )
    + _paragraph("Clause2", "Clause 2", f'{_numbered(1)}<w:jc w:val="both"/>')
    + _paragraph("Clause3", "Clause 3", f'{_numbered(2)}<w:jc w:val="both"/>')
    + _paragraph("BodyText", "Body Text", '<w:spacing w:before="120"/><w:jc w:val="both"/>')
    + _paragraph("Definition", "Definition", '<w:ind w:left="720"/><w:jc w:val="both"/>')
    + _paragraph("Recital", "Recital", '<w:ind w:left="720" w:hanging="720"/><w:jc w:val="both"/>')
    + _paragraph("Bullet", "List Bullet", _numbered(0, _BULLETS))
    + _paragraph("TableText", "Table Text", '<w:spacing w:before="40" w:after="40"/>', _size(18))
    + _paragraph(
        "Header",
        "header",
        '<w:tabs><w:tab w:val="center" w:pos="4513"/><w:tab w:val="right" w:pos="9026"/></w:tabs>'
        '<w:spacing w:after="0"/>',
        f'<w:color w:val="5A6675"/>{_size(18)}',
    )
    + _paragraph(
        "Footer",
        "footer",
        '<w:tabs><w:tab w:val="center" w:pos="4513"/><w:tab w:val="right" w:pos="9026"/></w:tabs>'
        '<w:spacing w:after="0"/>',
        f'<w:color w:val="5A6675"/>{_size(18)}',
    )
    + _paragraph("FootnoteText", "footnote text", '<w:spacing w:after="0"/>', _size(18))
    + style("character", "FootnoteReference", "footnote reference", '<w:rPr><w:vertAlign w:val="superscript"/></w:rPr>')
    + TABLE_STYLES,
    font="Cambria",
    size=20,
)

NUMBERING: Final = numbering_part(
    '<w:abstractNum w:abstractNumId="0"><w:multiLevelType w:val="multilevel"/>'
    + level(0, "decimal", "%1.", 720, 720, '<w:pStyle w:val="Heading1"/>')
    + level(1, "decimal", "%1.%2", 720, 720, '<w:pStyle w:val="Clause2"/>')
    + level(2, "lowerLetter", "(%3)", 1440, 720, '<w:pStyle w:val="Clause3"/>')
    + '</w:abstractNum><w:abstractNum w:abstractNumId="1"><w:multiLevelType w:val="hybridMultilevel"/>'
    + level(0, "bullet", "•", 720, 360)
    + '</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    '<w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>{more}'
)
