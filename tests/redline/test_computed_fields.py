"""Results that the application computes (17.16.5) are tracked without being changes; all else in a field is one."""

from __future__ import annotations

import pytest
from lxml import etree

from redline.comparer.compare import Redline, compare
from redline.diff.fields import words_of
from redline.options import CompareOptions
from redline.verifier.verify import verify

from .builders import XMLNS, docx, field, link, p, r, sdt, section
from .judging import broken_rules, deleted, inserted, parts, redlined, revisions


def begin(instr: str) -> str:
    code = f'<w:instrText xml:space="preserve"> {instr} </w:instrText>'
    return r(xml='<w:fldChar w:fldCharType="begin"/>') + r(xml=code) + r(xml='<w:fldChar w:fldCharType="separate"/>')


END = r(xml='<w:fldChar w:fldCharType="end"/>')


def toc(*entries: str, style: str = "TOC1") -> str:
    lines = [
        link(r(entry + "\t") + field("PAGEREF _Toc1 \\h", str(n)), anchor="_Toc1") for n, entry in enumerate(entries)
    ]
    tabs = '<w:tabs><w:tab w:val="right" w:pos="9000"/></w:tabs>'
    first, *others = [p(line, style=style, ppr=tabs) for line in lines]
    return first.replace("<w:hyperlink", begin('TOC \\o "1-3"') + "<w:hyperlink", 1) + "".join(others) + p(END)


def untracked(before: bytes, after: bytes) -> Redline:
    """The redline that takes computed results as they are in `after`, also when all is rejected."""
    options = CompareOptions(track_computed=False)
    result = compare(before, after, options)
    verdict = verify(result.docx, before, after, options=options)
    assert verdict.ok, verdict.findings
    assert not broken_rules(result.docx, before, after)
    assert [x.code for x in result.coverage.not_tracked] == ["computed-field"]
    return result


@pytest.mark.parametrize("simple", [False, True], ids=["complex", "simple"])
@pytest.mark.parametrize(
    "instr", ["PAGE", "NUMPAGES \\* MERGEFORMAT", "SECTIONPAGES", "PAGEREF _Toc1 \\h", 'TOC \\o "1-3"']
)
def test_a_computed_result_is_no_change(instr: str, simple: bool) -> None:
    def document(number: str) -> bytes:
        attribute = instr.replace('"', "&quot;")
        shown = f'<w:fldSimple w:instr="{attribute}">{r(number)}</w:fldSimple>' if simple else field(instr, number)
        return docx(p("Body"), footers={"rId8": p("Page ", shown)}, sect=section(footer_default="rId8"))

    result = redlined(document("3"), document("4"))
    assert (deleted(result.docx), inserted(result.docx)) == (["3"], ["4"])
    assert not result.changes
    assert not result.coverage.not_tracked
    result = untracked(document("3"), document("4"))
    assert not revisions(result.docx)
    assert parts(result.docx)["word/footer1.xml"] == parts(document("4"))["word/footer1.xml"]
    assert [(x.part, x.code) for x in result.coverage.not_tracked] == [("word/footer1.xml", "computed-field")]
    assert result.coverage.complete


def test_other_results_and_all_codes_are_changes() -> None:
    result = redlined(p(field("DATE", "1 May")), p(field("DATE", "2 May")))
    assert (deleted(result.docx), inserted(result.docx)) == (["1"], ["2"])
    assert revisions(redlined(p(field("PAGE", "1")), p(field("NUMPAGES", "1"))).docx)
    assert revisions(redlined(p(field("PAGE", "1")), p("1")).docx)


def test_a_result_that_came_or_went_is_a_change() -> None:
    assert inserted(redlined(p("Page ", field("PAGE", "")), p("Page ", field("PAGE", "1"))).docx) == ["1"]
    assert deleted(redlined(p("Page ", field("PAGE", "1")), p("Page ", field("PAGE", ""))).docx) == ["1"]


