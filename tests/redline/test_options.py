"""What the options leave out is as the after document has it, named in the coverage; all else is still tracked."""

from __future__ import annotations

from typing import Any
from unittest.mock import Mock

import pytest

from redline.comparer.compare import Redline, compare
from redline.comparer.tracking import _IGNORED, Tracking, _counting
from redline.diff.tokens import Token
from redline.options import CompareOptions
from redline.resolver.resolve import accept
from redline.verifier.verify import verify

from .builders import docx, field, footnote_ref, p, r, section, tbl, textbox, tr
from .judging import DATE, broken_rules, deleted, inserted, revisions, texts


def compared(before: bytes, after: bytes, **options: Any) -> Redline:
    settings = CompareOptions(date=DATE, **options)
    result = compare(before, after, settings)
    verdict = verify(result.docx, before, after, options=settings)
    assert verdict.ok, verdict.findings
    assert not broken_rules(result.docx, before, after)
    assert texts(accept(result.docx)) == texts(after)
    return result


def headed(word: str) -> bytes:
    return docx(p("Body"), headers={"rId7": p(f"Header {word}")}, sect=section(header_default="rId7"))


CASES: dict[str, tuple[str | bytes, str | bytes, dict[str, bool]]] = {
    "case": (p("The SUPPLIER pays"), p("The Supplier pays"), {"track_case": False}),
    "case over runs": (p(r("The SUPP"), r("LIER pays")), p(r("The "), r("Supplier pays")), {"track_case": False}),
    "double space": (p("one  two"), p("one two"), {"track_white_space": False}),
    "no-break space": (p("one two"), p("one\u00a0two"), {"track_white_space": False}),
    "space added": (p("one(two)"), p("one (two)"), {"track_white_space": False}),
    "number": (p("A fee of 12% applies"), p("A fee of 1,800% applies"), {"ignore_numbers": True}),
    "punctuation": (p("red, white; and blue"), p("red white and blue."), {"ignore_punctuation": True}),
    "run formatting": (p("one"), p(r("one", "<w:b/>")), {"track_formatting": False}),
    "paragraph formatting": (p("one"), p("one", ppr="<w:keepNext/>"), {"track_formatting": False}),
    "section formatting": (
        docx(p("one"), sect=section()),
        docx(p("one"), sect=section().replace("12240", "15840")),
        {"track_formatting": False},
    ),
    "table formatting": (
        p("one") + tbl(tr("a", "b")) + p("two"),
        p("one") + tbl(tr("a", "b"), tblpr='<w:jc w:val="center"/>') + p("two"),
        {"track_formatting": False},
    ),
    "cell": (tbl(tr("a", "b")) + p("x"), tbl(tr("a", "c")) + p("x"), {"track_tables": False}),
    "table added": (p("x") + p("y"), p("x") + tbl(tr("a", "b")) + p("y"), {"track_tables": False}),
    "table removed": (p("x") + tbl(tr("a", "b")) + p("y"), p("x") + p("y"), {"track_tables": False}),
    "header": (headed("old"), headed("new"), {"track_headers": False}),
    "header added": (docx(p("Body"), sect=section()), headed("new"), {"track_headers": False}),
    "header removed": (headed("old"), docx(p("Body"), sect=section()), {"track_headers": False}),
    "header of nothing but a table": (
        docx(p("Body"), sect=section()),
        docx(p("Body"), headers={"rId7": tbl(tr("a", "b"))}, sect=section(header_default="rId7")),
        {"track_tables": False},
    ),
    "note text": (
        docx(p("See", footnote_ref(2)), footnotes={2: p("old")}),
        docx(p("See", footnote_ref(2)), footnotes={2: p("new")}),
        {"track_notes": False},
    ),
    "note added": (docx(p("See")), docx(p("See", footnote_ref(2)), footnotes={2: p("new")}), {"track_notes": False}),
    "note removed": (docx(p("See", footnote_ref(2)), footnotes={2: p("old")}), docx(p("See")), {"track_notes": False}),
    "text in a box": (
        p("Beside this text is a box", textbox(p("old"))),
        p("Beside this text is a box", textbox(p("new"))),
        {"track_text_boxes": False},
    ),
    "box added": (p("x"), p("x", textbox(p("new"))), {"track_text_boxes": False}),
    "field result": (p("on ", field("DATE", "1 May")), p("on ", field("DATE", "2 June")), {"track_fields": False}),
    "field code": (
        p("It was signed on ", field("DATE", "1")),
        p("It was signed on ", field("TIME", "2")),
        {"track_fields": False},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_not_asked_for_is_not_tracked(case: str) -> None:
    before, after, options = CASES[case]
    old, new = (docx(side) if isinstance(side, str) else side for side in (before, after))
    assert revisions(compare(old, new).docx)
    result = compared(old, new, **options)
    assert not revisions(result.docx)
    assert {entry.code for entry in result.coverage.not_tracked} == {"by-option"}
    assert result.coverage.complete


@pytest.mark.parametrize("case", [name for name, (before, *_) in CASES.items() if isinstance(before, str)])
def test_all_else_is_tracked(case: str) -> None:
    before, after, options = CASES[case]
    assert isinstance(before, str)
    assert isinstance(after, str)
    first, last = p("A word of the beginning"), p("The end of the text")
    old, new = docx(first + before + last), docx(first.replace("word", "phrase") + after + last)
    result = compared(old, new, **options)
    assert (deleted(result.docx), inserted(result.docx)) == (["word"], ["phrase"])


def test_a_change_beside_an_ignored_one_is_tracked() -> None:
    result = compared(docx(p("Pay 12 euro, now")), docx(p("Pay 18 dollars, now")), ignore_numbers=True)
    assert (deleted(result.docx), inserted(result.docx)) == (["euro"], ["dollars"])


def test_what_counts_of_tokens_is_their_text_in_one_between_those_without() -> None:
    atom = ("picture",)
    tokens = [Token(key, ()) for key in ("a", "", "b", atom, _IGNORED, "c", " ", "d", atom)]
    assert _counting(tokens) == ["ab", atom, "c d", atom, ""]
    assert _counting([]) == [""]


def test_of_a_word_it_is_told_once_what_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    formed = Mock(side_effect=Tracking.form, autospec=True)
    monkeypatch.setattr(Tracking, "form", lambda tracking, text: formed(tracking, text))
    tracking = Tracking(CompareOptions(track_case=False, track_white_space=False))
    before, after = ([Token(key, ()) for key in text] for text in ("Fee fee", "FEE FEE"))
    assert all(segment.equal for segment in tracking.segments(before, after))
    assert sorted(call.args[1] for call in formed.call_args_list) == ["E", "F", "e", "f"]


def test_moves_need_not_be_shown_as_moves() -> None:
    lines = [p(f"Paragraph {n} says something of its own about {word}") for n, word in enumerate(("x", "y", "z", "w"))]
    before, after = docx("".join(lines)), docx("".join([*lines[1:3], lines[0], lines[3]]))
    assert revisions(compared(before, after).docx)["moveTo"]
    assert not revisions(compared(before, after, track_moves=False).docx)["moveTo"]


@pytest.mark.parametrize("wanted", [True, False])
def test_comments_are_named_if_asked_for(wanted: bool) -> None:
    comment = f'<w:comment w:id="0" w:author="Ann" w:date="2026-01-01T00:00:00Z">{p("Why?")}</w:comment>'
    result = compared(docx(p("x"), comments=comment), docx(p("x")), track_comments=wanted)
    assert [entry.code for entry in result.coverage.not_tracked] == (["comment"] if wanted else [])


WRONG = {
    "another word": ({"track_case": False}, p("The Buyer pays"), p("The Seller pays")),
    "a word lost": ({"ignore_punctuation": True}, p("red, white"), p("red,")),
    "text lost beside tables": ({"track_tables": False}, p("x") + p("y"), p("x") + p()),
    "text made otherwise bold": ({"track_notes": True}, p("one"), p(r("one", "<w:b/>"))),
}


@pytest.mark.parametrize("case", WRONG)
def test_verify_overlooks_no_more_than_that(case: str) -> None:
    options, before, after = WRONG[case]
    assert not verify(docx(after), docx(before), docx(after), options=CompareOptions(**options)).ok  # type: ignore[arg-type]
    assert not verify(docx(before), docx(before), docx(after), options=CompareOptions(**options)).ok  # type: ignore[arg-type]
