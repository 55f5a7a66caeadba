"""Which properties a formatting revision changed, in the words of a person."""

from __future__ import annotations

import re
from typing import Final

from lxml import etree

from redline.ooxml import W

_NAMES: Final = {
    "rFonts": "font",
    "b": "bold",
    "bCs": "bold",
    "i": "italic",
    "iCs": "italic",
    "u": "underline",
    "strike": "strikethrough",
    "dstrike": "double strikethrough",
    "sz": "size",
    "szCs": "size",
    "color": "colour",
    "highlight": "highlight",
    "shd": "shading",
    "caps": "capitals",
    "smallCaps": "small capitals",
    "vertAlign": "superscript or subscript",
    "vanish": "hidden",
    "lang": "language",
    "kern": "kerning",
    "w": "character width",
    "bdr": "border",
    "rtl": "text direction",
    "rStyle": "style",
    "pStyle": "style",
    "tblStyle": "style",
    "jc": "alignment",
    "ind": "indentation",
    "spacing": "spacing",
    "contextualSpacing": "spacing",
    "numPr": "numbering",
    "pBdr": "borders",
    "tabs": "tabs",
    "keepNext": "keep with next",
    "keepLines": "keep lines together",
    "pageBreakBefore": "page break before",
    "widowControl": "widow control",
    "outlineLvl": "outline level",
    "bidi": "text direction",
    "tblW": "width",
    "tcW": "width",
    "gridCol": "column widths",
    "tblBorders": "borders",
    "tcBorders": "borders",
    "tblInd": "indentation",
    "tblLayout": "layout",
    "tblCellMar": "cell margins",
    "tcMar": "cell margins",
    "tblLook": "style options",
    "vAlign": "vertical alignment",
    "gridSpan": "merged cells",
    "vMerge": "merged cells",
    "trHeight": "height",
    "tblHeader": "heading row",
    "cantSplit": "break across pages",
    "pgSz": "page size",
    "pgMar": "margins",
    "pgNumType": "page numbers",
    "pgBorders": "page borders",
    "cols": "columns",
    "titlePg": "different first page",
    "headerReference": "header",
    "footerReference": "footer",
    "type": "section break",
    "docGrid": "grid",
}
# These stand in the properties without being properties: revisions, and what has a revision of its own.
_OTHERS: Final = frozenset(
    f"{W}{name}"
    for name in (
        *("ins", "del", "moveFrom", "moveTo", "rPr", "sectPr", "cellIns", "cellDel", "cellMerge"),
        *("rPrChange", "pPrChange", "sectPrChange", "tblPrChange", "tblGridChange", "tblPrExChange"),
        *("trPrChange", "tcPrChange", "numberingChange"),
    )
)
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")

_Form = tuple[str, tuple[tuple[str, str], ...], tuple["_Form", ...]]


def changed_properties(change: etree._Element) -> tuple[str, ...]:
    """Names of the properties that differ between a properties element and the w:...Change within it, in order.

    A change element that differs in nothing names nothing.
    """
    return tuple(dict.fromkeys(map(spoken_name, changed_names(change))))


def changed_names(change: etree._Element) -> list[str]:
    """The same by the names of their elements."""
    now = change.getparent()
    old = next(change.iterchildren(etree.Element), None)
    after = _properties(now)
    before = _properties(old)
    return [name for name in {**before, **after} if before.get(name) != after.get(name)]


def _properties(element: etree._Element | None) -> dict[str, list[_Form]]:
    found: dict[str, list[_Form]] = {}
    for child in () if element is None else element.iterchildren(etree.Element):
        if child.tag not in _OTHERS:
            found.setdefault(etree.QName(child).localname, []).append(_form(child))
    return found


def _form(element: etree._Element) -> _Form:
    attributes = tuple(sorted((str(name), str(value)) for name, value in element.attrib.items()))
    return str(element.tag), attributes, tuple(_form(child) for child in element.iterchildren(etree.Element))


def spoken_name(local_name: str) -> str:
    """A property as a person calls it."""
    return _NAMES.get(local_name) or _CAMEL.sub(" ", local_name).lower()
