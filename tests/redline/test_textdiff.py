"""Differences as a lawyer would mark them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redline.textdiff import diff
from redline.tokens import Token
from tests.redline.builders import p
from tests.redline.test_tokens import tokens as cut


def marked(before: str, after: str) -> str:
    old, now = (cut(p(x)) if x else [] for x in (before, after))
    out = ""
    for s in diff(old, now):
        gone, come = text(old[s.b0 : s.b1]), text(now[s.a0 : s.a1])
        out += come if s.equal else (f"[-{gone}]" if gone else "") + (f"[+{come}]" if come else "")
    return out


def text(tokens: list[Token]) -> str:
    return "".join(str(t.key) for t in tokens)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("pays 12% a year", "pays 18% a year", "pays [-12][+18]% a year"),
        ("", "all new", "[+all new]"),
        ("all gone", "", "[-all gone]"),
        ("the big dog", "the dog", "the [-big ]dog"),
        ("First one. Last one.", "First one. New one. Last one.", "First one. [+New one. ]Last one."),
        ("a b c d", "a x y d", "a [-b c][+x y] d"),
        ("shall pay the fee", "shall pay the agreed fee", "shall pay the [+agreed ]fee"),
    ],
)
def test_marks(before: str, after: str, expected: str) -> None:
    assert marked(before, after) == expected


@given(
    st.lists(st.sampled_from(["a", "b", " ", "the", "."]), max_size=30),
    st.lists(st.sampled_from(["a", "c", " ", "the", "."]), max_size=30),
)
def test_segments_cover_both_sides(before: list[str], after: list[str]) -> None:
    old, now = ([Token(x, [(x, None)]) for x in side] for side in (before, after))
    b = a = 0
    for s in diff(old, now):
        assert (s.b0, s.a0) == (b, a)
        assert not s.equal or before[s.b0 : s.b1] == after[s.a0 : s.a1]
        b, a = s.b1, s.a1
    assert (b, a) == (len(before), len(after))
