"""Keeps a field in one state of revision from its begin to its end, also where it goes on over paragraphs (17.16.18).

Paragraphs are compared one by one: the code of a field may have changed in one while its end, in a later one, stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Final

from redline.comparer.context import Context, new
from redline.comparer.inline import as_deleted
from redline.ooxml import Element, W

_PARTS: Final = (W + "fldChar", W + "instrText", W + "delInstrText")
_STATES: Final = {W + "ins": "ins", W + "moveTo": "ins", W + "del": "del", W + "moveFrom": "del"}
_Field = tuple[Element, ...]
"""The characters and codes of one field, without those of fields inside it."""


def settle_fields(ctx: Context, root: Element) -> None:
    """Delete and insert again what stays of a field of which something came or went, in all paragraphs of a part."""
    while torn := _torn(list(root.iter(*_PARTS))):
        for part in torn:
            _replace(ctx, part)


def _revised(parts: Sequence[Element]) -> dict[Element, str]:
    """The parts of fields that came or went; inside a text box its own revisions count."""
    trackers = ((part, next(part.iterancestors(*_STATES), None)) for part in parts)
    return {part: _STATES[str(tracker.tag)] for part, tracker in trackers if tracker is not None}


def _torn(parts: Sequence[Element]) -> list[Element]:
    """What stays, of fields that have, before or after, a part that does not."""
    states = _revised(parts)
    if not states:
        return []
    found = {
        part: None
        for view in ("ins", "del")
        for field in _fields([part for part in parts if states.get(part, view) == view])
        if any(part in states for part in field)
        for part in field
        if part not in states and _is_in_run(part)
    }
    return list(found)


def _fields(parts: Sequence[Element]) -> Iterator[_Field]:
    open_fields: list[list[Element]] = []
    separated: list[bool] = []
    for part in parts:
        kind = part.get(W + "fldCharType", "")
        if kind == "begin":
            open_fields.append([part])
            separated.append(False)
        elif open_fields and not (separated[-1] and part.tag != W + "fldChar"):
            open_fields[-1].append(part)
            separated[-1] |= kind == "separate"
            if kind == "end":
                separated.pop()
                yield tuple(open_fields.pop())


def _is_in_run(part: Element) -> bool:
    run = part.getparent()
    return run is not None and run.tag == W + "r" and run.getparent() is not None


def _replace(ctx: Context, part: Element) -> None:
    """Put a deleted and an inserted part in the place of one: fields stay nested, so an end is inserted first."""
    run = part.getparent()
    assert run is not None  # noqa: S101  (seen in `_torn`)
    rest = _run_like(ctx, run, "")
    rest.extend(list(part.itersiblings()))
    run.addnext(rest)
    for kind in ("ins", "del") if part.get(W + "fldCharType") == "end" else ("del", "ins"):
        tracker = ctx.revision(kind)
        tracker.append(_run_like(ctx, run, kind))
        tracker[0].append(deepcopy(part))
        if kind == "del":
            as_deleted(tracker[0])
        rest.addprevious(tracker)
    run.remove(part)
    for piece in (run, rest):
        parent = piece.getparent()
        if parent is not None and all(child.tag == W + "rPr" for child in piece):
            parent.remove(piece)


def _run_like(ctx: Context, run: Element, kind: str) -> Element:
    """An empty run with the properties of another: those it had, for "del"; those it has, for "ins"; both for ""."""
    made = new("r")
    properties = run.find(W + "rPr")
    if properties is None:
        return made
    ctx.repeat(sum(1 + len(node.attrib) for node in properties.iter()))
    copied = deepcopy(properties)
    change = copied.find(W + "rPrChange")
    if change is not None and kind:
        copied.remove(change)
        copied = deepcopy(change[0]) if kind == "del" and len(change) else copied
    elif change is not None:
        change.set(W + "id", str(ctx.next_id()))
    made.append(copied)
    return made
