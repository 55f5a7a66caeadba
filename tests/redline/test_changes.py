import os
from pathlib import Path

import pytest

from redline.changelist.changes import list_changes, summarize, survey
from redline.changelist.numerals import numeral
from redline.errors import DocumentError
from redline.opc.package import Package
from schemas.changes import Change, ChangeKind, ChangeTarget, Story
from tests.redline.builders import field, footnote_ref, image, p, r, tbl, tc, textbox, tr
from tests.redline.tracked import cut, gone, marked, moved, new, put, signed, styled, tracked


def only(docx: bytes) -> Change:
    (change,) = list_changes(docx)
    return change


def kinds(docx: bytes) -> list[tuple[str, str, str, str]]:
    return [(change.kind.value, change.target.value, change.before, change.after) for change in list_changes(docx)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(p("no change"), [], id="nothing"),
        pytest.param(p("a ", new("big "), "cat"), [("insertion", "text", "", "big ")], id="insertion"),
        pytest.param(p("a ", gone("big "), "cat"), [("deletion", "text", "big ", "")], id="deletion"),
        pytest.param(
            p("pay ", gone("12%"), new("18%"), " now"), [("replacement", "text", "12%", "18%")], id="replacement"
        ),
        pytest.param(
            p(gone("a"), new("b"), gone("c"), new("d")),
            [("replacement", "paragraph", "ac", "bd")],
            id="a paragraph rewritten",
        ),
        pytest.param(
            p("x ", gone("a", author="One"), new("b", author="Two")),
            [("deletion", "text", "a", ""), ("insertion", "text", "", "b")],
            id="two authors made two changes",
        ),
        pytest.param(
            p("one") + p(new("two"), ppr=marked("ins")) + p(new("three"), ppr=marked("ins")) + p("four"),
            [("insertion", "paragraph", "", "two"), ("insertion", "paragraph", "", "three")],
            id="paragraphs inserted",
        ),
        pytest.param(
            p("one", ppr=marked("ins")) + p(new("two")),
            [("insertion", "paragraph", "", "two")],
            id="a paragraph typed at the end of another",
        ),
        pytest.param(
            p("one ", ppr=marked("ins")) + p("two"), [("insertion", "paragraph", "", "¶")], id="a paragraph split"
        ),
        pytest.param(
            p("one ", ppr=marked("del")) + p("two"), [("deletion", "paragraph", "¶", "")], id="two paragraphs joined"
        ),
        pytest.param(p("a") + p(ppr=marked("ins")), [("insertion", "paragraph", "", "¶")], id="an empty paragraph"),
        pytest.param(
            p("a ", cut(image("rId9"))), [("deletion", "image", "[image]", "")], id="an image is named as what it is"
        ),
        pytest.param(
            p("a ", styled("b", "<w:b/>"), styled("c", "<w:b/>"), styled("d", "<w:i/>")),
            [("formatting", "text", "bc", "bc"), ("formatting", "text", "d", "d")],
            id="neighbours with the same formatting are one change",
        ),
        pytest.param(
            tbl(tr("a", "b"), tr(tc(p(new("c"))), tc(p(new("d"))), trpr='<w:ins w:id="70" w:author="A"/>')),
            [("insertion", "row", "", "c | d")],
            id="a row",
        ),
        pytest.param(
            tbl(tr(tc(p(gone("a"))), tc(p(gone("b"))), trpr='<w:del w:id="70" w:author="A"/>')),
            [("deletion", "table", "a | b", "")],
            id="a table",
        ),
        pytest.param(
            tbl(tr(tc("a"), tc("b", tcpr='<w:cellIns w:id="70" w:author="A"/>'))),
            [("insertion", "cell", "", "b")],
            id="a cell",
        ),
        pytest.param(
            tbl(
                tr(tc("a"), tc("b", tcpr='<w:cellDel w:id="70" w:author="A"/>')),
                tr(tc("c"), tc("d", tcpr='<w:cellDel w:id="71" w:author="A"/>')),
            ),
            [("deletion", "cell", "b\nd", "")],
            id="a column",
        ),
    ],
)
def test_revisions_that_belong_together_are_one_change(body: str, expected: list[tuple[str, str, str, str]]) -> None:
    assert kinds(tracked(body)) == expected


