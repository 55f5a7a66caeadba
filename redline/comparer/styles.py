"""Brings styles from the before package into the after package (ECMA-376-1 17.7)."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from functools import cached_property
from typing import Final

from redline.comparer.context import Context, drop_attribute, new
from redline.comparer.numbering import NumberingCarrier
from redline.ooxml import RELATIONSHIP, Element, W
from redline.opc.parts import part_of
from redline.resolver.resolve import revisable_parts

_USES: Final = (W + "pStyle", W + "rStyle", W + "tblStyle")
_LINKS: Final = (W + "basedOn", W + "next", W + "link")
_CONTENT_TYPE: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"

Name = tuple[str, str]
"""Type and name of a style: what Word knows it by; the id is only for the file."""


class StyleCarrier:
    """Maps style ids of the before package to those of the after package, and copies styles that it lacks."""

    def __init__(self, ctx: Context, numbering: NumberingCarrier) -> None:
        self._ctx = ctx
        self._numbering = numbering
        self._source = part_of(ctx.before, "styles")
        self._target = part_of(ctx.after, "styles")
        self._lacking: dict[str, Element] = {}
        self._numbers: Counter[str] = Counter()
        """The last number that was added to an id to make it unused."""
        self._mapping: dict[str, str] = {}
        """By the ids of both packages; nothing for one that means nothing before: it counts as left out (17.3.1.27)."""
        self.alike = self._source == self._target and (
            self._source is None or ctx.after.raw_equal(ctx.before, self._source)
        )
        if not self.alike:
            self._map()

    def _map(self) -> None:
        before = self._ctx.before.tree(self._source) if self._source else ()
        styles = {s.get(W + "styleId", ""): _name(s) for s in self._after.iterchildren(W + "style")}
        names = {name: style_id for style_id, name in styles.items()}
        self._mapping = dict.fromkeys(styles, "")
        for style in before:
            if style.tag != W + "style":
                continue
            old = style.get(W + "styleId", "")
            name = _name(style)
            known = old if styles.get(old) == name else names.get(name)
            self._mapping[old] = known or self._unused(old)
            if known is None:
                self._lacking[self._mapping[old]] = style

    def _unused(self, style_id: str) -> str:
        """An id for a style of the before package that the after package has not: its own, or one like it."""
        fresh = style_id
        while fresh in self._taken:
            self._numbers[style_id] += 1
            fresh = f"{style_id}_{self._numbers[style_id]}"
        self._taken.add(fresh)
        return fresh

    @cached_property
    def _after(self) -> Element:
        return self._ctx.after.tree(self._target) if self._target else new("styles")

    @cached_property
    def _taken(self) -> set[str]:
        """The ids that the after package uses, for a style or for none: they must not come to mean another one."""
        stories = (self._ctx.after.tree(part) for part in revisable_parts(self._ctx.after) if part != self._target)
        uses = [
            use for tree, tags in ((self._after, _LINKS), *((s, _USES) for s in stories)) for use in tree.iter(*tags)
        ]
        styles = self._after.iterchildren(W + "style")
        return {*(use.get(W + "val", "") for use in uses), *(style.get(W + "styleId", "") for style in styles)}

    def shared(self) -> list[tuple[Element, Element]]:
        """The styles that both packages have, by type and name, in the order of the after package."""
        if self._source is None or self._target is None:
            return []
        styles = list(self._after.iterchildren(W + "style"))
        by_id, by_name = {s.get(W + "styleId", ""): s for s in styles}, {_name(s): s for s in styles}
        found: dict[Element, Element] = {}
        for style in self._ctx.before.tree(self._source).iterchildren(W + "style"):
            name = _name(style)
            namesake = by_id.get(style.get(W + "styleId", ""))
            if namesake is None or _name(namesake) != name:
                namesake = by_name.get(name)
            if namesake is not None:
                found[namesake] = style
        return [(found[style], style) for style in styles if style in found]

    def align(self, tree: Element) -> None:
        """Rewrite the style ids in a tree of the before package."""
        if self._mapping:
            self._rewrite(tree, _USES)

    def bring(self, style_id: str) -> None:
        """Copy a style, by its id in the after package, if that lacks it; and those it is linked with."""
        waiting = [style_id]
        while waiting:
            identifier = waiting.pop()
            style = self._lacking.pop(identifier, None)
            if style is not None:
                links = self._copy(style, identifier).iterchildren(*_LINKS, reversed=True)
                waiting += [link.get(W + "val", "") for link in links]

    def _copy(self, style: Element, style_id: str) -> Element:
        copied = deepcopy(style)
        drop_attribute(copied, W + "default")
        copied.set(W + "styleId", style_id)
        self._rewrite(copied, _LINKS)
        self._numbering.align(copied)
        self._after.append(copied)
        self._ctx.after.set_tree(self._made_target(), self._after)
        return copied

    def _made_target(self) -> str:
        """The styles part of the after package, made if it has none."""
        if self._target is None:
            after = self._ctx.after
            self._target = after.unused("word/styles.xml")
            after.ensure_content_type(self._target, _CONTENT_TYPE)
            after.add_relationship(after.main, RELATIONSHIP + "styles", self._target)
        return self._target

    def _rewrite(self, tree: Element, tags: tuple[str, ...]) -> None:
        for use in list(tree.iter(*tags)):
            fresh = self._mapping.get(use.get(W + "val", ""))
            parent = use.getparent()
            if fresh:
                use.set(W + "val", fresh)
            elif fresh is not None and parent is not None:
                parent.remove(use)


def _name(style: Element) -> Name:
    name = style.find(W + "name")
    kind = style.get(W + "type", "paragraph")
    return (kind, "#" + style.get(W + "styleId", "")) if name is None else (kind, name.get(W + "val", "").casefold())
