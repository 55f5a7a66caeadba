"""Headers and footers: what each section shows on both sides, compared in the part that stands for the pair.

A header reference cannot be tracked (17.13.5.32), so a header that came or went is marked inside its part. A section
inherits what it does not set (17.10): references are written out wherever a section must differ from the one before.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from hashlib import blake2b
from typing import Final

from lxml import etree

from redline.comparer.carry import Carrier
from redline.comparer.context import Context, Work, drop_attribute, new
from redline.comparer.marking import mark_paragraph, mark_table
from redline.comparer.sides import AFTER_SECTION, BEFORE_SECTION, Sides
from redline.comparer.story import blocks_of
from redline.errors import DocumentError
from redline.ooxml import HEADER_TYPES, RELATIONSHIP, Element, R, W
from redline.opc.package import Package

_REFERENCES: Final = (W + "headerReference", W + "footerReference")
_MOST_COPIED: Final = 1_000_000
"""Elements of headers and footers that are copied because one stands for several of the before document."""
_CONTENT_TYPE: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.%s+xml"

Key = tuple[str, str]
"""Element name of the reference, and its type: default, first or even."""

Pair = tuple[str | None, str | None]
"""Part of the before package and part of the after package that a section shows."""


class Headers:
    """Plans and compares the headers and footers of one document."""

    def __init__(self, ctx: Context, carrier: Carrier, before_root: Element, after_root: Element) -> None:
        self._ctx = ctx
        self._carrier = carrier
        self._root = after_root
        self._before = _shown(ctx.before, before_root, BEFORE_SECTION)
        self._after = _shown(ctx.after, after_root, AFTER_SECTION)
        self._parts: dict[Pair, str] = {}
        self._first: dict[tuple[int, str | None], Pair] = {}
        """The first pair of `_parts` with this part on this side."""
        self._used: set[str] = set()
        self._twins: dict[bytes, str] = {}
        self._twin_of: dict[str, str] = {}
        self._copied = 0
        self.touched: list[str] = []
        """Parts that may hold revisions now."""
        self.referred = False
        """Whether the references of a section changed."""

    def queue(self) -> None:
        """Give every section of the result its references, and queue the parts for comparison.

        To be called when the body is done: only then is it known which sections stay.
        """
        running: dict[Key, Pair] = {}
        if not self._ctx.tracking.wants("headers"):
            self._leave()
            return
        for section in list(self._root.iter(W + "sectPr")):
            old, now = section.get(BEFORE_SECTION), section.get(AFTER_SECTION)
            drop_attribute(section, BEFORE_SECTION)
            drop_attribute(section, AFTER_SECTION)
            if old is None and now is None:
                continue
            before = self._before[int(old)] if old is not None else None
            after = self._after[int(now)] if now is not None else None
            for key in sorted({*(before or ()), *(after or ())}):
                pair = self._wanted(key, before, after, running.get(key, (None, None)))
                if running.get(key) != pair or _reference(section, key) is not None:
                    self._refer(section, key, self._part(key, pair))
                running[key] = pair

    def _leave(self) -> None:
        """Keep what the sections show after, whatever they showed before."""
        etree.strip_attributes(self._root, BEFORE_SECTION, AFTER_SECTION)
        old, now = (
            [{key: package.read(part) for key, part in shown.items()} for shown in sections]
            for package, sections in ((self._ctx.before, self._before), (self._ctx.after, self._after))
        )
        if old != now:
            self._ctx.leave("headers", self._ctx.after.main)

    def _wanted(self, key: Key, before: dict[Key, str] | None, after: dict[Key, str] | None, running: Pair) -> Pair:
        """What a section should show; one that came or went has a say on one side only."""
        old = self._twin(before[key]) if before is not None and key in before else None
        now = after.get(key) if after is not None else None
        if before is not None and after is not None:
            return old, now
        at, part = (0, old) if after is None else (1, now)
        if running[at] == part:
            return running
        alone = (part, None) if at == 0 else (None, part)
        if running[1 - at] is None:  # what stood on the other side, too, would be inherited there (17.10.1)
            return alone
        return self._first.get((at, part), alone)

    def _twin(self, part: str) -> str:
        """The first before part with this content: equal headers count as one."""
        twin = self._twin_of.get(part)
        if twin is None:
            targets = sorted((r.id, r.target) for r in self._ctx.before.rels(part).values())
            key = blake2b(self._ctx.before.read(part) + repr(targets).encode(), digest_size=16).digest()
            twin = self._twin_of[part] = self._twins.setdefault(key, part)
        return twin

    def _part(self, key: Key, pair: Pair) -> str:
        """The part of the result that shows a pair, queued for comparison when first asked for."""
        found = self._parts.get(pair)
        if found is None:
            before, after = pair
            found = self._departed(key, before or "") if after is None else self._claim(key, after)
            if after is not None:
                self._queue(before, after, found)
            self._parts[pair] = found
            for side in enumerate(pair):
                self._first.setdefault(side, pair)
        return found

    def _queue(self, before: str | None, after: str, target: str) -> None:
        package = self._ctx.after
        same = before == after and package.raw_equal(self._ctx.before, after)
        if same and all(
            package.raw_equal(self._ctx.before, r.target) for r in package.rels(after).values() if not r.external
        ):
            return
        sides = Sides(self._ctx, self._carrier, before or after, target)
        empty = new("hdr")
        self._ctx.work.append(Work(self._ctx.before.tree(before) if before else empty, package.tree(target), sides))
        self.touched.append(target)

    def _claim(self, key: Key, part: str) -> str:
        """The after part itself, or a copy when it already stands for another pair."""
        if part not in self._used:
            self._used.add(part)
            return part
        package = self._ctx.after
        self._copied += sum(1 for _ in package.tree(part).iter())
        if self._copied > _MOST_COPIED:
            message = "The headers and footers differ in too many sections; compare the documents part by part."
            raise DocumentError("too-complex", message)
        name = package.unused(f"word/{_kind(key)}1.xml")
        package.set_tree(name, deepcopy(package.tree(part)))
        package.ensure_content_type(name, package.content_type(part))
        for relationship in package.rels(part).values():
            package.add_relationship(name, relationship.type, relationship.target, relationship.external)
        return self._renumbered(part, name)

    def _renumbered(self, part: str, name: str) -> str:
        """Point the references of a copied part at the relationships it was given."""
        package = self._ctx.after
        ids = dict(zip(package.rels(part), package.rels(name), strict=True))
        for node in package.tree(name).iter():
            for attribute, value in node.attrib.items():
                if str(attribute).startswith(R) and value in ids:
                    node.set(attribute, ids[str(value)])
        return name

    def _departed(self, key: Key, part: str) -> str:
        """A copy of a before part with all its content deleted."""
        name = self._ctx.after.unused(f"word/{_kind(key)}1.xml")
        sides = Sides(self._ctx, self._carrier, part, name)
        root = sides.adopt(self._ctx.before.tree(part))
        self._ctx.after.set_tree(name, root)
        self._ctx.after.ensure_content_type(name, _CONTENT_TYPE % _kind(key))
        blocks = blocks_of(root)
        for block in blocks:
            if block.tag == W + "p":
                mark_paragraph(sides, block, "del", with_mark=block is not blocks[-1])
            else:
                mark_table(sides, block, "del")
        return name

    def _refer(self, section: Element, key: Key, part: str) -> None:
        package = self._ctx.after
        kind = RELATIONSHIP + _kind(key)
        rid = package.relationship_to(package.main, kind, part)
        if rid is None:
            rid = package.add_relationship(package.main, kind, part)
        reference = _reference(section, key)
        if reference is None:
            reference = new(key[0])
            reference.set(W + "type", key[1])
            section.insert(0, reference)
        if reference.get(R + "id") != rid:
            reference.set(R + "id", rid)
            self.referred = True


def _kind(key: Key) -> str:
    return key[0].removesuffix("Reference")


def _reference(section: Element, key: Key) -> Element | None:
    return next((r for r in section.iterchildren(W + key[0]) if r.get(W + "type", "default") == key[1]), None)


def _shown(package: Package, root: Element, stamp: str) -> list[dict[Key, str]]:
    """What each section shows, set or inherited; stamps each w:sectPr with its number."""
    relationships = package.rels(package.main)
    shown: dict[Key, str] = {}
    out: list[dict[Key, str]] = []
    for number, section in enumerate(_sections(root)):
        section.set(stamp, str(number))
        for reference in section.iterchildren(*_REFERENCES):
            relationship = relationships.get(reference.get(R + "id", ""))
            known = reference.get(W + "type", "default") in HEADER_TYPES
            if known and relationship is not None and relationship.target in package:
                key = (str(reference.tag)[len(W) :], reference.get(W + "type", "default"))
                shown = shown | {key: relationship.target}
        out.append(shown)
    return out


def _sections(root: Element) -> Iterator[Element]:
    for section in root.iter(W + "sectPr"):
        parent = section.getparent()
        if parent is not None and parent.tag != W + "sectPrChange":
            yield section
