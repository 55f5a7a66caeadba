"""Keeps the fallback of a text box the same as what is drawn: both say one thing twice (ECMA-376-3, 10.2)."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Final

from redline.comparer.context import Context
from redline.ooxml import MC, Element, W

_RANGES: Final = frozenset(
    f"{W}{kind}{end}" for kind in ("bookmark", "moveFromRange", "moveToRange", "perm") for end in ("Start", "End")
)
"""What has an id that its end repeats; those of comments name a comment, and stay."""


def fallback_twins(boxes: Sequence[Element]) -> list[tuple[Element, Element]]:
    """Each text box beside its twin in the fallback branch, where that has as many boxes with the same text."""
    alternate = next(boxes[0].iterancestors(MC + "AlternateContent"), None)
    fallback = None if alternate is None else alternate.find(MC + "Fallback")
    if fallback is None or any(a is fallback for a in boxes[0].iterancestors(MC + "Fallback")):
        return []
    twins = list(fallback.iter(W + "txbxContent"))
    if len(twins) != len(boxes) or any(_text(b) != _text(t) for b, t in zip(boxes, twins, strict=True)):
        return []
    return list(zip(boxes, twins, strict=True))


def copy_to_fallbacks(ctx: Context) -> None:
    """Repeat the compared text boxes in their fallbacks, with ids of their own for revisions and ranges."""
    for box, twin in ctx.twins:
        if not any(True for _ in box.iter(W + "ins", W + "del", W + "rPrChange", W + "pPrChange")):
            continue
        twin[:] = [deepcopy(child) for child in box]
        fresh: dict[str, str] = {}
        for node in twin.iter():
            identity = node.get(W + "id")
            if identity is None:
                continue
            if node.tag in _RANGES:  # start and end keep one id
                if identity not in fresh:
                    fresh[identity] = str(ctx.next_id())
                node.set(W + "id", fresh[identity])
            elif node.get(W + "author") is not None:
                node.set(W + "id", str(ctx.next_id()))


def _text(box: Element) -> str:
    return "".join(t.text or "" for t in box.iter(W + "t"))
