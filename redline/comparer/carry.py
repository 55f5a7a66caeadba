"""Brings what deleted content needs from the before package: relationships, media, notes."""

from __future__ import annotations

import posixpath
from collections import deque
from copy import deepcopy
from typing import TYPE_CHECKING, Final

from redline.comparer.context import Context
from redline.comparer.numbering import NumberingCarrier
from redline.comparer.styles import StyleCarrier
from redline.ooxml import RELATIONSHIP, W, number
from redline.opc.package import rels_name
from redline.opc.parts import part_of

if TYPE_CHECKING:
    from redline.comparer.sides import Sides

_NOTE_TYPE: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.%s+xml"


class Carrier:
    """Copies parts, definitions and notes at most once each; names and ids are fresh where they would collide."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        self._relationships: dict[tuple[str, str, str], str] = {}
        self._parts: dict[str, str] = {}
        self._notes: dict[tuple[str, str], str] = {}
        self._shelves: dict[str, _Shelf] = {}
        self._last_note: dict[str, int] = {}
        self._unread: deque[tuple[_Shelf, str, str]] = deque()
        self._settled: set[str] = set()
        self.numbering = NumberingCarrier(ctx)
        self.styles = StyleCarrier(ctx, self.numbering)

    def settle(self, before_part: str) -> None:
        """Rewrite the style and list ids of a before part to those that mean the same in the after package."""
        if before_part in self._settled or before_part not in self.ctx.before:
            return
        self._settled.add(before_part)
        tree = self.ctx.before.tree(before_part)
        self.styles.align(tree)
        self.numbering.align(tree)

    # -- relationships and the parts behind them

    def relationship(self, before_part: str, after_part: str, rid: str) -> str:
        """The id in `after_part` that means what `rid` means in `before_part`."""
        key = (before_part, after_part, rid)
        found = self._relationships.get(key)
        if found is None:
            found = self._relationships[key] = self._relate(before_part, after_part, rid)
        return found

    def _relate(self, before_part: str, after_part: str, rid: str) -> str:
        old = self.ctx.before.rels(before_part).get(rid)
        if old is None:
            return f"missing-{rid}"  # so that it means nothing in the after package, either
        target = old.target if old.external else self._part(old.target)
        after = self.ctx.after
        known = after.relationship_to(after_part, old.type, target, old.external)
        return known or after.add_relationship(after_part, old.type, target, old.external)

    def _part(self, name: str) -> str:
        """The name, in the after package, of a part with this content; copied there with what it refers to."""
        copied: list[tuple[str, str]] = []
        waiting = [name]
        while waiting:
            part = waiting.pop()
            if part in self._parts:
                continue
            if part not in self.ctx.before:
                self._parts[part] = self.ctx.after.unused(part)
                continue
            relationships = self.ctx.before.rels(part)
            fresh = self._parts[part] = self._copy_part(part, alone=not relationships)
            if relationships:
                waiting += [old.target for old in reversed(relationships.values()) if not old.external]
                copied.append((part, fresh))
        for part, fresh in copied:
            self._copy_relationships(part, fresh)
        return self._parts[name]

    def _copy_part(self, name: str, *, alone: bool) -> str:
        """The name of a copy in the after package, or of the same part there if it is `alone`: refers to no other."""
        before, after = self.ctx.before, self.ctx.after
        if alone and after.raw_equal(before, name):
            return name
        fresh = after.unused(name)
        after.set_bytes(fresh, before.read(name))
        kind = before.content_type(name)
        if kind:
            after.ensure_content_type(fresh, kind)
        return fresh

    def _copy_relationships(self, name: str, fresh: str) -> None:
        root = deepcopy(self.ctx.before.tree(rels_name(name)))
        for element in root:
            old = self.ctx.before.rels(name).get(element.get("Id", ""))
            if old is not None and not old.external:
                target = self._parts.get(old.target, old.target)
                element.set("Target", posixpath.relpath(f"/{target}", f"/{posixpath.dirname(fresh)}"))
        self.ctx.after.set_rels(fresh, root)

    # -- notes

    @property
    def note_kinds(self) -> list[str]:
        """The kinds of notes of which some were brought or copied."""
        return sorted(self._last_note)

    def note(self, kind: str, note_id: str) -> str:
        """The id of a copy, in the after package, of a note whose reference was deleted."""
        key = (kind, note_id)
        found = self._notes.get(key)
        if found is None:
            found = self._place_note(kind, note_id)
        return found

    def _read_notes(self) -> None:
        """Copy the notes that have a place, and those that these refer to, however long the chain."""
        while self._unread:
            shelf, note_id, fresh = self._unread[0]
            shelf.put(note_id, fresh)
            self._unread.popleft()

    def _place_note(self, kind: str, note_id: str) -> str:
        from redline.comparer.sides import Sides  # the two need each other: a note is content too

        source, shelf = part_of(self.ctx.before, kind + "s"), self._shelves.get(kind)
        if source is not None and shelf is None:
            target = part_of(self.ctx.after, kind + "s") or self._new_notes_part(kind, source)
            shelf = self._shelves[kind] = _Shelf(Sides(self.ctx, self, source, target))
        fresh = self._notes[kind, note_id] = self.unused_note(kind)
        if shelf is not None:
            self._unread.append((shelf, note_id, fresh))
            if len(self._unread) == 1:  # else whoever reads these notes now meets this one, too
                self._read_notes()
        return fresh

    def unused_note(self, kind: str) -> str:
        """An id that neither a note of the after package has nor a reference in it, be it to no note."""
        last = self._last_note.get(kind)
        if last is None:
            after = self.ctx.after
            used = [*after.tree(after.main).iter(f"{W}{kind}Reference")]
            used += [note for part in after.related(after.main, f"{kind}s") for note in after.tree(part)]
            last = max((number(node.get(W + "id")) or 0 for node in used), default=0)
        self._last_note[kind] = last + 1
        return str(last + 1)

    def _new_notes_part(self, kind: str, source: str) -> str:
        """A notes part with the separators of the before document only (17.11.23)."""
        before, after = self.ctx.before, self.ctx.after
        name = after.unused(f"word/{kind}s.xml")
        root = deepcopy(before.tree(source))
        for note in list(root):
            if note.get(W + "type") is None:
                root.remove(note)
        after.set_tree(name, root)
        after.ensure_content_type(name, _NOTE_TYPE % f"{kind}s")
        after.add_relationship(after.main, f"{RELATIONSHIP}{kind}s", name)
        return name


class _Shelf:
    """The notes of one kind: those of the before part by id, and where copies of them go in the after part."""

    def __init__(self, sides: Sides) -> None:
        self._sides = sides
        self._notes = {note.get(W + "id", ""): note for note in reversed(sides.ctx.before.tree(sides.before_part))}
        self._target = sides.ctx.after.tree(sides.after_part)

    def put(self, note_id: str, fresh: str) -> None:
        """Copy a note under its new id, if there is such a note."""
        note = self._notes.get(note_id)
        if note is None:
            return
        copied = self._sides.adopt(note)
        copied.set(W + "id", fresh)
        self._target.append(copied)
        self._sides.ctx.after.set_tree(self._sides.after_part, self._target)
