"""Numbering labels as Word shows them: "4.2", "(a)", "•" (ECMA-376-1 17.9)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from redline.changelist.numerals import numeral
from redline.changelist.stylesheet import VAL, Facts, StyleSheet
from redline.ooxml import NS, W
from redline.ooxml import number as as_number

_LEVELS: Final = 9
_LONGEST_LABEL: Final = 255
"""Characters of a label that are shown: it stands before every paragraph of its list."""
_PLACEHOLDER: Final = re.compile(r"%([1-9])")
_BULLET: Final = "bullet"
# Bullets of the Symbol and Wingdings fonts live in the private use area, which other fonts cannot show.
_FONT_BULLETS: Final = {"\uf0b7": "•", "\uf0a7": "▪", "\uf0d8": "➢", "\uf0fc": "✓", "\uf076": "❖", "\uf0a8": "□"}


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a list definition; `restart` is the level (from 1) after which it starts anew, 0 never."""

    start: int = 1
    number_format: str = "decimal"
    text: str = ""
    restart: int | None = None
    legal: bool = False
    indent: int = 0
    hanging: int = 0


@dataclass(frozen=True, slots=True)
class ListNumber:
    """A w:num: which definition counts, its levels with overrides, and the levels it starts anew at."""

    definition: str
    levels: dict[int, Level]
    starts: dict[int, int]


class Lists:
    """The list definitions of a document."""

    def __init__(self, root: etree._Element | None, styles: StyleSheet) -> None:
        self._styles = styles
        self._definitions: dict[str, etree._Element] = {}
        self._numbers: dict[str, etree._Element] = {}
        self._resolved: dict[str, ListNumber | None] = {}
        self._linked: dict[tuple[str, str], int | None] = {}
        for element in () if root is None else root:
            if element.tag == f"{W}abstractNum":
                self._definitions[element.get(f"{W}abstractNumId", "")] = element
            elif element.tag == f"{W}num":
                self._numbers[element.get(f"{W}numId", "")] = element

    def number(self, identity: str) -> ListNumber | None:
        """The list of a w:numId; None when there is none or it is 0, which means "no list"."""
        if identity not in self._resolved:
            self._resolved[identity] = self._resolve(identity)
        return self._resolved[identity]

    def place(self, facts: Facts) -> tuple[str, int] | None:
        """(w:numId, level) of a paragraph, from its own properties or its style; None when it is in no list."""
        style = self._styles.paragraph(facts.style)
        number = facts.number or style.number
        if number is None or self.number(number) is None:
            return None
        level = facts.level
        if level is None:
            linked = self._linked_level(number, facts.style) if facts.style else None
            level = linked if linked is not None else style.level or 0
        return number, max(0, min(level, _LEVELS - 1))

    def _linked_level(self, number: str, style_id: str) -> int | None:
        key = (number, style_id)
        if key not in self._linked:
            self._linked[key] = self._level_of_style(number, style_id)
        return self._linked[key]

    def _level_of_style(self, number: str, style_id: str) -> int | None:
        definition = self._definition_of(number)
        for level in () if definition is None else definition.iterchildren(f"{W}lvl"):
            if _value(level, "w:pStyle") == style_id:
                return _integer(level.get(f"{W}ilvl"), 0)
        return None

    def _definition_of(self, number: str) -> etree._Element | None:
        element = self._numbers.get(number)
        definition = self._definitions.get(_value(element, "w:abstractNumId") or "")
        link = _value(definition, "w:numStyleLink")
        if link is None:
            return definition
        # A definition may only point to a numbering style, whose own number holds the levels (17.9.21).
        style = self._styles.elements.get(link)
        target = self._numbers.get(_value(style, "w:pPr/w:numPr/w:numId") or "")
        return self._definitions.get(_value(target, "w:abstractNumId") or "")

    def _resolve(self, identity: str) -> ListNumber | None:
        element, definition = self._numbers.get(identity), self._definition_of(identity)
        if element is None or definition is None:
            return None
        levels = {_integer(level.get(f"{W}ilvl"), 0): _level(level) for level in definition.iterchildren(f"{W}lvl")}
        starts = {}
        for override in element.iterchildren(f"{W}lvlOverride"):
            index = _integer(override.get(f"{W}ilvl"), 0)
            replacement = override.find("w:lvl", NS)
            if replacement is not None:
                levels[index] = _level(replacement)
            start = _value(override, "w:startOverride")
            if start is not None:
                starts[index] = _integer(start, 1)
        return ListNumber(definition.get(f"{W}abstractNumId", ""), levels, starts)


