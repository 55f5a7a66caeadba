"""The parts that every written document shares: styles, list definitions, package plumbing."""

from __future__ import annotations

from typing import Final

from redline.ooxml import NS, RELATIONSHIP

MAIN: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml."

PACKAGE_TYPES: Final = (
    f'<Types xmlns="{NS["ct"]}">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/word/document.xml" ContentType="{MAIN}document.main+xml"/>'
    f'<Override PartName="/word/styles.xml" ContentType="{MAIN}styles+xml"/>'
    f'<Override PartName="/word/settings.xml" ContentType="{MAIN}settings+xml"/>'
    f'<Override PartName="/word/numbering.xml" ContentType="{MAIN}numbering+xml"/>'
    f'<Override PartName="/word/fontTable.xml" ContentType="{MAIN}fontTable+xml"/>'
    '<Override PartName="/docProps/core.xml" '
    'ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>'
    "{more}</Types>"
)

RELATIONSHIPS: Final = (
    f'<Relationships xmlns="{NS["pr"]}">'
    f'<Relationship Id="rId1" Type="{RELATIONSHIP}officeDocument" Target="word/document.xml"/>'
    '<Relationship Id="rId2" '
    'Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" '
    'Target="docProps/core.xml"/></Relationships>'
)

_HEADING_SIZES: Final = (32, 28, 26, 24, 22, 22)
_BULLETS: Final = "•◦▪"
_ORDERED_FORMATS: Final = ("decimal", "lowerLetter", "lowerRoman")


def style(kind: str, identity: str, name: str, inside: str = "", *, based_on: str = "", default: bool = False) -> str:
    """One w:style (ECMA-376-1 17.7.4.17); `inside` are its properties in schema order."""
    base = f'<w:basedOn w:val="{based_on}"/>' if based_on else ""
    mark = ' w:default="1"' if default else ""
    return (
        f'<w:style w:type="{kind}"{mark} w:styleId="{identity}"><w:name w:val="{name}"/>{base}<w:qFormat/>'
        f"{inside}</w:style>"
    )


def styles_part(styles: str, *, font: str = "Calibri", size: int = 22) -> str:
    """The styles part; `size` is in half-points."""
    return (
        f'<w:styles xmlns:w="{NS["w"]}"><w:docDefaults><w:rPrDefault><w:rPr>'
        f'<w:rFonts w:ascii="{font}" w:hAnsi="{font}" w:eastAsia="{font}" w:cs="{font}"/>'
        f'<w:sz w:val="{size}"/><w:szCs w:val="{size}"/><w:lang w:val="en-GB"/></w:rPr></w:rPrDefault>'
        '<w:pPrDefault><w:pPr><w:spacing w:after="120" w:line="264" w:lineRule="auto"/></w:pPr></w:pPrDefault>'
        f"</w:docDefaults>{styles}</w:styles>"
    )


def _headings() -> str:
    return "".join(
        style(
            "paragraph",
            f"Heading{level}",
            f"heading {level}",
            f'<w:pPr><w:keepNext/><w:spacing w:before="240" w:after="80"/><w:outlineLvl w:val="{level - 1}"/></w:pPr>'
            f'<w:rPr><w:b/><w:sz w:val="{size}"/><w:szCs w:val="{size}"/></w:rPr>',
            based_on="Normal",
        )
        for level, size in enumerate(_HEADING_SIZES, start=1)
    )


def _borders(names: tuple[str, ...]) -> str:
    return "".join(f'<w:{name} w:val="single" w:sz="4" w:space="0" w:color="808080"/>' for name in names)


TABLE_STYLES: Final = style(
    "table",
    "TableNormal",
    "Normal Table",
    '<w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar><w:top w:w="0" w:type="dxa"/>'
    '<w:left w:w="108" w:type="dxa"/><w:bottom w:w="0" w:type="dxa"/><w:right w:w="108" w:type="dxa"/>'
    "</w:tblCellMar></w:tblPr>",
    default=True,
) + style(
    "table",
    "TableGrid",
    "Table Grid",
    f"<w:tblPr><w:tblBorders>{_borders(('top', 'left', 'bottom', 'right', 'insideH', 'insideV'))}"
    "</w:tblBorders></w:tblPr>",
    based_on="TableNormal",
)

DEFAULT_STYLES: Final = styles_part(
    style("paragraph", "Normal", "Normal", default=True)
    + _headings()
    + style("character", "DefaultParagraphFont", "Default Paragraph Font", default=True)
    + style(
        "paragraph",
        "ListParagraph",
        "List Paragraph",
        '<w:pPr><w:spacing w:after="60"/></w:pPr>',
        based_on="Normal",
    )
    + style(
        "paragraph",
        "Quote",
        "Quote",
        '<w:pPr><w:pBdr><w:left w:val="single" w:sz="12" w:space="8" w:color="A0A0A0"/></w:pBdr></w:pPr>'
        "<w:rPr><w:i/></w:rPr>",
        based_on="Normal",
    )
    + style(
        "paragraph",
        "Code",
        "Code",
        '<w:pPr><w:shd w:val="clear" w:color="auto" w:fill="F2F2F2"/><w:spacing w:after="0"/></w:pPr>'
        '<w:rPr><w:rFonts w:ascii="Consolas" w:hAnsi="Consolas" w:cs="Consolas"/><w:sz w:val="20"/></w:rPr>',
        based_on="Normal",
    )
    + style(
        "character",
        "CodeChar",
        "Code Char",
        '<w:rPr><w:rFonts w:ascii="Consolas" w:hAnsi="Consolas" w:cs="Consolas"/></w:rPr>',
    )
    + style("character", "Hyperlink", "Hyperlink", '<w:rPr><w:color w:val="0563C1"/><w:u w:val="single"/></w:rPr>')
    + TABLE_STYLES
)


def level(index: int, number_format: str, text: str, indent: int, hanging: int, inside: str = "") -> str:
    """One w:lvl (ECMA-376-1 17.9.6); `indent` and `hanging` are in twentieths of a point."""
    return (
        f'<w:lvl w:ilvl="{index}"><w:start w:val="1"/><w:numFmt w:val="{number_format}"/>{inside}'
        f'<w:lvlText w:val="{text}"/><w:lvlJc w:val="left"/>'
        f'<w:pPr><w:ind w:left="{indent}" w:hanging="{hanging}"/></w:pPr></w:lvl>'
    )


def numbering_part(inside: str) -> str:
    """The numbering part from its abstract definitions and numbers."""
    return f'<w:numbering xmlns:w="{NS["w"]}">{inside}</w:numbering>'


def _bullet_levels() -> str:
    return "".join(
        level(index, "bullet", _BULLETS[index % 3], indent=360 * (index + 1), hanging=360) for index in range(9)
    )


def _ordered_levels() -> str:
    return "".join(
        level(index, _ORDERED_FORMATS[index % 3], f"%{index + 1}.", indent=360 * (index + 1), hanging=360)
        for index in range(9)
    )


DEFAULT_NUMBERING: Final = numbering_part(
    '<w:abstractNum w:abstractNumId="0"><w:multiLevelType w:val="hybridMultilevel"/>'
    + _bullet_levels()
    + '</w:abstractNum><w:abstractNum w:abstractNumId="1"><w:multiLevelType w:val="multilevel"/>'
    + _ordered_levels()
    + '</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>{more}'
)
"""Number 1 is the bullet list; ordered lists are added with higher numbers, all of the abstract definition 1."""
