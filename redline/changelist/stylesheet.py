"""What the styles part says about paragraphs: names, outline levels and list levels, inheritance resolved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeVar

from lxml import etree

from redline.ooxml import NS, W
from redline.ooxml import number as as_number

VAL: Final = f"{W}val"
BODY_TEXT: Final = 9
"""w:outlineLvl 9 means body text (ECMA-376-1 17.3.1.20)."""
T = TypeVar("T")

_STYLE: Final = f"{W}pStyle"
_OUTLINE: Final = f"{W}outlineLvl"
_NUMBERING: Final = f"{W}numPr"


class Facts(NamedTuple):
    """What a paragraph's own properties say about its place; None and '' where they say nothing."""

    style: str = ""
    outline: str | None = None
    number: str | None = None
    level: int | None = None

    @classmethod
    def of(cls, properties: etree._Element | None) -> Facts:
        """The facts of a w:pPr, in one pass over its children."""
        if properties is None:
            return NOTHING
        style, outline, number, level = "", None, None, None
        for child in properties:
            tag = child.tag
            if tag == _STYLE:
                style = child.get(VAL, "")
            elif tag == _OUTLINE:
                outline = child.get(VAL)
            elif tag == _NUMBERING:
                number = _value(child, "w:numId")
                level = as_number(_value(child, "w:ilvl"))
        return cls(style, outline, number, level)


NOTHING: Final = Facts()


@dataclass(frozen=True, slots=True)
class ParagraphStyle:
    """The resolved facts of a paragraph style; `outline` counts from 0, None is body text."""

    name: str = ""
    outline: int | None = None
    number: str | None = None
    level: int | None = None

    @classmethod
    def of(cls, style: etree._Element, base: ParagraphStyle | None) -> ParagraphStyle:
        """The facts of a w:style that is based on another."""
        own, above = Facts.of(style.find("w:pPr", NS)), base or _NO_STYLE
        # A level counts in the list that is named beside it.
        listed = own if base is None or own.number is not None else above
        return cls(
            name=style_name(style),
            outline=above.outline if own.outline is None else outline_level(own.outline),
            number=listed.number,
            level=listed.level,
        )


_NO_STYLE: Final = ParagraphStyle()


@dataclass(slots=True)
class StyleSheet:
    """The styles of a document by identity; names and properties are resolved once and kept."""

    elements: dict[str, etree._Element] = field(default_factory=dict)
    default: str = ""
    _paragraphs: dict[str, ParagraphStyle] = field(default_factory=dict)

    @classmethod
    def of(cls, root: etree._Element | None) -> StyleSheet:
        """The style sheet of a styles part; an absent part is an empty sheet."""
        sheet = cls()
        for style in () if root is None else root.iterchildren(f"{W}style"):
            identity = style.get(f"{W}styleId", "")
            sheet.elements[identity] = style
            if style.get(f"{W}type") == "paragraph" and style.get(f"{W}default") in ("1", "true", "on"):
                sheet.default = identity
        return sheet

    def inherited(self, identity: str, known: dict[str, T], said: Callable[[etree._Element, T | None], T]) -> T | None:
        """What a style and those it is based on say together; None for an unknown style.

        `said` makes it from a style and from what the style it is based on came to; `known` keeps it for each, for
        thousands may be based on each other. A circle of styles ends where it closes.
        """
        if identity in known:
            return known[identity]
        waiting: dict[str, etree._Element] = {}
        while identity in self.elements and identity not in known and identity not in waiting:
            waiting[identity] = self.elements[identity]
            identity = _value(waiting[identity], "w:basedOn") or ""
        found = known.get(identity)
        for each, style in reversed(waiting.items()):
            found = known[each] = said(style, found)
        return found

    def paragraph(self, identity: str) -> ParagraphStyle:
        """The facts of a paragraph style; the default style for an unknown or empty identity."""
        key = identity if identity in self.elements else self.default
        return self.inherited(key, self._paragraphs, ParagraphStyle.of) or _NO_STYLE

    def heading(self, facts: Facts) -> int | None:
        """The outline level from 0 of a paragraph, its own or its style's; None for body text."""
        return self.paragraph(facts.style).outline if facts.outline is None else outline_level(facts.outline)


def outline_level(value: str | None) -> int | None:
    """The outline level from 0 of a w:outlineLvl value; None for body text."""
    level = as_number(value)
    return level if level is not None and 0 <= level < BODY_TEXT else None


def style_name(style: etree._Element) -> str:
    """The name of a style as a person sees it; its identity where it has none."""
    identity = style.get(f"{W}styleId", "")
    name = style.find("w:name", NS)
    return identity if name is None else name.get(VAL, identity)


def _value(element: etree._Element, path: str) -> str | None:
    found = element.find(path, NS)
    return None if found is None else found.get(VAL)