@dataclass(slots=True)
class Counters:
    """Counts the paragraphs of one state of a document, in order."""

    lists: Lists
    full: str = ""
    """The label counted last together with those it stands under: "11.2(e)" where Word shows "(e)"."""
    _full: dict[str, list[str]] = field(default_factory=dict)
    _values: dict[str, list[int | None]] = field(default_factory=dict)
    _started: set[tuple[str, int]] = field(default_factory=set)

    def next(self, number_id: str, index: int) -> str:
        """Count one paragraph of this list and level, and return its label."""
        number = self.lists.number(number_id)
        if number is None:
            return ""
        level = number.levels.get(index, Level())
        values = self._values.setdefault(number.definition, [None] * _LEVELS)
        self._count(values, number_id, number, index, level)
        if level.number_format == _BULLET:
            self.full = label = "".join(_FONT_BULLETS.get(sign, sign) for sign in level.text)
            return label
        label = _PLACEHOLDER.sub(lambda found: _shown(number, values, int(found[1]) - 1, level), level.text)
        self.full = self._under(number, index, level, label)
        return label

    def _under(self, number: ListNumber, index: int, level: Level, label: str) -> str:
        """The label after that of the level above, unless it repeats that level's number itself."""
        known = self._full.setdefault(number.definition, [""] * _LEVELS)
        repeats = any(int(place) - 1 < index for place in _PLACEHOLDER.findall(level.text))
        above = "" if index == 0 or repeats else known[index - 1].rstrip(".")
        known[index] = above + label
        known[index + 1 :] = [""] * (_LEVELS - index - 1)
        return known[index]

    def _count(self, values: list[int | None], number_id: str, number: ListNumber, index: int, level: Level) -> None:
        current = values[index]
        if index in number.starts and (number_id, index) not in self._started:
            values[index] = number.starts[index]
        else:
            values[index] = level.start if current is None else current + 1
        self._started.add((number_id, index))
        for deeper in range(index + 1, _LEVELS):
            if values[deeper] is not None and _restarts(number.levels.get(deeper), index):
                values[deeper] = None


def _restarts(level: Level | None, after: int) -> bool:
    return level is None or level.restart is None or after < level.restart


def _shown(number: ListNumber, values: list[int | None], index: int, shown_in: Level) -> str:
    level = number.levels.get(index, Level())
    value = values[index]
    # A level that has not been counted yet shows its start, and takes part as if it had been (Word does so).
    if value is None:
        value = values[index] = number.starts.get(index, level.start)
    return numeral(value, "decimal" if shown_in.legal else level.number_format)


def _level(element: etree._Element) -> Level:
    legal = element.find("w:isLgl", NS)
    restart = _value(element, "w:lvlRestart")
    indent = element.find("w:pPr/w:ind", NS)
    return Level(
        start=_integer(_value(element, "w:start"), 0),
        number_format=_value(element, "w:numFmt") or "decimal",
        text=(_value(element, "w:lvlText") or "")[:_LONGEST_LABEL],
        restart=None if restart is None else _integer(restart, 0),
        legal=legal is not None and legal.get(VAL) not in ("0", "false", "off"),
        indent=0 if indent is None else _integer(indent.get(f"{W}left") or indent.get(f"{W}start"), 0),
        hanging=0 if indent is None else _integer(indent.get(f"{W}hanging"), 0),
    )


def _value(element: etree._Element | None, path: str) -> str | None:
    found = None if element is None else element.find(path, NS)
    return None if found is None else found.get(VAL)


def _integer(value: str | None, otherwise: int) -> int:
    """A number as a document spells it; one beyond 32 bits (17.18.10) is none."""
    found = as_number(value)
    return found if found is not None and abs(found) < 1 << 31 else otherwise
