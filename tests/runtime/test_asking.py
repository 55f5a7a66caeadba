from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.search import Term
from runtime.asking import Asked, NotUnderstood, understand
from schemas.search import Kind


@pytest.mark.parametrize(
    ("typed", "terms"),
    [
        ("fee", [Term("fee")]),
        ("late  fee", [Term("late"), Term("fee")]),
        ('"late fee" due', [Term("late fee"), Term("due")]),
        ("“late fee”", [Term("late fee")]),
        ("terminat*", [Term("terminat", prefix=True)]),
        ('"may terminat*"', [Term("may terminat", prefix=True)]),
        ('"may terminat"*', [Term("may terminat", prefix=True)]),
        ("-fee", [Term("fee", excluded=True)]),
        ('-"late fee"', [Term("late fee", excluded=True)]),
        ("co-operation 12:30 §4 合同", [Term("co-operation"), Term("12:30"), Term("§4"), Term("合同")]),
        ('"OR" "foo:bar"', [Term("OR"), Term("foo:bar")]),
        ("fee: due", [Term("fee:"), Term("due")]),
        ("", []),
    ],
)
def test_words_phrases_beginnings_and_exclusions(typed: str, terms: list[Term]) -> None:
    assert understand(typed) == Asked(terms=terms)


def test_filters() -> None:
    asked = understand('kind:insertion,DELETION KIND:move document:"my lease.docx" after:2026-01-01 before:2026-02-01')
    assert asked.kinds == {Kind.INSERTION, Kind.DELETION, Kind.MOVE}
    assert asked.document == "my lease.docx"
    assert asked.since == datetime(2026, 1, 1).astimezone()
    assert asked.until == datetime(2026, 2, 1).astimezone()
    assert understand("after:2026-01-01T10:00:00Z").since == datetime(2026, 1, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("kind:insertio fee", "did you mean kind:insertion"),
        ("kind:x", "the kinds are document, insertion"),
        ("colour:red", "no filter colour:"),
        ('fee "late', 'not closed: "late'),
        ("late OR fee", "OR is not understood"),
        ("wo*d", "wo*d"),
        ("*", "no word in *"),
        ("-- fee", "no word in --"),
        ("after:yesterday", "'yesterday' is no day"),
        ("before:2026-02-30", "'2026-02-30' is no day"),
        ("after:2026-02-01 before:2026-01-01", "not earlier"),
        ("-kind:move", "cannot be excluded"),
        ("document:a document:b", "one document"),
    ],
)
def test_what_is_not_understood_is_named(typed: str, said: str) -> None:
    with pytest.raises(NotUnderstood, match=re.escape(said)):
        understand(typed)


@given(st.text(st.sampled_from('ab*":- \u201ckindafter2026合\U0001f600'), max_size=30) | st.text(max_size=30))
def test_whatever_is_typed_is_understood_or_refused_in_a_sentence(typed: str) -> None:
    try:
        asked = understand(typed)
    except NotUnderstood:
        return
    assert all(term.words for term in asked.terms)
