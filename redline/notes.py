"""Footnotes and endnotes: compared where their references stay, marked whole where their references came or went."""

from __future__ import annotations

from redline.carry import Carrier
from redline.context import Context, Work
from redline.ooxml import Element, W
from redline.parts import part_of
from redline.sides import Sides


def queue_notes(ctx: Context, carrier: Carrier, pairs: list[tuple[str, str, str]]) -> list[str]:
    """Queue the notes behind paired references; returns the parts they stand in."""
    touched: list[str] = []
    for kind in ("footnote", "endnote"):
        source, target = part_of(ctx.before, kind + "s"), part_of(ctx.after, kind + "s")
        wanted = [(b, a) for k, b, a in pairs if k == kind]
        if source is None or target is None or not wanted:
            continue
        if source == target and ctx.after.raw_equal(ctx.before, source) and all(b == a for b, a in wanted):
            continue
        if ctx.leaves("notes", target):
            continue
        sides = Sides(ctx, carrier, source, target)
        old, now = _by_id(ctx.before.tree(source)), _by_id(ctx.after.tree(target))
        seen: set[str] = set()
        for b, a in wanted:
            if a not in seen and b in old and a in now:
                ctx.work.append(Work(old[b], now[a], sides))
            seen.add(a)
        touched.append(target)
    return touched


def _by_id(root: Element) -> dict[str, Element]:
    return {n.get(W + "id", ""): n for n in root if isinstance(n.tag, str)}
