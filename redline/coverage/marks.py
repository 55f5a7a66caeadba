"""What stands beside and around the text without being text: comments, bookmarks, content controls and their data."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from redline.coverage.inputs import Input, alike, beyond, some
from redline.diff.canon import PropertiesKey
from redline.ooxml import Element, W, path_where
from redline.opc.parts import part_of
from schemas.changes import NotTracked

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


def comments(before: Input, after: Input) -> Iterator[NotTracked]:
    """Comments that came, went or say something else."""
    if alike(before, after, "comments"):
        return
    old, now = _comment_ids(before), _comment_ids(after)
    gone, come = beyond(old, now), beyond(now, old)
    if gone or come:
        side = after if come else before
        part = part_of(side.package, "comments") or side.package.main
        message = f"Comments of the earlier version that are gone or changed: {len(gone)}; new ones: {len(come)}."
        path = path_where("/w:comments/w:comment", "@w:id", (come or gone)[0])
        yield NotTracked(part=part, path=path, code="comment", message=message)


def _comment_ids(document: Input) -> dict[tuple[str, str], list[str]]:
    """The ids of the comments by their author and text."""
    root = document.part("comments")
    found: dict[tuple[str, str], list[str]] = {}
    for comment in [] if root is None else root.iterchildren(W + "comment"):
        text = "".join(t.text or "" for t in comment.iter(W + "t"))
        found.setdefault((comment.get(W + "author", ""), text), []).append(comment.get(W + "id", ""))
    return found


def bookmarks(before: Input, after: Input) -> Iterator[NotTracked]:
    """Bookmarks that came or went, but for those that applications give and take by themselves."""
    old, now = _bookmark_names(before), _bookmark_names(after)
    for names, parts, what in ((old - now.keys(), old, "gone"), (now - old.keys(), now, "new")):
        if names:
            part = next(parts[name] for name in sorted(names))
            path = path_where("//w:bookmarkStart", "@w:name", min(names))
            yield NotTracked(
                part=part, path=path, code="bookmark", message=f"Bookmarks that are {what}: {some(names)}."
            )


def _bookmark_names(document: Input) -> dict[str, str]:
    return {
        name: part
        for part, root in document.stories()
        for mark in root.iter(W + "bookmarkStart")
        if (name := mark.get(W + "name", "")) and not name.startswith(_TRANSIENT_BOOKMARKS)
    }


def controls(before: Input, after: Input) -> Iterator[NotTracked]:
    """Content controls that came, went or are of another kind."""
    old, now = _control_paths(before), _control_paths(after)
    gone, come = beyond(old, now), beyond(now, old)
    if gone or come:
        part, _, path = (come or gone)[0].partition(" ")
        message = f"Content controls that are gone or changed: {len(gone)}; new ones: {len(come)}."
        yield NotTracked(part=part, path=path, code="content-control", message=message)


def _control_paths(document: Input) -> dict[PropertiesKey, list[str]]:
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


def bound_data(before: Input, after: Input) -> Iterator[NotTracked]:
    """Custom XML that content controls show: an application fills the controls from it anew (17.5.2.6)."""
    old, now = _stores(before), _stores(after)
    for store in sorted(old.keys() & now.keys()):
        if before.package.read(old[store]) != after.package.read(now[store]):
            message = "The data that content controls are filled from differs."
            yield NotTracked(part=now[store], path="/*", code="bound-data", message=message)


def _stores(document: Input) -> dict[str, str]:
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
