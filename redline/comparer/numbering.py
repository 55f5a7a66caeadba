"""Brings lists from the before package into the after package (ECMA-376-1 17.9)."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from functools import cached_property
from typing import Final

from redline.comparer.context import Context, new
from redline.diff.canon import canonical
from redline.ooxml import RELATIONSHIP, Element, R, W, number
from redline.opc.parts import part_of
from redline.resolver.resolve import revisable_parts

_NUMBERING: Final = "numbering"
_CONTENT_TYPE: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.numbering+xml"


class NumberingCarrier:
    """Maps list ids of the before package to those that mean the same in the after package, and copies lists."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._source, self._target = part_of(ctx.before, _NUMBERING), part_of(ctx.after, _NUMBERING)
        self._mapping: dict[str, str] = {}
        self.alike = self._source == self._target and (
            self._source is None or ctx.after.raw_equal(ctx.before, self._source)
        )

    def align(self, tree: Element) -> None:
        """Rewrite the w:numId values in a tree of the before package (17.9.18)."""
        if self.alike:
            return
        uses = list(tree.iter(W + "numId"))
        for num_id in sorted({use.get(W + "val", "0") for use in uses} - {"0"}):
            if num_id in self._mapping:
                continue
            if num_id in self._before.nums:
                self._mapping[num_id] = self._in_after(num_id)
            elif num_id in self._after.nums:  # no list before, and not that of after
                self._mapping[num_id] = self._after.unused()
        for use in uses:
            use.set(W + "val", self._mapping.get(use.get(W + "val", ""), use.get(W + "val", "")))

    def _in_after(self, num_id: str) -> str:
        known = self._after.same(num_id, self._before.meaning(num_id))
        if known is not None:
            return known
        ctx = self._ctx
        if self._target is None:
            self._target = ctx.after.unused("word/numbering.xml")
            ctx.after.ensure_content_type(self._target, _CONTENT_TYPE)
            ctx.after.add_relationship(ctx.after.main, RELATIONSHIP + _NUMBERING, self._target)
        fresh = self._after.add(self._before, num_id)
        ctx.after.set_tree(self._target, self._after.root)
        return fresh

    @cached_property
    def _before(self) -> _Lists:
        return _Lists(self._ctx.before.tree(self._source) if self._source else new(_NUMBERING))

    @cached_property
    def _after(self) -> _Lists:
        after = self._ctx.after
        lists = _Lists(after.tree(self._target) if self._target else new(_NUMBERING))
        lists.avoid(use for part in revisable_parts(after) for use in after.tree(part).iter(W + "numId"))
        return lists


class _Lists:
    """The lists of a numbering part: w:num by id, with the w:abstractNum each refers to."""

    def __init__(self, root: Element) -> None:
        self.root = root
        self.nums = {n.get(W + "numId", ""): n for n in root.iterchildren(W + "num")}
        self._abstract = {a.get(W + "abstractNumId", ""): a for a in root.iterchildren(W + "abstractNum")}
        self._last_num = max((number(i) or 0 for i in self.nums), default=0)
        self._last_abstract = max((number(i) or 0 for i in self._abstract), default=-1)
        definitions = list(root.iterchildren(W + "numPicBullet", W + "abstractNum"))
        self._definitions_end = definitions[-1] if definitions else None
        self._nums_end = next(iter([*self.nums.values()][-1:]), None)

    def avoid(self, uses: Iterable[Element]) -> None:
        """Give no list an id that is used, be it for no list: that must not come to mean another one."""
        self._last_num = max(self._last_num, *(number(use.get(W + "val")) or 0 for use in uses), 0)

    def unused(self) -> str:
        """An id that no list has."""
        self._last_num += 1
        return str(self._last_num)

    def definition(self, num_id: str) -> Element | None:
        reference = self.nums[num_id].find(W + "abstractNumId")
        return None if reference is None else self._abstract.get(reference.get(W + "val", ""))

    def meaning(self, num_id: str) -> bytes:
        """What the list looks like: levels and overrides, without ids."""
        definition = self.definition(num_id)
        parts = [] if definition is None else [canonical(c, str) for c in definition if _shapes_list(c)]
        parts += [canonical(c, str) for c in self.nums[num_id] if c.tag == W + "lvlOverride"]
        return b"".join(parts)

    @cached_property
    def _by_meaning(self) -> dict[bytes, str]:
        """The first list of each meaning."""
        found: dict[bytes, str] = {}
        for num_id in self.nums:
            found.setdefault(self.meaning(num_id), num_id)
        return found

    def same(self, num_id: str, meaning: bytes) -> str | None:
        """The id of a list with this meaning, the same id first."""
        if num_id in self.nums and self.meaning(num_id) == meaning:
            return num_id
        return self._by_meaning.get(meaning)

    def add(self, other: _Lists, num_id: str) -> str:
        """Copy a list from another numbering part under fresh ids."""
        fresh = self.unused()
        num = deepcopy(other.nums[num_id])
        num.set(W + "numId", fresh)
        definition = other.definition(num_id)
        reference = num.find(W + "abstractNumId")
        if definition is not None and reference is not None:
            self._last_abstract += 1
            copied = deepcopy(definition)
            copied.set(W + "abstractNumId", str(self._last_abstract))
            reference.set(W + "val", str(self._last_abstract))
            self._abstract[str(self._last_abstract)] = copied
            self._definitions_end = self._put(copied, self._definitions_end)
        self._nums_end = self._put(num, self._nums_end if self._nums_end is not None else self._definitions_end)
        self.nums[fresh] = num
        self._by_meaning.setdefault(self.meaning(fresh), fresh)
        return fresh

    def _put(self, element: Element, before: Element | None) -> Element:
        """Insert an element behind another, or as the first (CT_Numbering, 17.9.16: definitions, then lists)."""
        if before is None:
            self.root.insert(0, element)
        else:
            before.addnext(element)
        return element


def _shapes_list(element: Element) -> bool:
    return element.tag not in (W + "nsid", W + "tmpl", W + "name") and R not in str(element.tag)
