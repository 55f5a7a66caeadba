"""Matches between sequences: in order, equal, and fast where a plain LCS is not."""

from __future__ import annotations

import random
from itertools import combinations, pairwise
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redline.diff import align
from redline.diff.align import Alphabet, Match, heaviest_increasing, longest_increasing, match

WORDS = st.text(alphabet="abcd", max_size=40)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("", "abc", []),
        ("abc", "abc", [Match(0, 0, 3)]),
        ("abXcd", "abYcd", [Match(0, 0, 2), Match(3, 3, 2)]),
        ("abc", "xyz", []),
        ("aab", "ab", [Match(0, 0, 1), Match(2, 1, 1)]),
    ],
)
def test_match(a: str, b: str, expected: list[Match]) -> None:
    assert match(a, b) == expected


@given(WORDS, WORDS, st.booleans())
def test_matches_are_equal_ordered_and_apart(a: str, b: str, anchored: bool) -> None:
    with patch.object(align, "LCS_CELLS", 4 if anchored else align.LCS_CELLS):
        found = match(a, b)
    end_a = end_b = 0
    for m in found:
        assert m.size > 0
        assert m.a >= end_a
        assert m.b >= end_b
        assert a[m.a : m.a + m.size] == b[m.b : m.b + m.size]
        end_a, end_b = m.a + m.size, m.b + m.size


def test_long_sequences_are_matched_by_anchors() -> None:
    rnd = random.Random(1)
    a = [rnd.randrange(500) for _ in range(30_000)]
    b = [x if rnd.random() > 0.05 else 1000 + rnd.randrange(500) for x in a]
    alphabet = Alphabet()
    kept = sum(m.size for m in match(alphabet.spell(a), alphabet.spell(b)))
    assert kept >= sum(x == y for x, y in zip(a, b, strict=True)) - 50


def test_alphabet_gives_equal_items_equal_letters() -> None:
    alphabet = Alphabet()
    first = alphabet.spell(["a", ("a",), "b"])
    assert len(set(first)) == 3
    assert alphabet.spell([("a",), "a"]) == first[1] + first[0]


def test_alphabet_steps_over_surrogates() -> None:
    spelled = Alphabet().spell(range(60_000))
    assert len(set(spelled)) == 60_000
    assert not any(0xD800 <= ord(c) < 0xE000 for c in spelled)


@given(st.lists(st.integers(0, 30), max_size=30))
def test_longest_increasing(values: list[int]) -> None:
    chain = [values[i] for i in longest_increasing(values)]
    assert all(x < y for x, y in pairwise(chain))
    best = [0] * len(values)
    for i, v in enumerate(values):
        best[i] = 1 + max((best[j] for j in range(i) if values[j] < v), default=0)
    assert len(chain) == max(best, default=0)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 9)), max_size=8, unique_by=lambda pair: pair[0]))
def test_no_increasing_chain_is_heavier(pairs: list[tuple[int, int]]) -> None:
    values, weights = [value for value, _ in pairs], [weight for _, weight in pairs]
    found = heaviest_increasing(values, weights)
    assert all(one < two and values[one] < values[two] for one, two in pairwise(found))
    chains = (
        chain
        for size in range(len(pairs) + 1)
        for chain in combinations(range(len(pairs)), size)
        if all(values[one] < values[two] for one, two in pairwise(chain))
    )
    assert sum(weights[k] for k in found) == max(sum(weights[k] for k in chain) for chain in chains)
