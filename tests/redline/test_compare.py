"""One small pair for each class of change: both invariants hold, and the redline shows what a lawyer would expect."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from redline import CompareOptions, compare, render_html, verify
from redline.ooxml import NS, W
from redline.opc.package import Package
from tests.redline.builders import (
    PNG,
    docx,
    footnote_ref,
    image,
    link,
    p,
    r,
    sdt,
    section,
    tbl,
    tc,
    textbox,
    tr,
)
from tests.redline.builders import (
    field as complex_field,
)

DATE = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
OPTIONS = CompareOptions(author="Ann", date=DATE)
LONG = "The supplier shall deliver the goods within thirty days after the order."
OTHER = "Neither party is liable for damage that it could not have foreseen."
BOLD = "<w:b/>"
MATHS = f'<m:oMath xmlns:m="{NS["m"]}"><m:r><m:t>x+y</m:t></m:r></m:oMath>'


def document(data: bytes, part: str = "word/document.xml") -> str:
    return zipfile.ZipFile(io.BytesIO(data)).read(part).decode()


def revisions(xml: str) -> list[str]:
    names = "ins|del|moveFrom|moveTo|rPrChange|pPrChange|tblPrChange|trPrChange|tcPrChange|sectPrChange|cellIns|cellDel"
    return re.findall(rf"<w:({names})[ >]", xml)


def shown(xml: str) -> tuple[list[str], list[str]]:
    """Texts of deletions and insertions."""
    deleted = re.findall(r"<w:del [^>]*(?<!/)>(.*?)</w:del>", xml, re.DOTALL)
    inserted = re.findall(r"<w:ins [^>]*(?<!/)>(.*?)</w:ins>", xml, re.DOTALL)
    text = re.compile(r"<w:(?:t|delText)(?: [^>]*)?>([^<]*)<")
    return ["".join(text.findall(x)) for x in deleted], ["".join(text.findall(x)) for x in inserted]


@dataclass(frozen=True)
class Case:
    before: str
    after: str
    deleted: list[str] = field(default_factory=list)
    inserted: list[str] = field(default_factory=list)
    has: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)


CASES = {
    "number replaced": Case(p("pays 12% a year"), p("pays 18% a year"), ["12%"], ["18%"]),
    "case only": Case(p("the Agreement"), p("the agreement"), ["Agreement"], ["agreement"]),
    "space to nbsp": Case(p("5 EUR"), p("5\u00a0EUR"), [" "], ["\u00a0"]),
    "decimal number is one word": Case(p("is 1,234.50 net"), p("is 1,234.75 net"), ["1,234.50"], ["1,234.75"]),
    "CJK by character": Case(p("甲方应付款"), p("甲方应收款"), ["付"], ["收"]),
    "Arabic by word": Case(p("هذا عقد بيع"), p("هذا عقد إيجار"), ["بيع"], ["إيجار"]),
    "combining characters stay whole": Case(p("cafe\u0301 noir"), p("cafe\u0300 noir"), ["cafe\u0301"], ["cafe\u0300"]),
    "emoji": Case(p("ok 👍🏽 now"), p("ok 👎🏽 now"), ["👍🏽"], ["👎🏽"]),
    "words split over runs": Case(p(r("con"), r("tract is")), p(r("contract was")), ["is"], ["was"]),
    "word bold in half": Case(p(r("con", BOLD), r("tract")), p("contract"), has=("rPrChange",), lacks=("w:del ",)),
    "paragraph inserted": Case(p("a") + p("z"), p("a") + p(LONG) + p("z"), [], [LONG]),
    "paragraph deleted": Case(p("a") + p(LONG) + p("z"), p("a") + p("z"), [LONG], []),
    "last paragraph inserted": Case(p("a"), p("a") + p(LONG), [], [LONG]),
    "last paragraph deleted": Case(p("a") + p(LONG), p("a"), [LONG], []),
    "empty paragraph inserted": Case(p("a") + p("b"), p("a") + p() + p("b"), [], []),
    "table then last paragraphs deleted": Case(p("a") + tbl(tr("x", "y")) + p("z"), p("a"), ["x", "y", "z"], []),
    "paragraph split": Case(p(f"{LONG} {OTHER}"), p(LONG) + p(OTHER), [" "], [], has=("w:rPr><w:ins",)),
    "paragraphs merged": Case(p(LONG) + p(OTHER), p(f"{LONG} {OTHER}"), [], [" "], has=("w:rPr><w:del",)),
    "paragraph split in a cell": Case(
        tbl(tr(tc(p(f"{LONG} {OTHER}")))) + p(), tbl(tr(tc(p(LONG), p(OTHER)))) + p(), [" "], []
    ),
    "paragraph moved": Case(
        p(LONG) + p("first stays here as it was") + p("z"),
        p("first stays here as it was") + p(LONG) + p("z"),
        has=("moveFromRangeStart", "moveToRangeStart"),
        lacks=("<w:del ", "delText"),
    ),
    "paragraph moved with an edit": Case(
        p(LONG) + p("first stays here as it was, all of it, every single word") + p("z"),
        p("first stays here as it was, all of it, every single word") + p(LONG.replace("thirty", "sixty")) + p("z"),
        ["thirty"],
        ["sixty"],
        has=("moveFromRangeStart", "moveToRangeStart"),
    ),
    "short answers never move": Case(
        p("Yes") + p(LONG) + p(OTHER) + p("z"),
        p(LONG) + p(OTHER) + p("Yes") + p("z"),
        ["Yes"],
        ["Yes"],
        lacks=("move",),
    ),
    "bold": Case(p("a", r("b")), p("a", r("b", BOLD)), has=("rPrChange",), lacks=("w:del ", "w:ins ")),
    "paragraph centred": Case(p("a"), p("a", ppr='<w:jc w:val="center"/>'), has=("pPrChange",)),
    "list level": Case(
        p("a", ppr='<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'),
        p("a", ppr='<w:numPr><w:ilvl w:val="1"/><w:numId w:val="1"/></w:numPr>'),
        has=("pPrChange",),
    ),
    "row inserted": Case(
        tbl(tr("a", "b"), tr("e", "f")) + p(), tbl(tr("a", "b"), tr("c", "d"), tr("e", "f")) + p(), [], ["c", "d"]
    ),
    "row deleted": Case(
        tbl(tr("a", "b"), tr("c", "d"), tr("e", "f")) + p(), tbl(tr("a", "b"), tr("e", "f")) + p(), ["c", "d"], []
    ),
    "cell text": Case(tbl(tr("a", "pay 5 now")) + p(), tbl(tr("a", "pay 6 now")) + p(), ["5"], ["6"]),
    "column inserted": Case(
        tbl(tr("a", "b"), tr("c", "d")) + p(),
        tbl(tr("a", "new", "b"), tr("c", "one", "d"), columns=3) + p(),
        [],
        ["new", "one"],
        has=("cellIns",),
    ),
    "column deleted": Case(
        tbl(tr("a", "x", "b"), tr("c", "y", "d"), columns=3) + p(),
        tbl(tr("a", "b"), tr("c", "d")) + p(),
        ["x", "y"],
        [],
        has=("cellDel",),
    ),
    "cells merged": Case(
        tbl(tr("a", "b"), tr("c", "d")) + p(),
        tbl(tr(tc("a b", tcpr='<w:gridSpan w:val="2"/>')), tr("c", "d")) + p(),
    ),
    "nested table": Case(
        tbl(tr(tc(tbl(tr("n 1", "m")), p()), "b")) + p(), tbl(tr(tc(tbl(tr("n 2", "m")), p()), "b")) + p(), ["1"], ["2"]
    ),
    "table deleted between paragraphs": Case(p("a") + tbl(tr("x", "y")) + p("z"), p("a") + p("z"), ["x", "y"], []),
    "table width": Case(
        tbl(tr("a", "b"), tblpr='<w:tblW w:w="1" w:type="dxa"/>') + p(),
        tbl(tr("a", "b"), tblpr='<w:tblW w:w="2" w:type="dxa"/>') + p(),
        has=("tblPrChange",),
    ),
    "table at the end of one side": Case(p("a") + tbl(tr("x", "y")), p("a") + tbl(tr("v", "w")) + p("z")),
    "table at the end of the other": Case(p("a") + tbl(tr("x", "y")) + p("z"), p("a") + tbl(tr("v", "w"))),
    "text in a link": Case(
        p("see ", link("page one", anchor="x")), p("see ", link("page two", anchor="x")), ["one"], ["two"]
    ),
    "link target": Case(
        p("see ", link("page", rid="rId50")),
        p("see ", link("page", rid="rId51")),
        ["page"],
        ["page"],
        extra={"links": {"rId50": "https://a.example/", "rId51": "https://b.example/"}},
    ),
    "link deleted": Case(
        p("see", link(" page", rid="rId50"), " now"),
        p("see now"),
        [" page"],
        [],
        extra={"links": {"rId50": "https://a.example/"}},
    ),
    "field result": Case(p("on ", complex_field("DATE", "1")), p("on ", complex_field("DATE", "2")), ["1"], ["2"]),
    "simple field inserted": Case(
        p("on "), p("on ", '<w:fldSimple w:instr=" PAGE "><w:r><w:t>3</w:t></w:r></w:fldSimple>')
    ),
    "field deleted whole": Case(
        p("on ", complex_field("PAGE", "1"), " of ten"), p("on  of ten"), has=("delInstrText",), lacks=("<w:instrText",)
    ),
    "image replaced": Case(
        p("see ", image("rId60")), p("see ", image("rId61")), extra={"images": {"rId60": PNG, "rId61": PNG + b"\0"}}
    ),
    "image resized": Case(
        p("see ", image("rId60")), p("see ", image("rId60", extent=200)), extra={"images": {"rId60": PNG}}
    ),
    "equation inserted": Case(p("as "), p("as ", MATHS)),
    "equation deleted": Case(p("as ", MATHS), p("as ")),
    "text box": Case(p("a", textbox(p("inside old"))), p("a", textbox(p("inside new"))), lacks=("<w:drawing/>",)),
    "text box deleted": Case(p("a", textbox(p("inside"))) + p("z"), p("a") + p("z")),
    "inline content control": Case(p("a ", sdt(r("old value"))), p("a ", sdt(r("new value"))), ["old"], ["new"]),
    "block content control": Case(sdt(p("old value")) + p("z"), sdt(p("new value")) + p("z"), ["old"], ["new"]),
    "content control around text": Case(p("a value b"), p("a ", sdt(r("value")), " b"), lacks=("w:del ", "w:ins ")),
    "tab and break": Case(p(r("a", xml="<w:tab/>"), "b"), p(r("a", xml="<w:br/>"), "b")),
    "bookmark is no change": Case(
        p("a b"), p("a ", '<w:bookmarkStart w:id="7" w:name="x"/>', "b", '<w:bookmarkEnd w:id="7"/>'), lacks=("w:ins ",)
    ),
    "symbol": Case(
        p("a", r(xml='<w:sym w:font="Wingdings" w:char="F0FC"/>')),
        p("a", r(xml='<w:sym w:font="Wingdings" w:char="F0FB"/>')),
    ),
    "hidden text": Case(p("a", r(" h", "<w:vanish/>")), p("a"), [" h"], []),
    "section break inserted": Case(p("a") + p("b"), p("a", ppr=section()) + p("b")),
    "section break deleted": Case(p("a", ppr=section()) + p("b"), p("a") + p("b")),
    "all new": Case(p(LONG), p(OTHER) + tbl(tr("x", "y")) + p("z")),
    "emptied": Case(p(LONG) + tbl(tr("x", "y")) + p("z"), p()),
    "filled": Case(p(), p(LONG) + tbl(tr("x", "y")) + p("z")),
}


@pytest.mark.parametrize("name", CASES)
def test_change(name: str) -> None:
    case = CASES[name]
    before, after = docx(case.before, **case.extra), docx(case.after, **case.extra)
    redline = compare(before, after, OPTIONS)
    verdict = verify(redline.docx, before, after)
    assert verdict.ok, verdict.findings
    xml = document(redline.docx)
    if case.deleted or case.inserted:
        deleted, inserted = shown(xml)
        assert [x for x in deleted if x] == case.deleted
        assert [x for x in inserted if x] == case.inserted
    for part in case.has:
        assert part in xml
    for part in case.lacks:
        assert part not in xml


@pytest.mark.parametrize("name", CASES)
def test_document_against_itself(name: str) -> None:
    case = CASES[name]
    data = docx(case.before, **case.extra)
    redline = compare(data, data, OPTIONS)
    assert revisions(document(redline.docx)) == []
    assert redline.coverage.complete


def test_inserted_and_deleted_notes_bring_their_text() -> None:
    before = docx(p("a", footnote_ref(2), " b c"), footnotes={2: p("old note")})
    after = docx(p("a b c", footnote_ref(2)), footnotes={2: p("new note")})
    redline = compare(before, after, OPTIONS)
    assert verify(redline.docx, before, after).ok
    notes = document(redline.docx, "word/footnotes.xml")
    assert "old note" in notes
    assert "new note" in notes


def test_change_in_a_note() -> None:
    before = docx(p("a", footnote_ref(2)), footnotes={2: p("fee is 5")})
    after = docx(p("a", footnote_ref(3)), footnotes={3: p("fee is 6")})
    redline = compare(before, after, OPTIONS)
    assert verify(redline.docx, before, after).ok
    assert shown(document(redline.docx, "word/footnotes.xml")) == (["5"], ["6"])


def test_change_in_a_header() -> None:
    sect = section(header_default="rId9")
    before, after = (docx(p("a"), headers={"rId9": p(x)}, sect=sect) for x in ("Draft 1", "Draft 2"))
    redline = compare(before, after, OPTIONS)
    assert verify(redline.docx, before, after).ok
    assert shown(document(redline.docx, "word/header1.xml")) == (["1"], ["2"])
    assert revisions(document(redline.docx)) == []


@pytest.mark.parametrize("added", [True, False])
def test_header_that_came_or_went_is_marked_inside(added: bool) -> None:
    bare, headed = docx(p("a")), docx(p("a"), headers={"rId9": p("Draft")}, sect=section(header_default="rId9"))
    before, after = (bare, headed) if added else (headed, bare)
    redline = compare(before, after, OPTIONS)
    assert verify(redline.docx, before, after).ok
    deleted, inserted = shown(document(redline.docx, "word/header1.xml"))
    assert (deleted, inserted) == (([], ["Draft"]) if added else (["Draft"], []))


def test_image_of_deleted_text_comes_along() -> None:
    before = docx(p("a ", image("rId60"), " b") + p("z"), images={"rId60": PNG})
    after = docx(p("a  b") + p("z"))
    redline = compare(before, after, OPTIONS)
    assert verify(redline.docx, before, after).ok
    assert zipfile.ZipFile(io.BytesIO(redline.docx)).read("word/media/image1.png") == PNG


def test_style_of_deleted_text_comes_along_under_its_name() -> None:
    styles = '<w:style w:type="paragraph" w:styleId="{0}"><w:name w:val="{1}"/></w:style>'
    before = docx(
        p(LONG, style="Clause") + p("z", style="Norm"),
        styles=styles.format("Clause", "Clause") + styles.format("Norm", "Normal"),
    )
    after = docx(p("z", style="Standard"), styles=styles.format("Standard", "Normal"))
    redline = compare(before, after, OPTIONS)
    assert verify(redline.docx, before, after).ok
    result = document(redline.docx, "word/styles.xml")
    assert 'w:styleId="Clause"' in result
    assert 'w:styleId="Norm"' not in result
    assert "pPrChange" not in document(redline.docx)


def test_list_of_deleted_text_comes_along() -> None:
    abstract = '<w:abstractNum w:abstractNumId="{0}"><w:lvl w:ilvl="0"><w:numFmt w:val="{1}"/></w:lvl></w:abstractNum>'
    num = '<w:num w:numId="1"><w:abstractNumId w:val="{0}"/></w:num>'
    numbered = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'
    before = docx(p(LONG, ppr=numbered) + p("z"), numbering=abstract.format(0, "bullet") + num.format(0))
    after = docx(p("z") + p("y", ppr=numbered), numbering=abstract.format(0, "decimal") + num.format(0))
    redline = compare(before, after, OPTIONS)
    assert verify(redline.docx, before, after).ok
    result = document(redline.docx, "word/numbering.xml")
    assert '"bullet"' in result
    assert '"decimal"' in result


def test_revision_ids_are_above_those_of_bookmarks() -> None:
    mark = '<w:bookmarkStart w:id="41" w:name="x"/>'
    before, after = (docx(p(mark, x, '<w:bookmarkEnd w:id="41"/>')) for x in ("one", "two"))
    xml = document(compare(before, after, OPTIONS).docx)
    ids = [int(i) for i in re.findall(r'<w:(?:ins|del) w:id="(\d+)"', xml)]
    assert len(ids) == len(set(ids)) == 2
    assert min(ids) > 41
    assert xml.count("bookmarkStart") == 1


def test_same_options_give_the_same_bytes() -> None:
    before, after = docx(p("one") + p(LONG)), docx(p("two") + p(OTHER))
    assert compare(before, after, OPTIONS).docx == compare(before, after, OPTIONS).docx


def test_author_and_date_stand_on_every_revision() -> None:
    xml = document(compare(docx(p("one")), docx(p("two", ppr='<w:jc w:val="right"/>')), OPTIONS).docx)
    assert len(revisions(xml)) == 3
    assert xml.count('w:author="Ann" w:date="2026-01-02T03:04:05Z"') == 3


def test_revisions_of_the_inputs_are_accepted_first() -> None:
    tracked = docx(p("a ", f'<w:ins w:id="1" w:author="B" w:date="2020-01-01T00:00:00Z">{r("new")}</w:ins>'))
    redline = compare(tracked, docx(p("a newer")), OPTIONS)
    assert shown(document(redline.docx)) == (["new"], ["newer"])


def test_formatting_can_be_left_untracked() -> None:
    options = CompareOptions(date=DATE, track_formatting=False)
    xml = document(compare(docx(p("a")), docx(p(r("a", BOLD))), options).docx)
    assert revisions(xml) == []


def test_moves_can_be_shown_as_deletion_and_insertion() -> None:
    case = CASES["paragraph moved"]
    options = CompareOptions(date=DATE, track_moves=False)
    xml = document(compare(docx(case.before), docx(case.after), options).docx)
    assert "moveFrom" not in xml
    assert "delText" in xml


def test_granularity_by_character() -> None:
    options = CompareOptions(date=DATE, granularity="character")
    xml = document(compare(docx(p("colour")), docx(p("color")), options).docx)
    assert shown(xml) == (["u"], [])


def test_deadline_gives_a_coarser_redline_that_is_still_right() -> None:
    paragraphs = [f"Clause {i} says {LONG}" for i in range(30)]
    before = docx("".join(map(p, paragraphs)))
    after = docx("".join(p(x.replace("thirty", "ninety")) for x in paragraphs))
    redline = compare(before, after, OPTIONS, deadline=0)
    assert verify(redline.docx, before, after).ok
    assert redline.coverage.degraded


def test_text_and_markdown_inputs() -> None:
    redline = compare(b"one two\nthree", b"one 2\nthree", OPTIONS)
    assert [(c.before, c.after) for c in redline.changes] == [("two", "2")]
    options = CompareOptions(date=DATE, before_format="markdown", after_format="markdown")
    assert [(c.before, c.after) for c in compare(b"# A\n\nb", b"# A\n\nc", options).changes] == [("b", "c")]


def test_changes_and_summary_come_with_the_redline() -> None:
    redline = compare(docx(p("pays 12%")), docx(p("pays 18%")), OPTIONS)
    assert [(c.before, c.after) for c in redline.changes] == [("12%", "18%")]
    assert redline.summary.replacements == 1
    assert redline.summary.revisions == 2


def test_unchanged_parts_are_copied_raw() -> None:
    before, after = docx(p("one"), footnotes={2: p("n")}), docx(p("two"), footnotes={2: p("n")})
    result = Package.open(compare(before, after, OPTIONS).docx)
    assert result.raw_equal(Package.open(after), "word/footnotes.xml")
    assert result.tree(result.main).tag == W + "document"


def test_fallback_of_a_text_box_says_the_same() -> None:
    before, after = (docx(p("a", textbox(p(f"inside {x} here")))) for x in ("old", "new"))
    redline = compare(before, after, OPTIONS)
    assert verify(redline.docx, before, after).ok
    xml = document(redline.docx)
    assert shown(xml) == (["old", "old"], ["new", "new"])
    ids = re.findall(r'<w:(?:ins|del) w:id="(\d+)"', xml)
    assert len(ids) == len(set(ids)) == 4


def test_bookmark_in_the_codes_of_a_field_stays() -> None:
    begin, mark = '<w:fldChar w:fldCharType="begin"/>', '<w:bookmarkStart w:id="1" w:name="Check1"/>'
    rest = r(xml="<w:instrText> FORMCHECKBOX </w:instrText>") + r(xml='<w:fldChar w:fldCharType="end"/>')
    before, after = (docx(p(r(xml=begin) + mark + rest, '<w:bookmarkEnd w:id="1"/>', x)) for x in ("old", "new"))
    redline = compare(before, after, OPTIONS)
    assert verify(redline.docx, before, after).ok
    assert 'w:name="Check1"' in document(redline.docx)


@pytest.mark.parametrize("sides", [("", section()), (section(), "")])
def test_the_last_section_may_go_without_saying(sides: tuple[str, str]) -> None:
    before, after = (docx(p("The same words."), sect=sect) for sect in sides)
    redline = compare(before, after, OPTIONS)
    assert verify(redline.docx, before, after).ok


def test_comments_in_the_xml_say_nothing() -> None:
    before = docx(p(r(xml="<w:t>one<!-- no --> two</w:t>")) + "<?tool x?>")
    after = docx(p("one two"))
    redline = compare(before, after, OPTIONS)
    assert not redline.changes
    assert verify(redline.docx, before, after).ok


def test_comments_among_the_properties_of_a_style_say_nothing() -> None:
    defaults = "<w:docDefaults><w:pPrDefault><w:pPr>%s<w:keepNext/></w:pPr></w:pPrDefault></w:docDefaults>"
    before, after = (docx(p("one"), styles=defaults % remark) for remark in ("", "<!-- no -->"))
    assert not compare(before, after, OPTIONS).coverage.not_tracked


@pytest.mark.parametrize("spelling", [lambda xml: xml.replace('"', "'").encode(), lambda xml: xml.encode("utf-16")])
def test_revisions_are_settled_however_the_xml_is_spelled(spelling: Callable[[str], bytes]) -> None:
    tracked = p("kept", '<w:ins w:id="7" w:author="X">' + r(" came") + "</w:ins>")
    package = Package.open(docx(tracked))
    xml = package.read(package.main).decode().replace(' encoding="UTF-8"', "")
    package.set_bytes(package.main, spelling(xml))
    before, after = package.save(), docx(p("kept went"))
    redline = compare(before, after, OPTIONS)
    assert verify(redline.docx, before, after).ok
    assert shown(document(redline.docx)) == (["came"], ["went"])
    redline = compare(after, before, OPTIONS)
    assert verify(redline.docx, after, before).ok
    assert shown(document(redline.docx)) == (["went"], ["came"])


def test_names_of_parts_differ_in_more_than_case() -> None:
    before, after = (docx(p(image("rIdI")), images={"rIdI": PNG + tail}) for tail in (b"1", b"2"))
    package = Package.open(after)
    package.set_bytes("word/media/image1.PNG", package.read("word/media/image1.png"))
    package.remove("word/media/image1.png")
    rels = package.read("word/_rels/document.xml.rels")
    package.set_bytes("word/_rels/document.xml.rels", rels.replace(b"image1.png", b"image1.PNG"))
    after = package.save()
    assert verify(compare(before, after, OPTIONS).docx, before, after).ok


HUGE = "9" * 5000


def test_numbers_that_are_none_do_no_harm() -> None:
    numbered = f'<w:numPr><w:ilvl w:val="{HUGE}"/><w:numId w:val="²"/></w:numPr><w:outlineLvl w:val="{HUGE}"/>'
    revised = f'<w:ins w:id="{HUGE}" w:author="X"><w:r><w:t>came</w:t></w:r></w:ins>'
    before = docx(p("one two", footnote_ref(2), ppr=numbered), footnotes={2: p("n")})
    body = p("one", ppr=numbered) + tbl(tr(tc("x", tcpr=f'<w:gridSpan w:val="{HUGE}"/>'))) + p(revised)
    after = docx(body, footnotes={2: p("n")})
    package = Package.open(after)
    notes = package.read("word/footnotes.xml").replace(b'w:id="2"', b'w:id="two"')
    package.set_bytes("word/footnotes.xml", notes)
    after = package.save()
    redline = compare(before, after, OPTIONS)
    assert verify(redline.docx, before, after).ok
    assert redline.changes
    assert render_html(after)


def test_ids_of_drawings_are_new_also_where_a_redline_is_compared() -> None:
    pictures = {"rIdI": PNG}
    first, second = docx(p("a ", image("rIdI")), images=pictures), docx(p("a "), images=pictures)
    tracked = compare(first, second, OPTIONS).docx
    options = CompareOptions(author="Ann", date=DATE, existing_revisions="reject")
    redline = compare(docx(p("b ", image("rIdI", 200), image("rIdI", 300, 2)), images=pictures), tracked, options)
    ids = re.findall(r'<wp:docPr id="(\d+)"', document(redline.docx))
    assert len(ids) == len(set(ids)) == 3
