"""What differs between two documents where tracked changes have no word for it: the redline has it as after does.

Looks at the inputs alone, apart from the comparison, so that a comparison without interest in it costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, TypeVar

from redline.diff.canon import PropertiesKey, canonical, properties_key
from redline.ooxml import A, Element, W, path_where
from redline.opc.package import Package
from redline.opc.parts import part_of
from redline.resolver.resolve import resolve_tree, revisable_parts
from schemas.changes import NotTracked

_NAMED: Final = 5
"""So many names stand in a message; more are only counted."""
_STYLE_LOOKS: Final = frozenset(W + name for name in ("basedOn", "pPr", "rPr", "tblPr", "trPr", "tcPr", "tblStylePr"))
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
_TRANSIENT_BOOKMARKS: Final = ("_GoBack", "_Toc", "_Hlk")
"""Beginnings of names that applications give and take by themselves."""
_CONTROL_KINDS: Final = frozenset(
    W + name
    for name in (
        *("text", "richText", "picture", "comboBox", "dropDownList", "date", "group", "docPartObj", "docPartList"),
        *("citation", "bibliography", "equation", "alias", "tag", "lock", "dataBinding"),
    )
)
_STORE: Final = re.compile(rb'itemID="(\{[0-9A-Fa-f-]+\})"')
_EMBEDDED_FONTS: Final = tuple(W + f"embed{face}" for face in ("Regular", "Bold", "Italic", "BoldItalic"))


def untracked_differences(
    before: bytes, after: bytes, *, accept: bool = True, comments: bool = True
) -> list[NotTracked]:
    """Differences that no revision can show; those in comments only if `comments` is set.

    `accept` says how the inputs' own revisions count.

    Raises `DocumentError` when an input cannot be read.
    """
    sides = _Document(before, accept), _Document(after, accept)
    return [entry for look in _LOOKS if comments or look is not _comments for entry in look(*sides)]


class _Document:
    def __init__(self, data: bytes, accept: bool) -> None:
        self.package = Package.open(data)
        self._accept = accept
        self._resolved: dict[str, Element] = {}

    def root(self, name: str) -> Element:
        found = self._resolved.get(name)
        if found is None:
            found = self._resolved[name] = self.package.tree(name)
            resolve_tree(found, self._accept)
        return found

    def part(self, kind: str) -> Element | None:
        """The part that the main one refers to as its styles, its settings..."""
        name = part_of(self.package, kind)
        return None if name is None else self.root(name)

    def stories(self) -> Iterator[tuple[str, Element]]:
        left_out = [part_of(self.package, kind) for kind in ("styles", "numbering", "comments")]
        for name in revisable_parts(self.package):
            if name not in left_out:
                yield name, self.root(name)


_Key = TypeVar("_Key")
_Look = Callable[[_Document, _Document], Iterator[NotTracked]]


def _alike(before: _Document, after: _Document, kind: str) -> bool:
    names = part_of(before.package, kind), part_of(after.package, kind)
    return names[0] == names[1] and (names[0] is None or after.package.raw_equal(before.package, names[0]))


def _entry(document: _Document, kind: str, code: str, what: str, names: Iterable[str], path: str = "") -> NotTracked:
    part = part_of(document.package, kind) or document.package.main
    return NotTracked(part=part, path=path, code=code, message=f"{what}: {_some(names)}.")


def _some(names: Iterable[str]) -> str:
    ordered = sorted(set(names))
    more = f" and {len(ordered) - _NAMED} more" if len(ordered) > _NAMED else ""
    return ", ".join(ordered[:_NAMED]) + more


def _styles(before: _Document, after: _Document) -> Iterator[NotTracked]:
    if _alike(before, after, "styles"):
        return
    old, now = _looks_of_styles(before.part("styles")), _looks_of_styles(after.part("styles"))
    changed = [name for name in old if name in now and old[name] != now[name]]
    if changed:
        named = path_where("/w:styles/w:style", "w:name/@w:val", changed[0])
        path = "/w:styles/w:docDefaults" if changed[0] == _DEFAULTS else named
        yield _entry(after, "styles", "style-definition", "Styles are defined otherwise than before", changed, path)


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


def _lists(before: _Document, after: _Document) -> Iterator[NotTracked]:
    """Lists that styles number by; those that paragraphs name themselves are tracked as paragraph formatting."""
    if _alike(before, after, "numbering") and _alike(before, after, "styles"):
        return
    old, now = _lists_of_styles(before), _lists_of_styles(after)
    changed = [name for name in old if name in now and old[name][1] != now[name][1]]
    if changed:
        what = "Lists of these styles are defined otherwise than before"
        path = path_where("/w:numbering/w:num", "@w:numId", now[changed[0]][0])
        yield _entry(after, "numbering", "list-definition", what, changed, path)


def _lists_of_styles(document: _Document) -> dict[str, tuple[str, tuple[bytes, ...]]]:
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


def _comments(before: _Document, after: _Document) -> Iterator[NotTracked]:
    if _alike(before, after, "comments"):
        return
    old, now = _comment_ids(before), _comment_ids(after)
    gone, come = _beyond(old, now), _beyond(now, old)
    if gone or come:
        side = after if come else before
        part = part_of(side.package, "comments") or side.package.main
        message = f"Comments of the earlier version that are gone or changed: {len(gone)}; new ones: {len(come)}."
        path = path_where("/w:comments/w:comment", "@w:id", (come or gone)[0])
        yield NotTracked(part=part, path=path, code="comment", message=message)


def _comment_ids(document: _Document) -> dict[tuple[str, str], list[str]]:
    """The ids of the comments by their author and text."""
    root = document.part("comments")
    found: dict[tuple[str, str], list[str]] = {}
    for comment in [] if root is None else root.iterchildren(W + "comment"):
        text = "".join(t.text or "" for t in comment.iter(W + "t"))
        found.setdefault((comment.get(W + "author", ""), text), []).append(comment.get(W + "id", ""))
    return found


def _beyond(these: Mapping[_Key, list[str]], others: Mapping[_Key, list[str]]) -> list[str]:
    """What one side has more of than the other."""
    return [value for key, values in these.items() for value in values[len(others.get(key, ())) :]]


def _bookmarks(before: _Document, after: _Document) -> Iterator[NotTracked]:
    old, now = _bookmark_names(before), _bookmark_names(after)
    for names, parts, what in ((old - now.keys(), old, "gone"), (now - old.keys(), now, "new")):
        if names:
            part = next(parts[name] for name in sorted(names))
            path = path_where("//w:bookmarkStart", "@w:name", min(names))
            yield NotTracked(
                part=part, path=path, code="bookmark", message=f"Bookmarks that are {what}: {_some(names)}."
            )


def _bookmark_names(document: _Document) -> dict[str, str]:
    return {
        name: part
        for part, root in document.stories()
        for mark in root.iter(W + "bookmarkStart")
        if (name := mark.get(W + "name", "")) and not name.startswith(_TRANSIENT_BOOKMARKS)
    }


def _controls(before: _Document, after: _Document) -> Iterator[NotTracked]:
    old, now = _control_paths(before), _control_paths(after)
    gone, come = _beyond(old, now), _beyond(now, old)
    if gone or come:
        part, _, path = (come or gone)[0].partition(" ")
        message = f"Content controls that are gone or changed: {len(gone)}; new ones: {len(come)}."
        yield NotTracked(part=part, path=path, code="content-control", message=message)


def _control_paths(document: _Document) -> dict[PropertiesKey, list[str]]:
    """The part and the path of the content controls by what they are."""
    found: dict[PropertiesKey, list[str]] = {}
    for part, root in document.stories():
        for properties in root.iter(W + "sdtPr"):
            kinds = [child for child in properties if child.tag in _CONTROL_KINDS]
            shape = tuple(sorted((str(child.tag), child.get(W + "val", "")) for child in kinds))
            found.setdefault(shape, []).append(f"{part} {_control_path(properties)}")
    return found


def _control_path(properties: Element) -> str:
    for name in ("tag", "alias", "id"):
        value = properties.find(W + name)
        if value is not None and value.get(W + "val"):
            return path_where("//w:sdt", f"w:sdtPr/w:{name}/@w:val", value.get(W + "val", ""))
    return "//w:sdt"


def _bound_data(before: _Document, after: _Document) -> Iterator[NotTracked]:
    """Custom XML that content controls show: an application fills the controls from it anew (17.5.2.6)."""
    old, now = _stores(before), _stores(after)
    for store in sorted(old.keys() & now.keys()):
        if before.package.read(old[store]) != after.package.read(now[store]):
            message = "The data that content controls are filled from differs."
            yield NotTracked(part=now[store], path="/*", code="bound-data", message=message)


def _stores(document: _Document) -> dict[str, str]:
    """The parts of custom XML that content controls are bound to, by the id of their store (15.2.5)."""
    bindings = {b.get(W + "storeItemID", "") for _, root in document.stories() for b in root.iter(W + "dataBinding")}
    package = document.package
    found: dict[str, str] = {}
    for part in package.related(package.main, "customXml") if bindings else ():
        for properties in package.related(part, "customXmlProps"):
            store = _STORE.search(package.read(properties))
            if store is not None and store[1].decode() in bindings:
                found[store[1].decode()] = part
    return found


def _settings(before: _Document, after: _Document) -> Iterator[NotTracked]:
    if _alike(before, after, "settings"):
        return
    old, now = _setting_values(before), _setting_values(after)
    changed = [name for name in {**old, **now} if old.get(name) != now.get(name)]
    if changed:
        path = f"/w:settings/w:{sorted(changed)[0]}"
        yield _entry(after, "settings", "setting", "Settings that change the look differ", changed, path)


def _setting_values(document: _Document) -> dict[str, PropertiesKey]:
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


def _theme(before: _Document, after: _Document) -> Iterator[NotTracked]:
    if _alike(before, after, "theme"):
        return
    old, now = (_scheme(side.part("theme")) for side in (before, after))
    changed = [name for name in {**old, **now} if old.get(name) != now.get(name)]
    if changed:
        path = f"/a:theme/a:themeElements/a:{changed[0][len(A) :]}"
        yield _entry(after, "theme", "theme", "The theme differs in its", [_SCHEMES[name] for name in changed], path)


_SCHEMES: Final = {_THEME[0]: "fonts", _THEME[1]: "colours"}


def _scheme(root: Element | None) -> dict[str, bytes]:
    return {} if root is None else {str(child.tag): canonical(child, str) for child in root.iter(*_THEME)}


def _fonts(before: _Document, after: _Document) -> Iterator[NotTracked]:
    old, now = (_embedded_fonts(side) for side in (before, after))
    if changed := old ^ now:
        path = path_where("/w:fonts/w:font", "@w:name", min(changed))
        yield _entry(after, "fontTable", "embedded-font", "Embedded fonts that came or went", changed, path)


def _embedded_fonts(document: _Document) -> set[str]:
    root = document.part("fontTable")
    fonts = [] if root is None else root.iterchildren(W + "font")
    return {font.get(W + "name", "") for font in fonts if next(font.iterchildren(*_EMBEDDED_FONTS), None) is not None}


def _background(before: _Document, after: _Document) -> Iterator[NotTracked]:
    old, now = (side.root(side.package.main).find(W + "background") for side in (before, after))
    if (None if old is None else canonical(old, str)) != (None if now is None else canonical(now, str)):
        message = "The background of the pages differs."
        yield NotTracked(part=after.package.main, path="/w:document/w:background", code="background", message=message)


def _separators(before: _Document, after: _Document) -> Iterator[NotTracked]:
    """The lines between text and notes are notes of their own kind, which nothing refers to (17.11.23)."""
    for kind in ("footnotes", "endnotes"):
        old, now = _separator_notes(before.part(kind)), _separator_notes(after.part(kind))
        changed = [name for name in old if name in now and old[name] != now[name]]
        if changed:
            path = path_where(f"/w:{kind}/w:{kind[:-1]}", "@w:type", changed[0])
            yield _entry(after, kind, "note-separator", "Lines between text and notes differ", changed, path)


def _separator_notes(root: Element | None) -> dict[str, bytes]:
    notes = [] if root is None else [note for note in root if note.get(W + "type", "normal") != "normal"]
    return {note.get(W + "type", ""): b"".join(canonical(child, str) for child in note) for note in notes}


_LOOKS: Final[tuple[_Look, ...]] = (
    *(_styles, _lists, _comments, _bookmarks, _controls, _bound_data),
    *(_settings, _theme, _fonts, _background, _separators),
)
