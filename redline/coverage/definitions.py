"""Styles, and the lists that styles number by, that are defined otherwise than before."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from redline.coverage.inputs import Input, alike, entry
from redline.diff.canon import PropertiesKey, canonical, properties_key
from redline.ooxml import Element, W, path_where
from schemas.changes import NotTracked

_STYLE_LOOKS: Final = frozenset(W + name for name in ("basedOn", "pPr", "rPr", "tblPr", "trPr", "tcPr", "tblStylePr"))


def styles(before: Input, after: Input) -> Iterator[NotTracked]:
    """Styles of one name, and the defaults, that look otherwise."""
    if alike(before, after, "styles"):
        return
    old, now = _looks_of_styles(before.part("styles")), _looks_of_styles(after.part("styles"))
    changed = [name for name in old if name in now and old[name] != now[name]]
    if changed:
        named = path_where("/w:styles/w:style", "w:name/@w:val", changed[0])
        path = "/w:styles/w:docDefaults" if changed[0] == _DEFAULTS else named
        yield entry(after, "styles", "style-definition", "Styles are defined otherwise than before", changed, path)


_DEFAULTS: Final = "the defaults of the document"


def _looks_of_styles(root: Element | None) -> dict[str, PropertiesKey]:
    if root is None:
        return {}
    names = {style.get(W + "styleId", ""): _style_name(style) for style in root.iterchildren(W + "style")}
    looks: dict[str, PropertiesKey] = {}
    for style in root.iterchildren(W + "style"):
        keys = [
            names.get(child.get(W + "val", ""), "") if child.tag == W + "basedOn" else (child.tag, *_deep(child))
            for child in style
            if child.tag in _STYLE_LOOKS and (len(child) or child.tag == W + "basedOn")
        ]
        looks[_style_name(style)] = tuple(keys)
    defaults = root.find(W + "docDefaults")
    if defaults is not None:
        looks[_DEFAULTS] = tuple(properties_key(holder) for holder in defaults.iter(W + "rPr", W + "pPr"))
    return looks


def _deep(properties: Element) -> PropertiesKey:
    return properties_key(properties, frozenset({W + "rsid", W + "lang", W + "numPr"}))


def _style_name(style: Element) -> str:
    name = style.find(W + "name")
    return style.get(W + "styleId", "") if name is None else name.get(W + "val", "")


def lists(before: Input, after: Input) -> Iterator[NotTracked]:
    """Lists that styles number by; those that paragraphs name themselves are tracked as paragraph formatting."""
    if alike(before, after, "numbering") and alike(before, after, "styles"):
        return
    old, now = _lists_of_styles(before), _lists_of_styles(after)
    changed = [name for name in old if name in now and old[name][1] != now[name][1]]
    if changed:
        what = "Lists of these styles are defined otherwise than before"
        path = path_where("/w:numbering/w:num", "@w:numId", now[changed[0]][0])
        yield entry(after, "numbering", "list-definition", what, changed, path)


def _lists_of_styles(document: Input) -> dict[str, tuple[str, tuple[bytes, ...]]]:
    """The id of the list that each style numbers by, and what that list is."""
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
        if number is not None:
            identity = number.get(W + "val", "")
            found[_style_name(style)] = identity, meaning.get(identity, ())
    return found


def _levels(abstract: Element) -> tuple[bytes, ...]:
    return tuple(canonical(child, str) for child in abstract.iterchildren(W + "lvl"))
