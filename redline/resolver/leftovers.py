"""What nothing refers to any more once revisions are resolved: notes, comments, and parts such as a deleted picture."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Set
from typing import Final, NamedTuple

from lxml import etree

from redline.ooxml import W14, R, W
from redline.opc.package import Package
from redline.opc.parts import details_of_comments

_NOTE_PARTS: Final = {
    f"{W}footnoteReference": ("footnotes", f"{W}footnote"),
    f"{W}endnoteReference": ("endnotes", f"{W}endnote"),
    f"{W}commentReference": ("comments", f"{W}comment"),
}
_RANGES: Final = (f"{W}commentRangeStart", f"{W}commentRangeEnd")
_REMOVABLE: Final = ("image", "header", "footer", "chart", "oleObject", "package", "hyperlink", "diagramData")


class References(NamedTuple):
    """What a part refers to: notes and comments by (tag, id), and relationships by id."""

    notes: frozenset[tuple[str, str]]
    relationships: frozenset[str]


def references(root: etree._Element) -> References:
    """The references of a part."""
    notes = frozenset((str(e.tag), e.get(f"{W}id", "")) for e in root.iter(*_NOTE_PARTS))
    ids = root.xpath("//@r:*", namespaces={"r": R[1:-1]})
    return References(notes, frozenset(str(value) for value in ids) if isinstance(ids, list) else frozenset())


def forget_what_is_gone(package: Package, part: str, before: References) -> None:
    """Remove what `part` referred to when `before` was taken and does no longer, so that deleted content is gone."""
    root = package.tree(part)
    now = references(root)
    gone: dict[str, set[str]] = defaultdict(set)
    for tag, identifier in before.notes - now.notes:
        gone[tag].add(identifier)
    for tag in sorted(gone):
        kind, element = _NOTE_PARTS[tag]
        removed = [
            e for holder in package.related(part, kind) for e in _remove_by_ids(package, holder, element, gone[tag])
        ]
        if kind == "comments":
            _forget_details(package, removed)
            for marker in [m for m in root.iter(*_RANGES) if m.get(f"{W}id", "") in gone[tag]]:
                _remove(marker)
    _remove_relationships(package, part, before.relationships - now.relationships)


def _remove_by_ids(package: Package, part: str, tag: str, identifiers: Set[str]) -> list[etree._Element]:
    root = package.tree(part)
    removed = [e for e in root.iterchildren(tag) if e.get(f"{W}id", "") in identifiers]
    for element in removed:
        root.remove(element)
        package.set_tree(part, root)
    return removed


def _forget_details(package: Package, comments: Iterable[etree._Element]) -> None:
    """Remove what other parts say of comments that are gone; who answered such a one now answers nobody."""
    paragraphs = {p.get(f"{W14}paraId", "") for comment in comments for p in comment.iter(f"{W}p")} - {""}
    durable: set[str] = set()
    for part in details_of_comments(package) if paragraphs else ():
        root = package.tree(part)
        for entry in list(root.iterchildren("*")):
            said = {etree.QName(name).localname: (name, str(value)) for name, value in entry.attrib.items()}
            answered, own = said.get("paraIdParent"), said.get("durableId", ("", ""))[1]
            if said.get("paraId", ("", ""))[1] in paragraphs or own in durable:
                durable |= {own} - {""}
                root.remove(entry)
            elif answered is not None and answered[1] in paragraphs:
                del entry.attrib[answered[0]]
        package.set_tree(part, root)


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _remove_relationships(package: Package, part: str, rids: Set[str]) -> None:
    known = package.rels(part)
    gone = {r for r in known.values() if r.id in rids and r.type.rpartition("/")[2] in _REMOVABLE}
    if not gone:
        return
    package.remove_relationships(part, {r.id for r in gone})
    left = {r.target for r in gone if not r.external and r.target in package} - package.targets()
    if left:
        package.remove(*sorted(left))
