"""How paragraphs and runs look on the page: style sheets of documents turned into CSS classes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from redline.labels import Level
from redline.ooxml import NS, W
from redline.stylesheet import VAL, StyleSheet

_OFF: Final = frozenset(("0", "false", "off", "none"))
_ALIGNMENT: Final = {"center": "center", "right": "end", "end": "end", "both": "justify", "distribute": "justify"}
_LARGEST_INDENT: Final = 7200
_TWIPS_PER_STEP: Final = 240
_RUN_TAGS: Final = (("b", "strong"), ("i", "em"), ("strike", "s"), ("dstrike", "s"))
_RUN_CLASSES: Final = (("caps", "caps"), ("smallCaps", "small-caps"), ("vanish", "hidden-text"))
_VERTICAL: Final = {"superscript": "sup", "subscript": "sub"}


@dataclass(slots=True)
class Look:
    """Turns properties into tags and class names; collects the indentations that the page's style sheet must hold."""

    styles: StyleSheet
    indents: dict[str, tuple[int, int]] = field(default_factory=dict)

    def paragraph(self, properties: etree._Element | None, style_id: str, level: Level | None) -> list[str]:
        """Class names of a paragraph; `level` is its list level, whose indentation stands between style and own."""
        style_id = style_id or self.styles.default
        sources = [properties, *(style.find("w:pPr", NS) for style in self.styles.chain(style_id))]
        classes = list(self._alignment(sources))
        classes += self._indentation(sources, level)
        runs = [style.find("w:rPr", NS) for style in self.styles.chain(style_id)]
        classes += [
            name for tag, name in (("b", "bold"), ("i", "italic"), ("caps", "caps")) if _first_toggle(runs, tag)
        ]
        name = self.styles.paragraph(style_id).name.casefold()
        return classes + [kind for kind in ("title", "subtitle", "quote") if name == kind]

    def run(self, properties: etree._Element | None) -> tuple[list[str], list[str]]:
        """(tags, class names) of a run, from its own properties."""
        if properties is None:
            return [], []
        tags = [tag for name, tag in _RUN_TAGS if _toggle(properties, name)]
        underline = properties.find("w:u", NS)
        if underline is not None and underline.get(VAL, "single") not in _OFF:
            tags.append("u")
        vertical = properties.find("w:vertAlign", NS)
        if vertical is not None and vertical.get(VAL, "") in _VERTICAL:
            tags.append(_VERTICAL[vertical.get(VAL, "")])
        classes = [name for tag, name in _RUN_CLASSES if _toggle(properties, tag)]
        if properties.find("w:highlight", NS) is not None:
            tags.append("mark")
        return list(dict.fromkeys(tags)), classes

    def css(self) -> str:
        """Rules for the indentations met, in order of their names."""
        return "".join(
            f".{name}{{padding-inline-start:calc(var(--step)*{left / _TWIPS_PER_STEP:g});"
            f"text-indent:calc(var(--step)*{first / _TWIPS_PER_STEP:g})}}"
            + (f".{name}>.label{{min-width:calc(var(--step)*{-first / _TWIPS_PER_STEP:g})}}" if first < 0 else "")
            for name, (left, first) in sorted(self.indents.items())
        )

    def _alignment(self, sources: list[etree._Element | None]) -> Iterator[str]:
        for source in sources:
            found = None if source is None else source.find("w:jc", NS)
            if found is not None:
                alignment = _ALIGNMENT.get(found.get(VAL, ""))
                if alignment:
                    yield alignment
                return

    def _indentation(self, sources: list[etree._Element | None], level: Level | None) -> list[str]:
        own = None if sources[0] is None else sources[0].find("w:ind", NS)
        if own is None and level is not None:
            return self._class(level.indent, -level.hanging)
        for source in sources:
            found = None if source is None else source.find("w:ind", NS)
            if found is not None:
                left = _twips(found, "left", "start")
                if level is not None and left is None:
                    left = level.indent
                hanging, first = _twips(found, "hanging"), _twips(found, "firstLine")
                if hanging is None and first is None and level is not None:
                    hanging = level.hanging
                return self._class(left or 0, -hanging if hanging else first or 0)
        return []

    def _class(self, left: int, first: int) -> list[str]:
        left = max(0, min(left, _LARGEST_INDENT))
        first = max(-left, min(first, _LARGEST_INDENT))
        if not left and not first:
            return []
        name = f"in{left}{'h' if first < 0 else 'f'}{abs(first)}"
        self.indents[name] = (left, first)
        return [name]


def is_on(element: etree._Element | None) -> bool:
    """Whether an on/off property is there and on (ECMA-376-1 17.17.4)."""
    return element is not None and element.get(VAL, "1") not in _OFF


def _toggle(properties: etree._Element, name: str) -> bool:
    return is_on(properties.find(f"w:{name}", NS))


def _first_toggle(sources: list[etree._Element | None], name: str) -> bool:
    for source in sources:
        found = None if source is None else source.find(f"w:{name}", NS)
        if found is not None:
            return is_on(found)
    return False


def _twips(element: etree._Element, *names: str) -> int | None:
    for name in names:
        value = element.get(f"{W}{name}")
        if value is not None and value.lstrip("-").isdecimal():
            return int(value)
    return None
