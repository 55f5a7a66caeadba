"""The differences between two token sequences, as a lawyer would mark them: tight, and without confetti."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from redline.diff.align import Alphabet, Match, common_prefix, common_suffix, match
from redline.diff.tokens import Token
from redline.diff.words import WORD_LIKE

REVISION_COST: Final = 3
"""Characters a reader would rather see marked than meet one more revision."""

_MOST_WORDS: Final = 3
"""Words of the longest stretch that may give way because the changes around it are large."""

_LITTLE: Final = 3
"""Letters up to which a word (of, the, and) says nothing by itself."""

_WEIGHED_CELLS: Final = 256
"""Largest stretch (words before x words after) whose matches are weighed in Python."""

_SCATTERED: Final = 3
_KEPT: Final = 0.2
"""Share of the shorter side up to which words kept among at least so many changes are chance, not what was kept."""

_BRACKETS: Final = (("(", ")"), ("[", "]"), ("{", "}"))


@dataclass(slots=True)
class Segment:
    """before[b0:b1] and after[a0:a1]: the same tokens when `equal`, else a deletion and an insertion."""

    equal: bool
    b0: int
    b1: int
    a0: int
    a1: int

    @property
    def is_pure(self) -> bool:
        """Whether this is an insertion alone or a deletion alone."""
        return not self.equal and (self.b0 == self.b1 or self.a0 == self.a1)


def diff(before: Sequence[Token], after: Sequence[Token]) -> list[Segment]:
    """Segments that cover both sequences in order; equal and changed ones alternate."""
    alphabet = Alphabet()
    first = alphabet.spell(t.key for t in before)
    second = alphabet.spell(t.key for t in after)
    segments = _segments(_matches(first, second, before, after), len(first), len(second))
    if sum(not s.equal for s in segments) > 1:
        sides = _Sides(before, after, first, second)
        segments = sides.without_islands(sides.drawn_together(segments))
        segments = sides.rewritten(segments)
        segments = list(_trimmed(segments, first, second))
    last = len(segments) - 1
    for index in range(1, last):
        if segments[index].is_pure:
            around = segments[index - 1], segments[index + 1]
            _slide(*around, segments[index], before, after, edges=(index == 1, index + 1 == last))
    return [s for s in segments if s.b0 < s.b1 or s.a0 < s.a1]


def _matches(first: str, second: str, before: Sequence[Token], after: Sequence[Token]) -> list[Match]:
    """Words are matched with words; white space stays where the words beside it do, and never for its own sake."""
    head = common_prefix(first, second)
    tail = common_suffix(first, second, min(len(first), len(second)) - head)
    places_b = [i for i in range(head, len(first) - tail) if not _is_blank(before[i])]
    places_a = [i for i in range(head, len(second) - tail) if not _is_blank(after[i])]
    x, y = "".join([first[i] for i in places_b]), "".join([second[i] for i in places_a])
    small = len(x) * len(y) <= _WEIGHED_CELLS
    words = _heaviest(x, y, [_meaning(before[i]) for i in places_b]) if small else match(x, y)
    out = [Match(0, 0, head)] if head else []
    for b, a, size in words:
        start, end = (places_b[b], places_a[a]), (places_b[b + size - 1] + 1, places_a[a + size - 1] + 1)
        if first[start[0] : end[0]] == second[start[1] : end[1]]:
            out.append(Match(*start, end[0] - start[0]))
        else:
            out += [Match(places_b[b + k], places_a[a + k], 1) for k in range(size)]
    if tail:
        out.append(Match(len(first) - tail, len(second) - tail, tail))
    return list(_widened(out, first, second))


def _meaning(token: Token) -> int:
    """Letters; references to notes look all alike, and items (b) are renumbered, so these say next to nothing."""
    is_item = isinstance(token.key, str) and token.key.startswith("(") and token.key[1:2].isalpha()
    return 1 if is_item or token.note is not None else token.weight


def _heaviest(x: str, y: str, weights: list[int]) -> list[Match]:
    """The common subsequence with most letters, not with most words: "indemnifies" rather than the "the" beside it."""
    best = [[0] * (len(y) + 1) for _ in range(len(x) + 1)]
    for i in range(len(x) - 1, -1, -1):
        row, below, letter, weight = best[i], best[i + 1], x[i], weights[i]
        for j in range(len(y) - 1, -1, -1):
            value = max(below[j], row[j + 1])
            row[j] = max(value, weight + below[j + 1]) if letter == y[j] else value
    out: list[Match] = []
    i = j = 0
    while i < len(x) and j < len(y):
        if x[i] == y[j] and best[i][j] == weights[i] + best[i + 1][j + 1]:
            out.append(Match(i, j, 1))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return out


def _is_blank(token: Token) -> bool:
    return isinstance(token.key, str) and token.key.isspace()


def _widened(matches: list[Match], first: str, second: str) -> Iterator[Match]:
    """The matches with what is equal right after and right before them."""
    b = a = 0
    for m in [*matches, Match(len(first), len(second), 0)]:
        gone, come = first[b : m.a], second[a : m.b]
        if gone and come:
            head = common_prefix(gone, come)
            tail = common_suffix(gone, come, min(len(gone), len(come)) - head)
            if head:
                yield Match(b, a, head)
            if tail:
                yield Match(m.a - tail, m.b - tail, tail)
        if m.size:
            yield m
        b, a = m.a + m.size, m.b + m.size


def _segments(matches: list[Match], size_before: int, size_after: int) -> list[Segment]:
    out: list[Segment] = []
    b = a = 0
    for m in [*matches, Match(size_before, size_after, 0)]:
        if m.a > b or m.b > a:
            out.append(Segment(False, b, m.a, a, m.b))
        if m.size:
            _append_equal(out, m.a, m.b, m.size)
        b, a = m.a + m.size, m.b + m.size
    return out


def _append_equal(out: list[Segment], b: int, a: int, size: int) -> None:
    if out and out[-1].equal:
        out[-1].b1 += size
        out[-1].a1 += size
    else:
        out.append(Segment(True, b, b + size, a, a + size))


def _trimmed(segments: list[Segment], first: str, second: str) -> Iterator[Segment]:
    """Give what both halves of a replacement begin or end with back to the text around it."""
    out: list[Segment] = []
    for s in segments:
        if s.equal:
            _append_equal(out, s.b0, s.a0, s.b1 - s.b0)
            continue
        gone, come = first[s.b0 : s.b1], second[s.a0 : s.a1]
        head = common_prefix(gone, come)
        tail = common_suffix(gone, come, min(len(gone), len(come)) - head)
        if head:
            _append_equal(out, s.b0, s.a0, head)
        out.append(Segment(False, s.b0 + head, s.b1 - tail, s.a0 + head, s.a1 - tail))
        if tail:
            _append_equal(out, s.b1 - tail, s.a1 - tail, tail)
    return iter(out)


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


class _Sides:
    """Both sequences, spelled and measured, where several changes stand near each other."""

    def __init__(self, before: Sequence[Token], after: Sequence[Token], first: str, second: str) -> None:
        self._before, self._after = before, after
        self._first, self._second = first, second
        self._deleted, self._inserted = _Sizes(before), _Sizes(after)

    def drawn_together(self, segments: list[Segment]) -> list[Segment]:
        """Slide insertions and deletions over equal stretches where they then meet the change beyond."""
        out: list[Segment] = []
        for segment in segments:
            out.append(segment)
            if len(out) >= 3 and not segment.equal:
                self._meet(out)
        return out

    def _meet(self, out: list[Segment]) -> None:
        """Let the last two changes meet if the same words stand on both sides of either."""
        left, island, right = out[-3:]
        size = island.b1 - island.b0
        if right.is_pure and self._repeats(right, -size, 0):
            kept = Segment(True, right.b1, right.b1, right.a1, right.a1)
            by = size
        elif left.is_pure and len(out) > 3 and self._repeats(left, 0, size):
            kept, by = out[-4], 0
            kept.b1 += size
            kept.a1 += size
            left.b0, left.a0 = left.b0 + size, left.a0 + size
        else:
            return
        out[-3:] = [Segment(False, left.b0, right.b1 - by, left.a0, right.a1 - by)]
        if by:
            kept.b0, kept.a0 = kept.b0 - by, kept.a0 - by
            out.append(kept)

    def _repeats(self, change: Segment, back: int, ahead: int) -> bool:
        """Whether the words before (after) a pure change are also those it ends (begins) with."""
        only_before = change.a0 == change.a1
        tokens, text = (self._before, self._first) if only_before else (self._after, self._second)
        start, end = (change.b0, change.b1) if only_before else (change.a0, change.a1)
        one, two = slice(start + back, start + ahead), slice(end + back, end + ahead)
        return text[one] == text[two] and all(map(_look_alike, tokens[one], tokens[two]))

    def without_islands(self, segments: list[Segment]) -> list[Segment]:
        """Let changes swallow the equal stretches between them that are not worth the revisions they cost."""
        out: list[Segment] = []
        for segment in segments:
            out.append(segment)
            while len(out) >= 3 and not out[-1].equal and not out[-3].equal:
                left, island, right = out[-3:]
                if not self._is_worthless(left, island, right):
                    break
                out[-3:] = [Segment(False, left.b0, right.b1, left.a0, right.a1)]
        return out

    def rewritten(self, segments: list[Segment]) -> list[Segment]:
        """One replacement from the first change to the last, where next to nothing between them stays."""
        places = [k for k, s in enumerate(segments) if not s.equal]
        if len(places) < _SCATTERED:
            return segments
        first, last = places[0], places[-1]
        whole = Segment(False, segments[first].b0, segments[last].b1, segments[first].a0, segments[last].a1)
        kept = [s for s in segments[first:last] if s.equal]
        size = sum(self._deleted(s.b0, s.b1) for s in kept)
        smaller = min(self._deleted(whole.b0, whole.b1), self._inserted(whole.a0, whole.a1))
        if size > _KEPT * smaller or not all(t.is_text for s in kept for t in self._before[s.b0 : s.b1]):
            return segments
        return [*segments[:first], whole, *segments[last + 1 :]]

    def _is_worthless(self, left: Segment, island: Segment, right: Segment) -> bool:
        saved = sum((s.b1 > s.b0) + (s.a1 > s.a0) for s in (left, right)) - 2
        if not saved:
            return False
        size = self._deleted(island.b0, island.b1)
        around = [self._deleted(s.b0, s.b1) + self._inserted(s.a0, s.a1) for s in (left, right)]
        enough, most = 2 * size <= saved * REVISION_COST, min(around) // 4
        if 2 * size > saved * REVISION_COST + most:
            return False
        keys, words = [], []
        for token in self._before[island.b0 : island.b1]:  # read no further than needed: a wide one is met often
            key = str(token.key)
            keys.append(key)
            words += [key] if WORD_LIKE.search(key) else []
            if not token.is_text or (len(words) > _MOST_WORDS and not enough):
                return False
        if any(keys.count(opening) != keys.count(closing) for opening, closing in _BRACKETS):
            return False
        bonus = 0
        if len(words) <= _MOST_WORDS:
            bonus = most if all(len(word) <= _LITTLE for word in words) else min(around) // 6
        return 2 * size <= saved * REVISION_COST + bonus


def _look_alike(one: Token, other: Token) -> bool:
    """Whether tokens of one side with equal keys can stand for each other: in the same wrappers, formatted alike."""
    return one.path == other.path and _looks(one) == _looks(other)


def _looks(token: Token) -> list[Hashable]:
    """How a token is formatted, piece by piece."""
    return [fmt and fmt.key for _, fmt in token.pieces]


def _slide(
    left: Segment,
    right: Segment,
    change: Segment,
    before: Sequence[Token],
    after: Sequence[Token],
    edges: tuple[bool, bool],
) -> None:
    """Move an insertion or deletion to where a reader would put it.

    Where most of what stays looks as it did comes first, then whole words and sentences. `edges` says whether what
    stays on either side is the first and the last of all: then nothing of it need be left.
    """
    only_before = change.a0 == change.a1
    tokens, start, end = (before, change.b0, change.b1) if only_before else (after, change.a0, change.a1)
    others, at = (after, change.a0) if only_before else (before, change.b0)
    least, most = (s.b1 - s.b0 - (not edge) for s, edge in zip((left, right), edges, strict=True))
    lowest, highest = 0, 0
    while -lowest < least and _same(tokens[start + lowest - 1], tokens[end + lowest - 1]):
        lowest -= 1
    while highest < most and _same(tokens[start + highest], tokens[end + highest]):
        highest += 1
    if lowest == highest:
        return

    reach = range(lowest, highest)
    as_left, as_right = ([_looks(tokens[edge + i]) != _looks(others[at + i]) for i in reach] for edge in (start, end))
    otherwise = list(accumulate((one - two for one, two in zip(as_left, as_right, strict=True)), initial=0))
    """How many more tokens look otherwise than on the other side, by how far the change is moved from `lowest`."""
    ks = range(highest, lowest - 1, -1)
    by = min(ks, key=lambda k: (otherwise[k - lowest], -_boundary(tokens, start + k, end + k), k != 0))
    for segment, starts, ends in ((left, 0, by), (change, by, by), (right, by, 0)):
        segment.b0, segment.a0 = segment.b0 + starts, segment.a0 + starts
        segment.b1, segment.a1 = segment.b1 + ends, segment.a1 + ends


def _same(one: Token, other: Token) -> bool:
    """Whether tokens of one side say the same in the same wrappers, however they look."""
    return one.key == other.key and one.path == other.path


_SENTENCE_ENDS: Final = frozenset(".!?;。")
_OPENING: Final = frozenset("([{“‘«")
_CLOSING: Final = frozenset(")]}”’».,;:!?")


def _boundary(tokens: Sequence[Token], start: int, end: int) -> int:
    """How natural it is to mark tokens[start:end]: after a sentence, from a word's start to the next word's start."""
    first, last = tokens[start].key, tokens[end - 1].key
    begins, ends = _is_blank(tokens[start]), _is_blank(tokens[end - 1])
    score = 0
    if not begins and (start == 0 or _is_blank(tokens[start - 1])):
        score += 2
        if _ends_sentence(tokens, start if start else end):
            score += 2
    if begins or ends:
        score += 1
    if first in _CLOSING and last not in _CLOSING:
        score -= 1
    if last in _OPENING:
        score -= 2
    return score


def _ends_sentence(tokens: Sequence[Token], end: int) -> bool:
    """Whether a sentence and white space end before this place."""
    place = end - 1
    while place > 0 and _is_blank(tokens[place]):
        place -= 1
    return 0 <= place < end - 1 and tokens[place].key in _SENTENCE_ENDS
