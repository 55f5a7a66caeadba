"""How paragraphs and runs look on the page: style sheets of documents turned into CSS classes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from redline.changelist.labels import Level
from redline.changelist.stylesheet import VAL, StyleSheet
from redline.ooxml import NS, W, number

_INDENT: Final = f"{W}ind"
_OFF: Final = frozenset(("0", "false", "off", "none"))
_ALIGNMENT: Final = {"center": "center", "right": "end", "end": "end", "both": "justify", "distribute": "justify"}
_LARGEST_INDENT: Final = 7200
_TWIPS_PER_STEP: Final = 240
_RUN_TAGS: Final = {f"{W}b": "strong", f"{W}i": "em", f"{W}strike": "s", f"{W}dstrike": "s"}
_RUN_CLASSES: Final = {f"{W}caps": "caps", f"{W}smallCaps": "small-caps", f"{W}vanish": "hidden-text"}
_VALUE_TAGS: Final = {
    (f"{W}vertAlign", "superscript"): "sup",
    (f"{W}vertAlign", "subscript"): "sub",
}
_STYLE_CLASSES: Final = (("b", "bold"), ("i", "italic"), ("caps", "caps"))
_NAMED_STYLES: Final = frozenset(("title", "subtitle", "quote"))


@dataclass(slots=True)
class Look:
    """Turns properties into tags and class names; collects the indentations that the page's style sheet must hold."""

    styles: StyleSheet
    indents: dict[str, tuple[int, int]] = field(default_factory=dict)
    _styled: dict[str, tuple[list[etree._Element], list[str]]] = field(default_factory=dict)

    def paragraph(self, properties: etree._Element | None, style_id: str, level: Level | None) -> list[str]:
        """Class names of a paragraph; `level` is its list level, whose indentation stands between style and own."""
        inherited, style_classes = self._style(style_id or self.styles.default)
        sources = inherited if properties is None else [properties, *inherited]
        own = None if properties is None else properties.find(_INDENT)
        return [*_alignment(sources), *self._indentation(own, sources, level), *style_classes]

    def run(self, properties: etree._Element | None) -> tuple[list[str], list[str]]:
        """(tags, class names) of a run, from its own properties."""
        tags: list[str] = []
        classes: list[str] = []
        for child in () if properties is None else properties:
            tag = str(child.tag)
            if tag in _RUN_TAGS and is_on(child):
                tags.append(_RUN_TAGS[tag])
            elif tag in _RUN_CLASSES and is_on(child):
                classes.append(_RUN_CLASSES[tag])
            elif tag == f"{W}u" and is_on(child):
                tags.append("u")
            elif tag == f"{W}highlight":
                tags.append("mark")
            elif (found := _VALUE_TAGS.get((tag, child.get(VAL, "")))) is not None:
                tags.append(found)
        return list(dict.fromkeys(tags)), classes

    def css(self) -> str:
        """Rules for the indentations met, in order of their names."""
        return "".join(
            f".{name}{{padding-inline-start:calc(var(--step)*{left / _TWIPS_PER_STEP:g});"
            f"text-indent:calc(var(--step)*{first / _TWIPS_PER_STEP:g})}}"
            + (f".{name}>.label{{min-width:calc(var(--step)*{-first / _TWIPS_PER_STEP:g})}}" if first < 0 else "")
            for name, (left, first) in sorted(self.indents.items())
        )

    def _style(self, style_id: str) -> tuple[list[etree._Element], list[str]]:
        """The w:pPr of a style and those it is based on, and the class names that its runs and its name give."""
        if style_id not in self._styled:
            chain = self.styles.chain(style_id)
            runs = [style.find("w:rPr", NS) for style in chain]
            classes = [name for tag, name in _STYLE_CLASSES if _first_toggle(runs, tag)]
            name = self.styles.paragraph(style_id).name.casefold()
            inherited = [found for style in chain if (found := style.find("w:pPr", NS)) is not None]
            self._styled[style_id] = (inherited, classes + ([name] if name in _NAMED_STYLES else []))
        return self._styled[style_id]

    def _indentation(self, own: etree._Element | None, sources: list[etree._Element], level: Level | None) -> list[str]:
        if own is None and level is not None:
            return self._class(level.indent, -level.hanging)
        found = _first(sources, _INDENT)
        if found is None:
            return []
        left, hanging, first = _twips(found, "left", "start"), _twips(found, "hanging"), _twips(found, "firstLine")
        if level is not None:
            left = level.indent if left is None else left
            hanging = level.hanging if hanging is None and first is None else hanging
        return self._class(left or 0, -hanging if hanging else first or 0)

    def _class(self, left: int, first: int) -> list[str]:
        left = max(0, min(left, _LARGEST_INDENT))
        first = max(-left, min(first, _LARGEST_INDENT))
        if not left and not first:
            return []
        name = f"in{left}{'h' if first < 0 else 'f'}{abs(first)}"
        self.indents[name] = (left, first)
        return [name]


def _alignment(sources: list[etree._Element]) -> Iterator[str]:
    found = _first(sources, f"{W}jc")
    if found is not None and found.get(VAL, "") in _ALIGNMENT:
        yield _ALIGNMENT[found.get(VAL, "")]


def _first(sources: list[etree._Element], tag: str) -> etree._Element | None:
    """The first child of this tag, in the nearest of the sources that has one."""
    return next((found for source in sources for found in source.iterchildren(tag)), None)


def is_on(element: etree._Element | None) -> bool:
    """Whether an on/off property is there and on (ECMA-376-1 17.17.4)."""
    return element is not None and element.get(VAL, "1") not in _OFF


def _first_toggle(sources: list[etree._Element | None], name: str) -> bool:
    for source in sources:
        found = None if source is None else source.find(f"w:{name}", NS)
        if found is not None:
            return is_on(found)
    return False


def _twips(element: etree._Element, *names: str) -> int | None:
    for name in names:
        value = number(element.get(f"{W}{name}"))
        if value is not None:
            return value
    return None