def test_a_move_is_one_change_where_the_text_arrives_with_the_edits_in_it() -> None:
    body = (
        p("start")
        + moved("moveFrom", "m1", "The clause that moves.")
        + p("middle")
        + moved("moveTo", "m1", "The clause that moves.", after=new(" Edited.") + new(" Later.", "Another"))
        + p("end")
    )
    move, edit = list_changes(tracked(body))
    assert (move.kind, move.target, move.move_id) == (ChangeKind.MOVE, ChangeTarget.PARAGRAPH, "m1")
    assert (move.before, move.after) == ("The clause that moves.", "The clause that moves. Edited. Later.")
    assert (move.words_deleted, move.words_inserted, move.location.paragraph) == (0, 1, 3)
    assert move.origin is not None
    assert move.origin.paragraph == 2
    assert len(move.revision_ids) == 5
    assert (edit.kind, edit.after, edit.author) == (ChangeKind.INSERTION, " Later.", "Another")
    summary = summarize(tracked(body))
    assert (summary.moves, summary.words_inserted, summary.characters_inserted) == (1, 2, 15)


def test_one_side_of_a_move_alone_is_a_deletion_or_an_insertion() -> None:
    assert kinds(tracked(moved("moveFrom", "m", "text") + p("end"))) == [("deletion", "paragraph", "text", "")]
    assert kinds(tracked(moved("moveTo", "m", "text") + p("end"))) == [("insertion", "paragraph", "", "text")]


def test_the_context_is_what_the_after_document_says_around_the_change() -> None:
    change = only(tracked(p("x" * 80 + " before ", gone("old"), new("new"), " after" + "y" * 80)))
    assert change.context_before == ("x" * 80 + " before ")[-60:]
    assert change.context_after == (" after" + "y" * 80)[:60]


def test_formatting_names_the_properties_that_differ() -> None:
    change = only(tracked(p(styled("text", '<w:b/><w:sz w:val="28"/>', '<w:i/><w:sz w:val="24"/>'))))
    assert change.kind is ChangeKind.FORMATTING
    assert set(change.properties) == {"bold", "italic", "size"}


def test_text_in_another_font_is_one_change_whatever_else_changed_in_it() -> None:
    font, bold = '<w:rFonts w:ascii="Arial"/>', "<w:b/>"
    change = only(tracked(p("x ", styled("the ", font), styled("Provider", font + bold), styled(" may", font))))
    assert (change.before, change.properties) == ("the Provider may", ("font", "bold"))
    assert len(change.revision_ids) == 3


def test_paragraph_formatting_is_a_change_of_the_paragraph() -> None:
    ppr = (
        '<w:jc w:val="center"/><w:pPrChange w:id="5" w:author="A" w:date="2026-01-01T00:00:00Z"><w:pPr/></w:pPrChange>'
    )
    change = only(tracked(p("title", ppr=ppr)))
    assert (change.target, change.properties, change.after) == (ChangeTarget.PARAGRAPH, ("alignment",), "title")


def test_a_paragraph_in_another_style_and_font_is_one_change() -> None:
    ppr = (
        '<w:jc w:val="center"/><w:pPrChange w:id="5" w:author="A. Lawyer" w:date="2026-01-01T00:00:00Z"><w:pPr/>'
        "</w:pPrChange>"
    )
    change = only(tracked(p(styled("title ", "<w:b/>"), styled("two", "<w:b/><w:i/>"), ppr=ppr)))
    assert (change.target, change.properties) == (ChangeTarget.PARAGRAPH, ("alignment", "bold", "italic"))
    assert (change.after, len(change.revision_ids)) == ("title two", 3)
    apart = list_changes(tracked(p("plain ", styled("bold", "<w:b/>"), ppr=ppr)))
    assert [change.target for change in apart] == [ChangeTarget.TEXT, ChangeTarget.PARAGRAPH]


