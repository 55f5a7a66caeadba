"""A paragraph of a tracked document as a row of pieces, each in one revision state (ECMA-376-1 17.13.5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from lxml import etree

from redline.ooxml import MC, NS, A, M, W, first_child
from schemas.changes import ChangeTarget

PILCROW: Final = "¶"
"""Stands for a paragraph mark in the text of a change."""


class State(Enum):
    """What accepting and rejecting do to a piece."""

    KEPT = "kept"
    INSERTED = "inserted"
    DELETED = "deleted"
    MOVED_FROM = "moved from"
    MOVED_TO = "moved to"

    @property
    def in_before(self) -> bool:
        """Whether the before document holds it."""
        return self not in (State.INSERTED, State.MOVED_TO)

    @property
    def in_after(self) -> bool:
        """Whether the after document holds it."""
        return self not in (State.DELETED, State.MOVED_FROM)


REVISION_STATES: Final = {
    f"{W}ins": State.INSERTED,
    f"{W}del": State.DELETED,
    f"{W}moveFrom": State.MOVED_FROM,
    f"{W}moveTo": State.MOVED_TO,
}
PROPERTY_CHANGES: Final = tuple(
    f"{W}{name}Change" for name in ("rPr", "pPr", "sectPr", "tblPr", "tblGrid", "tblPrEx", "trPr", "tcPr", "numbering")
)
CELL_REVISIONS: Final = (f"{W}cellIns", f"{W}cellDel", f"{W}cellMerge")
REVISIONS: Final = (*REVISION_STATES, *PROPERTY_CHANGES, *CELL_REVISIONS)

_RUN: Final = f"{W}r"
_TRANSPARENT: Final = frozenset(
    f"{W}{name}"
    for name in ("hyperlink", "smartTag", "sdt", "sdtContent", "customXml", "dir", "bdo", "ruby", "rt", "rubyBase")
)
_SIGNS: Final = {
    f"{W}tab": "\t",
    f"{W}ptab": "\t",
    f"{W}br": "\n",
    f"{W}cr": "\n",
    f"{W}noBreakHyphen": "\u2011",
    f"{W}softHyphen": "\u00ad",
}
_TEXT: Final = (f"{W}t", f"{W}delText")
_NOTES: Final = {
    f"{W}footnoteReference": "[footnote]",
    f"{W}endnoteReference": "[endnote]",
    f"{W}commentReference": "",
}
_TEXTBOX: Final = f"{W}txbxContent"
_FIELD_STEPS: Final = {"begin": 1, "end": -1}
MOVE_RANGES: Final = {
    f"{W}moveFromRangeStart": (State.MOVED_FROM, True),
    f"{W}moveFromRangeEnd": (State.MOVED_FROM, False),
    f"{W}moveToRangeStart": (State.MOVED_TO, True),
    f"{W}moveToRangeEnd": (State.MOVED_TO, False),
}


@dataclass(slots=True)
class Piece:
    """A stretch of a paragraph: a run, an equation, or the paragraph mark.

    `revision` is the element that sets the state; `formatting` the run's w:rPrChange; `kinds` what it holds beside
    plain text; `plain` whether it holds plain text outside fields.
    """

    state: State
    text: str
    revision: etree._Element | None = None
    formatting: etree._Element | None = None
    move: str = ""
    kinds: frozenset[ChangeTarget] = frozenset()
    plain: bool = False
    mark: bool = False

    @property
    def came_and_went(self) -> bool:
        """Whether this was deleted from inside an insertion: neither document holds it."""
        if self.revision is None:
            return False
        parent = self.revision.getparent()
        return parent is not None and {parent.tag, self.revision.tag} == {f"{W}ins", f"{W}del"}


@dataclass(slots=True)
class Walker:
    """Walks the paragraphs of one story in order; remembers open moves and fields between them.

    `settled` are revisions that are no changes: what they hold is shown as it is after.
    """

    settled: set[etree._Element] = field(default_factory=set)
    moves: dict[State, dict[str, str]] = field(
        default_factory=lambda: {State.MOVED_FROM: {}, State.MOVED_TO: {}},
    )
    fields: int = 0
    textboxes: list[etree._Element] = field(default_factory=list)

    def note_range(self, element: etree._Element) -> None:
        """Open or close the move whose range mark this is; other elements are passed over."""
        step = MOVE_RANGES.get(str(element.tag))
        if step is None:
            return
        state, opens = step
        identity = element.get(f"{W}id", "")
        if opens:
            self.moves[state][identity] = element.get(f"{W}name", "")
        else:
            self.moves[state].pop(identity, None)

    def pieces(self, paragraph: etree._Element) -> list[Piece]:
        """The pieces of a paragraph, the paragraph mark last. Its text boxes are put into `textboxes`."""
        found = list(self._content(paragraph, State.KEPT, None))
        found.append(self._mark(paragraph))
        return found

    def _content(self, parent: etree._Element, state: State, revision: etree._Element | None) -> Iterator[Piece]:
        for child in parent:
            tag = child.tag
            if tag == _RUN:
                yield self._run(child, state, revision)
            elif child in self.settled:
                if REVISION_STATES[str(tag)].in_after:
                    yield from self._content(child, state, revision)
            elif tag in REVISION_STATES:
                yield from self._content(child, _nested(state, REVISION_STATES[str(tag)]), child)
            elif tag in _TRANSPARENT:
                yield from self._content(child, state, revision)
            elif tag == f"{W}fldSimple":
                self.fields += 1
                yield from self._content(child, state, revision)
                self.fields -= 1
            elif tag in (f"{M}oMath", f"{M}oMathPara"):
                yield self._equation(child, state, revision)
            else:
                self.note_range(child)

    def _run(self, run: etree._Element, state: State, revision: etree._Element | None) -> Piece:
        text: list[str] = []
        kinds: set[ChangeTarget] = set()
        plain = False
        formatting = None
        for child in run:
            tag = child.tag
            if tag in _TEXT:
                text.append(child.text or "")
                plain = plain or not self.fields
            elif tag == f"{W}rPr":
                formatting = self._unsettled(first_child(child, f"{W}rPrChange"))
            elif tag in _SIGNS:
                text.append(_SIGNS[str(tag)])
                plain = plain or not self.fields
            elif tag == f"{W}fldChar":
                self.fields = max(0, self.fields + _FIELD_STEPS.get(child.get(f"{W}fldCharType", ""), 0))
                kinds.add(ChangeTarget.FIELD)
            elif tag in (f"{W}instrText", f"{W}delInstrText"):
                kinds.add(ChangeTarget.FIELD)
            elif tag == f"{W}sym":
                text.append(symbol(child))
                plain = True
            elif tag in _NOTES:
                text.append(_NOTES[str(tag)])
                kinds.add(ChangeTarget.NOTE)
            else:
                text.append(self._object(child, kinds))
        if self.fields:
            kinds.add(ChangeTarget.FIELD)
        return Piece(state, "".join(text), revision, formatting, self.move_name(state), frozenset(kinds), plain=plain)

    def _unsettled(self, formatting: etree._Element | None) -> etree._Element | None:
        return None if formatting in self.settled else formatting

    def _object(self, element: etree._Element, kinds: set[ChangeTarget]) -> str:
        chosen = chosen_alternative(element)
        if chosen is None or chosen.tag not in (f"{W}drawing", f"{W}pict", f"{W}object"):
            return ""
        boxes = list(outer_boxes(chosen))
        self.textboxes.extend(boxes)
        if boxes:
            kinds.add(ChangeTarget.OBJECT)
            return ""
        if next(chosen.iter(f"{A}blip", f"{{{NS['v']}}}imagedata"), None) is not None:
            kinds.add(ChangeTarget.IMAGE)
            return "[image]"
        kinds.add(ChangeTarget.OBJECT)
        return "[object]"

    def _equation(self, element: etree._Element, state: State, revision: etree._Element | None) -> Piece:
        inside = next(element.iter(f"{W}ins", f"{W}del"), None)
        if state is State.KEPT and inside is not None:
            state, revision = REVISION_STATES[str(inside.tag)], inside
        text = "".join(node.text or "" for node in element.iter(f"{M}t"))
        return Piece(state, text, revision, None, self.move_name(state), frozenset({ChangeTarget.EQUATION}))

    def _mark(self, paragraph: etree._Element) -> Piece:
        properties = first_child(paragraph, f"{W}pPr", f"{W}rPr")
        state, revision, formatting = State.KEPT, None, None
        for child in () if properties is None else properties:
            if child in self.settled:
                continue
            if child.tag in REVISION_STATES:
                state, revision = _nested(state, REVISION_STATES[str(child.tag)]), child
            elif child.tag == f"{W}rPrChange":
                formatting = child
        return Piece(state, PILCROW, revision, formatting, self.move_name(state), mark=True)

    def move_name(self, state: State) -> str:
        """The innermost move that is open for text of a state; "" outside any."""
        names = self.moves.get(state)
        return next(reversed(names.values())) if names else ""


def outer_boxes(element: etree._Element) -> Iterator[etree._Element]:
    """The text boxes in a drawing, but for those in text boxes: each is met where its text is walked."""
    for child in element.iterchildren(etree.Element):
        if child.tag == _TEXTBOX:
            yield child
        else:
            yield from outer_boxes(child)


def chosen_alternative(element: etree._Element) -> etree._Element | None:
    """What a reader shows of mc:AlternateContent: the content of its first choice, else of the fallback (ECMA-376-3).

    Any other element is itself.
    """
    if element.tag != f"{MC}AlternateContent":
        return element
    branch = next(element.iterchildren(f"{MC}Choice", f"{MC}Fallback"), None)
    return None if branch is None else next(branch.iterchildren(), None)


def _nested(outer: State, inner: State) -> State:
    # What was inserted and then deleted is gone either way: the deletion decides.
    return State.DELETED if State.DELETED in (outer, inner) else inner


def symbol(element: etree._Element) -> str:
    """The character of a w:sym (ECMA-376-1 17.3.3.30); '' where its code is none."""
    try:
        code = int(element.get(f"{W}char", ""), 16)
    except ValueError:
        return ""
    return chr(code) if 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE else ""
