"""Canonical bytes of elements: equal for what a reader cannot tell apart, computed at C speed."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from typing import Any, Final

from lxml import etree

from redline.ooxml import Element, W

Identify = Callable[[str], str]
"""What the relationship of an id refers to, in words that compare across packages."""

PropertiesKey = tuple[Hashable, ...]
"""Equal for property elements that say the same."""

_NOISE: Final = re.compile(
    rb" (?:w(?::rsid\w*|14:(?:paraId|textId)|p14:(?:anchorId|editId))|xmlns(?::\w+)?|o:(?:spid|gfxdata)|mc:Ignorable)"
    rb'="[^"]*"'
    rb"|<w:(?:(?:proofErr|lastRenderedPageBreak|bookmark(?:Start|End))\b|lang )[^>]*/>"
    rb'| (?<=<wp:docPr )id="[^"]*"'
)
"""Every alternative begins with a space or a bracket, and none with a look behind: the search then skips in C."""
_EMPTY: Final = re.compile(rb"<w:(?:rPr|pPr)/>|<w:(?:rPr|pPr)></w:(?:rPr|pPr)>")
_ON: Final = frozenset((W + "val", on) for on in ("1", "true", "on"))
_RUN_SWITCHES: Final = (
    *("b", "bCs", "i", "iCs", "caps", "smallCaps", "strike", "dstrike", "outline", "shadow", "emboss", "imprint"),
    *("noProof", "snapToGrid", "vanish", "webHidden", "rtl", "cs", "specVanish", "oMath"),
)
_PARAGRAPH_SWITCHES: Final = (
    *("keepNext", "keepLines", "pageBreakBefore", "widowControl", "suppressLineNumbers", "suppressAutoHyphens"),
    *("kinsoku", "wordWrap", "overflowPunct", "topLinePunct", "autoSpaceDE", "autoSpaceDN", "bidi", "adjustRightInd"),
    *("contextualSpacing", "mirrorIndents", "suppressOverlap"),
)
_TABLE_SWITCHES: Final = ("bidiVisual", "cantSplit", "tblHeader", "noWrap", "hideMark", "titlePg")
_SWITCHES: Final = frozenset(W + name for name in _RUN_SWITCHES + _PARAGRAPH_SWITCHES + _TABLE_SWITCHES)
"""Properties that are on when their value is left out (CT_OnOff, 17.17.4)."""
_REFERENCE: Final = re.compile(rb' (r:\w+)="([^"]*)"')
_NOTE_ID: Final = re.compile(rb'(<w:(?:footnote|endnote)Reference)\b[^>]*? w:id="[^"]*"')
_COMMENT: Final = re.compile(rb"<w:comment(?:RangeStart|RangeEnd|Reference)\b[^>]*/>")


def canonical(element: Element, identify: Identify) -> bytes:
    """The element without what changes from save to save: namespaces, save ids, proofing, bookmarks, note ids."""
    return without_noise(etree.tostring(element, encoding="UTF-8", with_tail=False), identify)


def without_noise(raw: bytes, identify: Identify) -> bytes:
    """`canonical` of an element that is written already."""
    raw = _NOISE.sub(b"", raw)
    if b" r:" in raw:
        raw = _REFERENCE.sub(lambda m: b' %s="%s"' % (m[1], identify(m[2].decode()).encode()), raw)
    if b"Reference" in raw:
        raw = _COMMENT.sub(b"", _NOTE_ID.sub(rb"\1", raw))
    return _EMPTY.sub(b"", raw) if b"Pr/>" in raw or b"Pr></" in raw else raw


def properties_key(element: Element | None, skip: frozenset[str] = frozenset()) -> PropertiesKey:
    """Key of a property element (w:rPr, w:pPr, w:tblPr...): its children but for those in `skip`; () for none.

    Their order and the ways to say "on" (17.17.4) do not count, as a reader cannot see them.
    """
    if element is None:
        return ()
    keys = [_key(child) for child in element if child.tag not in skip]
    if len(keys) > 1:
        keys.sort()
    return tuple(keys)


def _key(element: Element) -> Any:
    attributes = element.attrib.items()
    if len(attributes) > 1:
        attributes = sorted(attributes)
    elif attributes and attributes[0] in _ON and element.tag in _SWITCHES:
        attributes = []
    return element.tag, tuple(attributes), tuple([_key(child) for child in element]) if len(element) else ()