@pytest.mark.parametrize(
    ("text", "label", "clause"),
    [
        ("2. Payment ", "2.", "2."),
        ("2.1 Fees ", "2.1", "2.1"),
        ("(b) the Fees ", "(b)", "7.3(b)"),
        ("iv) the Fees ", "iv)", "7.3iv)"),
        ("1.2 million euro ", "", ""),
        ("2025. A year ", "", ""),
        ("(if any) ", "", ""),
        ("Payment ", "", ""),
    ],
)
def test_labels_that_are_typed_are_labels(text: str, label: str, clause: str) -> None:
    location = only(tracked(p("7.3 Scope") + p(text, new("now")))).location
    assert (location.label, location.clause) == (label, clause)


def test_a_change_is_found_by_headings_label_paragraph_and_cell() -> None:
    body = (
        p("Fees", style="Heading1")
        + p("Payment", style="Heading2")
        + p("intro")
        + tbl(tr("a", "b"), tr(tc("c"), tc(p("d ", new("more")))))
    )
    location = only(tracked(body)).location
    assert location.headings == ("Fees", "Payment")
    assert (location.paragraph, location.table, location.row, location.cell) == (7, 1, 2, 2)


def test_a_heading_is_not_above_itself_and_ends_those_of_its_level() -> None:
    body = p("One", style="Heading1") + p("Two", new(" more"), style="Heading1") + p("x", new("y"))
    assert [change.location.headings for change in list_changes(tracked(body))] == [(), ("Two more",)]


NUMBERED = '<w:numPr><w:ilvl w:val="{}"/><w:numId w:val="1"/></w:numPr>'


def test_labels_are_those_of_the_after_document_and_of_the_before_document_for_what_went() -> None:
    def item(level: int, *content: str, mark: str = "") -> str:
        return p(*content, ppr=NUMBERED.format(level) + mark)

    body = (
        item(0, "one", new(" a"))
        + item(0, gone("two"), mark=marked("del"))
        + item(0, "three", new(" b"))
        + item(1, "three one", new(" c"))
        + item(2, "three one a", new(" d"))
        + item(0, "four", new(" e"))
        + item(1, "four one", new(" f"))
    )
    found = list_changes(tracked(body))
    assert [change.location.label for change in found] == ["1.", "2.", "2.", "2.1", "(a)", "3.", "3.1"]
    assert [change.location.clause for change in found] == ["1.", "2.", "2.", "2.1", "2.1(a)", "3.", "3.1"]


FIELD_RESULT = f'<w:fldSimple w:instr=" DATE ">{new("4")}</w:fldSimple>'
EQUATION = f"<m:oMath><m:r><w:rPr><w:ins {signed()}/></w:rPr><m:t>x²</m:t></m:r></m:oMath>"


@pytest.mark.parametrize(
    ("content", "target", "text"),
    [
        pytest.param(FIELD_RESULT, ChangeTarget.FIELD, "4", id="the result of a simple field"),
        pytest.param(put(field("REF x", "clause 4")), ChangeTarget.FIELD, "clause 4", id="a complex field"),
        pytest.param(put(field("TC x")), ChangeTarget.FIELD, "[field]", id="a field that shows nothing"),
        pytest.param(EQUATION, ChangeTarget.EQUATION, "x²", id="an equation"),
        pytest.param(put(footnote_ref(1)), ChangeTarget.NOTE, "[footnote]", id="a footnote reference"),
        pytest.param(put(r(xml="<w:object/>")), ChangeTarget.OBJECT, "[object]", id="an embedded object"),
        pytest.param(put(textbox(p("x"))), ChangeTarget.OBJECT, "[object]", id="a text box"),
        pytest.param(put(r(xml='<w:sym w:char="00A7"/>')), ChangeTarget.TEXT, "§", id="a symbol"),
        pytest.param(put(r("a", xml="<w:tab/><w:noBreakHyphen/>")), ChangeTarget.TEXT, "a\t\u2011", id="signs"),
        pytest.param(put(r(xml='<w:sym w:char="zz"/>') + r("b")), ChangeTarget.TEXT, "b", id="a broken symbol"),
    ],
)
def test_what_was_changed_is_named_and_shown(content: str, target: ChangeTarget, text: str) -> None:
    change = only(tracked(p("kept ", content)))
    assert (change.target, change.after) == (target, text)


def test_text_deleted_from_an_insertion_is_shown_as_a_deletion() -> None:
    summary = summarize(tracked(p("kept ", f"<w:ins {signed()}>{gone('gone')}</w:ins>")))
    assert (summary.deletions, summary.words_after) == (1, 1)


