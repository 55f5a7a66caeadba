"""Finds paragraphs that were split or merged, so that their text is not marked as new."""

from __future__ import annotations

from typing import Final

from rapidfuzz.distance import LCSseq

from redline.diff.blocks import Row, Step
from redline.ooxml import W

_LEAST_WORDS: Final = 3
_LEAST_SHARE: Final = 0.6
_CELLS: Final = 20_000_000_000
"""Words x words that are looked at in one story before no more paragraphs are joined: about 1 s."""


def join_splits(steps: list[Step], before: Row, after: Row) -> list[Step]:
    """Let pairs take in the neighbours whose text the other side holds."""
    if {s.op for s in steps}.isdisjoint(("del", "ins")) or all(s.op != "pair" for s in steps):
        return steps
    return _Joiner(steps, before, after).joined()


class _Joiner:
    def __init__(self, steps: list[Step], before: Row, after: Row) -> None:
        self._steps = steps
        self._before, self._after = before, after
        self._taken: set[int] = set()
        self._cells = 0

    def joined(self) -> list[Step]:
        for index, step in enumerate(self._steps):
            if step.op == "pair" and self._before.elements[step.b0].tag == W + "p":
                for op in ("del", "ins"):
                    for direction in (1, -1):
                        found = self._neighbours(index, direction, op)
                        while self._take(step, found, op):
                            found = self._neighbours(found[-1], direction, op)
        return [s for k, s in enumerate(self._steps) if k not in self._taken]

    def _neighbours(self, index: int, direction: int, op: str) -> list[int]:
        """The nearest step of this kind with words, before the next block that stays, and the empty ones before it."""
        row = self._before if op == "del" else self._after
        found: list[int] = []
        index += direction
        while 0 <= index < len(self._steps) and self._steps[index].op in ("del", "ins"):
            step = self._steps[index]
            if index not in self._taken and step.op == op:
                at = step.b0 if op == "del" else step.a0
                if row.elements[at].tag != W + "p":
                    return []
                found.append(index)
                if row.words(at):
                    return found
            index += direction
        return []

    def _take(self, pair: Step, indexes: list[int], op: str) -> bool:
        """Widen `pair` by neighbours if the other side of the pair has most of their words."""
        if not indexes:
            return False
        row, other = (self._before, self._after) if op == "del" else (self._after, self._before)
        start, end = (pair.b0, pair.b1) if op == "del" else (pair.a0, pair.a1)
        held = (pair.a0, pair.a1) if op == "del" else (pair.b0, pair.b1)
        places = [self._steps[k].b0 if op == "del" else self._steps[k].a0 for k in indexes]
        if held[1] - held[0] != 1 or places[0] not in (start - 1, end):
            return False
        extra = row.spelled(places[-1])
        own = "".join(row.spelled(k) for k in range(start, end))
        if not self._is_held(extra, own, other.spelled(held[0]), leads=places[0] < start):
            return False
        if op == "del":
            pair.b0, pair.b1 = min(pair.b0, *places), max(pair.b1, *(k + 1 for k in places))
        else:
            pair.a0, pair.a1 = min(pair.a0, *places), max(pair.a1, *(k + 1 for k in places))
        self._taken.update(indexes)
        return True

    def _is_held(self, extra: str, own: str, target: str, *, leads: bool) -> bool:
        """Whether a paragraph holds the words of a neighbour of its partner too: most of them, or a short one whole."""
        self._cells += (2 * len(own) + len(extra)) * len(target)
        if self._cells > _CELLS:
            return False
        wide = extra + own if leads else own + extra
        gain = LCSseq.similarity(wide, target) - LCSseq.similarity(own, target)
        if len(extra) < _LEAST_WORDS:
            at_edge = target.startswith(extra) if leads else target.endswith(extra)
            return len(extra) > 1 and gain == len(extra) and at_edge
        return gain >= max(_LEAST_WORDS, _LEAST_SHARE * len(extra))
