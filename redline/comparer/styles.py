"""Brings styles from the before package into the after package (ECMA-376-1 17.7)."""

from __future__ import annotations

from copy import deepcopy
from typing import Final

from redline.comparer.context import Context, drop_attribute
from redline.comparer.numbering import NumberingCarrier
from redline.ooxml import Element, W
from redline.opc.parts import part_of

_USES: Final = (W + "pStyle", W + "rStyle", W + "tblStyle")
_LINKS: Final = (W + "basedOn", W + "next", W + "link")

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
        self._mapping: dict[str, str] = {}
        if (
            self._source
            and self._target
            and not (self._source == self._target and ctx.after.raw_equal(ctx.before, self._source))
        ):
            self._map(ctx.before.tree(self._source), ctx.after.tree(self._target))

    def _map(self, before: Element, after: Element) -> None:
        styles = {s.get(W + "styleId", ""): _name(s) for s in after.iterchildren(W + "style")}
        names = {name: style_id for style_id, name in styles.items()}
        taken = set(styles)
        for style in before.iterchildren(W + "style"):
            old = style.get(W + "styleId", "")
            name = _name(style)
            known = old if styles.get(old) == name else names.get(name)
            fresh = known or old
            if known is None:
                number = 0
                while fresh in taken:
                    number += 1
                    fresh = f"{old}_{number}"
                taken.add(fresh)
                self._lacking[fresh] = style
            if fresh != old:
                self._mapping[old] = fresh

    def align(self, tree: Element) -> None:
        """Rewrite the style ids in a tree of the before package."""
        if self._mapping:
            self._rewrite(tree, _USES)

    def bring(self, style_id: str) -> None:
        """Copy a style, by its id in the after package, if that lacks it; and those it is linked with."""
        style = self._lacking.pop(style_id, None)
        if style is None or self._target is None:
            return
        copied = deepcopy(style)
        drop_attribute(copied, W + "default")
        copied.set(W + "styleId", style_id)
        self._rewrite(copied, _LINKS)
        self._numbering.align(copied)
        root = self._ctx.after.tree(self._target)
        root.append(copied)
        self._ctx.after.set_tree(self._target, root)
        for link in list(copied.iterchildren(*_LINKS)):
            self.bring(link.get(W + "val", ""))

    def _rewrite(self, tree: Element, tags: tuple[str, ...]) -> None:
        for use in tree.iter(*tags):
            fresh = self._mapping.get(use.get(W + "val", ""))
            if fresh is not None:
                use.set(W + "val", fresh)


def _name(style: Element) -> Name:
    name = style.find(W + "name")
    kind = style.get(W + "type", "paragraph")
    return (kind, "#" + style.get(W + "styleId", "")) if name is None else (kind, name.get(W + "val", "").lower())
