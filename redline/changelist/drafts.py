"""Changes while they are gathered: before they are ordered, numbered and frozen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from redline.changelist.grouping import signature, words
from redline.changelist.pieces import PILCROW, State
from redline.ooxml import W, number
from schemas.changes import Change, ChangeKind, ChangeTarget, Location

Edits = tuple[list[str], list[str]]
"""Texts that were deleted from, and inserted into, what moved."""
_EDITS: Final = frozenset({ChangeKind.INSERTION, ChangeKind.DELETION, ChangeKind.REPLACEMENT})


@dataclass(slots=True)
class Draft:
    """A change in the making; `order` is its place in the document. Without revisions it is part of another."""

    kind: ChangeKind
    target: ChangeTarget
    location: Location
    order: int
    revisions: list[etree._Element]
    before: str = ""
    after: str = ""
    context: tuple[str, str] = ("", "")
    properties: tuple[str, ...] = ()
    move: str | None = None
    origin: Location | None = None
    edits: Edits = field(default_factory=lambda: ([], []))
    lines_before: list[str] = field(default_factory=list)
    lines_after: list[str] = field(default_factory=list)
    """Of what goes over several paragraphs or cells: their texts, joined at the end of the part."""

    def change(self, identity: int) -> Change:
        """The finished change."""
        author, date = signature(self.revisions[0])
        gone, come = ([self.before], [self.after]) if self.kind in _EDITS else self.edits
        return Change(
            id=identity,
            kind=self.kind,
            target=self.target,
            location=self.location,
            origin=self.origin,
            before=self.before,
            after=self.after,
            context_before=self.context[0],
            context_after=self.context[1],
            properties=self.properties,
            move_id=self.move,
            words_deleted=sum(map(words, gone)),
            words_inserted=sum(map(words, come)),
            author=author,
            date=date,
            revision_ids=tuple(dict.fromkeys(_ids(self.revisions))),
        )


@dataclass(slots=True)
class Drafts:
    """All drafts of a document, and what joins drafts over paragraphs: moves, and marks waiting for their text."""

    all: list[Draft] = field(default_factory=list)
    _order: int = 0
    _moves: dict[str, Draft] = field(default_factory=dict)
    _arrived: set[str] = field(default_factory=set)
    _columns: dict[tuple[ChangeKind, int | None, str, etree._Element], Draft] = field(default_factory=dict)
    _cell_formatting: dict[tuple[ChangeTarget, tuple[str, ...], str], Draft] = field(default_factory=dict)

    def add(
        self,
        kind: ChangeKind,
        target: ChangeTarget,
        location: Location,
        revisions: list[etree._Element],
        before: str = "",
        after: str = "",
        context: tuple[str, str] = ("", ""),
        properties: tuple[str, ...] = (),
    ) -> Draft:
        """Add a change at the present place of the walk."""
        self._order += 1
        draft = Draft(kind, target, location, self._order, revisions, before, after, context, properties)
        self.all.append(draft)
        return draft

    def move(
        self,
        name: str,
        state: State,
        target: ChangeTarget,
        location: Location,
        text: str,
        revisions: list[etree._Element],
        edits: Edits = ([], []),
    ) -> None:
        """Add one side, or a further block of one side, of a move. The change stands where the text arrives."""
        draft = self._moves.get(name)
        if draft is None:
            draft = self._moves[name] = self.add(ChangeKind.MOVE, target, location, [])
            draft.move = name
        arrives = state.in_after
        if arrives and name not in self._arrived:
            self._order += 1
            draft.order, draft.location = self._order, location
            self._arrived.add(name)
        if not arrives and draft.origin is None:
            draft.origin = location
        if target is ChangeTarget.PARAGRAPH:
            draft.target = target
        draft.revisions.extend(revisions)
        for known, found in zip(draft.edits, edits, strict=True):
            known.extend(found)
        if arrives:
            draft.lines_after.append(text)
        else:
            draft.lines_before.append(text)

    def replace(self, old: Draft, now: Draft) -> None:
        """Make one replacement of a deletion and an insertion; two authors made two changes."""
        if signature(old.revisions[0])[0] != signature(now.revisions[0])[0]:
            return
        old.kind, old.location, old.after = ChangeKind.REPLACEMENT, now.location, now.after
        old.revisions += now.revisions
        now.revisions = []

    def cell(
        self, kind: ChangeKind, location: Location, revisions: list[etree._Element], text: str, table: etree._Element
    ) -> None:
        """Add a cell that comes or goes; those below one another in a table, a column, are one change."""
        key = (kind, location.cell, signature(revisions[0])[0], table)
        known = self._columns.get(key)
        if known is None:
            known = self._columns[key] = self.add(kind, ChangeTarget.CELL, location, revisions)
        else:
            known.revisions.extend(revisions)
        lines = known.lines_after if kind is ChangeKind.INSERTION else known.lines_before
        lines.append(text if lines else text or PILCROW)

    def format_cells(
        self, target: ChangeTarget, location: Location, revisions: list[etree._Element], properties: tuple[str, ...]
    ) -> None:
        """Add a formatting change of a table, row or cell; equal ones of one table are one change."""
        key = (target, properties, signature(revisions[0])[0])
        known = self._cell_formatting.get(key)
        if known is not None and known.location.table == location.table:
            known.revisions += revisions
            known.location = _common(known.location, location)
        else:
            self._cell_formatting[key] = self.add(
                ChangeKind.FORMATTING, target, location, revisions, properties=properties
            )

    def end_part(self) -> None:
        """Close what cannot reach into the next part; a move with one side only is what it looks like."""
        for draft in (*self._moves.values(), *self._columns.values()):
            draft.before, draft.after = _joined(draft.lines_before), _joined(draft.lines_after)
        for draft in self._moves.values():
            if not draft.before or not draft.after:
                draft.kind = ChangeKind.INSERTION if draft.after else ChangeKind.DELETION
                draft.origin = None
        self._moves.clear()
        self._arrived.clear()
        self._columns.clear()
        self._cell_formatting.clear()

    def edited(self) -> tuple[int, int]:
        """Characters that were deleted from, and inserted into, what moved."""
        moves = [draft for draft in self.all if draft.kind is ChangeKind.MOVE]
        return sum(len(text) for draft in moves for text in draft.edits[0]), sum(
            len(text) for draft in moves for text in draft.edits[1]
        )

    def finished(self) -> tuple[Change, ...]:
        """The changes in document order, numbered from 1."""
        ordered = sorted((draft for draft in self.all if draft.revisions), key=lambda draft: draft.order)
        return tuple(draft.change(identity) for identity, draft in enumerate(ordered, start=1))


def texts(kind: ChangeKind, text: str) -> tuple[str, str]:
    """(before, after) of an insertion or deletion of a text; an empty paragraph is shown by its mark."""
    shown = text or PILCROW
    return ("", shown) if kind is ChangeKind.INSERTION else (shown, "")


def _common(one: Location, other: Location) -> Location:
    """The place that holds both: a row, a column, or the table."""
    return one.model_copy(
        update={
            "row": one.row if one.row == other.row else None,
            "cell": one.cell if one.cell == other.cell else None,
        }
    )


def _joined(lines: list[str]) -> str:
    """The lines as one text; empty ones before the first with text are none."""
    first = next((place for place, line in enumerate(lines) if line), len(lines))
    return "\n".join(lines[first:])


def _ids(revisions: Iterable[etree._Element]) -> Iterable[int]:
    for revision in revisions:
        identity = number(revision.get(f"{W}id"))
        if identity is not None:
            yield identity
