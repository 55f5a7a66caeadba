"""Footnotes and endnotes: compared where their references stay, marked whole where their references came or went."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Final

from lxml import etree

from redline.comparer.carry import Carrier
from redline.comparer.context import Context, Work
from redline.comparer.sides import PARA_IDS, Sides
from redline.diff.reader import HOLLOW, MARKERS
from redline.errors import DocumentError
from redline.ooxml import Element, W
from redline.opc.package import Package
from redline.opc.parts import part_of

_KINDS: Final = ("footnote", "endnote")
_MOST_COPIED: Final = 100_000
"""Elements of notes that are copied because one stands for several of the before document."""


def mark_hollow(package: Package) -> bool:
    """Mark the references to no note, and to notes without any block: a note with blocks is none of their kind.

    In such a one nothing can be deleted or inserted so that nothing is left. Returns whether there are any.
    """
    found = False
    for kind in _KINDS:
        if f"{kind}Reference".encode() not in package.spelled(package.main):
            continue
        part = part_of(package, kind + "s")
        notes = {} if part is None else _by_id(package.tree(part))
        for reference in package.tree(package.main).iter(f"{W}{kind}Reference"):
            note = notes.get(reference.get(W + "id", ""))
            if note is None or not len(note):
                reference.set(HOLLOW, "missing" if note is None else "empty")
                found = True
    return found


def forget_hollow(root: Element) -> None:
    """Take the marks off again."""
    etree.strip_attributes(root, HOLLOW)


def queue_notes(ctx: Context, carrier: Carrier, pairs: Iterable[tuple[Element, Element]]) -> list[str]:
    """Queue the notes behind paired references; returns the parts they stand in.

    A note of after that stands for several of before becomes as many notes.
    """
    pairs = list(pairs)
    touched: list[str] = []
    for kind in _KINDS:
        source, target = part_of(ctx.before, kind + "s"), part_of(ctx.after, kind + "s")
        references = [pair for pair in pairs if pair[1].tag == f"{W}{kind}Reference"]
        wanted = [(b.get(W + "id", ""), a.get(W + "id", "")) for b, a in references]
        if source is None or target is None or not wanted:
            continue
        if source == target and ctx.after.raw_equal(ctx.before, source) and all(b == a for b, a in wanted):
            continue
        if ctx.leaves("notes", target):
            continue
        sides = Sides(ctx, carrier, source, target)
        old, now = _by_id(ctx.before.tree(source)), _by_id(ctx.after.tree(target))
        placed: dict[tuple[str, str], str] = {}
        copier = _Copier(ctx, carrier, target)
        for (b, a), (_, reference) in zip(wanted, references, strict=True):
            if b not in old or a not in now:
                continue
            if (b, a) not in placed:
                note = copier.own(now[a])
                placed[b, a] = note.get(W + "id", "")
                ctx.work.append(Work(old[b], note, sides))
            reference.set(W + "id", placed[b, a])
        touched.append(target)
    return touched


class _Copier:
    """Gives each note of before a note of after for itself: the first the very note, further ones copies of it."""

    def __init__(self, ctx: Context, carrier: Carrier, part: str) -> None:
        self._ctx = ctx
        self._carrier = carrier
        self._part = part
        self._given: set[Element] = set()
        self._size = 0

    def own(self, note: Element) -> Element:
        """The note, or a copy where it was given away. Raises `DocumentError` (too-complex) for far too many copies."""
        if note not in self._given:
            self._given.add(note)
            return note
        self._size += sum(1 for _ in note.iter())
        if self._size > _MOST_COPIED:
            message = "Very many places refer to one note that was many; compare the documents part by part."
            raise DocumentError("too-complex", message)
        copied = deepcopy(note)
        etree.strip_elements(copied, *MARKERS, W + "commentReference", with_tail=False)
        etree.strip_attributes(copied, *PARA_IDS)
        kind = str(note.tag)[len(W) :]
        copied.set(W + "id", self._carrier.unused_note(kind))
        after = self._ctx.after
        after.tree(self._part).append(copied)
        after.set_tree(after.main, after.tree(after.main))  # where a reference now has another id, whatever else stays
        return copied


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
