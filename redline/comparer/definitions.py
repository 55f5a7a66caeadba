"""Changed definitions of styles: w:rPrChange and w:pPrChange in the styles part (ECMA-376-1 17.7.4.17).

A style has its paragraph properties as CT_PPrGeneral and its run properties as CT_RPr, which hold a change; its table
properties are CT_TblPrBase, which does not, and Word knows no change of conditional formats or default properties.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Final

from redline.comparer.carry import Carrier
from redline.comparer.context import Context, new
from redline.diff.canon import properties_key
from redline.diff.owners import CHANGE_OWNER
from redline.ooxml import Element, W
from redline.opc.parts import part_of

_AFTER_RUN: Final = (W + "tblPr", W + "trPr", W + "tcPr", W + "tblStylePr")
_LATER: Final = {"pPr": (W + "rPr", *_AFTER_RUN), "rPr": _AFTER_RUN}
"""What the schema wants after the properties that a style has in common with paragraphs and runs."""
_NOT_IN_CHANGE: Final = {
    "pPr": frozenset({W + "pPrChange", W + "rPr", W + "sectPr"}),
    "rPr": frozenset({W + "rPrChange"}),
}
_NUMBERING: Final = W + "numPr"
_NUMBERED: Final = b"numPr"


def change_definitions(ctx: Context, carrier: Carrier) -> None:
    """Track how the styles that both packages have are defined otherwise than before."""
    part = part_of(ctx.after, "styles")
    if part is None or (carrier.styles.alike and (carrier.numbering.alike or _NUMBERED not in ctx.after.spelled(part))):
        return
    changes = list(_differences(carrier, bring_lists=ctx.tracking.wants("formatting")))
    if changes and not ctx.leaves("formatting", part):
        for name, old, style in changes:
            _change(ctx, name, old, style)
        ctx.after.set_tree(part, ctx.after.tree(part))


def _differences(carrier: Carrier, *, bring_lists: bool) -> Iterator[tuple[str, Element | None, Element]]:
    """The properties of a style that are otherwise than before: their name, what they were, the style."""
    for before, style in carrier.styles.shared():
        for name in ("pPr", "rPr"):
            old = before.find(W + name)
            if bring_lists and old is not None and old.find(_NUMBERING) is not None:
                old = _with_list(carrier, old, style)
            if _differ(name, old, style.find(W + name)):
                yield name, old, style


def _with_list(carrier: Carrier, old: Element, style: Element) -> Element:
    """The properties that a style had, with its list as the after package knows it.

    A list style stays with the list of after: the two name each other (17.9.27), so that no other can take its place.
    """
    former = deepcopy(old)
    kept = style.find(f"{old.tag}/{_NUMBERING}") if style.get(W + "type") == "numbering" else None
    numbering = former.find(_NUMBERING)
    if kept is None or numbering is None:
        carrier.numbering.align(former)
    else:
        former.replace(numbering, deepcopy(kept))
    return former


def _differ(name: str, old: Element | None, now: Element | None) -> bool:
    skip = _NOT_IN_CHANGE[name] | {W + "lang"}
    return properties_key(old, skip) != properties_key(now, skip)


def _change(ctx: Context, name: str, old: Element | None, style: Element) -> None:
    now = style.find(W + name)
    if now is None:
        now = new(name)
        later = next(style.iterchildren(*_LATER[name]), None)
        style.append(now) if later is None else later.addprevious(now)
    change = ctx.revision(f"{name}Change", now.get(CHANGE_OWNER))
    holder = new(name)
    if old is not None:
        holder.extend([deepcopy(child) for child in old if child.tag not in _NOT_IN_CHANGE[name]])
    change.append(holder)
    now.append(change)
