"""Order-keeping matches between two sequences, each written as a string with one character per item."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from itertools import chain, count
from typing import Final, NamedTuple

from rapidfuzz.distance import LCSseq

LCS_CELLS: Final = 16_000_000
"""Largest product of lengths given to the quadratic (bit-parallel) LCS: about 20 ms and 4 MB."""

_REPETITION: Final = re.compile(r"(.)\1*", re.DOTALL)
_GRAMS: Final = (12, 6, 3, 2, 1)
_SURROGATES: Final = 0xD800
_SURROGATE_COUNT: Final = 0x800


class Match(NamedTuple):
    """`size` equal items from `a` in the first sequence and `b` in the second."""

    a: int
    b: int
    size: int


class Alphabet:
    """Gives every distinct item a character of its own: sequences become strings, and all that follows runs in C."""

    def __init__(self) -> None:
        codes = chain(range(1, _SURROGATES), count(_SURROGATES + _SURROGATE_COUNT))
        self._letters: dict[Hashable, str] = defaultdict(map(chr, codes).__next__)

    def spell(self, items: Iterable[Hashable]) -> str:
        """The items as a string; equal items get equal characters, also in later calls."""
        return "".join(map(self._letters.__getitem__, items))


def common_prefix(a: str, b: str) -> int:
    """Number of equal characters at the start."""
    low, high = 0, min(len(a), len(b))
    if a[:high] == b[:high]:
        return high
    while high - low > 1:
        middle = (low + high) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle
    return low


def common_suffix(a: str, b: str, limit: int) -> int:
    """Number of equal characters at the end, at most `limit`."""
    return common_prefix(a[::-1][:limit], b[::-1][:limit])


def match(a: str, b: str) -> list[Match]:
    """Matches in order, not overlapping: a longest common subsequence where the sequences are small, else by anchors.

    Anchors are runs of items that are unique on both sides (patience diff). In a gap that is too large and has no
    anchor only repetitions of one item are matched, if anything: the result is coarser, never slow.
    """
    found: list[Match] = []
    work = [(0, len(a), 0, len(b), 0)]
    while work:
        a0, a1, b0, b1, level = work.pop()
        x, y = a[a0:a1], b[b0:b1]
        head = common_prefix(x, y)
        tail = common_suffix(x, y, min(len(x), len(y)) - head)
        if head:
            found.append(Match(a0, b0, head))
        if tail:
            found.append(Match(a1 - tail, b1 - tail, tail))
        a0, b0, a1, b1 = a0 + head, b0 + head, a1 - tail, b1 - tail
        if a0 == a1 or b0 == b1:
            continue
        if (a1 - a0) * (b1 - b0) <= LCS_CELLS:
            found += _lcs(a[a0:a1], b[b0:b1], a0, b0)
        else:
            work += _split_by_anchors(a, b, (a0, a1, b0, b1), level, found)
    found.sort()
    return _joined(found)


def _lcs(x: str, y: str, a0: int, b0: int) -> list[Match]:
    blocks = LCSseq.opcodes(x, y)
    return [Match(a0 + o.src_start, b0 + o.dest_start, o.src_end - o.src_start) for o in blocks if o.tag == "equal"]


def _split_by_anchors(
    a: str, b: str, gap: tuple[int, int, int, int], level: int, found: list[Match]
) -> list[tuple[int, int, int, int, int]]:
    """Add the anchors of a gap to `found`; returns the gaps between them, none if there is no anchor at any length."""
    a0, a1, b0, b1 = gap
    while level < len(_GRAMS):
        size = _GRAMS[level]
        anchors = _unique_grams(a[a0:a1], b[b0:b1], size)
        if anchors:
            gaps = []
            for i, j in anchors:
                if a0 + i < gap[0] or b0 + j < gap[2]:
                    continue  # overlaps the anchor before
                gaps.append((gap[0], a0 + i, gap[2], b0 + j, level))
                found.append(Match(a0 + i, b0 + j, size))
                gap = (a0 + i + size, a1, b0 + j + size, b1)
            gaps.append((*gap, level))
            return gaps
        level += 1
    found += _repetitions(a[a0:a1], b[b0:b1], a0, b0)
    return []


def _repetitions(x: str, y: str, a0: int, b0: int) -> list[Match]:
    """Matches of stretches of one item, such as thousands of empty paragraphs, however long they are on either side."""
    first, second = list(_REPETITION.finditer(x)), list(_REPETITION.finditer(y))
    if len(first) * len(second) > LCS_CELLS:
        return []
    found: list[Match] = []
    for m in _lcs("".join(r[1] for r in first), "".join(r[1] for r in second), 0, 0):
        for one, other in zip(first[m.a : m.a + m.size], second[m.b : m.b + m.size], strict=True):
            found.append(Match(a0 + one.start(), b0 + other.start(), min(len(one[0]), len(other[0]))))
    return found


def _unique_grams(x: str, y: str, size: int) -> list[tuple[int, int]]:
    """Positions of the n-grams that occur once in x and once in y, the longest increasing chain of them."""
    first, second = _once(x, size), _once(y, size)
    pairs = [(i, second[gram]) for gram, i in first.items() if gram in second]
    pairs.sort()
    return [pairs[k] for k in longest_increasing([j for _, j in pairs])]


def _once(x: str, size: int) -> dict[str, int]:
    seen: dict[str, int] = {}
    for i in range(len(x) - size + 1):
        gram = x[i : i + size]
        seen[gram] = -1 if gram in seen else i
    return {gram: i for gram, i in seen.items() if i >= 0}


def longest_increasing(values: list[int]) -> list[int]:
    """Indexes of a longest strictly increasing subsequence (patience sorting, O(n log n))."""
    tops: list[int] = []
    tops_at: list[int] = []
    previous: list[int] = []
    for index, value in enumerate(values):
        pile = bisect_left(tops, value)
        previous.append(tops_at[pile - 1] if pile else -1)
        if pile == len(tops):
            tops.append(value)
            tops_at.append(index)
        else:
            tops[pile] = value
            tops_at[pile] = index
    chain: list[int] = []
    index = tops_at[-1] if tops_at else -1
    while index >= 0:
        chain.append(index)
        index = previous[index]
    return chain[::-1]


def heaviest_increasing(values: Sequence[int], weights: Sequence[int]) -> list[int]:
    """Indexes of the strictly increasing subsequence of different values whose weights sum to most (O(n log n))."""
    ranks = {value: rank for rank, value in enumerate(sorted(values), 1)}
    best = [(0, -1)] * (len(ranks) + 1)
    """Of the chains that end at a rank the heaviest, and its last index, in a Fenwick tree."""
    previous: list[int] = []
    for index, (value, weight) in enumerate(zip(values, weights, strict=True)):
        heaviest, rank = (0, -1), ranks[value] - 1
        while rank:
            heaviest = max(heaviest, best[rank])
            rank &= rank - 1
        previous.append(heaviest[1])
        chain, rank = (heaviest[0] + weight, index), ranks[value]
        while rank < len(best):
            best[rank] = max(best[rank], chain)
            rank += rank & -rank
    _, index = max(best)
    found: list[int] = []
    while index >= 0:
        found.append(index)
        index = previous[index]
    return found[::-1]


def _joined(found: list[Match]) -> list[Match]:
    out: list[Match] = []
    for m in found:
        if out and out[-1].a + out[-1].size == m.a and out[-1].b + out[-1].size == m.b:
            out[-1] = Match(out[-1].a, out[-1].b, out[-1].size + m.size)
        else:
            out.append(m)
    return out
