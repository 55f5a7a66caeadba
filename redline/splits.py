"""Finds paragraphs that were split or merged, so that their text is not marked as new."""

from __future__ import annotations

from typing import Final

from rapidfuzz.distance import LCSseq

from redline.align import Alphabet
from redline.blocks import Row, Step
from redline.ooxml import W

_LEAST_WORDS: Final = 3
_LEAST_SHARE: Final = 0.6


def join_splits(steps: list[Step], before: Row, after: Row) -> list[Step]:
    """Let pairs take in the neighbours whose text the other side holds."""
    if not any(s.op == "pair" for s in steps) or not any(s.op in ("del", "ins") for s in steps):
        return steps
    return _Joiner(steps, before, after).joined()


class _Joiner:
    def __init__(self, steps: list[Step], before: Row, after: Row) -> None:
        self._steps = steps
        self._before, self._after = before, after
        self._alphabet = Alphabet()
        self._taken: set[int] = set()

    def joined(self) -> list[Step]:
        for index, step in enumerate(self._steps):
            if step.op == "pair" and self._before.elements[step.b0].tag == W + "p":
                for op in ("del", "ins"):
                    while self._take(step, self._neighbour(index, 1, op), op):
                        pass
                    while self._take(step, self._neighbour(index, -1, op), op):
                        pass
        return [s for k, s in enumerate(self._steps) if k not in self._taken]

    def _neighbour(self, index: int, direction: int, op: str) -> int | None:
        """The nearest step of this kind before the next block that stays."""
        index += direction
        while 0 <= index < len(self._steps) and self._steps[index].op in ("del", "ins"):
            if index not in self._taken and self._steps[index].op == op:
                return index
            index += direction
        return None

    def _take(self, pair: Step, index: int | None, op: str) -> bool:
        """Widen `pair` by a neighbour if the other side of the pair has most of its words."""
        if index is None:
            return False
        step = self._steps[index]
        row, other = (self._before, self._after) if op == "del" else (self._after, self._before)
        at, start, end = (step.b0, pair.b0, pair.b1) if op == "del" else (step.a0, pair.a0, pair.a1)
        held = (pair.a0, pair.a1) if op == "del" else (pair.b0, pair.b1)
        if row.elements[at].tag != W + "p" or held[1] - held[0] != 1 or at not in (start - 1, end):
            return False
        words = row.words(at)
        if len(words) < _LEAST_WORDS:
            return False
        own = "".join(row.spelled(k, self._alphabet) for k in range(start, end))
        extra = row.spelled(at, self._alphabet)
        target = other.spelled(held[0], self._alphabet)
        wide = extra + own if at < start else own + extra
        gain = LCSseq.similarity(wide, target) - LCSseq.similarity(own, target)
        if gain < max(_LEAST_WORDS, _LEAST_SHARE * len(extra)):
            return False
        if op == "del":
            pair.b0, pair.b1 = min(pair.b0, at), max(pair.b1, at + 1)
        else:
            pair.a0, pair.a1 = min(pair.a0, at), max(pair.a1, at + 1)
        self._taken.add(index)
        return True
