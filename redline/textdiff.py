"""The differences between two token sequences, as a lawyer would mark them: tight, and without confetti."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from redline.align import Alphabet, Match, match
from redline.tokens import WORD_LIKE, Token

REVISION_COST: Final = 3
"""Characters a reader would rather see marked than meet one more revision."""


@dataclass(slots=True)
class Segment:
    """before[b0:b1] and after[a0:a1]: the same tokens when `equal`, else a deletion and an insertion."""

    equal: bool
    b0: int
    b1: int
    a0: int
    a1: int


def diff(before: Sequence[Token], after: Sequence[Token]) -> list[Segment]:
    """Segments that cover both sequences in order; equal and changed ones alternate."""
    alphabet = Alphabet()
    first = alphabet.spell(t.key for t in before)
    second = alphabet.spell(t.key for t in after)
    segments = _segments(match(first, second), len(first), len(second))
    if sum(not s.equal for s in segments) > 1:
        segments = _without_islands(segments, before, after)
    return [_slid(s, k, segments, before, after) for k, s in enumerate(segments)] if len(segments) > 1 else segments


def _segments(matches: list[Match], size_before: int, size_after: int) -> list[Segment]:
    out: list[Segment] = []
    b = a = 0
    for m in [*matches, Match(size_before, size_after, 0)]:
        if m.a > b or m.b > a:
            out.append(Segment(False, b, m.a, a, m.b))
        if m.size:
            out.append(Segment(True, m.a, m.a + m.size, m.b, m.b + m.size))
        b, a = m.a + m.size, m.b + m.size
    return out


class _Sizes:
    """Characters in any stretch of tokens, by prefix sums."""

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._sums = [0]
        total = 0
        for token in tokens:
            total += token.weight
            self._sums.append(total)

    def __call__(self, start: int, end: int) -> int:
        return self._sums[end] - self._sums[start]


def _without_islands(segments: list[Segment], before: Sequence[Token], after: Sequence[Token]) -> list[Segment]:
    """Let changes swallow the equal stretches between them that are not worth the revisions they cost."""
    deleted, inserted = _Sizes(before), _Sizes(after)
    out: list[Segment] = []
    for segment in segments:
        out.append(segment)
        while len(out) >= 3 and not out[-1].equal and not out[-3].equal:
            left, island, right = out[-3:]
            if not _swallow(left, island, right, before, deleted, inserted):
                break
            out[-3:] = [Segment(False, left.b0, right.b1, left.a0, right.a1)]
    return out


def _swallow(
    left: Segment, island: Segment, right: Segment, before: Sequence[Token], deleted: _Sizes, inserted: _Sizes
) -> bool:
    tokens = before[island.b0 : island.b1]
    if not all(t.is_text for t in tokens):
        return False
    size = deleted(island.b0, island.b1)
    parts = [(s.b1 > s.b0, s.a1 > s.a0) for s in (left, right)]
    saved = sum(map(sum, parts)) - (parts[0][0] or parts[1][0]) - (parts[0][1] or parts[1][1])
    if not saved:
        return False
    around = [deleted(s.b0, s.b1) + inserted(s.a0, s.a1) for s in (left, right)]
    words = sum(1 for t in tokens if WORD_LIKE.match(str(t.key)))
    bonus = min(around) // 8 if words <= 3 else 0
    return 2 * size <= saved * REVISION_COST + bonus


def _slid(
    segment: Segment, index: int, segments: list[Segment], before: Sequence[Token], after: Sequence[Token]
) -> Segment:
    """Move a pure insertion or deletion between equal stretches to where a reader would put it: whole words first.

    Changes the neighbours in place.
    """
    if segment.equal or not 0 < index < len(segments) - 1:
        return segment
    only_before = segment.a0 == segment.a1
    if not only_before and segment.b0 != segment.b1:
        return segment
    left, right = segments[index - 1], segments[index + 1]
    tokens, start, end = (before, segment.b0, segment.b1) if only_before else (after, segment.a0, segment.a1)
    room = left.b1 - left.b0
    best, best_score, shift = 0, _boundary(tokens, start, end), 0
    while shift < room and tokens[start - shift - 1].key == tokens[end - shift - 1].key:
        shift += 1
        score = _boundary(tokens, start - shift, end - shift)
        if score > best_score:
            best, best_score = shift, score
    if best and best < room:
        for s in (left, right):
            _shift(s, best, at_end=s is left)
        segment.b0, segment.b1, segment.a0, segment.a1 = (
            x - best for x in (segment.b0, segment.b1, segment.a0, segment.a1)
        )
    return segment


def _shift(segment: Segment, by: int, *, at_end: bool) -> None:
    if at_end:
        segment.b1 -= by
        segment.a1 -= by
    else:
        segment.b0 -= by
        segment.a0 -= by


def _boundary(tokens: Sequence[Token], start: int, end: int) -> int:
    """How natural it is to mark tokens[start:end]: after a sentence, from a word's start to the next word's start."""
    first = tokens[start].key
    last = tokens[end - 1].key
    previous = tokens[start - 1].key if start else " "
    score = 0
    if isinstance(previous, str) and previous.isspace():
        score += 2
        if start >= 2 and tokens[start - 2].key in (".", "!", "?", ";", "。"):
            score += 2
    if isinstance(last, str) and last.isspace():
        score += 1
    if isinstance(first, str) and first.isspace() and isinstance(last, str) and not last.isspace():
        score += 1
    return score