def test_words_move_within_a_paragraph_between_their_range_marks() -> None:
    def side(kind: str) -> str:
        return (
            f'<w:{kind}RangeStart w:id="9{len(kind)}" w:name="m"/><w:{kind} {signed()}>{r("the words")}</w:{kind}>'
            f'<w:{kind}RangeEnd w:id="9{len(kind)}"/>'
        )

    change = only(tracked(p("a ", side("moveFrom")) + p("b ", side("moveTo"))))
    assert (change.kind, change.target, change.before, change.after) == ("move", "text", "the words", "the words")


@pytest.mark.parametrize(
    ("value", "number_format", "expected"),
    [
        (4, "decimal", "4"),
        (4, "decimalZero", "04"),
        (1994, "upperRoman", "MCMXCIV"),
        (9, "lowerRoman", "ix"),
        (26, "lowerLetter", "z"),
        (28, "upperLetter", "BB"),
        (3, "none", ""),
        (22, "ordinal", "22nd"),
        (112, "ordinal", "112th"),
        (5, "unknownFormat", "5"),
        (0, "lowerRoman", "0"),
        (0, "lowerLetter", "0"),
    ],
)
def test_lists_count_as_their_format_says(value: int, number_format: str, expected: str) -> None:
    assert numeral(value, number_format) == expected


def test_every_story_is_walked_and_named() -> None:
    docx = tracked(
        p("body ", new("a")),
        header=p("head ", new("b")),
        footnotes=p("note ", new("c")),
    )
    assert [(change.id, change.location.story, change.after) for change in list_changes(docx)] == [
        (1, Story.BODY, "a"),
        (2, Story.HEADER, "b"),
        (3, Story.FOOTNOTE, "c"),
    ]


def test_a_text_box_is_read_once_though_it_is_written_twice() -> None:
    box = textbox(p("in the box ", new("more")))
    change = only(tracked(p("host ", box)))
    assert (change.location.story, change.after) == (Story.TEXTBOX, "more")


def test_the_summary_counts_words_and_similarity() -> None:
    docx = tracked(p("one two three ", gone("four"), new("five six")) + p("seven eight nine ten"))
    summary = summarize(docx)
    assert (summary.replacements, summary.insertions, summary.revisions) == (1, 0, 2)
    assert (summary.words_before, summary.words_after) == (8, 9)
    assert (summary.words_deleted, summary.words_inserted) == (1, 2)
    assert (summary.characters_deleted, summary.characters_inserted) == (4, 8)
    assert summary.similarity == pytest.approx(14 / 17, abs=1e-4)


def test_a_document_without_changes_is_wholly_similar_and_one_rewritten_is_not() -> None:
    assert summarize(tracked(p("same"))).similarity == 1.0
    assert summarize(tracked(p(gone("all"), new("other")))).similarity == 0.0
    assert summarize(tracked(p())).similarity == 1.0


def corpus() -> Path:
    return Path(os.environ.get("REDLINE_CORPUS") or Path(__file__).parents[2].parent / "shared" / "corpus")


@pytest.mark.skipif(not corpus().is_dir(), reason="the corpus of documents is not beside the checkout")
def test_every_document_of_the_corpus_is_walked_and_every_change_says_something() -> None:
    walked = 0
    for path in sorted((corpus() / "singles").rglob("*.docx")):
        try:
            found = survey(Package.open(path.read_bytes()))
        except DocumentError:
            continue
        walked += 1
        for change in found.changes:
            assert change.before or change.after or change.properties, (path.name, change)
            assert change.revision_ids, (path.name, change)
    assert walked > 200


def place(change: Change) -> tuple[int | None, int | None, int | None]:
    return change.location.table, change.location.row, change.location.cell


