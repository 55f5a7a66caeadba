"""Definitions of styles: what changed in them is tracked in the styles part, once for each style."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from redline.comparer.compare import compare
from redline.diff.canon import properties_key
from redline.ooxml import W
from redline.options import CompareOptions
from redline.resolver.resolve import accept, reject
from redline.verifier.verify import verify
from schemas.changes import BY_OPTION, ChangeKind, ChangeTarget, Story

from .builders import docx, p
from .judging import AUTHOR, parts, redlined, revisions, root
from .mutate.order import ORDER

TEXT = "The Supplier shall deliver the Services."
PART = "word/styles.xml"
CHANGE = '<w:{0}Change w:id="7" w:author="Old Hand" w:date="2020-01-01T00:00:00Z"><w:{0}>{1}</w:{0}></w:{0}Change>'
TABLE = '<w:tblPr><w:tblInd w:w="0" w:type="dxa"/></w:tblPr>'
RUN_PROPERTIES = (
    "<w:b/>",
    '<w:b w:val="0"/>',
    "<w:smallCaps/>",
    '<w:u w:val="single"/>',
    '<w:sz w:val="40"/>',
    '<w:color w:val="FF0000"/>',
    '<w:rFonts w:ascii="Georgia" w:hAnsi="Georgia"/>',
    '<w:vertAlign w:val="superscript"/>',
    '<w:shd w:val="clear" w:fill="FFFF00"/>',
)
PARAGRAPH_PROPERTIES = (
    "<w:keepNext/>",
    '<w:pBdr><w:bottom w:val="single" w:sz="4" w:space="1" w:color="auto"/></w:pBdr>',
    '<w:tabs><w:tab w:val="left" w:pos="720"/></w:tabs>',
    '<w:spacing w:before="240" w:line="276" w:lineRule="auto"/>',
    '<w:ind w:left="720" w:hanging="360"/>',
    '<w:jc w:val="center"/>',
    '<w:outlineLvl w:val="2"/>',
)


def style(ppr: str = "", rpr: str = "", *, kind: str = "paragraph", name: str = "Clause", rest: str = "") -> str:
    paragraph = f"<w:pPr>{ppr}</w:pPr>" if ppr else ""
    run = f"<w:rPr>{rpr}</w:rPr>" if rpr else ""
    identity = name.replace(" ", "")
    named = f'<w:style w:type="{kind}" w:styleId="{identity}"><w:name w:val="{name}"/>'
    return f"{named}{paragraph}{run}{rest}</w:style>"


def styled(*styles: str, numbering: str = "") -> bytes:
    return docx(p(TEXT, style="Clause") * 3, styles="".join(styles), numbering=numbering)


def definitions(document: bytes) -> dict[str, tuple[object, ...]]:
    """By id, the run and paragraph properties of each style, as far as a reader can tell them apart."""
    styles = root(document, PART).iterchildren(f"{W}style")
    return {s.get(f"{W}styleId", ""): tuple(properties_key(s.find(f"{W}{x}")) for x in ("pPr", "rPr")) for s in styles}


def changes_in_styles(document: bytes) -> Counter[str]:
    found = root(document, PART).iter(f"{W}pPrChange", f"{W}rPrChange")
    return Counter(etree.QName(change).localname for change in found)


def tracked(before: bytes, after: bytes) -> bytes:
    """The redline of two documents that differ in their styles alone, after both ways back were asserted."""
    redline = redlined(before, after)
    assert definitions(accept(redline.docx)) == definitions(after)
    assert definitions(reject(redline.docx)) == definitions(before)
    assert not revisions(redline.docx)
    assert parts(redline.docx)["word/document.xml"] == parts(after)["word/document.xml"]
    assert not redline.coverage.not_tracked
    for side, original in ((accept(redline.docx), after), (reject(redline.docx), before)):
        assert not changes_in_styles(side)
        assert verify(side, original, original).findings == ()
    return redline.docx


@pytest.mark.parametrize("props", RUN_PROPERTIES)
@pytest.mark.parametrize("kind", ["paragraph", "character", "table"])
def test_run_properties(props: str, kind: str) -> None:
    sides = [styled(style(rpr=x, kind=kind, rest=TABLE if kind == "table" else "")) for x in ("", props)]
    for pair in (sides, sides[::-1]):
        assert changes_in_styles(tracked(*pair)) == {"rPrChange": 1}


@pytest.mark.parametrize("props", PARAGRAPH_PROPERTIES)
@pytest.mark.parametrize("rest", ["", TABLE])
def test_paragraph_properties(props: str, rest: str) -> None:
    kind = "table" if rest else "paragraph"
    sides = [styled(style(x, "<w:b/>", kind=kind, rest=rest)) for x in ("", props)]
    for pair in (sides, sides[::-1]):
        assert changes_in_styles(tracked(*pair)) == {"pPrChange": 1}


def test_a_change_stands_last_and_its_properties_in_their_place() -> None:
    document = tracked(
        styled(style("<w:keepNext/>", "<w:i/>", kind="table", rest=TABLE)), styled(style(kind="table", rest=TABLE))
    )
    (found,) = root(document, PART).iterchildren(f"{W}style")
    assert [etree.QName(child).localname for child in found] == ["name", "pPr", "rPr", "tblPr"]
    document = tracked(styled(style('<w:jc w:val="left"/>', "<w:i/>")), styled(style("<w:keepNext/>", "<w:b/>")))
    (found,) = root(document, PART).iterchildren(f"{W}style")
    for name in ("pPr", "rPr"):
        assert found.find(f"{W}{name}")[-1].tag == f"{W}{name}Change"


def test_ids_are_unique_over_all_parts() -> None:
    before = docx(p("one two", style="Clause"), styles=style("<w:keepNext/>", "<w:i/>"))
    after = docx(p("one three", style="Clause"), styles=style())
    document = redlined(before, after).docx
    ids = [
        element.get(f"{W}id")
        for part in ("word/document.xml", PART)
        for element in root(document, part).iter(f"{W}ins", f"{W}del", f"{W}pPrChange", f"{W}rPrChange")
    ]
    assert len(ids) == len(set(ids)) == 4


def test_one_entry_for_a_style_and_none_for_its_paragraphs() -> None:
    before = styled(style('<w:spacing w:before="240"/>', '<w:sz w:val="22"/>'), style(name="Other"))
    after = styled(style('<w:jc w:val="center"/>', '<w:b/><w:sz w:val="24"/>'), style(name="Other"))
    redline = redlined(before, after)
    (change,) = redline.changes
    assert (change.kind, change.target, change.author) == (ChangeKind.FORMATTING, ChangeTarget.STYLE, AUTHOR)
    assert (change.location.story, change.location.part, change.location.style) == (Story.STYLES, PART, "Clause")
    assert change.properties == ("spacing", "alignment", "size", "bold")
    assert (change.before, change.after) == ("spacing before 12 pt; size 11 pt", "alignment center; bold; size 12 pt")
    assert len(change.revision_ids) == 2
    summary = redline.summary
    assert (summary.formatting, summary.revisions, summary.similarity) == (1, 2, 1.0)
    assert (summary.words_inserted, summary.characters_inserted, summary.characters_deleted) == (0, 0, 0)


@pytest.mark.parametrize(
    ("old", "now", "before", "after"),
    [
        ("", "<w:b/>", "", "bold"),
        ("<w:b/>", '<w:b w:val="0"/>', "bold", "not bold"),
        (
            '<w:sz w:val="21"/><w:szCs w:val="21"/>',
            '<w:sz w:val="24"/><w:szCs w:val="24"/>',
            "size 10.5 pt",
            "size 12 pt",
        ),
        (
            '<w:rFonts w:ascii="Georgia" w:hAnsi="Georgia"/>',
            '<w:rFonts w:ascii="Arial" w:eastAsia="SimSun"/>',
            "font Georgia",
            "font Arial, SimSun",
        ),
        ('<w:color w:val="FF0000"/>', "", "colour FF0000", ""),
        (
            '<w:shd w:val="clear" w:fill="FF0000"/>',
            '<w:shd w:val="clear" w:fill="00FF00"/>',
            "shading FF0000",
            "shading 00FF00",
        ),
        ('<w:em w:val="dot"/>', '<w:em w:val="dot" w:odd="1"/>', "", ""),
        ('<w:sz w:val="big"/>', '<w:sz w:val="24"/>', "size big", "size 12 pt"),
    ],
)
def test_run_properties_in_words(old: str, now: str, before: str, after: str) -> None:
    (change,) = redlined(styled(style(rpr=old)), styled(style(rpr=now))).changes
    assert (change.before, change.after) == (before, after)


@pytest.mark.parametrize(
    ("old", "now", "before", "after"),
    [
        (
            '<w:spacing w:before="240" w:line="276" w:lineRule="auto"/>',
            '<w:spacing w:after="120" w:line="300" w:lineRule="exact"/>',
            "spacing before 12 pt, lines 1.15",
            "spacing after 6 pt, lines 15 pt",
        ),
        ('<w:ind w:start="720" w:hanging="360"/>', "", "indentation left 36 pt, hanging 18 pt", ""),
        ('<w:jc w:val="left"/>', '<w:jc w:val="center"/>', "alignment left", "alignment center"),
        ("", '<w:tabs><w:tab w:val="left" w:pos="720"/></w:tabs>', "", "tabs"),
        ("", '<w:numPr><w:numId w:val="0"/></w:numPr>', "", "numbering"),
    ],
)
def test_paragraph_properties_in_words(old: str, now: str, before: str, after: str) -> None:
    (change,) = redlined(styled(style(old)), styled(style(now))).changes
    assert (change.before, change.after) == (before, after)


def test_a_style_under_another_id_is_the_same_style() -> None:
    before_styles = style("<w:keepNext/>", name="heading 1").replace('"heading1"', '"Berschrift1"')
    after_styles = style("<w:keepLines/>", name="Heading 1")
    before, after = (
        docx(p(TEXT, style=identity), styles=styles)
        for identity, styles in (("Berschrift1", before_styles), ("Heading1", after_styles))
    )
    document = redlined(before, after).docx
    assert changes_in_styles(document) == {"pPrChange": 1}
    assert definitions(reject(document))["Heading1"] == definitions(before)["Berschrift1"]


@pytest.mark.parametrize(
    "rest",
    [
        '<w:latentStyles w:count="{}"/>',
        '<w:docDefaults><w:rPrDefault><w:rPr><w:sz w:val="{}"/></w:rPr></w:rPrDefault></w:docDefaults>',
        '<w:style w:type="table" w:styleId="T"><w:name w:val="T"/><w:tblPr><w:tblW w:w="{}"/></w:tblPr></w:style>',
        '<w:style w:styleId="L"><w:name w:val="L"/><w:rPr><w:lang w:val="en-{}"/></w:rPr></w:style>',
        '<w:style w:styleId="R"><w:name w:val="R"/><w:uiPriority w:val="{}"/></w:style>',
    ],
    ids=["latent styles", "defaults", "table properties", "language", "priority"],
)
def test_a_part_without_a_change_that_can_be_tracked_stays_as_it_is(rest: str) -> None:
    before, after = (styled(rest.format(value), style("<w:keepNext/>")) for value in (1, 2))
    assert parts(redlined(before, after).docx)[PART] == parts(after)[PART]


def test_styles_of_one_side_are_as_ever() -> None:
    new = style("<w:keepNext/>", name="New")
    for pair in ((styled(style()), styled(style(), new)), (styled(style(), new), styled(style()))):
        document = redlined(*pair).docx
        assert parts(document)[PART] == parts(pair[1])[PART]
        assert redlined(*pair).changes == ()


@pytest.mark.parametrize("option", [True, False])
def test_styles_are_formatting(option: bool) -> None:
    before, after = styled(style("<w:keepNext/>")), styled(style())
    chosen = CompareOptions(track_formatting=option)
    redline = compare(before, after, chosen)
    assert bool(changes_in_styles(redline.docx)) == option
    assert [entry.code for entry in redline.coverage.not_tracked] == ([] if option else [BY_OPTION])
    assert redline.coverage.complete
    assert verify(redline.docx, before, after, options=chosen).ok


# -- lists

LEVELS = "".join(f'<w:lvl w:ilvl="{n}"><w:numFmt w:val="{{}}"/><w:lvlText w:val="%{n + 1}."/></w:lvl>' for n in (0, 1))
LIST = (
    f'<w:abstractNum w:abstractNumId="0">{LEVELS}</w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
)
DECIMAL, ROMAN = (LIST.format(look, look) for look in ("decimal", "upperRoman"))
OTHER_IDS = DECIMAL.replace('numId="1"', 'numId="4"')


def numbers(number: int = 1, level: int = 0) -> str:
    return style(f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>')


@pytest.mark.parametrize(
    ("before", "after", "is_tracked"),
    [
        (styled(style(), numbering=DECIMAL), styled(numbers(), numbering=DECIMAL), True),
        (styled(numbers(), numbering=DECIMAL), styled(style(), numbering=DECIMAL), True),
        (styled(numbers(), numbering=DECIMAL), styled(style()), True),
        (styled(numbers(), numbering=DECIMAL), styled(numbers(level=1), numbering=DECIMAL), True),
        (styled(numbers(), numbering=DECIMAL), styled(numbers(0), numbering=DECIMAL), True),
        (styled(numbers(), numbering=DECIMAL), styled(numbers(), numbering=ROMAN), True),
        (styled(numbers(), numbering=DECIMAL), styled(numbers(4), numbering=OTHER_IDS), False),
    ],
    ids=["added", "removed", "with its list", "level", "switched off", "list looks otherwise", "under another id"],
)
def test_the_list_of_a_style(before: bytes, after: bytes, is_tracked: bool) -> None:
    redline = redlined(before, after)
    assert changes_in_styles(redline.docx) == ({"pPrChange": 1} if is_tracked else {})
    assert verify(redline.docx, before, after).findings == ()
    for side, original in ((accept(redline.docx), after), (reject(redline.docx), before)):
        assert verify(side, original, original).findings == ()
    assert not redline.coverage.not_tracked


def test_no_list_is_brought_for_what_is_not_tracked() -> None:
    before, after = (styled(numbers(), style(name="B"), numbering=numbering) for numbering in (DECIMAL, ROMAN))
    document = compare(before, after, CompareOptions(track_formatting=False)).docx
    assert parts(document)["word/numbering.xml"] == parts(after)["word/numbering.xml"]


def test_a_list_style_that_lost_its_list_is_tracked() -> None:
    old, now = numbers().replace("paragraph", "numbering"), style(kind="numbering")
    redline = redlined(styled(old, numbering=DECIMAL), styled(now, numbering=DECIMAL))
    assert changes_in_styles(redline.docx) == {"pPrChange": 1}
    assert not redline.coverage.not_tracked


def test_a_list_style_stays_with_its_list() -> None:
    styles = numbers().replace("paragraph", "numbering")
    before, after = (styled(styles, numbering=numbering) for numbering in (DECIMAL, ROMAN))
    redline = redlined(before, after)
    assert not changes_in_styles(redline.docx)
    assert [entry.code for entry in redline.coverage.not_tracked] == ["list-definition"]


# -- revisions that the inputs hold already

REVISED = style("<w:keepNext/>" + CHANGE.format("pPr", "<w:keepLines/>"), "<w:b/>" + CHANGE.format("rPr", "<w:i/>"))


@pytest.mark.parametrize(("existing", "now"), [("accept", ("keepNext", "b")), ("reject", ("keepLines", "i"))])
def test_revisions_of_the_inputs_are_settled_first(existing: str, now: tuple[str, str]) -> None:
    before, after = styled(style()), styled(REVISED)
    chosen = CompareOptions(author=AUTHOR, existing_revisions=existing)
    document = compare(before, after, chosen).docx
    assert verify(document, before, after, options=chosen).ok
    assert [element.get(f"{W}author") for element in root(document, PART).iter(f"{W}pPrChange", f"{W}rPrChange")] == [
        AUTHOR,
        AUTHOR,
    ]
    (found,) = root(accept(document), PART).iterchildren(f"{W}style")
    assert tuple(etree.QName(found.find(f"{W}{x}")[0]).localname for x in ("pPr", "rPr")) == now


def test_revisions_of_the_inputs_keep_their_author() -> None:
    before, after = styled(style("<w:keepLines/>", "<w:i/>")), styled(REVISED)
    chosen = CompareOptions(author=AUTHOR, existing_revisions="keep", date=datetime(2026, 1, 1, tzinfo=UTC))
    for pair in ((before, after), (after, after)):
        document = compare(*pair, chosen).docx
        assert verify(document, *pair, options=chosen).ok
        marks = list(root(document, PART).iter(f"{W}pPrChange", f"{W}rPrChange"))
        assert {mark.get(f"{W}author") for mark in marks} == {"Old Hand"}
        assert len(marks) == 2
        assert definitions(reject(document)) == definitions(before)


# -- at random


def properties(name: str, choices: tuple[str, ...]) -> st.SearchStrategy[str]:
    order = ORDER[f"{W}{name}"].split()
    return st.sets(st.sampled_from(choices)).map(
        lambda chosen: "".join(sorted(_one_of_each(chosen), key=lambda xml: order.index(_local(xml))))
    )


def _one_of_each(chosen: set[str]) -> list[str]:
    return list({_local(xml): xml for xml in sorted(chosen)}.values())


def _local(xml: str) -> str:
    return xml[3:].replace("/", " ").replace(">", " ").split()[0]


PARAGRAPHS, RUNS = properties("pPr", PARAGRAPH_PROPERTIES), properties("rPr", RUN_PROPERTIES)
SHEET = st.tuples(
    st.builds(style, PARAGRAPHS, RUNS),
    st.builds(lambda ppr, rpr: style(ppr, rpr, kind="table", name="Grid", rest=TABLE), PARAGRAPHS, RUNS),
    st.builds(lambda rpr: style("", rpr, kind="character", name="Term"), RUNS),
)
ANY_SHEET = st.lists(
    st.builds(
        style,
        PARAGRAPHS,
        RUNS,
        kind=st.sampled_from(["paragraph", "character"]),
        name=st.sampled_from(["Clause", "clause", "heading 1", "Heading 1"]),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda xml: xml.partition('styleId="')[2].partition('"')[0],
)


@settings(max_examples=60, deadline=None)
@given(SHEET, SHEET)
def test_any_definitions(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    tracked(styled(*before), styled(*after))


@settings(max_examples=60, deadline=None)
@given(ANY_SHEET, ANY_SHEET)
def test_names_that_several_styles_have(before: list[str], after: list[str]) -> None:
    old, now = styled(*before), styled(*after)
    assert verify(compare(old, now).docx, old, now).ok
