"""Paragraphs, tables and rows that moved: deleted here, inserted there, with the same words (17.13.5.21 to .28).

Paragraphs and tables may differ a little. A row has no mark of its own for a move: it came or went, and its text moved.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, Literal

from rapidfuzz import process
from rapidfuzz.distance import LCSseq

from redline.comparer.context import new
from redline.comparer.formatting import revise_mark
from redline.comparer.inline import Inline, Kind, split_end
from redline.comparer.marking import mark_paragraph, mark_row, mark_table, paragraphs_in, revise_row, rows_of
from redline.comparer.paragraphs import fill, holder_in
from redline.comparer.sides import Sides
from redline.diff.blocks import DP_WORDS, Row, Step
from redline.diff.cuts import cut_alike
from redline.diff.textdiff import diff
from redline.ooxml import Element, W

_MOVABLE: Final = frozenset({W + "p", W + "tbl", W + "tr"})
LEAST_WORDS: Final = 5
LEAST_CHARACTERS: Final = 25
_NEAR_WORDS: Final = 8
_NEAR_SHARE: Final = 0.8
_NEAR_CELLS: Final = 10_000
"""Largest number of pairs that are tried for moves with edits."""


@dataclass(slots=True)
class Group:
    """Neighbours that moved together: the w:name both sides share, and the w:id of each side's range."""

    name: str
    ranges: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Move:
    """A block or row of each side; `opens` and `closes`: whether its group of moved neighbours begins or ends here."""

    group: Group
    before: Element
    after: Element
    exact: bool
    opens: bool = True
    closes: bool = True
    source: Element | None = None


@dataclass(slots=True)
class Moves:
    """Moves by the index of their block on either side."""

    by_before: dict[int, Move]
    by_after: dict[int, Move]


def find_moves(sides: Sides, steps: list[Step], before: Row, after: Row) -> Moves:
    """Pair deleted with inserted paragraphs, tables or rows; short ones are left alone."""
    gone = [s.b0 for s in steps if s.op == "del" and _may_move(before, s.b0)]
    come = [s.a0 for s in steps if s.op == "ins" and _may_move(after, s.a0)]
    pairs = _exact(gone, come, before, after)
    exact = set(pairs)
    gone = [b for b in gone if b not in pairs]
    taken = set(pairs.values())
    come = [a for a in come if a not in taken]
    pairs |= _near(gone, come, before, after)
    moves = Moves({}, {})
    last: tuple[int, int, Move] | None = None
    adjacent = _adjacent(steps)
    for b in sorted(pairs):
        a = pairs[b]
        together = last is not None and (last[0], b) in adjacent[0] and (last[1], a) in adjacent[1]
        group = last[2].group if last and together else Group(sides.ctx.move_name())
        move = Move(group, before.elements[b], after.elements[a], b in exact, opens=not together)
        if last and together:
            last[2].closes = False
        moves.by_before[b] = moves.by_after[a] = move
        last = (b, a, move)
    return moves if _affordable(sides, moves) else Moves({}, {})


def _affordable(sides: Sides, moves: Moves) -> bool:
    """Whether there are not too many moves; if there are, the coverage says so."""
    groups = sum(move.opens for move in moves.by_before.values())
    if groups > sides.ctx.moves:
        message = "what moved is shown as deleted and inserted because very much moved."
        sides.ctx.degraded.append(f"{sides.after_part}: {message}")
        return False
    sides.ctx.moves -= groups
    return True


def _may_move(row: Row, index: int) -> bool:
    if row.elements[index].tag not in _MOVABLE:
        return False
    words = row.words(index)
    return len(words) >= LEAST_WORDS and sum(map(len, words)) >= LEAST_CHARACTERS


def _adjacent(steps: list[Step]) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    """Neighbouring deleted blocks, and neighbouring inserted ones, that stand side by side in the result."""
    gone, come = set(), set()
    for one, two in pairwise(steps):
        if one.op == two.op == "del":
            gone.add((one.b0, two.b0))
        elif one.op == two.op == "ins":
            come.add((one.a0, two.a0))
    return gone, come


def _exact(gone: list[int], come: list[int], before: Row, after: Row) -> dict[int, int]:
    places: dict[tuple[str, ...], list[int]] = {}
    for a in reversed(come):
        places.setdefault((str(after.elements[a].tag), *after.words(a)), []).append(a)
    pairs: dict[int, int] = {}
    for b in gone:
        found = places.get((str(before.elements[b].tag), *before.words(b)))
        if found:
            pairs[b] = found.pop()
    return pairs


