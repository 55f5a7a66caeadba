"""Changed properties: w:rPrChange, w:pPrChange, w:sectPrChange and those of tables (ECMA-376-1 17.13.5.29 to .38)."""

from __future__ import annotations

from copy import deepcopy
from typing import Final

from redline.comparer.context import new
from redline.comparer.sides import BEFORE_SECTION, Sides
from redline.diff.canon import properties_key
from redline.diff.owners import CHANGE_OWNER, MARK_OWNER
from redline.ooxml import Element, W

_MARKS: Final = frozenset(W + x for x in ("ins", "del", "moveFrom", "moveTo", "rPrChange"))
_NOT_IN_PPR_CHANGE: Final = frozenset({W + "rPr", W + "sectPr", W + "pPrChange"})
_VOLATILE_MARK: Final = _MARKS | {W + "lang"}
_NOT_IN_SECT_CHANGE: Final = frozenset({W + "headerReference", W + "footerReference", W + "sectPrChange"})
_TABLE_CHANGES: Final = {"tblPr": "tblPrChange", "trPr": "trPrChange", "tcPr": "tcPrChange", "tblPrEx": "tblPrExChange"}
_REVISIONS_IN: Final = {
    "tblPr": frozenset({W + "tblPrChange"}),
    "tblPrEx": frozenset({W + "tblPrExChange"}),
    "trPr": frozenset({W + "ins", W + "del", W + "trPrChange"}),
    "tcPr": frozenset({W + "cellIns", W + "cellDel", W + "cellMerge", W + "tcPrChange"}),
}


def paragraph_properties(p: Element) -> Element:
    """The w:pPr of a paragraph, made if it has none."""
    found = p.find(W + "pPr")
    if found is None:
        found = new("pPr")
        p.insert(0, found)
    return found


def mark_properties(ppr: Element) -> Element:
    """The w:rPr of the paragraph mark, made in its place (before w:sectPr and w:pPrChange) if there is none."""
    found = ppr.find(W + "rPr")
    if found is None:
        found = new("rPr")
        later = [c for c in ppr if c.tag in (W + "sectPr", W + "pPrChange")]
        if later:
            later[0].addprevious(found)
        else:
            ppr.append(found)
    return found


def revise_mark(sides: Sides, p: Element, kind: str) -> None:
    """Mark the paragraph mark of `p` as inserted, deleted or moved (17.13.5.15, .20)."""
    mark_properties(paragraph_properties(p)).insert(0, sides.ctx.revision(kind, p.get(MARK_OWNER)))


def leave_formatting(sides: Sides) -> bool:
    """Whether formatting that differs is not to be tracked."""
    return sides.ctx.leaves("formatting", sides.after_part)


def change_run(sides: Sides, rpr: Element, old: Element | None) -> None:
    """Say that a run, or a paragraph mark, had the properties `old` (17.13.5.31, .30)."""
    change = sides.ctx.revision("rPrChange", rpr.get(CHANGE_OWNER))
    change.append(_old_properties(sides, "rPr", old, _VOLATILE_MARK - {W + "lang"}))
    rpr.append(change)


def change_paragraph(sides: Sides, before: Element | None, p: Element) -> None:
    """Track how the properties of `p` and of its mark differ from `before`, the w:pPr it had."""
    after = p.find(W + "pPr")
    old_section = before.find(W + "sectPr") if before is not None else None
    new_section = after.find(W + "sectPr") if after is not None else None
    if old_section is not None and new_section is not None:
        change_section(sides, old_section, new_section)
    old_mark = before.find(W + "rPr") if before is not None else None
    new_mark = after.find(W + "rPr") if after is not None else None
    mark_differs = properties_key(old_mark, _VOLATILE_MARK) != properties_key(new_mark, _VOLATILE_MARK)
    differs = properties_key(before, _NOT_IN_PPR_CHANGE) != properties_key(after, _NOT_IN_PPR_CHANGE)
    if not (mark_differs or differs) or leave_formatting(sides):
        return
    if mark_differs:
        change_run(sides, mark_properties(paragraph_properties(p)), old_mark)
    if differs:
        change = sides.ctx.revision("pPrChange", paragraph_properties(p).get(CHANGE_OWNER))
        change.append(_old_properties(sides, "pPr", before, _NOT_IN_PPR_CHANGE))
        paragraph_properties(p).append(change)


def change_section(sides: Sides, before: Element, after: Element) -> None:
    """Track changed page size, margins, columns... (17.13.5.32); header references cannot be tracked there."""
    number = before.get(BEFORE_SECTION)
    if number is not None:
        after.set(BEFORE_SECTION, number)
    differs = properties_key(before, _NOT_IN_SECT_CHANGE) != properties_key(after, _NOT_IN_SECT_CHANGE)
    if differs and not leave_formatting(sides):
        change = sides.ctx.revision("sectPrChange", after.get(CHANGE_OWNER))
        change.append(_old_properties(sides, "sectPr", before, _NOT_IN_SECT_CHANGE))
        after.append(change)


def change_table_properties(sides: Sides, name: str, before: Element, after: Element) -> None:
    """Track w:tblPr, w:tblPrEx, w:trPr or w:tcPr of a table, row or cell (17.13.5.34 to .37)."""
    old, now = before.find(W + name), after.find(W + name)
    skip = _REVISIONS_IN[name]
    if properties_key(old, skip) == properties_key(now, skip) or leave_formatting(sides):
        return
    if now is None:
        now = new(name)
        after.insert(1 if name == "trPr" and len(after) and after[0].tag == W + "tblPrEx" else 0, now)
    change = sides.ctx.revision(_TABLE_CHANGES[name], now.get(CHANGE_OWNER))
    change.append(_old_properties(sides, name, old, _REVISIONS_IN[name]))
    now.append(change)


def change_grid(sides: Sides, before: Element, after: Element) -> None:
    """Track the column widths of a table (17.13.5.33); the element has an id but neither author nor date."""
    old, now = before.find(W + "tblGrid"), after.find(W + "tblGrid")
    if old is None or now is None:
        return
    skip = frozenset({W + "tblGridChange"})
    if properties_key(old, skip) == properties_key(now, skip) or leave_formatting(sides):
        return
    change = new("tblGridChange")
    change.set(W + "id", str(sides.ctx.next_id()))
    change.append(_old_properties(sides, "tblGrid", old, skip))
    now.append(change)


def _old_properties(sides: Sides, name: str, old: Element | None, skip: frozenset[str]) -> Element:
    holder = new(name)
    if old is not None:
        holder.extend([deepcopy(c) for c in old if c.tag not in skip])
        sides.fit(holder)
    return holder
