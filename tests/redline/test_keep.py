"""`existing_revisions="keep"`: what the inputs had tracked stays tracked, by its own author; the rest is ours.

Rejecting all gives the before document with its own revisions rejected; accepting all, the after document with its own
revisions accepted.
"""

from __future__ import annotations

from copy import deepcopy
from functools import partialmethod

import pytest
from lxml import etree

from redline.comparer import keep
from redline.comparer.compare import Redline, compare
from redline.diff.owners import OWNER
from redline.ooxml import Element, W
from redline.options import CompareOptions
from redline.resolver.resolve import accept, reject
from redline.verifier.verify import verify

from .builders import XMLNS, docx, footnote_ref, p, r, tbl, tr
from .judging import AUTHOR, DATE, broken_rules, root, roots, texts

MARK = 'w:id="{}" w:author="{}" w:date="2020-01-01T00:00:00Z"'


def ins(text: str, author: str = "Old Hand", number: int = 5) -> str:
    return f"<w:ins {MARK.format(number, author)}>{r(text)}</w:ins>"


def gone(text: str, author: str = "Old Hand", number: int = 6) -> str:
    run = f'<w:r><w:delText xml:space="preserve">{text}</w:delText></w:r>'
    return f"<w:del {MARK.format(number, author)}>{run}</w:del>"


def kept(before: bytes, after: bytes) -> Redline:
    settings = CompareOptions(author=AUTHOR, date=DATE, existing_revisions="keep")
    result = compare(before, after, settings)
    verdict = verify(result.docx, before, after, options=settings)
    assert verdict.ok, verdict.findings
    assert not broken_rules(result.docx, before, after)
    assert texts(accept(result.docx)) == texts(accept(after))
    assert texts(reject(result.docx)) == texts(reject(before))
    assert b"redline-" not in b"".join(
        e.tag.encode() + repr(e.attrib).encode() for t in roots(result.docx) for e in t.iter("*")
    )
    return result


def marks(result: Redline) -> list[tuple[str, str, str]]:
    """Kind, author and text of each revision of runs."""
    return [
        (mark.tag[len(W) :], mark.get(f"{W}author", ""), text)
        for tree in roots(result.docx)
        for mark in tree.iter(f"{W}ins", f"{W}del")
        if (text := "".join(t.text or "" for t in mark.iter(f"{W}t", f"{W}delText")))
    ]


def test_text_that_both_sides_track_stays_with_its_author() -> None:
    def document(word: str) -> bytes:
        return docx(p("The fee is ", gone("90"), ins("100"), r(f" due {word}")))

    result = kept(document("later"), document("soon"))
    assert sorted(marks(result)) == [
        ("del", AUTHOR, "later"),
        ("del", "Old Hand", "90"),
        ("ins", AUTHOR, "soon"),
        ("ins", "Old Hand", "100"),
    ]
    assert not result.coverage.not_tracked


def test_the_date_stays_with_the_author() -> None:
    document = docx(p("The fee is ", ins("100 "), r("due")))
    dates = {m.get(f"{W}date") for m in root(kept(document, document).docx).iter(f"{W}ins")}
    assert dates == {"2020-01-01T00:00:00Z"}


def test_what_the_after_document_tracks_stays_with_its_authors() -> None:
    before = docx(p("The fee of the Supplier is due within thirty days of notice"))
    after = docx(
        p("The fee of the ", gone("Supplier", "Ann"), ins("Seller", "Ben", 7), r(" is due within sixty days of notice"))
    )
    assert sorted(marks(kept(before, after))) == [
        ("del", "Ann", "Supplier"),
        ("del", AUTHOR, "thirty"),
        ("ins", AUTHOR, "sixty"),
        ("ins", "Ben", "Seller"),
    ]


def test_neighbours_of_several_authors_are_kept_apart() -> None:
    before = docx(p("One two three four"))
    after = docx(p("One ", gone("two ", "Ann"), gone("three ", "Ben", 7), r("four")))
    assert marks(kept(before, after)) == [("del", "Ann", "two "), ("del", "Ben", "three ")]


def test_a_deletion_that_was_accepted_and_an_insertion_that_was_rejected() -> None:
    before = docx(p("The ", gone("old "), r("fee is "), ins("surely "), r("due")))
    assert marks(kept(before, docx(p("The fee is due")))) == [("del", "Old Hand", "old ")]


