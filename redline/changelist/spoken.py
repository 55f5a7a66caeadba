"""What properties say, in the words of a person: "bold; size 12 pt", before and after a change."""

from __future__ import annotations

from typing import Final

from lxml import etree

from redline.changelist.formatchanges import changed_names, spoken_name
from redline.ooxml import W, number

_OFF: Final = frozenset(("0", "false", "off"))
_VAL: Final = f"{W}val"
_SWITCHES: Final = frozenset(
    f"{W}{name}"
    for name in (
        *("b", "bCs", "i", "iCs", "caps", "smallCaps", "strike", "dstrike", "vanish", "rtl"),
        *("keepNext", "keepLines", "pageBreakBefore", "widowControl", "contextualSpacing", "bidi"),
    )
)
_FONTS: Final = tuple(f"{W}{name}" for name in ("ascii", "asciiTheme", "hAnsi", "hAnsiTheme", "eastAsia", "cs"))
_HALF_POINTS: Final = frozenset(f"{W}{name}" for name in ("sz", "szCs", "kern"))
_TWIPS: Final = {
    f"{W}{name}": words
    for name, words in (
        *(("before", "before"), ("after", "after"), ("left", "left"), ("start", "left"), ("right", "right")),
        *(("end", "right"), ("hanging", "hanging"), ("firstLine", "first line")),
    )
}
"""Attributes in twentieths of a point (17.3.1.12, 17.3.1.33)."""
_LINES: Final = 240
"""Parts of a line in which w:line counts where w:lineRule is auto (17.3.1.33)."""


def changed_values(change: etree._Element) -> tuple[list[str], list[str]]:
    """What the properties that a w:...Change changed said before, and what they say now, without what both say."""
    names = frozenset(changed_names(change))
    old, now = (_said(each, names) for each in (next(change.iterchildren(etree.Element), None), change.getparent()))
    return [value for value in old if value not in now], [value for value in now if value not in old]


def _said(properties: etree._Element | None, names: frozenset[str]) -> list[str]:
    children = () if properties is None else properties.iterchildren(etree.Element)
    return list(dict.fromkeys(_value(child) for child in children if etree.QName(child).localname in names))


def _value(element: etree._Element) -> str:
    name = spoken_name(etree.QName(element).localname)
    value = element.get(f"{W}fill" if element.tag == f"{W}shd" else _VAL, "")
    if element.tag in _SWITCHES:
        return f"not {name}" if value in _OFF else name
    if element.tag in _HALF_POINTS:
        return f"{name} {_points(value, 2)}"
    if element.tag == f"{W}rFonts":
        return " ".join((name, ", ".join(dict.fromkeys(filter(None, map(element.get, _FONTS)))))).strip()
    lengths = [f"{words} {_points(element.get(key, ''), 20)}" for key, words in _TWIPS.items() if key in element.attrib]
    if f"{W}line" in element.attrib:
        lengths.append(f"lines {_line(element)}")
    return " ".join(filter(None, (name, value, ", ".join(lengths))))


def _line(spacing: etree._Element) -> str:
    value = spacing.get(f"{W}line", "")
    count = number(value)
    if count is None or spacing.get(f"{W}lineRule", "auto") != "auto":
        return _points(value, 20)
    return f"{count / _LINES:.3g}"


def _points(value: str, parts: int) -> str:
    count = number(value)
    return value if count is None else f"{count / parts:g} pt"
