"""Names of WordprocessingML and its neighbours (ECMA-376-1, transitional), in lxml's {namespace}local form."""

from __future__ import annotations

from typing import Final, TypeAlias

from lxml import etree

Element: TypeAlias = etree._Element

NS: Final[dict[str, str]] = {
    "w": "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "r": "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "m": "http://schemas.openxmlformats.org/officeDocument/2006/math",
    "mc": "http://schemas.openxmlformats.org/markup-compatibility/2006",
    "a": "http://schemas.openxmlformats.org/drawingml/2006/main",
    "wp": "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    "v": "urn:schemas-microsoft-com:vml",
    "o": "urn:schemas-microsoft-com:office:office",
    "w14": "http://schemas.microsoft.com/office/word/2010/wordml",
    "w15": "http://schemas.microsoft.com/office/word/2012/wordml",
    "pr": "http://schemas.openxmlformats.org/package/2006/relationships",
    "ct": "http://schemas.openxmlformats.org/package/2006/content-types",
    "xml": "http://www.w3.org/XML/1998/namespace",
}

W: Final = f"{{{NS['w']}}}"
R: Final = f"{{{NS['r']}}}"
M: Final = f"{{{NS['m']}}}"
MC: Final = f"{{{NS['mc']}}}"
A: Final = f"{{{NS['a']}}}"
WP: Final = f"{{{NS['wp']}}}"
V: Final = f"{{{NS['v']}}}"
O: Final = f"{{{NS['o']}}}"  # noqa: E741
W14: Final = f"{{{NS['w14']}}}"
W15: Final = f"{{{NS['w15']}}}"
PR: Final = f"{{{NS['pr']}}}"
CT: Final = f"{{{NS['ct']}}}"
XML_SPACE: Final = f"{{{NS['xml']}}}space"

RELATIONSHIP: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
"""Prefix of the relationship types that WordprocessingML parts use."""


HEADER_TYPES: Final = frozenset(("default", "first", "even"))
"""The types of headers and footers (ST_HdrFtr, 17.18.36); a reference of another type shows nothing."""

WIDE: Final = 1000
"""Children of an element that is not to be taken from its document as it is: lxml then looks up the namespace of each
node anew, in a time that grows with the square of their number. Copies are fast, and so are moves within a document."""


def discard(element: Element) -> None:
    """Take an element out of its document for good, much content first (see `WIDE`)."""
    parent = element.getparent()
    if parent is None:
        return
    for wide in (*element, element):
        if len(wide) > WIDE:
            del wide[:]
    parent.remove(element)


def first_child(element: Element | None, *path: str) -> Element | None:
    """The first child of this tag; with further tags the first one in that, and so on. None where there is none.

    What `find` does, in a third of the time: it is asked several times for each paragraph, run and cell.
    """
    for tag in path:
        if element is None:
            return None
        element = next(element.iterchildren(tag), None)
    return element


def number(value: str | None) -> int | None:
    """The whole number that an attribute spells (ST_DecimalNumber, 17.18.10); None for what is none, or a huge one."""
    try:
        return int(value or "")
    except ValueError:
        return None


def path_where(path: str, attribute: str, value: str) -> str:
    """A path to the elements of another that have this value, such as //w:comment[@w:id='3'].

    For people and for XPath 1.0 with the prefixes of `NS`; a value with both kinds of quotes is left out.
    """
    quote = "'" if "'" not in value else '"'
    return path if quote in value else f"{path}[{attribute}={quote}{value}{quote}]"