def test_text_beside_a_computed_result_is_compared() -> None:
    before, after = (docx(p(f"{word} ", field("PAGE", page))) for word, page in (("Page", "3"), ("Sheet", "4")))
    result = untracked(before, after).docx
    assert (deleted(result), inserted(result)) == (["Page"], ["Sheet"])
    changes = redlined(before, after).changes
    assert [(c.before, c.after, c.context_after) for c in changes] == [("Page", "Sheet", " 4")]


@pytest.mark.parametrize("control", [False, True], ids=["bare", "in a content control"])
def test_a_table_of_contents_may_be_taken_as_it_is_after(control: bool) -> None:
    def document(*entries: str, fee: str) -> str:
        contents = toc(*entries)
        return p("Agreement") + (sdt(contents) if control else contents) + "".join(map(p, entries)) + p(f"Fee {fee}")

    before, after = (
        docx(side) for side in (document("One", "Two", fee="1"), document("One", "Three", "Four", fee="2"))
    )
    result = untracked(before, after).docx
    assert "Three" in inserted(result)[0]
    assert len(inserted(result)) == len(deleted(result)) + 1
    assert sum("Four" in text for text in inserted(result)) == 1


@pytest.mark.parametrize("control", [False, True], ids=["bare", "in a content control"])
@pytest.mark.parametrize(
    "entries",
    [
        (["One", "Two"], ["One", "Three", "Four"]),
        (["One", "Two", "Three"], ["Nil", "One", "Three"]),
        (["One"], ["Quite another"]),
        (["One", "Two", "Three"], ["Three"]),
        (["Alpha", "Beta", "Gamma"], ["Delta", "Alpha", "Beta", "Gamma"]),
    ],
)
def test_what_changed_in_a_table_of_contents_is_no_change_to_list(
    control: bool, entries: tuple[list[str], list[str]]
) -> None:
    def document(fee: str, entries: list[str]) -> bytes:
        contents = toc(*entries)
        return docx(p("Agreement") + (sdt(contents) if control else contents) + p(f"Fee {fee}"))

    for old, now in (entries, entries[::-1]):
        result = redlined(document("1", old), document("2", now))
        assert revisions(result.docx).total() > 2
        assert [(c.before, c.after) for c in result.changes] == [("1", "2")]
        assert not result.coverage.not_tracked


def test_the_format_of_entries_is_no_change() -> None:
    before, after = (docx(p("A") + toc("One", "Two", style=style) + p("B")) for style in ("TOC1", "TOC2"))
    assert not revisions(untracked(before, after).docx)
    assert [c.location.paragraph for c in redlined(before, after).changes] == [2]  # the one in which the field begins


def test_a_table_of_contents_that_came_went_or_moved_is_a_change() -> None:
    plain, with_contents = p("First") + p("Last"), p("First") + toc("One", "Two") + p("Last")
    assert revisions(redlined(plain, with_contents).docx)
    assert revisions(redlined(with_contents, plain).docx)
    moved = p("First") + p("Last") + toc("One", "Two") + p("End")
    assert revisions(redlined(with_contents + p("End"), moved).docx)


def test_a_table_of_contents_of_another_kind_is_replaced_as_a_whole() -> None:
    before = docx(p("A") + toc("One", "Two") + p("B"))
    after = docx(p("A") + toc("One", "Two").replace("1-3", "1-2") + p("B"))
    result = redlined(before, after)
    assert sum("One" in text for text in deleted(result.docx) + inserted(result.docx)) == 2


def test_verify_still_sees_text_after_a_table_of_contents() -> None:
    body = p("A") + toc("One", "Two") + p("B")
    wrong = body.replace(p(END), p(END, "smuggled in"))
    assert not verify(docx(wrong), docx(body), docx(body)).ok


def test_a_result_that_is_parted_from_its_code_several_times_is_left_out_once() -> None:
    separate, end = (r(xml=f'<w:fldChar w:fldCharType="{kind}"/>') for kind in ("separate", "end"))
    paragraph = p(r("page "), begin("PAGE") + separate * 2 + r("7") + separate + r("8") + end, r(" of"))
    assert words_of(etree.fromstring(f"<w:body {XMLNS}>{paragraph}</w:body>")) == " page  PAGE  of"
