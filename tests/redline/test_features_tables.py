"""Tables: rows, cells, columns, merged and nested ones, properties, whole tables."""

from __future__ import annotations

from unittest.mock import Mock

import pytest
from lxml import etree

from redline.comparer.compare import compare
from redline.diff.digests import digests
from redline.ooxml import W

from .builders import docx, p, r, tbl, tc, tr
from .judging import deleted, inserted, redlined, revisions, root

HEAD = tr("Name", "Yearly fee")
ANN = tr("Ann of the first part", "one hundred euro")
BOB = tr("Bob of the second part", "two hundred euro")
SPAN = '<w:gridSpan w:val="2"/>'


def around(*tables: str) -> str:
    return p("Before the table") + p("Between the tables").join(tables) + p("After the table")


ANN_TEXT, BOB_TEXT = ["Ann of the first part", "one hundred euro"], ["Bob of the second part", "two hundred euro"]
TABLE_TEXT = ["Name", "Yearly fee", *ANN_TEXT]
ROW, CELL = {"trPr"}, {"tcPr"}


def marked(document: bytes) -> set[str]:
    """The properties in which rows or cells are marked as come or gone."""
    tags = (f"{W}ins", f"{W}del", f"{W}cellIns", f"{W}cellDel")
    return {
        holder
        for mark in root(document).iter(*tags)
        if (holder := etree.QName(mark.getparent()).localname) in ROW | CELL  # type: ignore[arg-type]
    }


@pytest.mark.parametrize(
    ("before", "after", "gone", "come", "marks"),
    [
        pytest.param(tbl(HEAD, ANN), tbl(HEAD, ANN, BOB), [], BOB_TEXT, ROW, id="row added at the end"),
        pytest.param(tbl(HEAD, BOB), tbl(HEAD, ANN, BOB), [], ANN_TEXT, ROW, id="row added inside"),
        pytest.param(tbl(HEAD, ANN, BOB), tbl(HEAD, BOB), ANN_TEXT, [], ROW, id="row deleted"),
        pytest.param(tbl(HEAD, ANN), tbl(HEAD), ANN_TEXT, [], ROW, id="last row deleted"),
        pytest.param(
            tbl(HEAD, ANN, BOB),
            tbl(HEAD, tr("Ann of the first part", "one thousand euro"), BOB),
            ["hundred"],
            ["thousand"],
            set(),
            id="cell edited",
        ),
        pytest.param(
            tbl(HEAD, ANN),
            tbl(HEAD, tr("Ann of the first part", "")),
            ["one hundred euro"],
            [],
            set(),
            id="cell emptied",
        ),
        pytest.param(
            tbl(HEAD, ANN),
            tbl(HEAD, tr("Ann of the first part", tc("one hundred euro", "a month"))),
            [],
            ["a month"],
            set(),
            id="paragraph in cell",
        ),
        pytest.param(
            tbl(tr(tc("It pays the fee. It bears the tax.")), columns=1),
            tbl(tr(tc("It pays the fee. ", "It bears the tax.")), columns=1),
            [],
            [],
            set(),
            id="paragraph split in a cell",
        ),
        pytest.param(
            tbl(HEAD, ANN),
            tbl(tr("Name", "New", "Yearly fee"), tr("Ann of the first part", "x", "one hundred euro"), columns=3),
            [],
            ["New", "x"],
            CELL,
            id="column added",
        ),
        pytest.param(
            tbl(HEAD, ANN, BOB),
            tbl(tr("Name"), tr("Ann of the first part"), tr("Bob of the second part"), columns=1),
            ["Yearly fee", "one hundred euro", "two hundred euro"],
            [],
            CELL,
            id="column deleted",
        ),
        pytest.param(
            tbl(HEAD, ANN),
            tbl(HEAD, tr(tc("Ann of the first part", "one hundred euro", tcpr=SPAN))),
            ["one hundred euro"],
            ["one hundred euro"],
            CELL,
            id="cells merged across",
        ),
        pytest.param(
            tbl(HEAD, tr(tc("Ann of the first part", "one hundred euro", tcpr=SPAN))),
            tbl(HEAD, ANN),
            ["one hundred euro"],
            ["one hundred euro"],
            CELL,
            id="merged cell split",
        ),
        pytest.param(
            tbl(HEAD, ANN, BOB),
            tbl(
                HEAD,
                tr(tc("Ann of the first part", tcpr='<w:vMerge w:val="restart"/>'), "one hundred euro"),
                tr(tc("", tcpr="<w:vMerge/>"), "two hundred euro"),
            ),
            ["Bob of the second part"],
            [],
            set(),
            id="cells merged down",
        ),
        pytest.param(
            tbl(HEAD, ANN),
            tbl(HEAD, tr(tc(tbl(tr("in", "side")) + p()), "one hundred euro")),
            ["Ann of the first part"],
            ["in", "side"],
            ROW,
            id="nested table added",
        ),
        pytest.param(
            tbl(HEAD, tr(tc(tbl(tr("in", "side")) + p("x")), "fee")),
            tbl(HEAD, tr(tc(p("x")), "fee")),
            ["in", "side"],
            [],
            ROW,
            id="nested table deleted",
        ),
        pytest.param(
            tbl(HEAD, tr(tc(tbl(tr("in", "side")) + p("x")), "fee")),
            tbl(HEAD, tr(tc(tbl(tr("in", "out")) + p("x")), "fee")),
            ["side"],
            ["out"],
            set(),
            id="nested cell edited",
        ),
        pytest.param("", tbl(HEAD, ANN), [], TABLE_TEXT, ROW, id="table added"),
        pytest.param(tbl(HEAD, ANN), "", TABLE_TEXT, [], ROW, id="table deleted"),
        pytest.param(
            tbl(HEAD, ANN),
            p("Ann of the first part pays one hundred euro"),
            TABLE_TEXT,
            ["Ann of the first part pays one hundred euro"],
            ROW,
            id="table to text",
        ),
        pytest.param(
            tbl(HEAD, ANN) + tbl(BOB), tbl(HEAD, ANN), BOB_TEXT, [], ROW, id="second of two touching tables deleted"
        ),
    ],
)
def test_tables(before: str, after: str, gone: list[str], come: list[str], marks: set[str]) -> None:
    document = redlined(around(before), around(after)).docx
    assert (deleted(document), inserted(document)) == (gone, come)
    assert marked(document) == marks


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(p("a") + tbl(tr("x", "y")), p("a") + tbl(tr("v", "w")) + p("z"), id="of one side"),
        pytest.param(p("a") + tbl(tr("x", "y")) + p("z"), p("a") + tbl(tr("v", "w")), id="of the other"),
        pytest.param(p("a") + tbl(tr("x", "y")) + p("z"), p("a"), id="before a last paragraph that goes, too"),
        pytest.param(p("a"), tbl(tr("x", "y")) + p("z"), id="in place of all text"),
    ],
)
def test_a_table_at_the_end(before: str, after: str) -> None:
    document = redlined(before, after).docx
    words = [set("".join(found)) for found in (deleted(document), inserted(document))]
    assert words[0] <= set("axyz")
    assert words[1] <= set("vwxyz")