def test_a_run_is_cut_at_each_change_of_owner_without_copying_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[str] = []

    def copying(run: Element) -> Element:
        copied.append("".join(run.itertext()))
        return deepcopy(run)

    monkeypatch.setattr(keep, "deepcopy", copying)
    (run,) = paragraph = etree.fromstring(f"<w:p {XMLNS}>{r('abcdef', '<w:b/>')}</w:p>")
    keep._Cutter().cut(run, ["A", "A", "", "B", "B", "A"])
    assert [(part.get(OWNER), "".join(part.itertext())) for part in paragraph] == [
        *[("A", "ab"), (None, "c"), ("B", "de"), ("A", "f")]
    ]
    assert all(part.find(f"{W}rPr/{W}b") is not None for part in paragraph)
    assert copied == [""] * 4


def test_runs_that_would_be_copied_too_often_are_left_whole_and_the_coverage_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(keep._Cutter, "__init__", partialmethod(keep._Cutter.__init__, most=8))
    before = docx(p("Some words stay and some go") + p("The fee is due"))
    after = docx(
        p("Some ", gone("words "), r("stay and "), gone("some "), r("go")) + p("The ", gone("fee "), r("is due"))
    )
    result = kept(before, after)
    assert marks(result) == [
        ("del", AUTHOR, "words "),
        ("del", AUTHOR, "some "),
        ("del", "Old Hand", "fee "),
    ]
    (said,) = result.coverage.degraded
    assert "in part without their authors" in said


def test_whole_paragraphs() -> None:
    mark = f"<w:rPr><w:ins {MARK.format(5, 'Ann')}/></w:rPr>"
    deleted = f"<w:rPr><w:del {MARK.format(7, 'Ben')}/></w:rPr>"
    before = docx(p("First of all paragraphs") + p("Second one goes away") + p("Last"))
    after = docx(
        p("First of all paragraphs")
        + p(gone("Second one goes away", "Ben", 8), ppr=deleted)
        + p(ins("A new one comes in", "Ann", 6), ppr=mark)
        + p("Last")
    )
    result = kept(before, after)
    assert sorted(marks(result)) == [("del", "Ben", "Second one goes away"), ("ins", "Ann", "A new one comes in")]
    authors = {m.get(f"{W}author") for m in root(result.docx).iter(f"{W}ins", f"{W}del")}
    assert authors == {"Ann", "Ben"}


def test_rows() -> None:
    trpr = f"<w:ins {MARK.format(5, 'Ann')}/>"
    before = docx(tbl(tr("a", "b")) + p("x"))
    after = docx(tbl(tr("a", "b"), tr("c", "d", trpr=trpr)) + p("x"))
    rows = root(kept(before, after).docx).iterfind(f".//{W}trPr/{W}ins")
    assert [mark.get(f"{W}author") for mark in rows] == ["Ann"]


def test_notes() -> None:
    before = docx(p("See", footnote_ref(2)), footnotes={2: p("A note of some words")})
    after = docx(
        p("See", footnote_ref(2)), footnotes={2: p("A note of ", gone("some", "Ann"), ins("few", "Ben"), r(" words"))}
    )
    assert sorted(marks(kept(before, after))) == [("del", "Ann", "some"), ("ins", "Ben", "few")]


@pytest.mark.parametrize(
    ("before", "after", "name"),
    [
        pytest.param(
            r("word"),
            r("word", f"<w:b/><w:rPrChange {MARK.format(5, 'Ann')}><w:rPr/></w:rPrChange>"),
            "rPrChange",
            id="run",
        ),
    ],
)
def test_formatting(before: str, after: str, name: str) -> None:
    result = kept(docx(p("A ", before)), docx(p("A ", after)))
    assert [m.get(f"{W}author") for m in root(result.docx).iter(f"{W}{name}")] == ["Ann"]


def test_paragraph_formatting() -> None:
    change = f"<w:keepNext/><w:pPrChange {MARK.format(5, 'Ann')}><w:pPr/></w:pPrChange>"
    result = kept(docx(p("A word") + p("x")), docx(p("A word", ppr=change) + p("x")))
    assert [m.get(f"{W}author") for m in root(result.docx).iter(f"{W}pPrChange")] == ["Ann"]


def test_a_name_of_two_lines_stays_whole() -> None:
    result = kept(docx(p("A word")), docx(p("A ", ins("new ", "Ann&#10;of Zurich"), r("word"))))
    assert marks(result) == [("ins", "Ann\nof Zurich", "new ")]


def test_what_cannot_be_kept_is_named() -> None:
    twice = f"<w:ins {MARK.format(5, 'Ann')}>{gone('gone again', 'Ben', 7)}</w:ins>"
    result = kept(docx(p("A word")), docx(p("A ", twice, r("word"))))
    assert not marks(result)
    (entry,) = result.coverage.not_tracked
    assert (entry.part, entry.code, entry.path) == ("word/document.xml", "existing-revisions", "//w:del[@w:id='7']")
