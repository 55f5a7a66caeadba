"""Compares two tables: rows, then cells; the content of cells that stay is compared as a story of its own."""

from __future__ import annotations

from collections.abc import Sequence

from redline.comparer.context import PAIR, Work
from redline.comparer.formatting import change_grid, change_table_properties
from redline.comparer.marking import cells_of, mark_cell, mark_row, rows_of
from redline.comparer.moves import Move, Moves, find_moves, move_away, move_here
from redline.comparer.sides import Sides, beside
from redline.diff.blocks import Row, Step, align
from redline.diff.digests import digests
from redline.diff.leftovers import Likeness, label, pair_in_place, pair_leftovers
from redline.ooxml import Element, W


def compare_tables(sides: Sides, before: Element, after: Element) -> None:
    """Write the differences into the `after` table; cells that stay are queued for comparison."""
    change_table_properties(sides, "tblPr", before, after)
    change_grid(sides, before, after)
    old, now = rows_of(before), rows_of(after)
    steps, old_rows, new_rows = _align(sides, old, now)
    steps = _paired_leftovers(steps, old_rows, new_rows)
    one_sided = [(old[s.b0] if s.op == "del" else now[s.a0]) for s in steps if s.op in ("del", "ins")]
    sides.ctx.foresee(sum(1 + sum(next(c.iter(W + "t"), None) is not None for c in cells_of(row)) for row in one_sided))
    moves = find_moves(sides, steps, old_rows, new_rows) if _may_show_moves(sides, after) else Moves({}, {})
    waiting: list[Element] = []
    last: Element | None = None
    for step in steps:
        if step.op == "del":
            waiting += _gone(sides, old[step.b0], moves.by_before.get(step.b0))
            continue
        row = last = now[step.a0]
        for gone in waiting:
            row.addprevious(gone)
        waiting = []
        if step.op == "pair":
            _compare_rows(sides, old[step.b0], row)
        elif step.op == "same":
            sides.pair_notes_in(old[step.b0], row)
        elif move := moves.by_after.get(step.a0):
            last = move_here(sides, move)
        else:
            mark_row(sides, row, "ins")
    if last is not None:
        for gone in reversed(waiting):
            last.addnext(gone)
    else:
        after.extend(waiting)


def _may_show_moves(sides: Sides, table: Element) -> bool:
    """Whether rows may be marked as moved: in the body alone, as blocks are; a text box is written twice."""
    in_body = next(table.iterancestors(W + "body", W + "txbxContent"), None)
    return sides.ctx.options.track_moves and in_body is not None and in_body.tag == W + "body"


def _gone(sides: Sides, before: Element, move: Move | None) -> list[Element]:
    """What stands in the place of a row that went: the row, and where it moved away, the ends of the move."""
    if move is not None:
        return move_away(sides, move)
    row = sides.take(before)
    mark_row(sides, row, "del")
    return [row]


def _align(sides: Sides, before: list[Element], after: list[Element]) -> tuple[list[Step], Row, Row]:
    coarse = sides.ctx.late()
    old, now = beside(sides, before, after)
    steps, degraded = align(old, now, coarse=coarse)
    if degraded:
        sides.ctx.degraded.append(f"{sides.after_part}: the rows of a large table were compared coarsely.")
    return steps, old, now


def _paired_leftovers(steps: list[Step], before: Row, after: Row) -> list[Step]:
    """Pair rows that went with rows that came in their place.

    Rows with equal labels or much of the same text; then those left over in one place, where there are as many of them
    with as many cells.
    """
    if not {"del", "ins"} <= {s.op for s in steps}:
        return steps
    likeness = Likeness(steps, before, after)
    width_before = [len(cells_of(row)) for row in before.elements]
    width_after = [len(cells_of(row)) for row in after.elements]

    def alike(b: int, a: int) -> float:
        name = label(before.elements[b])
        if name and name == label(after.elements[a]) and width_before[b] == width_after[a]:
            return len(name) + likeness.words(b, a)
        return likeness.words(b, a)

    steps = pair_leftovers(steps, alike)
    return pair_in_place(steps, lambda b, a: width_before[b] == width_after[a])


def _compare_rows(sides: Sides, before: Element, after: Element) -> None:
    sides.ctx.differ(PAIR)
    change_table_properties(sides, "tblPrEx", before, after)
    change_table_properties(sides, "trPr", before, after)
    old, now = cells_of(before), cells_of(after)
    if len(old) == len(now) == 1:
        _compare_cells(sides, old[0], now[0])
        return
    if len(old) == len(now):
        equal = _equal_cells(sides, old, now)
        for b, a in zip(old, now, strict=True):
            if b in equal:
                sides.pair_notes_in(b, a)
            else:
                _compare_cells(sides, b, a)
        return
    waiting: list[Element] = []
    last: Element | None = None
    for step in _align(sides, old, now)[0]:
        if step.op == "del":
            cell = sides.take(old[step.b0])
            mark_cell(sides, cell, "del")
            waiting.append(cell)
            continue
        cell = now[step.a0]
        for gone in waiting:
            cell.addprevious(gone)
        waiting = []
        if step.op == "ins":
            mark_cell(sides, cell, "ins")
        elif step.op == "same":
            sides.pair_notes_in(old[step.b0], cell)
        else:
            _compare_cells(sides, old[step.b0], cell)
        last = cell
    if last is not None:
        for gone in reversed(waiting):
            last.addnext(gone)
    else:
        after.extend(waiting)


def _equal_cells(sides: Sides, before: Sequence[Element], after: Sequence[Element]) -> set[Element]:
    """The cells of before that are as they are after; those with another text need no closer look."""
    pairs = [(b, a) for b, a in zip(before, after, strict=True) if _text(b) == _text(a)]
    if not pairs:
        return set()
    old, now = zip(*pairs, strict=True)
    keys = digests(old, sides.identify_before, now, sides.identify_after)
    return {b for b, key_before, key_after in zip(old, *keys, strict=True) if key_before == key_after}


def _text(cell: Element) -> str:
    return "".join([t.text or "" for t in cell.iter(W + "t")])


def _compare_cells(sides: Sides, before: Element, after: Element) -> None:
    change_table_properties(sides, "tcPr", before, after)
    alone = _is_one_paragraph(before) and _is_one_paragraph(after)
    sides.ctx.wait(Work(before, after, sides, PAIR if alone else 0))


def _is_one_paragraph(cell: Element) -> bool:
    return [child.tag for child in cell if child.tag != W + "tcPr"] == [W + "p"]
