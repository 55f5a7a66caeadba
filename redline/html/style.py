"""How paragraphs and runs look on the page: style sheets of documents turned into CSS classes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeVar

from lxml import etree

from redline.changelist.labels import Level
from redline.changelist.stylesheet import VAL, StyleSheet
from redline.ooxml import NS, W, first_child, number

T = TypeVar("T")

_ALIGN: Final = f"{W}jc"
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


class _StyleLook(NamedTuple):
    """What a style says of a paragraph's look, itself or with those it is based on; None where it says nothing."""

    alignment: etree._Element | None
    indentation: etree._Element | None
    toggles: tuple[bool | None, ...]
    """One for each of `_STYLE_CLASSES`."""

    @classmethod
    def of(cls, style: etree._Element, base: _StyleLook | None) -> _StyleLook:
        """The look of a w:style that is based on another."""
        paragraph, run = style.find("w:pPr", NS), style.find("w:rPr", NS)
        toggles = tuple(_toggle(run, name) for name, _ in _STYLE_CLASSES)
        own = cls(first_child(paragraph, _ALIGN), first_child(paragraph, _INDENT), toggles)
        if base is None:
            return own
        both = tuple(map(_nearer, own.toggles, base.toggles))
        return cls(_nearer(own.alignment, base.alignment), _nearer(own.indentation, base.indentation), both)

    def classes(self) -> list[str]:
        """The class names of what is on."""
        return [name for (_, name), said in zip(_STYLE_CLASSES, self.toggles, strict=True) if said]


_NO_LOOK: Final = _StyleLook(None, None, (None,) * len(_STYLE_CLASSES))


@dataclass(slots=True)
class Look:
    """Turns properties into tags and class names; collects the indentations that the page's style sheet must hold."""

    styles: StyleSheet
    indents: dict[str, tuple[int, int]] = field(default_factory=dict)
    _inherited: dict[str, _StyleLook] = field(default_factory=dict)

    def paragraph(self, properties: etree._Element | None, style_id: str, level: Level | None) -> list[str]:
        """Class names of a paragraph; `level` is its list level, whose indentation stands between style and own."""
        inherited = self.styles.inherited(style_id or self.styles.default, self._inherited, _StyleLook.of) or _NO_LOOK
        alignment = _nearer(first_child(properties, _ALIGN), inherited.alignment)
        indentation = self._indentation(first_child(properties, _INDENT), inherited.indentation, level)
        return [*_alignment(alignment), *indentation, *inherited.classes(), *self._named(style_id)]

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

    def _named(self, style_id: str) -> list[str]:
        """The class name of a style whose name alone gives one."""
        name = self.styles.paragraph(style_id).name.casefold()
        return [name] if name in _NAMED_STYLES else []

    def _indentation(
        self, own: etree._Element | None, inherited: etree._Element | None, level: Level | None
    ) -> list[str]:
        if own is None and level is not None:
            return self._class(level.indent, -level.hanging)
        found = _nearer(own, inherited)
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


def _alignment(found: etree._Element | None) -> Iterator[str]:
    if found is not None and found.get(VAL, "") in _ALIGNMENT:
        yield _ALIGNMENT[found.get(VAL, "")]


def _nearer(own: T | None, base: T | None) -> T | None:
    return base if own is None else own


def is_on(element: etree._Element | None) -> bool:
    """Whether an on/off property is there and on (ECMA-376-1 17.17.4)."""
    return element is not None and element.get(VAL, "1") not in _OFF


def _toggle(run: etree._Element | None, name: str) -> bool | None:
    found = first_child(run, f"{W}{name}")
    return None if found is None else is_on(found)


def _twips(element: etree._Element, *names: str) -> int | None:
    for name in names:
        value = number(element.get(f"{W}{name}"))
        if value is not None:
            return value
    return None
