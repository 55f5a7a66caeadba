"""Paragraphs that went as a whole, directly beside paragraphs that came as a whole: replacements of each other."""

from __future__ import annotations

from typing import Final

from rapidfuzz.distance import LCSseq

from redline.changelist.drafts import Draft, Drafts
from redline.changelist.pieces import PILCROW
from redline.diff.leftovers import in_order
from schemas.changes import ChangeKind

_LIKE: Final = 0.4
_CELLS: Final = 400
"""Largest run (paragraphs gone x paragraphs come) whose likeness is weighed."""


class Run:
    """Whole paragraphs that went or came, with nothing that stays between them."""

    def __init__(self, drafts: Drafts) -> None:
        self._drafts = drafts
        self._gone: list[Draft] = []
        self._come: list[Draft] = []

    def add(self, draft: Draft) -> None:
        """Take in the next paragraph; empty ones replace nothing."""
        if PILCROW not in (draft.before, draft.after):
            (self._gone if draft.kind is ChangeKind.DELETION else self._come).append(draft)

    def settle(self) -> None:
        """Something stays here: make replacements of what belongs together."""
        gone, come = self._gone, self._come
        self._gone, self._come = [], []
        if len(gone) == len(come):
            pairs = list(zip(gone, come, strict=True))
        elif 0 < len(gone) * len(come) <= _CELLS:
            weights = [[_alike(g.before, c.after) for c in come] for g in gone]
            pairs = [(gone[i], come[j]) for i, j in in_order(weights)]
        else:
            pairs = []
        for old, now in pairs:
            self._drafts.replace(old, now)


def _alike(before: str, after: str) -> float:
    """Words that two texts share in order; 0 if too few for one to replace the other."""
    x, y = before.split(), after.split()
    shared = LCSseq.similarity(x, y)
    return float(shared) if shared >= _LIKE * (len(x) + len(y)) / 2 else 0.0