@pytest.mark.parametrize(
    ("after", "change"),
    [
        pytest.param(tbl(HEAD, tblpr='<w:tblW w:w="200" w:type="dxa"/>'), "tblPrChange", id="table width"),
        pytest.param(tbl(HEAD, tblpr='<w:jc w:val="center"/>'), "tblPrChange", id="table alignment"),
        pytest.param(tbl(tr("Name", "Yearly fee", trpr="<w:cantSplit/>")), "trPrChange", id="row property"),
        pytest.param(
            tbl(tr(tc("Name", tcpr='<w:vAlign w:val="center"/>'), "Yearly fee")), "tcPrChange", id="cell property"
        ),
        pytest.param(
            tbl(tr(tc("Name", tcpr='<w:tcW w:w="900" w:type="dxa"/>'), "Yearly fee")), "tcPrChange", id="cell width"
        ),
        pytest.param(tbl(HEAD).replace('w:w="2000"', 'w:w="2500"'), "tblGridChange", id="grid"),
    ],
)
def test_properties_of_tables(after: str, change: str) -> None:
    before = tbl(HEAD, tblpr='<w:tblW w:w="100" w:type="dxa"/>') if "tblW" in after else tbl(HEAD)
    assert revisions(redlined(around(before), around(after)).docx) == {change: 1}


def test_a_row_is_one_change() -> None:
    redline = redlined(around(tbl(HEAD, ANN)), around(tbl(HEAD, ANN, BOB)))
    assert [(change.kind, change.target) for change in redline.changes] == [("insertion", "row")]


def test_every_cell_ends_with_a_paragraph() -> None:
    document = redlined(around(tbl(HEAD, ANN)), around(tbl(HEAD, tr(tc(tbl(tr("in", "side")) + p()), "x")))).docx
    assert all(cell[-1].tag == f"{W}p" for cell in root(document).iter(f"{W}tc"))


def test_no_closer_look_is_taken_at_cells_of_another_text(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at = Mock(side_effect=digests)
    monkeypatch.setattr("redline.comparer.tables.digests", looked_at)
    rows = [tr("Fee", "due in May", tc(p(r("late", "<w:b/>"))), "1"), tr("Fee", "due in June", tc(p("late")), "1")]
    result = compare(docx(tbl(rows[0], columns=4) + p()), docx(tbl(rows[1], columns=4) + p()))
    (cells, _, _, _), _ = looked_at.call_args
    assert ["".join(cell.itertext()) for cell in cells] == ["Fee", "late", "1"]
    assert sorted(change.kind for change in result.changes) == ["formatting", "replacement"]
