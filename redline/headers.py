"""Headers and footers: paired by section and type; one that came or went is marked inside its part."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from redline.carry import Carrier
from redline.context import Context, Work, new
from redline.marking import mark_paragraph, mark_table
from redline.ooxml import Element, R, W
from redline.package import Package
from redline.sides import Sides
from redline.story import blocks_of

_REFERENCES: Final = (W + "headerReference", W + "footerReference")


def queue_headers(ctx: Context, carrier: Carrier, before_root: Element, after_root: Element) -> list[tuple[str, Sides]]:
    """Queue the headers and footers that sections show on both sides; returns the parts they stand in."""
    pairs = _pairs(ctx, before_root, after_root)
    touched: list[tuple[str, Sides]] = []
    done: dict[str, str] = {}
    for source, target in pairs:
        if target in done:
            if done[target] != source and not ctx.after.raw_equal(ctx.before, target):
                ctx.cannot_track(target, "shared-header", "One header now stands for several; it is compared with one.")
            continue
        done[target] = source
        if source == target and ctx.after.raw_equal(ctx.before, source) and _same_targets(ctx, source):
            continue
        sides = Sides(ctx, carrier, source, target)
        ctx.work.append(Work(ctx.before.tree(source), ctx.after.tree(target), sides))
        touched.append((target, sides))
    return touched


def _same_targets(ctx: Context, part: str) -> bool:
    return all(ctx.after.raw_equal(ctx.before, r.target) for r in ctx.before.rels(part).values() if not r.external)


def _pairs(ctx: Context, before_root: Element, after_root: Element) -> list[tuple[str, str]]:
    before = list(_sections(ctx.before, before_root))
    after = list(_sections(ctx.after, after_root))
    out: list[tuple[str, str]] = []
    for index, section in enumerate(after):
        partner = before[min(index, len(before) - 1)] if before else {}
        if index == len(after) - 1 and before:
            partner = before[-1]
        for key, part in section.items():
            if key in partner and (partner[key], part) not in out:
                out.append((partner[key], part))
    return out


def _sections(package: Package, root: Element) -> Iterator[dict[tuple[str, str], str]]:
    """What each section sets: kind and type of header to its part."""
    relationships = package.rels(package.main)
    for section in root.iter(W + "sectPr"):
        if section.getparent() is not None and section.getparent().tag == W + "sectPrChange":  # type: ignore[union-attr]
            continue
        found: dict[tuple[str, str], str] = {}
        for reference in section.iterchildren(*_REFERENCES):
            relationship = relationships.get(reference.get(R + "id", ""))
            if relationship is not None and relationship.target in package:
                found[(str(reference.tag), reference.get(W + "type", "default"))] = relationship.target
        yield found