def _near(gone: list[int], come: list[int], before: Row, after: Row) -> dict[int, int]:
    """Moves with edits inside: the most alike first."""
    words = sum(map(before.size, gone)) * sum(map(after.size, come))
    if len(gone) * len(come) > _NEAR_CELLS or words > DP_WORDS:
        return {}
    columns = [after.spelled(a) for a in come]
    scored = []
    for b in gone:
        x = before.spelled(b)
        least = int(_NEAR_SHARE / (2 - _NEAR_SHARE) * len(x))  # what the shortest that may be paired with it has
        for y, shared, j in process.extract(x, columns, scorer=LCSseq.similarity, score_cutoff=least, limit=None):
            need = _NEAR_SHARE * (len(x) + len(y)) / 2
            enough = shared >= need and min(len(x), len(y)) >= _NEAR_WORDS
            if enough and _same_shape(before.elements[b], after.elements[come[j]]):
                scored.append((-shared / (len(x) + len(y)), b, come[j]))
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for _, b, a in sorted(scored):
        if b not in pairs and a not in taken:
            pairs[b] = a
            taken.add(a)
    return pairs


def _same_shape(before: Element, after: Element) -> bool:
    """Whether two paragraphs, or two tables with the same rows, cells and paragraphs, so that each has its partner."""
    if before.tag != W + "tbl" or after.tag != W + "tbl":
        return before.tag == after.tag == W + "p"
    shapes = ([e.tag for e in table.iter(W + "tr", W + "tc", W + "p", W + "txbxContent")] for table in (before, after))
    return next(shapes) == next(shapes)


def move_away(sides: Sides, move: Move) -> list[Element]:
    """What is to stand where the text was."""
    source = _write_move(sides, move)
    start, end = _range_marks(sides, move, "moveFrom")
    return [*start, source, *end]


def move_here(sides: Sides, move: Move) -> Element:
    """Mark where the text is now; returns the last element of it."""
    _write_move(sides, move)
    start, end = _range_marks(sides, move, "moveTo")
    for mark in start:
        move.after.addprevious(mark)
    for mark in end:
        move.after.addnext(mark)
    return end[-1] if end else move.after


def _write_move(sides: Sides, move: Move) -> Element:
    """Write both places of a move; returns the element to stand where the text was, the same on every call."""
    if move.source is None:
        move.source = sides.adopt(move.before)
        if move.exact:
            _mark(sides, move.source, "moveFrom")
            _mark(sides, move.after, "moveTo")
        elif move.after.tag == W + "tbl":
            _write_edited_table(sides, move, move.source)
        else:
            _write_edited(sides, move.before, move.source, move.after)
            revise_mark(sides, move.source, "moveFrom")
            revise_mark(sides, move.after, "moveTo")
    return move.source


def _mark(sides: Sides, element: Element, kind: Kind) -> None:
    if element.tag == W + "p":
        mark_paragraph(sides, element, kind)
    elif element.tag == W + "tbl":
        mark_table(sides, element, kind)
    else:
        mark_row(sides, element, kind)


def _write_edited_table(sides: Sides, move: Move, source: Element) -> None:
    """Every row moved; its text did, or was edited, paragraph by paragraph."""
    paragraphs = map(paragraphs_in, (move.before, source, move.after))
    for before, gone, after in zip(*paragraphs, strict=True):
        _write_edited(sides, before, gone, after)
    for row in rows_of(source):
        revise_row(sides, row, "moveFrom")
    for row in rows_of(move.after):
        revise_row(sides, row, "moveTo")


def _write_edited(sides: Sides, before: Element, source: Element, after: Element) -> None:
    """What stayed the same in a paragraph moved; what changed was deleted in `source` and inserted in `after`."""
    reader_before, reader_after = sides.readers([before], [after])
    old, _ = split_end(reader_before.paragraph(before))
    now, end = split_end(reader_after.paragraph(after))
    old, now = cut_alike(old, now)
    left, right = holder_in(source), holder_in(after)
    there, here = Inline(sides, left), Inline(sides, right)
    for segment in diff(old, now):
        there.tokens(old[segment.b0 : segment.b1], "moveFrom" if segment.equal else "del")
        here.tokens(now[segment.a0 : segment.a1], "moveTo" if segment.equal else "ins")
    here.markers(end)
    fill(source, left)
    fill(after, right)


def _range_marks(sides: Sides, move: Move, kind: Literal["moveFrom", "moveTo"]) -> tuple[list[Element], list[Element]]:
    """What stands before and after one side of a move: the range that holds its group of neighbours (17.13.5.24)."""
    start, end = [], []
    if move.opens:
        mark = sides.ctx.revision(f"{kind}RangeStart")
        mark.set(W + "name", move.group.name)
        move.group.ranges[kind] = mark.get(W + "id", "")
        start.append(mark)
    if move.closes:
        mark = new(f"{kind}RangeEnd")
        mark.set(W + "id", move.group.ranges[kind])
        end.append(mark)
    return start, end
