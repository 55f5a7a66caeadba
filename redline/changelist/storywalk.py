"""Walks the blocks of one story of a tracked document and drafts its changes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from redline.changelist.cells import (
    CELL_STATES,
    MOVED,
    ROW_STATES,
    WRAPPERS,
    cell_text,
    edits_in,
    holds_moved,
    inside,
    revised,
    row_text,
)
from redline.changelist.drafts import Drafts, texts
from redline.changelist.formatchanges import changed_properties
from redline.changelist.grouping import Cluster, clusters, context, signature, text_of, whole_state, words
from redline.changelist.labels import Counters, Lists
from redline.changelist.outline import View, former_properties, properties_of
from redline.changelist.pieces import PILCROW, REVISIONS, Piece, State, Walker
from redline.changelist.replacements import Run
from redline.changelist.stylesheet import Facts, StyleSheet
from redline.ooxml import NS, W, first_child
from schemas.changes import ChangeKind, ChangeTarget, Location, Story

CONTEXT: Final = 60
"""Characters of context on each side of a change."""

_TEXT: Final = f"{W}t"
_MARK_OF_MOVED: Final = {State.MOVED_TO: State.INSERTED, State.MOVED_FROM: State.DELETED}
"""What the mark before a paragraph that moved to, or from, the end of its story is."""
_KINDS: Final = {State.INSERTED: ChangeKind.INSERTION, State.DELETED: ChangeKind.DELETION}


@dataclass(slots=True)
class Totals:
    """Words of the before and the after document."""

    before: int = 0
    after: int = 0

    def count(self, state: State, text: str) -> None:
        """Count the words of a text that is in this state."""
        found = words(text)
        self.before += found if state.in_before else 0
        self.after += found if state.in_after else 0


@dataclass(slots=True)
class StoryWalk:
    """One story. `touched` are the paragraphs, rows and tables that hold revisions; the others are only counted."""

    styles: StyleSheet
    lists: Lists
    drafts: Drafts
    totals: Totals
    touched: set[etree._Element]
    story: Story
    part: str
    walker: Walker
    before: View = field(init=False)
    after: View = field(init=False)
    _waiting: tuple[Piece, Location, tuple[str, str]] | None = None
    _run: Run = field(init=False)

    def __post_init__(self) -> None:
        self._run = Run(self.drafts)
        self.before, self.after = self._view(), self._view()

    def walk(self, flow: etree._Element) -> None:
        """Walk all blocks of a story."""
        self._blocks(flow, None)
        self._settle()

    def _view(self) -> View:
        return View(self.styles, self.lists, Counters(self.lists), self.story, self.part)

    def _views(self, state: State) -> Iterator[View]:
        if state.in_before:
            yield self.before
        if state.in_after:
            yield self.after

    def _side(self, state: State) -> View:
        return self.after if state.in_after else self.before

    def _blocks(self, parent: etree._Element, imposed: State | None) -> None:
        """Walk the blocks of an element; `imposed` is the state of the inserted or deleted row or cell around it."""
        for child in parent:
            tag = child.tag
            if tag == f"{W}p":
                self._paragraph(child, imposed)
            elif tag == f"{W}tbl":
                self._table(child, imposed)
            elif tag in WRAPPERS:
                self._blocks(child, imposed)
            elif tag == f"{W}sectPr":
                self._section(child)
            else:
                self.walker.note_range(child)

    def _paragraph(self, paragraph: etree._Element, imposed: State | None) -> None:
        properties = properties_of(paragraph)
        if paragraph not in self.touched:
            self._settle()
            text = "".join([str(piece) for piece in paragraph.itertext(_TEXT)])
            facts = Facts.of(properties)
            self._enter(facts, facts, imposed or State.KEPT, text, text)
            self.totals.count(imposed or State.KEPT, text)
            return
        pieces = self.walker.pieces(paragraph)
        state = imposed or pieces[-1].state
        before = "" if imposed is State.INSERTED else text_of(pieces, after=False)
        after = "" if imposed is State.DELETED else text_of(pieces, after=True)
        self._enter(Facts.of(former_properties(properties)), Facts.of(properties), state, before, after)
        self.totals.before += words(before)
        self.totals.after += words(after)
        if imposed is None:
            self._revisions(pieces, properties)
        self._textboxes()

    def _enter(self, former: Facts, present: Facts, state: State, before: str, after: str) -> None:
        if state.in_before:
            self.before.enter(former, before)
        if state.in_after:
            self.after.enter(present, after)

    def _revisions(self, pieces: list[Piece], properties: etree._Element | None) -> None:
        mark = pieces[-1]
        heading = self.styles.heading(Facts.of(properties)) is not None
        location = self._side(mark.state).location(is_heading=heading)
        found = clusters(pieces)
        restyled = self._restyled(pieces, found, properties)
        if restyled is not None:
            found.remove(restyled)
        state = whole_state(pieces)
        empty = not any(piece.text or piece.kinds for piece in pieces[:-1])
        if mark.revision is not None and mark.state in _MARK_OF_MOVED and mark.move:
            self._moved(pieces, found, location, mark.move, mark.state)
        elif mark.revision is not None and (state is mark.state or empty) and mark.state in _KINDS:
            self._whole_paragraph(mark, found, location, empty=empty)
        else:
            self._part_of_paragraph(pieces, found, location, state)
            self._run.settle()
        if mark.state is State.KEPT:
            self._paragraph_formatting(pieces, found, properties, location, restyled)
        section = first_child(properties, f"{W}sectPr")
        if section is not None:
            self._section(section)

    def _whole_paragraph(self, mark: Piece, found: list[Cluster], location: Location, *, empty: bool) -> None:
        """A paragraph that comes or goes with its mark."""
        kind = _KINDS[mark.state]
        text = "" if empty else "".join(piece.text for cluster in found for piece in cluster.pieces)
        revisions = [revision for cluster in found for revision in cluster.revisions]
        if mark.revision is not None:
            revisions.append(mark.revision)
        self._run.add(self.drafts.add(kind, ChangeTarget.PARAGRAPH, location, revisions, *texts(kind, text)))

    def _part_of_paragraph(
        self, pieces: list[Piece], found: list[Cluster], location: Location, state: State | None
    ) -> None:
        """A paragraph of which something stays: text inside it, and a mark that splits or joins."""
        mark = pieces[-1]
        waiting = self._waiting
        moved = next((cluster for cluster in found if cluster.kind is ChangeKind.MOVE), None)
        if moved is not None and mark.revision is None and _is_all_of(pieces, moved.state):
            # The last paragraph of a story moved: its own mark cannot, so the mark before came or went.
            self._moved(pieces, found, location, moved.move, moved.state)
            return
        if waiting is not None and state is waiting[0].state and mark.revision is None and found:
            # "A¶" with an inserted mark, then "B" inserted before a mark that was there: the paragraph B is what came.
            self._waiting = None
            self._whole_paragraph(waiting[0], found, location, empty=False)
        else:
            self._settle_mark()
            for cluster in found:
                self._inside(pieces, cluster, location, whole=state is None and len(found) == 1)
        if mark.revision is not None and mark.state in _KINDS:
            around = context(pieces, len(pieces) - 1, len(pieces) - 1, CONTEXT)
            self._waiting = (mark, location, around)

    def _inside(self, pieces: list[Piece], cluster: Cluster, location: Location, *, whole: bool) -> None:
        if cluster.kind is ChangeKind.MOVE:
            text = "".join(piece.text for piece in cluster.pieces)
            self.drafts.move(cluster.move, cluster.state, ChangeTarget.TEXT, location, text, cluster.revisions)
            return
        whole_replaced = (
            whole
            and cluster.kind is ChangeKind.REPLACEMENT
            and sum(1 for piece in pieces[:-1] if piece.text or piece.kinds) == len(cluster.pieces)
        )
        self.drafts.add(
            cluster.kind,
            ChangeTarget.PARAGRAPH if whole_replaced else cluster.target,
            location,
            cluster.revisions,
            cluster.before,
            cluster.after,
            context(pieces, cluster.first, cluster.last, CONTEXT),
            cluster.properties,
        )

    def _moved(self, pieces: list[Piece], found: list[Cluster], location: Location, name: str, state: State) -> None:
        """A paragraph that moves; what its author edited in it belongs to the move."""
        revisions = self._mark_before(state)
        self._settle()
        mark = pieces[-1]
        author = next((cluster.author for cluster in found if cluster.move == name), "")
        apart = (ChangeKind.MOVE, ChangeKind.FORMATTING)
        edits = [cluster for cluster in found if cluster.kind not in apart and cluster.author == author]
        own = [cluster for cluster in found if cluster.move == name or cluster in edits]
        revisions += [revision for cluster in own for revision in cluster.revisions]
        if mark.revision is not None:
            revisions.append(mark.revision)
        text = text_of(pieces, after=state.in_after)
        texts = [cluster.before for cluster in edits], [cluster.after for cluster in edits]
        gone, come = ([text for text in side if text] for side in texts)
        self.drafts.move(name, state, ChangeTarget.PARAGRAPH, location, text, revisions, (gone, come))
        for cluster in found:
            if cluster not in own:
                self._inside(pieces, cluster, location, whole=False)

    def _mark_before(self, state: State) -> list[etree._Element]:
        """The revision of the mark before a paragraph that moved, where it came or went with that; it waits no more."""
        waiting = self._waiting
        if waiting is None or waiting[0].revision is None or waiting[0].state is not _MARK_OF_MOVED[state]:
            return []
        self._waiting = None
        return [waiting[0].revision]

    def _settle(self) -> None:
        """Close what waits for its neighbours: here stands something else."""
        self._settle_mark()
        self._run.settle()

    def _settle_mark(self) -> None:
        """Name a mark that came or went alone: the paragraph was split or joined with the next."""
        if self._waiting is None:
            return
        mark, location, around = self._waiting
        self._waiting = None
        kind = _KINDS[mark.state]
        revisions = [] if mark.revision is None else [mark.revision]
        self.drafts.add(kind, ChangeTarget.PARAGRAPH, location, revisions, *texts(kind, PILCROW), around)

    def _restyled(self, pieces: list[Piece], found: list[Cluster], properties: etree._Element | None) -> Cluster | None:
        """The formatting of all text of a paragraph that stays and whose own properties changed, too."""
        change = first_child(properties, f"{W}pPrChange")
        if change is None or change in self.walker.settled or pieces[-1].state is not State.KEPT or not _names(change):
            return None
        text, author = text_of(pieces, after=True), signature(change)[0]
        for cluster in found:
            whole = cluster.kind is ChangeKind.FORMATTING and "".join(piece.text for piece in cluster.pieces) == text
            if whole and cluster.author == author:
                return cluster
        return None

    def _paragraph_formatting(
        self,
        pieces: list[Piece],
        found: list[Cluster],
        properties: etree._Element | None,
        location: Location,
        restyled: Cluster | None,
    ) -> None:
        """The properties of a paragraph, of its numbering, of its mark and of all its text are one change."""
        paths = ("w:pPrChange", "w:numPr/w:numberingChange")
        found_changes = () if properties is None else (c for path in paths for c in properties.iterfind(path, NS))
        changes = [change for change in found_changes if change not in self.walker.settled]
        text = (text_of(pieces, after=True) or PILCROW) if changes else PILCROW
        named = [(change, _names(change)) for change in changes]
        named += [(change, changed_properties(change)) for change in restyled.revisions] if restyled else []
        mark = pieces[-1].formatting
        if mark is not None:
            names = changed_properties(mark)
            # A mark formatted like text before it belongs to that change, which stands in the list already.
            if not any(cluster.properties == names for cluster in found):
                named.append((mark, names))
        revisions = [change for change, names in named if names]
        if revisions:
            names = tuple(dict.fromkeys(name for _, names in named for name in names))
            self.drafts.add(
                ChangeKind.FORMATTING, ChangeTarget.PARAGRAPH, location, revisions, text, text, properties=names
            )

    def _section(self, section: etree._Element) -> None:
        change = first_child(section, f"{W}sectPrChange")
        if change is not None and (names := changed_properties(change)):
            location = self.after.location(paragraph=False)
            self.drafts.add(ChangeKind.FORMATTING, ChangeTarget.SECTION, location, [change], properties=names)

    def _textboxes(self) -> None:
        boxes, self.walker.textboxes = self.walker.textboxes, []
        for box in boxes:
            walker = Walker(self.walker.settled)
            inner = StoryWalk(
                self.styles, self.lists, self.drafts, self.totals, self.touched, Story.TEXTBOX, self.part, walker
            )
            inner.before.headings, inner.after.headings = list(self.before.headings), list(self.after.headings)
            inner.walk(box)

    def _table(self, table: etree._Element, imposed: State | None) -> None:
        self._settle()
        rows = list(inside(table, f"{W}tr"))
        states = [revised(row, f"{W}trPr", ROW_STATES) for row in rows]
        shared = {state for state, _ in states}
        whole = shared.pop() if len(shared) == 1 else State.KEPT
        table_state = imposed or whole
        for view in self._views(table_state):
            view.enter_table()
        if imposed is None and whole is not State.KEPT:
            self._whole(table, ChangeTarget.TABLE, whole, "\n".join(map(row_text, rows)))
        elif imposed is None and table in self.touched:
            self._format(table, ChangeTarget.TABLE)
        for row, (state, revision) in zip(self._rows(table), states, strict=True):
            self._row(table, row, imposed, state, None if whole is not State.KEPT else revision)
        for view in self._views(table_state):
            view.leave_table()

    def _rows(self, parent: etree._Element) -> Iterator[etree._Element]:
        """The rows of a table one after the other, with the ends of moves between them noted on the way."""
        for child in parent:
            if child.tag == f"{W}tr":
                yield child
            elif child.tag in WRAPPERS:
                yield from self._rows(child)
            else:
                self.walker.note_range(child)

    def _whole(self, element: etree._Element, target: ChangeTarget, state: State, text: str) -> None:
        """A table or row that comes, goes or moves."""
        location = self._side(state).location(paragraph=False)
        revisions = list(element.iter(*REVISIONS))
        name = self.walker.move_name(MOVED[state])
        if name and holds_moved(element):
            self.drafts.move(name, MOVED[state], target, location, text, revisions, edits_in(element))
        else:
            self.drafts.add(_KINDS[state], target, location, revisions, *texts(_KINDS[state], text))

    def _row(
        self,
        table: etree._Element,
        row: etree._Element,
        imposed: State | None,
        own: State,
        revision: etree._Element | None,
    ) -> None:
        state = imposed or own
        for view in self._views(state):
            view.cells[-1].row += 1
            view.cells[-1].cell = 0
        if imposed is None and revision is not None:
            self._whole(row, ChangeTarget.ROW, state, row_text(row))
        elif state is State.KEPT and row in self.touched:
            self._format(row, ChangeTarget.ROW)
        inner = None if state is State.KEPT else state
        for cell in inside(row, f"{W}tc"):
            self._cell(table, cell, inner)

    def _cell(self, table: etree._Element, cell: etree._Element, imposed: State | None) -> None:
        own, revision = (State.KEPT, None) if imposed else revised(cell, f"{W}tcPr", CELL_STATES)
        state = imposed or own
        for view in self._views(state):
            view.cells[-1].cell += 1
        if revision is not None:
            location = self._side(own).location(paragraph=False)
            self.drafts.cell(_KINDS[own], location, list(cell.iter(*REVISIONS)), cell_text(cell), table)
        elif state is State.KEPT and table in self.touched:
            self._format(cell, ChangeTarget.CELL)
        self._blocks(cell, None if state is State.KEPT else state)
        self._settle()

    def _format(self, element: etree._Element, target: ChangeTarget) -> None:
        """The formatting of a table, row or cell that stays."""
        found = [change for path in _FORMATTING[target] for change in element.iterfind(path, NS)]
        revisions = [change for change in found if _names(change)]
        if revisions:
            names = tuple(dict.fromkeys(name for change in revisions for name in _names(change)))
            self.drafts.format_cells(target, self.after.location(paragraph=False), revisions, names)


def _is_all_of(pieces: list[Piece], state: State) -> bool:
    """Whether all content of a paragraph moved, or came or went with what moved."""
    return {piece.state for piece in pieces[:-1] if piece.text or piece.kinds} <= {state, _MARK_OF_MOVED[state]}


_FORMATTING: Final = {
    ChangeTarget.TABLE: ("w:tblPr/w:tblPrChange", "w:tblGrid/w:tblGridChange"),
    ChangeTarget.ROW: ("w:tblPrEx/w:tblPrExChange", "w:trPr/w:trPrChange"),
    ChangeTarget.CELL: ("w:tcPr/w:tcPrChange", "w:tcPr/w:cellMerge"),
}
_WITHOUT_FORMER: Final = {f"{W}cellMerge": ("merged cells",), f"{W}numberingChange": ("numbering",)}
"""Revisions that say what changed by their name alone."""


def _names(change: etree._Element) -> tuple[str, ...]:
    return _WITHOUT_FORMER.get(str(change.tag)) or changed_properties(change)
