"""Footnotes and endnotes: compared where their references stay, marked whole where their references came or went."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from redline.comparer.carry import Carrier
from redline.comparer.context import Context, Work
from redline.comparer.sides import Sides
from redline.ooxml import Element, W
from redline.opc.parts import part_of


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


def order_notes(ctx: Context, kinds: Iterable[str]) -> None:
    """Put the notes of these kinds in the order of their references, separators first.

    A note is found by its id (17.11.14), so their order says nothing; but some readers, LibreOffice 7 among them, take
    the first note for the first reference.
    """
    document = ctx.after.tree(ctx.after.main)
    for kind in kinds:
        part = part_of(ctx.after, kind + "s")
        if part is None:
            continue
        notes = ctx.after.tree(part)
        place: dict[str, int] = {}
        for reference in document.iter(f"{W}{kind}Reference"):
            place.setdefault(reference.get(W + "id", ""), len(place))
        for note in sorted(notes, key=lambda note: _place(note, place)):
            notes.append(note)
        ctx.after.set_tree(part, notes)


def _place(note: Element, place: Mapping[str, int]) -> int:
    if note.get(W + "type") is not None:
        return -1
    return place.get(note.get(W + "id", ""), len(place))


def _by_id(root: Element) -> dict[str, Element]:
    return {n.get(W + "id", ""): n for n in root if isinstance(n.tag, str)}
