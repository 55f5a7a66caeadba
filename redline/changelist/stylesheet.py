"""What the styles part says about paragraphs: names, outline levels and list levels, inheritance resolved."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, NamedTuple

from lxml import etree

from redline.ooxml import NS, W
from redline.ooxml import number as as_number

VAL: Final = f"{W}val"
BODY_TEXT: Final = 9
"""w:outlineLvl 9 means body text (ECMA-376-1 17.3.1.20)."""
_DEEPEST_INHERITANCE: Final = 50


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


@dataclass(slots=True)
class StyleSheet:
    """The styles of a document by identity; names and properties are resolved once and kept."""

    elements: dict[str, etree._Element] = field(default_factory=dict)
    default: str = ""
    _paragraphs: dict[str, ParagraphStyle] = field(default_factory=dict)
    _bases: dict[str, str] = field(default_factory=dict)

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

    def chain(self, identity: str) -> list[etree._Element]:
        """The style and those it is based on, nearest first; a circle of styles ends where it closes."""
        found: list[etree._Element] = []
        while (style := self.elements.get(identity)) is not None and len(found) < _DEEPEST_INHERITANCE:
            found.append(style)
            identity = self._base(identity)
        return found

    def _base(self, identity: str) -> str:
        """What a style is based on, looked up once: thousands may be based on each other."""
        if identity not in self._bases:
            self._bases[identity] = _value(self.elements[identity], "w:basedOn") or ""
        return self._bases[identity]

    def name(self, identity: str) -> str:
        """The style's name as a person sees it; the identity where it has none."""
        style = self.elements.get(identity)
        name = None if style is None else style.find("w:name", NS)
        return identity if name is None else name.get(VAL, identity)

    def paragraph(self, identity: str) -> ParagraphStyle:
        """The facts of a paragraph style; the default style for an unknown or empty identity."""
        key = identity if identity in self.elements else self.default
        if key not in self._paragraphs:
            self._paragraphs[key] = self._resolve(key)
        return self._paragraphs[key]

    def heading(self, facts: Facts) -> int | None:
        """The outline level from 0 of a paragraph, its own or its style's; None for body text."""
        return self.paragraph(facts.style).outline if facts.outline is None else outline_level(facts.outline)

    def _resolve(self, identity: str) -> ParagraphStyle:
        outline = number = level = None
        for style in self.chain(identity):
            outline = _value(style, "w:pPr/w:outlineLvl") if outline is None else outline
            if number is None:
                number = _value(style, "w:pPr/w:numPr/w:numId")
                level = _value(style, "w:pPr/w:numPr/w:ilvl")
        return ParagraphStyle(
            name=self.name(identity),
            outline=outline_level(outline),
            number=number,
            level=as_number(level),
        )


def outline_level(value: str | None) -> int | None:
    """The outline level from 0 of a w:outlineLvl value; None for body text."""
    level = as_number(value)
    return level if level is not None and 0 <= level < BODY_TEXT else None


def _value(element: etree._Element, path: str) -> str | None:
    found = element.find(path, NS)
    return None if found is None else found.get(VAL)
