"""What holds for a document as a whole: settings, theme, fonts, background, the lines above notes, properties."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lxml import etree

from redline.coverage.inputs import Input, alike, entry, some
from redline.diff.canon import PropertiesKey, canonical, properties_key
from redline.ooxml import A, Element, W, path_where
from schemas.changes import NotTracked

_SETTINGS: Final = tuple(
    W + name
    for name in (
        *("evenAndOddHeaders", "mirrorMargins", "gutterAtTop", "bookFoldPrinting", "displayBackgroundShape"),
        *("autoHyphenation", "consecutiveHyphenLimit", "hyphenationZone", "doNotHyphenateCaps", "defaultTabStop"),
        *("footnotePr", "endnotePr", "characterSpacingControl", "noLineBreaksAfter", "noLineBreaksBefore"),
        *("bordersDoNotSurroundHeader", "bordersDoNotSurroundFooter", "compat"),
    )
)
"""Settings that change how the document looks (17.15.1)."""
_THEME: Final = (A + "fontScheme", A + "clrScheme")
_EMBEDDED_FONTS: Final = tuple(W + f"embed{face}" for face in ("Regular", "Bold", "Italic", "BoldItalic"))


def settings(before: Input, after: Input) -> Iterator[NotTracked]:
    """Settings that change the look."""
    if alike(before, after, "settings"):
        return
    old, now = _setting_values(before), _setting_values(after)
    changed = [name for name in {**old, **now} if old.get(name) != now.get(name)]
    if changed:
        path = f"/w:settings/w:{sorted(changed)[0]}"
        yield entry(after, "settings", "setting", "Settings that change the look differ", changed, path)


def _setting_values(document: Input) -> dict[str, PropertiesKey]:
    root = document.part("settings")
    if root is None:
        return {}
    values = {}
    for child in root.iterchildren(*_SETTINGS):
        key = properties_key(child)
        switch = child.get(W + "val", "1" if not len(child) else "")
        if switch not in ("0", "false", "off"):
            values[str(child.tag)[len(W) :]] = ("1" if switch in ("true", "on") else switch, *key)
    return values


def theme(before: Input, after: Input) -> Iterator[NotTracked]:
    """Fonts and colours of the theme."""
    if alike(before, after, "theme"):
        return
    old, now = (_scheme(side.part("theme")) for side in (before, after))
    changed = [name for name in {**old, **now} if old.get(name) != now.get(name)]
    if changed:
        path = f"/a:theme/a:themeElements/a:{changed[0][len(A) :]}"
        yield entry(after, "theme", "theme", "The theme differs in its", [_SCHEMES[name] for name in changed], path)


_SCHEMES: Final = {_THEME[0]: "fonts", _THEME[1]: "colours"}


def _scheme(root: Element | None) -> dict[str, bytes]:
    return {} if root is None else {str(child.tag): canonical(child, str) for child in root.iter(*_THEME)}


def fonts(before: Input, after: Input) -> Iterator[NotTracked]:
    """Fonts that came or went with the file."""
    old, now = (_embedded_fonts(side) for side in (before, after))
    if changed := old ^ now:
        path = path_where("/w:fonts/w:font", "@w:name", min(changed))
        yield entry(after, "fontTable", "embedded-font", "Embedded fonts that came or went", changed, path)


def _embedded_fonts(document: Input) -> set[str]:
    root = document.part("fontTable")
    fonts = [] if root is None else root.iterchildren(W + "font")
    return {font.get(W + "name", "") for font in fonts if next(font.iterchildren(*_EMBEDDED_FONTS), None) is not None}


def background(before: Input, after: Input) -> Iterator[NotTracked]:
    """What the pages are painted with."""
    old, now = (side.root(side.package.main).find(W + "background") for side in (before, after))
    if (None if old is None else canonical(old, str)) != (None if now is None else canonical(now, str)):
        message = "The background of the pages differs."
        yield NotTracked(part=after.package.main, path="/w:document/w:background", code="background", message=message)


def separators(before: Input, after: Input) -> Iterator[NotTracked]:
    """The lines between text and notes are notes of their own kind, which nothing refers to (17.11.23)."""
    for kind in ("footnotes", "endnotes"):
        old, now = _separator_notes(before.part(kind)), _separator_notes(after.part(kind))
        changed = [name for name in old if name in now and old[name] != now[name]]
        if changed:
            path = path_where(f"/w:{kind}/w:{kind[:-1]}", "@w:type", changed[0])
            yield entry(after, kind, "note-separator", "Lines between text and notes differ", changed, path)


def _separator_notes(root: Element | None) -> dict[str, bytes]:
    notes = [] if root is None else [note for note in root if note.get(W + "type", "normal") != "normal"]
    return {note.get(W + "type", ""): b"".join(canonical(child, str) for child in note) for note in notes}


def properties(before: Input, after: Input) -> Iterator[NotTracked]:
    """Properties that people give a document and its fields may show (ECMA-376-2, 11; ECMA-376-1, 15.2.12.2)."""
    for kind, path in _PROPERTIES.items():
        (_, old), (part, now) = (_property_values(side, kind) for side in (before, after))
        changed = [name for name in {**old, **now} if old.get(name) != now.get(name)]
        if changed:
            message = f"Properties of the document differ: {some(changed)}."
            yield NotTracked(part=part, path=path, code="document-property", message=message)


_PROPERTIES: Final = {"core-properties": "/*", "custom-properties": "/*/*"}
"""Kinds of relationships of the package, and where the properties stand."""
_TOLD_BY_APPLICATIONS: Final = frozenset(
    {"created", "modified", "lastModifiedBy", "lastPrinted", "revision", "creator"}
)


def _property_values(document: Input, kind: str) -> tuple[str, dict[str, str]]:
    """The part of a kind, and the properties in it by name."""
    package = document.package
    found = [r.target for r in package.rels("").values() if r.type.endswith("/" + kind) and not r.external]
    if not found or found[0] not in package:
        return package.main, {}
    named = (
        (e.get("name") or etree.QName(e).localname, "".join(map(str, e.itertext())).strip())
        for e in document.root(found[0]).iterchildren("*")
    )
    return found[0], {name: text for name, text in named if text and name not in _TOLD_BY_APPLICATIONS}