CELL_CHANGE = "<w:tcPrChange {}><w:tcPr/></w:tcPrChange>"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(
            p("one") + p(gone("The Buyer pays."), ppr=marked("del")) + p(new("The Seller pays."), ppr=marked("ins")),
            [("replacement", "paragraph", "The Buyer pays.", "The Seller pays.")],
            id="one for one",
        ),
        pytest.param(
            p(gone("Alpha beta gamma"), ppr=marked("del"))
            + p(gone("It pays the fee at once."), ppr=marked("del"))
            + p(new("It pays the fee at noon."), ppr=marked("ins"))
            + p("end"),
            [
                ("deletion", "paragraph", "Alpha beta gamma", ""),
                ("replacement", "paragraph", "It pays the fee at once.", "It pays the fee at noon."),
            ],
            id="the one that is alike",
        ),
        pytest.param(
            p(gone("a"), ppr=marked("del")) + p("stays") + p(new("b"), ppr=marked("ins")) + p("end"),
            [("deletion", "paragraph", "a", ""), ("insertion", "paragraph", "", "b")],
            id="a paragraph between them",
        ),
        pytest.param(
            p(gone("a", author="One"), ppr=marked("del")) + p(new("b", author="Two"), ppr=marked("ins")) + p("end"),
            [("deletion", "paragraph", "a", ""), ("insertion", "paragraph", "", "b")],
            id="two authors",
        ),
        pytest.param(
            p(ppr=marked("del")) + p(new("b"), ppr=marked("ins")) + p("end"),
            [("deletion", "paragraph", "¶", ""), ("insertion", "paragraph", "", "b")],
            id="an empty paragraph is replaced by nothing",
        ),
    ],
)
def test_whole_paragraphs(body: str, expected: list[tuple[str, str, str, str]]) -> None:
    docx = tracked(body)
    assert kinds(docx) == expected
    summary = summarize(docx)
    assert summary.replacements == sum(kind == "replacement" for kind, *_ in expected)


def test_formatting_of_cells_says_where() -> None:
    changed = CELL_CHANGE.format(signed())
    one = only(tracked(tbl(tr("a", "b"), tr("c", tc("d", tcpr=f'<w:shd w:val="clear"/>{changed}')))))
    assert place(one) == (1, 2, 2)
    rows = [tr("a", tc("b", tcpr=f'<w:shd w:val="clear"/>{CELL_CHANGE.format(signed())}')) for _ in range(2)]
    assert place(only(tracked(tbl(*rows)))) == (1, None, 2)
    height = f'<w:trHeight w:val="9"/><w:trPrChange {signed()}><w:trPr/></w:trPrChange>'
    assert place(only(tracked(tbl(tr("a"), tr("b", trpr=height))))) == (1, 2, None)


@pytest.mark.parametrize(
    ("body", "target", "properties"),
    [
        pytest.param(
            tbl(tr("a", tc("b", tcpr=f'<w:cellMerge {signed()} w:vMerge="cont"/>'))),
            ChangeTarget.CELL,
            ("merged cells",),
            id="merged cells",
        ),
        pytest.param(
            p("a", ppr=f'<w:numPr><w:numId w:val="1"/><w:numberingChange {signed()} w:original="1."/></w:numPr>'),
            ChangeTarget.PARAGRAPH,
            ("numbering",),
            id="numbering",
        ),
        pytest.param(
            tbl(tr("a")).replace(
                "<w:tblGrid>",
                '<w:tblGrid><w:gridCol w:w="9"/><w:tblGridChange w:id="3"><w:tblGrid/></w:tblGridChange>',
            ),
            ChangeTarget.TABLE,
            ("column widths",),
            id="columns",
        ),
        pytest.param(
            p(
                "a",
                ppr=f'<w:jc w:val="end"/><w:rPr><w:b/><w:rPrChange {signed()}><w:rPr/></w:rPrChange></w:rPr>'
                f"<w:pPrChange {signed()}><w:pPr/></w:pPrChange>",
            ),
            ChangeTarget.PARAGRAPH,
            ("alignment", "bold"),
            id="a paragraph and its mark",
        ),
    ],
)
def test_other_formatting(body: str, target: ChangeTarget, properties: tuple[str, ...]) -> None:
    change = only(tracked(body))
    assert (change.kind, change.target, change.properties) == (ChangeKind.FORMATTING, target, properties)


def test_what_came_and_went_is_in_no_document() -> None:
    passing = f"<w:ins {signed()}>{gone('and then not ')}{r('new')}</w:ins>"
    summary = summarize(tracked(p("kept ", passing)))
    assert (summary.words_before, summary.words_after) == (1, 2)
