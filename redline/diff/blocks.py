"""Which blocks (paragraphs, tables, rows, cells) of the two sides belong together."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from rapidfuzz import process
from rapidfuzz.distance import LCSseq

from redline.diff.align import Alphabet, common_prefix, common_suffix, heaviest_increasing, longest_increasing, match
from redline.diff.enumeration import label_length
from redline.diff.fields import is_longer, words_of
from redline.ooxml import Element, W

Op = Literal["same", "pair", "del", "ins"]
_WORDS: Final = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d\u1100-\u11ff\u2e80-\ud7ff\uf900-\uffff]+|[^\s]")
DP_CELLS: Final = 40_000
"""Largest gap (blocks before x blocks after) whose pairs are weighed one by one."""

ALL_CELLS: Final = 1_000_000
"""The same for all gaps of a story together: about 1 s."""

DP_WORDS: Final = 10_000_000_000
"""The same in words before x words after: 0.2 s of bit-parallel LCS."""

LCS_WORDS: Final = 1_000_000_000
"""Largest product of the words of two blocks whose common subsequence is looked for."""

_CROSSING: Final = 20_000
"""Equal blocks of two sides whose text is measured where some of them moved: 0.1 s."""
_TINY: Final = 4
"""Letters of a block that says nothing without the one before it: an answer, a figure."""

_LIKE: Final = 0.4
_PART: Final = 0.8
_TABLE_LIKE: Final = 0.3


@dataclass(slots=True)
class Step:
    """before[b0:b1] beside after[a0:a1]: one block each when `same`; one or several each when `pair`."""

    op: Op
    b0: int
    b1: int
    a0: int
    a1: int


class Row:
    """Blocks of one side: their digests, and their words where needed; both sides are spelled in one alphabet."""

    def __init__(
        self,
        elements: Sequence[Element],
        digests: Sequence[bytes],
        alphabet: Alphabet,
        form: Callable[[str], str] = str,
    ) -> None:
        self._form = form
        self._alphabet = alphabet
        self.elements = elements
        self.digests = digests
        self._words: dict[int, list[str]] = {}
        self._spelled: dict[int, str] = {}

    def words(self, index: int) -> list[str]:
        """Words and punctuation of a block."""
        found = self._words.get(index)
        if found is None:
            found = self._words[index] = _WORDS.findall(self._form(words_of(self.elements[index])))
        return found

    def size(self, index: int) -> int:
        """Number of words and signs of a block."""
        return len(self.words(index))

    def label(self, index: int) -> list[str]:
        """The words and signs that a block is numbered by, where they are typed as text."""
        words = self.words(index)
        return words[: label_length(words)]

    def spelled(self, index: int) -> str:
        """`words` with a character for each, the same for the same word in all rows of one alphabet.

        The label of an item says nothing of what it is a version of, as an item put in before it renumbers it: it is
        left out, unless there is nothing else.
        """
        found = self._spelled.get(index)
        if found is None:
            words = self.words(index)
            found = self._spelled[index] = self._alphabet.spell(words[label_length(words) :] or words)
        return found


def align(before: Row, after: Row, *, coarse: bool = False) -> tuple[list[Step], bool]:
    """Steps that cover both sides in order, deletions before insertions; and whether a gap was too large to weigh."""
    alphabet = Alphabet()
    first, second = alphabet.spell(before.digests), alphabet.spell(after.digests)
    steps: list[Step] = []
    degraded = False
    b = a = cells = 0
    for i, j, size in [*_anchors(first, second, before), (len(first), len(second), 0)]:
        if i > b or j > a:
            cells += min((i - b) * (j - a), DP_CELLS)
            if coarse or cells > ALL_CELLS:
                steps += _unweighed(first[b:i], second[a:j], b, a)
                degraded |= i > b and j > a
            else:
                gap, cut_short = _Gap(before, after, (b, i, a, j)).steps()
                steps += gap
                degraded |= cut_short
        steps += [Step("same", i + k, i + k + 1, j + k, j + k + 1) for k in range(size)]
        b, a = i + size, j + size
    return steps, degraded


def _anchors(x: str, y: str, before: Row) -> list[tuple[int, int, int]]:
    """Equal head and tail, and blocks that are unique on both sides, in order; each with the equal blocks around it."""
    head = common_prefix(x, y)
    tail = common_suffix(x, y, min(len(x), len(y)) - head)
    out = [(0, 0, head)] if head else []
    once_x, once_y = _once(x, head, len(x) - tail), _once(y, head, len(y) - tail)
    pairs = sorted((i, once_y[c]) for c, i in once_x.items() if c in once_y)
    b, a = head, head
    last_b, last_a = len(x) - tail, len(y) - tail
    for i, j in _in_order(pairs, before):
        if i < b:
            continue
        start = 0
        while i - start > b and j - start > a and x[i - start - 1] == y[j - start - 1]:
            start += 1
        end = 1
        while i + end < last_b and j + end < last_a and x[i + end] == y[j + end]:
            end += 1
        if j - start < a:
            continue
        out.append((i - start, j - start, start + end))
        b, a = i + end, j + end
    if tail:
        out.append((last_b, last_a, tail))
    return out


def _in_order(pairs: list[tuple[int, int]], before: Row) -> list[tuple[int, int]]:
    """Of pairs that cross each other as many as can stay in place; "Yes" and "No" hold no question in its place."""
    places = [j for _, j in pairs]
    chain = longest_increasing(places)
    if len(chain) < len(pairs) <= _CROSSING:
        weights = [1 + is_longer(before.elements[i], _TINY) for i, _ in pairs]
        heaviest = heaviest_increasing(places, weights)
        if sum(weights[k] for k in heaviest) > sum(weights[k] for k in chain):
            chain = heaviest
    return [pairs[k] for k in chain]


def _once(x: str, start: int, end: int) -> dict[str, int]:
    seen: dict[str, int] = {}
    for i in range(start, end):
        seen[x[i]] = -1 if x[i] in seen else i
    return {c: i for c, i in seen.items() if i >= 0}


class _Gap:
    """A stretch without anchors."""

    def __init__(self, before: Row, after: Row, bounds: tuple[int, int, int, int]) -> None:
        self._before, self._after = before, after
        self._bounds = bounds

    def steps(self) -> tuple[list[Step], bool]:
        b0, b1, a0, a1 = self._bounds
        if b0 == b1 or a0 == a1:
            return _unpaired(b0, b1, a0, a1), False
        if self._portions(b0, b1, a0, a1) == 1:
            return self._weighed(b0, b1, a0, a1), False
        return self._large(b0, b1, a0, a1)

    def _large(self, b0: int, b1: int, a0: int, a1: int) -> tuple[list[Step], bool]:
        """Cut a large gap at blocks with equal text; weigh what lies between if it is small enough."""
        alphabet = Alphabet()
        x = alphabet.spell(" ".join(self._before.words(i)) or self._before.digests[i] for i in range(b0, b1))
        y = alphabet.spell(" ".join(self._after.words(j)) or self._after.digests[j] for j in range(a0, a1))
        steps: list[Step] = []
        degraded = False
        b, a = b0, a0
        for m in [*match(x, y), None]:
            i, j, size = (b0 + m.a, a0 + m.b, m.size) if m else (b1, a1, 0)
            degraded |= self._portions(b, i, a, j) > 1
            steps += self._slices(b, i, a, j)
            steps += [self._pair(i + k, j + k) for k in range(size)]
            b, a = i + size, j + size
        return steps, degraded

    def _slices(self, b0: int, b1: int, a0: int, a1: int) -> list[Step]:
        """Weigh a gap, one that is too large in slices of proportional size."""
        count = self._portions(b0, b1, a0, a1)
        steps: list[Step] = []
        for k in range(count):
            b, a = (b0 + (b1 - b0) * k // count, a0 + (a1 - a0) * k // count)
            d, c = (b0 + (b1 - b0) * (k + 1) // count, a0 + (a1 - a0) * (k + 1) // count)
            steps += self._weighed(b, d, a, c)
        return steps

    def _portions(self, b0: int, b1: int, a0: int, a1: int) -> int:
        """Into how many slices a gap is cut so that weighing all of them takes a bounded time."""
        if b1 - b0 <= 1 and a1 - a0 <= 1:
            return 1
        words = sum(map(self._before.size, range(b0, b1))) * sum(map(self._after.size, range(a0, a1)))
        portions = max((b1 - b0) * (a1 - a0) // DP_CELLS, words // DP_WORDS) + 1
        return min(portions, max(b1 - b0, a1 - a0))

    def _pair(self, i: int, j: int) -> Step:
        same = self._before.digests[i] == self._after.digests[j]
        return Step("same" if same else "pair", i, i + 1, j, j + 1)

    def _weighed(self, b0: int, b1: int, a0: int, a1: int) -> list[Step]:
        """The order-keeping pairs of the greatest total weight (dynamic programming)."""
        rows, columns = b1 - b0, a1 - a0
        if not rows or not columns:
            return _unpaired(b0, b1, a0, a1)
        weights = self._weights(b0, b1, a0, a1)
        best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
        for i in range(rows - 1, -1, -1):
            row, below, weight = best[i], best[i + 1], weights[i]
            for j in range(columns - 1, -1, -1):
                down, right, own = below[j], row[j + 1], weight[j]
                value = down if down > right else right
                if own and own + below[j + 1] > value:
                    value = own + below[j + 1]
                row[j] = value
        steps: list[Step] = []
        i = j = b = a = 0
        while i < rows and j < columns:
            if weights[i][j] and best[i][j] == weights[i][j] + best[i + 1][j + 1]:
                steps += _unpaired(b0 + b, b0 + i, a0 + a, a0 + j)
                steps.append(self._pair(b0 + i, a0 + j))
                i, j = i + 1, j + 1
                b, a = i, j
            elif best[i][j] == best[i + 1][j]:
                i += 1
            else:
                j += 1
        return steps + _unpaired(b0 + b, b1, a0 + a, a1)

    def _weights(self, b0: int, b1: int, a0: int, a1: int) -> list[list[float]]:
        """How much pairing each two blocks keeps, in words; 0 for those that should not be paired."""
        columns = _Columns(self._after, a0, a1)
        out: list[list[float]] = []
        for i in range(b0, b1):
            element, x = self._before.elements[i], self._before.spelled(i)
            kind = str(element.tag)
            row = [0.0] * (a1 - a0)
            for j, shared in columns.sharing(x, kind):
                row[j] = shared
            for j in () if x else columns.empty.get((kind, _ends_section(element)), ()):
                row[j] = 0.3
            for j in columns.by_digest.get(self._before.digests[i], ()):
                row[j] = len(x) + 0.5
            out.append(row)
        return out


class _Columns:
    """The blocks that came in a gap, counted from its start, as the blocks that went look for their like."""

    def __init__(self, row: Row, start: int, end: int) -> None:
        self.by_digest: dict[bytes, list[int]] = defaultdict(list)
        self.empty: dict[tuple[str, bool], list[int]] = defaultdict(list)
        self._spelled: dict[str, list[str]] = {}
        self._longest = 0
        for j in range(start, end):
            kind, words = str(row.elements[j].tag), row.spelled(j)
            self.by_digest[row.digests[j]].append(j - start)
            if words:
                self._spelled.setdefault(kind, [""] * (end - start))[j - start] = words
                self._longest = max(self._longest, len(words))
            else:
                self.empty[kind, _ends_section(row.elements[j])].append(j - start)

    def sharing(self, x: str, kind: str) -> Iterator[tuple[int, float]]:
        """The blocks of a kind with enough words of `x` to be versions of it, and how many words."""
        columns = self._spelled.get(kind)
        if not x or columns is None:
            return
        own, least = len(x), (_LIKE if kind == W + "p" else _TABLE_LIKE) / 2
        most = _PART * own
        for y, shared, j in self._in_common(x, columns, int(min(least * (own + 1), 4))):
            other = len(y)
            if shared >= least * (own + other) or (shared >= 4 and (shared >= most or shared >= _PART * other)):
                yield j, float(shared)

    def _in_common(self, x: str, columns: list[str], least: int) -> list[tuple[str, int, int]]:
        """Words in order that each block shares with `x`.

        Of very long ones those in any order are counted: their order takes minutes to tell.
        """
        if len(x) * self._longest > LCS_WORDS:
            own = Counter(x)
            return [(y, (own & Counter(y)).total(), j) for j, y in enumerate(columns) if y]
        return process.extract(x, columns, scorer=LCSseq.similarity, score_cutoff=max(least, 1), limit=None)


def _ends_section(paragraph: Element) -> bool:
    return paragraph.find(f"{W}pPr/{W}sectPr") is not None


def _unweighed(x: str, y: str, b0: int, a0: int) -> list[Step]:
    """Equal blocks alone; all else came or went."""
    steps: list[Step] = []
    b = a = 0
    for i, j, size in [*match(x, y), (len(x), len(y), 0)]:
        steps += _unpaired(b0 + b, b0 + i, a0 + a, a0 + j)
        steps += [Step("same", b0 + i + k, b0 + i + k + 1, a0 + j + k, a0 + j + k + 1) for k in range(size)]
        b, a = i + size, j + size
    return steps


def _unpaired(b0: int, b1: int, a0: int, a1: int) -> list[Step]:
    return [Step("del", i, i + 1, a0, a0) for i in range(b0, b1)] + [
        Step("ins", b1, b1, j, j + 1) for j in range(a0, a1)
    ]
