"""What styles, and lists of their own, say otherwise than before where a revision cannot say so.

Paragraph and run properties of a style are tracked, and the list by which it numbers as one of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from redline.coverage.inputs import Input, alike, entry
from redline.diff.canon import PropertiesKey, canonical, properties_key
from redline.ooxml import Element, W, path_where
from schemas.changes import NotTracked

_UNTRACKED: Final = tuple(W + name for name in ("basedOn", "tblPr", "trPr", "tcPr", "tblStylePr"))


def styles(before: Input, after: Input) -> Iterator[NotTracked]:
    """Styles of one type and name with another base, table look or conditional format; and the defaults."""
    if alike(before, after, "styles"):
        return
    old, now = _looks_of_styles(before.part("styles")), _looks_of_styles(after.part("styles"))
    changed = [name for key, (name, look) in now.items() if key in old and old[key][1] != look]
    if changed:
        named = path_where("/w:styles/w:style", "w:name/@w:val", changed[0])
        path = "/w:styles/w:docDefaults" if changed[0] == _DEFAULTS else named
        yield entry(after, "styles", "style-definition", _OTHERWISE, changed, path)


_DEFAULTS: Final = "the defaults of the document"
_OTHERWISE: Final = "Styles differ in base, table formats or defaults"


def _looks_of_styles(root: Element | None) -> dict[tuple[str, str], tuple[str, PropertiesKey]]:
    """By type and name, without case, the name and what of the style no revision can show."""
    if root is None:
        return {}
    names = {style.get(W + "styleId", ""): _style_name(style).casefold() for style in root.iterchildren(W + "style")}
    looks: dict[tuple[str, str], tuple[str, PropertiesKey]] = {}
    for style in root.iterchildren(W + "style"):
        keys = [
            names.get(child.get(W + "val", ""), "") if child.tag == W + "basedOn" else _look(child)
            for child in style.iterchildren(*_UNTRACKED)
            if len(child) or child.tag == W + "basedOn"
        ]
        name = _style_name(style)
        looks[style.get(W + "type", "paragraph"), name.casefold()] = name, tuple(keys)
    defaults = root.find(W + "docDefaults")
    if defaults is not None:
        keys = [properties_key(holder) for holder in defaults.iter(W + "rPr", W + "pPr")]
        looks["", ""] = _DEFAULTS, tuple(keys)
    return looks


def _look(properties: Element) -> PropertiesKey:
    return properties.tag, properties.get(W + "type"), *properties_key(properties)


def _style_name(style: Element) -> str:
    name = style.find(W + "name")
    return style.get(W + "styleId", "") if name is None else name.get(W + "val", "")


def lists(before: Input, after: Input) -> Iterator[NotTracked]:
    """The lists of list styles; those that paragraphs and their styles name are tracked as paragraph formatting."""
    if alike(before, after, "numbering") and alike(before, after, "styles"):
        return
    old, now = _lists_of_styles(before), _lists_of_styles(after)
    changed = [name for name in old if name in now and old[name][1] != now[name][1]]
    if changed:
        what = "List styles are defined otherwise than before"
        path = path_where("/w:numbering/w:num", "@w:numId", now[changed[0]][0])
        yield entry(after, "numbering", "list-definition", what, changed, path)


def _lists_of_styles(document: Input) -> dict[str, tuple[str, tuple[bytes, ...]]]:
    """The id of the list that each list style names, and what that list is."""
    styles, numbering = document.part("styles"), document.part("numbering")
    if styles is None or numbering is None:
        return {}
    levels = {a.get(W + "abstractNumId"): _levels(a) for a in numbering.iterchildren(W + "abstractNum")}
    meaning: dict[str, tuple[bytes, ...]] = {}
    for num in numbering.iterchildren(W + "num"):
        reference = num.find(W + "abstractNumId")
        own = tuple(canonical(child, str) for child in num.iterchildren(W + "lvlOverride"))
        meaning[num.get(W + "numId", "")] = (
            levels.get(reference.get(W + "val"), ()) if reference is not None else ()
        ) + own
    found: dict[str, tuple[str, tuple[bytes, ...]]] = {}
    for style in styles.iterchildren(W + "style"):
        number = style.find(f"{W}pPr/{W}numPr/{W}numId")
        if number is not None and style.get(W + "type") == "numbering":
            identity = number.get(W + "val", "")
            found[_style_name(style)] = identity, meaning.get(identity, ())
    return found


def _levels(abstract: Element) -> tuple[bytes, ...]:
    return tuple(canonical(child, str) for child in abstract.iterchildren(W + "lvl"))
