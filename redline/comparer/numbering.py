"""Brings lists from the before package into the after package (ECMA-376-1 17.9)."""

from __future__ import annotations

from copy import deepcopy
from typing import Final

from redline.comparer.context import Context, new
from redline.diff.canon import canonical
from redline.ooxml import RELATIONSHIP, Element, R, W, number
from redline.opc.parts import part_of

_NUMBERING: Final = "numbering"
_CONTENT_TYPE: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.numbering+xml"


def align_numbering(ctx: Context, *trees: Element) -> None:
    """Rewrite the w:numId values of before trees to ids that mean the same list in the after package (17.9.18)."""
    source, target = part_of(ctx.before, _NUMBERING), part_of(ctx.after, _NUMBERING)
    if source is None or (source == target and ctx.after.raw_equal(ctx.before, source)):
        return
    used = {n.get(W + "val", "0") for tree in trees for n in tree.iter(W + "numId")} - {"0"}
    if not used:
        return
    before = _Lists(ctx.before.tree(source))
    root = ctx.after.tree(target) if target else new(_NUMBERING)
    after = _Lists(root)
    mapping: dict[str, str] = {}
    for num_id in sorted(used):
        if num_id in before.nums:
            mapping[num_id] = after.same(num_id, before.meaning(num_id)) or after.add(before, num_id)
    if after.added:
        if target is None:
            target = ctx.after.unused("word/numbering.xml")
            ctx.after.ensure_content_type(target, _CONTENT_TYPE)
            ctx.after.add_relationship(ctx.after.main, RELATIONSHIP + _NUMBERING, target)
        ctx.after.set_tree(target, root)
    for tree in trees:
        for node in tree.iter(W + "numId"):
            node.set(W + "val", mapping.get(node.get(W + "val", ""), node.get(W + "val", "")))


class _Lists:
    """The lists of a numbering part: w:num by id, with the w:abstractNum each refers to."""

    def __init__(self, root: Element) -> None:
        self.root = root
        self.nums = {n.get(W + "numId", ""): n for n in root.iterchildren(W + "num")}
        self.abstract = {a.get(W + "abstractNumId", ""): a for a in root.iterchildren(W + "abstractNum")}
        self.added = False

    def definition(self, num_id: str) -> Element | None:
        reference = self.nums[num_id].find(W + "abstractNumId")
        return None if reference is None else self.abstract.get(reference.get(W + "val", ""))

    def meaning(self, num_id: str) -> bytes:
        """What the list looks like: levels and overrides, without ids."""
        definition = self.definition(num_id)
        parts = [] if definition is None else [canonical(c, str) for c in definition if _shapes_list(c)]
        parts += [canonical(c, str) for c in self.nums[num_id] if c.tag == W + "lvlOverride"]
        return b"".join(parts)

    def same(self, num_id: str, meaning: bytes) -> str | None:
        """The id of a list with this meaning, the same id first."""
        candidates = ([num_id] if num_id in self.nums else []) + [i for i in self.nums if i != num_id]
        return next((i for i in candidates if self.meaning(i) == meaning), None)

    def add(self, other: _Lists, num_id: str) -> str:
        """Copy a list from another numbering part under fresh ids."""
        self.added = True
        fresh = str(max((number(i) or 0 for i in self.nums), default=0) + 1)
        num = deepcopy(other.nums[num_id])
        num.set(W + "numId", fresh)
        definition = other.definition(num_id)
        reference = num.find(W + "abstractNumId")
        if definition is not None and reference is not None:
            abstract_id = str(max((number(i) or 0 for i in self.abstract), default=-1) + 1)
            copied = deepcopy(definition)
            copied.set(W + "abstractNumId", abstract_id)
            reference.set(W + "val", abstract_id)
            self.abstract[abstract_id] = copied
            at = sum(1 for c in self.root if c.tag in (W + "numPicBullet", W + "abstractNum"))
            self.root.insert(at, copied)
        last = max((k for k, c in enumerate(self.root) if c.tag in (W + "num", W + "abstractNum")), default=-1)
        self.root.insert(last + 1, num)
        self.nums[fresh] = num
        return fresh


def _shapes_list(element: Element) -> bool:
    return element.tag not in (W + "nsid", W + "tmpl", W + "name") and R not in str(element.tag)
