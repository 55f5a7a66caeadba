"""However much is in one paragraph, comparing it is bounded by what was counted before, and the coverage says so."""

from __future__ import annotations

from types import SimpleNamespace
from unittest.mock import Mock

import pytest

from redline.comparer.compare import Redline, _compare_packages, compare
from redline.comparer.context import PAIR, Context
from redline.comparer.paragraphs import compare_paragraphs
from redline.diff.passages import FEW_PASSAGES, TOKENS_PER_SECOND
from redline.errors import DocumentError
from redline.opc.package import Package
from redline.options import CompareOptions
from redline.validator.validate import validate
from redline.verifier.verify import verify

from .builders import docx, p, r, tbl, textbox, tr
from .judging import DATE

OPTIONS = CompareOptions(date=DATE)
WORDS = " ".join(f"word{number}." for number in range(1000))
LINES = "".join(f"<w:t>line {number}</w:t><w:br/>" for number in range(FEW_PASSAGES))


@pytest.fixture(autouse=True)
def clock_that_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that no deadline is ever reached: what is coarser is so for what was counted."""
    for module in ("compare", "context"):
        monkeypatch.setattr(f"redline.comparer.{module}.time", SimpleNamespace(monotonic=lambda: 1000.0))


def redlined(before: str, after: str, deadline: float | None) -> Redline:
    """The redline of two paragraphs, right and valid however coarse it is."""
    old, now = docx(before), docx(after)
    redline = compare(old, now, OPTIONS, deadline=deadline)
    assert verify(redline.docx, old, now).findings == ()
    assert validate(redline.docx) == []
    return redline


def wide(deadline: float | None) -> Redline:
    return redlined(p(WORDS), p(WORDS.replace("word500.", "other.")), deadline)


def lines(deadline: float | None, *, ppr: str = "") -> Redline:
    marks = '<w:bookmarkStart w:id="7" w:name="here"/><w:bookmarkEnd w:id="7"/>'
    before = p(r(xml=LINES), marks)
    after = p(r(xml=LINES.replace("line 9<", "line nine<")), marks, ppr=ppr)
    return redlined(before, after, deadline)


def test_a_wide_paragraph_is_compared_by_words_where_there_is_time() -> None:
    redline = wide(60)
    assert redline.coverage.degraded == ()
    assert [(change.before, change.after) for change in redline.changes] == [("word500", "other")]


def test_a_wide_paragraph_is_compared_by_passages_where_words_would_take_too_long() -> None:
    redline = wide(1000 / TOKENS_PER_SECOND)
    assert redline.coverage.degraded == (
        "word/document.xml: paragraphs were compared by passages because the time limit was near.",
    )
    assert [(change.before, change.after) for change in redline.changes] == [("word500. ", "other. ")]


def test_a_paragraph_of_too_many_passages_is_replaced_as_a_whole() -> None:
    redline = lines(FEW_PASSAGES / TOKENS_PER_SECOND, ppr="<w:keepNext/>")
    assert redline.coverage.degraded == (
        "word/document.xml: paragraphs were replaced as wholes because the time limit was near.",
    )
    assert {change.kind for change in redline.changes} == {"replacement", "formatting"}


def test_many_passages_are_compared_where_there_is_time() -> None:
    redline = lines(60)
    assert redline.coverage.degraded == ()
    assert [(change.before, change.after) for change in redline.changes] == [("9", "nine")]


def leave_with(monkeypatch: pytest.MonkeyPatch, **budgets: int) -> None:
    """Let every comparison begin with so little."""
    made = Context.__init__

    def with_little_left(self: Context, *arguments: object) -> None:
        made(self, *arguments)  # type: ignore[arg-type]
        for budget, left in budgets.items():
            setattr(self, budget, left)

    monkeypatch.setattr(Context, "__init__", with_little_left)


def reversed_clauses() -> Redline:
    """Three clauses in reversed order: two of them moved."""
    clauses = [p(f"The {word} clause of the agreement between the parties") for word in ("first", "second", "third")]
    return redlined("".join(clauses) + p("End"), "".join(clauses[::-1]) + p("End"), None)


def test_more_moves_than_may_be_shown_are_deletions_and_insertions(monkeypatch: pytest.MonkeyPatch) -> None:
    leave_with(monkeypatch, moves=1)
    redline = reversed_clauses()
    assert redline.coverage.degraded == (
        "word/document.xml: what moved is shown as deleted and inserted because very much moved.",
    )
    assert {change.kind for change in redline.changes} == {"deletion", "insertion"}


def test_as_many_moves_as_may_be_shown_are_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    leave_with(monkeypatch, moves=2)
    redline = reversed_clauses()
    assert redline.coverage.degraded == ()
    assert {change.kind for change in redline.changes} == {"move"}


@pytest.mark.parametrize(
    ("budget", "how"), [("fine_tokens", "compared by passages"), ("passages", "replaced as wholes")]
)
def test_without_a_deadline_the_same_is_counted(budget: str, how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    leave_with(monkeypatch, **{budget: 1000})
    redline = wide(None) if budget == "fine_tokens" else lines(None)
    assert redline.coverage.degraded == (
        f"word/document.xml: paragraphs were {how} because there is very much changed text.",
    )


def test_documents_that_differ_in_too_many_places_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("redline.comparer.context.MOST_PLACES", 10)
    ten, eleven = ("".join(p(f"{side} {number}") for number in range(10)) for side in ("old", "new"))
    with pytest.raises(DocumentError) as refused:
        compare(docx(ten), docx(eleven), OPTIONS)
    assert refused.value.code == "too-complex"
    assert "more than 10 places" in refused.value.message


MANY = "".join(f'<w:x{number} w:val="{number}"/>' for number in range(99))


def context(before: str, after: str) -> Context:
    return Context(Package.open(docx(before)), Package.open(docx(after)), OPTIONS)


def repeated(before: str, after: str) -> int:
    """The elements and attributes of properties that the redline has beyond both documents."""
    ctx = context(before, after)
    _compare_packages(ctx)
    return ctx.repeated


def test_properties_of_a_run_count_as_often_as_it_is_cut() -> None:
    one, size = p(r("one two three four", MANY)), 1 + 2 * 99
    assert repeated(one, p(r("one 2 three 4", MANY))) == 4 * size  # six runs in place of one on either side
    assert repeated(one, p(r("one two three 4", MANY))) == size
    assert repeated(one, p(r("other", MANY))) == 0
    assert repeated(one, one + p(r("other", MANY))) == 0


def test_a_redline_that_would_take_too_much_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = p(r("one two three four", MANY)), p(r("one 2 three 4", MANY))
    ctx = context(one, other)
    trees = [package.tree(package.main) for package in (ctx.before, ctx.after)]
    assert len(trees) == 2
    monkeypatch.setattr("redline.comparer.context.MEMORY", ctx.before.parsed + ctx.after.parsed + 100_000)
    redlined(one, p(r("one two three 4", MANY)), None)
    with pytest.raises(DocumentError, match="too much memory") as refused:
        compare(docx(one), docx(other), OPTIONS)
    assert refused.value.code == "too-complex"


def test_what_went_or_changed_is_no_longer_held_by_the_tree_of_before() -> None:
    before = p("kept") + p("it changed a little") + tbl(tr("went"), columns=1) + p("kept to the end")
    ctx = context(before, p("kept") + p("it changed a bit") + p("kept to the end"))
    _compare_packages(ctx)
    texts = ["".join(p.itertext()) for p in ctx.before.tree(ctx.before.main)[0]]
    assert texts == ["kept", "", "", "kept to the end", ""]


def test_a_text_box_is_held_until_it_is_compared() -> None:
    box, other = (p(r(f"{word} text "), textbox(p(f"in the {word} box"))) for word in ("one", "other"))
    redline = redlined(box + p("End"), other + p("End"), None)
    assert [change.after for change in redline.changes] == ["other", "other"]


def test_a_table_of_too_many_other_cells_is_refused_before_any_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = Mock(side_effect=compare_paragraphs)
    monkeypatch.setattr("redline.comparer.story.compare_paragraphs", compared)
    one, other = (tbl(*(tr("Fee", f"{side} {row}", f"{row} {side}") for row in range(9))) for side in ("old", "new"))
    compare(docx(one + p()), docx(other + p()), OPTIONS)
    cells = 9 * 2
    assert compared.call_count == cells
    monkeypatch.setattr("redline.comparer.context.MOST_PLACES", PAIR * (9 + cells) - 1)
    with pytest.raises(DocumentError, match="places"):
        compare(docx(one + p()), docx(other + p()), OPTIONS)
    assert compared.call_count == cells
