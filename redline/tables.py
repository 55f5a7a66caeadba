"""Compares two tables: rows, then cells; the content of cells that stay is compared as a story of its own."""

from __future__ import annotations

from redline.blocks import Step, align, beside
from redline.context import Work
from redline.formatting import change_grid, change_table_properties
from redline.marking import cells_of, mark_cell, mark_row, rows_of
from redline.ooxml import Element, W
from redline.sides import Sides


def compare_tables(sides: Sides, before: Element, after: Element) -> None:
    """Write the differences into the `after` table; cells that stay are queued for comparison."""
    change_table_properties(sides, "tblPr", before, after)
    change_grid(sides, before, after)
    old, now = rows_of(before), rows_of(after)
    waiting: list[Element] = []
    last: Element | None = None
    for step in _paired_leftovers(_align(sides, old, now), old, now):
        if step.op == "del":
            row = sides.adopt(old[step.b0])
            mark_row(sides, row, "del")
            waiting.append(row)
            continue
        row = now[step.a0]
        for gone in waiting:
            row.addprevious(gone)
        waiting = []
        if step.op == "ins":
            mark_row(sides, row, "ins")
        elif step.op == "pair":
            _compare_rows(sides, old[step.b0], row)
        else:
            _same(sides, old[step.b0], row)
        last = row
    if last is not None:
        for gone in reversed(waiting):
            last.addnext(gone)
    else:
        after.extend(waiting)


def _align(sides: Sides, before: list[Element], after: list[Element]) -> list[Step]:
    coarse = sides.ctx.late()
    steps, degraded = align(*beside(sides, before, after), coarse=coarse)
    if degraded:
        sides.ctx.degraded.append(f"{sides.after_part}: the rows of a large table were compared coarsely.")
    return steps


def _paired_leftovers(steps: list[Step], before: list[Element], after: list[Element]) -> list[Step]:
    """Pair rows that went with rows that came in their place, where there are as many of them, with as many cells."""
    out: list[Step] = []
    index = 0
    while index < len(steps):
        stop = index
        while stop < len(steps) and steps[stop].op in ("del", "ins"):
            stop += 1
        gone = [s for s in steps[index:stop] if s.op == "del"]
        come = [s for s in steps[index:stop] if s.op == "ins"]
        if (
            gone
            and len(gone) == len(come)
            and all(len(cells_of(before[g.b0])) == len(cells_of(after[c.a0])) for g, c in zip(gone, come, strict=True))
        ):
            out += [Step("pair", g.b0, g.b1, c.a0, c.a1) for g, c in zip(gone, come, strict=True)]
        else:
            out += gone + come
        if stop < len(steps):
            out.append(steps[stop])
        index = stop + 1
    return out


def _same(sides: Sides, before: Element, after: Element) -> None:
    names = (W + "footnoteReference", W + "endnoteReference")
    for b, a in zip(before.iter(*names), after.iter(*names), strict=False):
        sides.pair_notes(b, a)


def _compare_rows(sides: Sides, before: Element, after: Element) -> None:
    change_table_properties(sides, "tblPrEx", before, after)
    change_table_properties(sides, "trPr", before, after)
    old, now = cells_of(before), cells_of(after)
    if len(old) == len(now):
        for b, a in zip(old, now, strict=True):
            _compare_cells(sides, b, a)
        return
    waiting: list[Element] = []
    last: Element | None = None
    for step in _align(sides, old, now):
        if step.op == "del":
            cell = sides.adopt(old[step.b0])
            mark_cell(sides, cell, "del")
            waiting.append(cell)
            continue
        cell = now[step.a0]
        for gone in waiting:
            cell.addprevious(gone)
        waiting = []
        if step.op == "ins":
            mark_cell(sides, cell, "ins")
        else:
            _compare_cells(sides, old[step.b0], cell)
        last = cell
    if last is not None:
        for gone in reversed(waiting):
            last.addnext(gone)
    else:
        after.extend(waiting)


def _compare_cells(sides: Sides, before: Element, after: Element) -> None:
    change_table_properties(sides, "tcPr", before, after)
    sides.ctx.work.append(Work(before, after, sides))
