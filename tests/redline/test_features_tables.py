"""Tables: rows, cells, columns, merged and nested ones, properties, whole tables."""

from __future__ import annotations

import pytest

from redline.ooxml import W

from .builders import p, tbl, tc, tr
from .judging import deleted, inserted, redlined, revisions, root

HEAD = tr("Name", "Yearly fee")
ANN = tr("Ann of the first part", "one hundred euro")
BOB = tr("Bob of the second part", "two hundred euro")
EVE = tr("Eve of the third part", "three hundred euro")
SPAN = '<w:gridSpan w:val="2"/>'


def around(*tables: str) -> str:
    return p("Before the table") + p("Between the tables").join(tables) + p("After the table")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(tbl(HEAD, ANN), tbl(HEAD, ANN, BOB), id="row added at the end"),
        pytest.param(tbl(HEAD, BOB), tbl(HEAD, ANN, BOB), id="row added inside"),
        pytest.param(tbl(HEAD, ANN, BOB), tbl(HEAD, BOB), id="row deleted"),
        pytest.param(tbl(HEAD, ANN), tbl(HEAD), id="last row deleted"),
        pytest.param(tbl(HEAD, ANN, BOB, EVE), tbl(HEAD, BOB, EVE, ANN), id="row moved"),
        pytest.param(tbl(HEAD, ANN), tbl(HEAD, tr("Ann of the first part", "one thousand euro")), id="cell edited"),
        pytest.param(tbl(HEAD, ANN), tbl(HEAD, tr("Ann of the first part", "")), id="cell emptied"),
        pytest.param(
            tbl(HEAD, ANN),
            tbl(HEAD, tr("Ann of the first part", tc("one hundred euro", "a month"))),
            id="paragraph in cell",
        ),
        pytest.param(
            tbl(HEAD, ANN),
            tbl(tr("Name", "New", "Yearly fee"), tr("Ann of the first part", "x", "one hundred euro"), columns=3),
            id="column added",
        ),
        pytest.param(
            tbl(HEAD, ANN, BOB),
            tbl(tr("Name"), tr("Ann of the first part"), tr("Bob of the second part"), columns=1),
            id="column deleted",
        ),
        pytest.param(
            tbl(HEAD, ANN),
            tbl(HEAD, tr(tc("Ann of the first part", "one hundred euro", tcpr=SPAN))),
            id="cells merged across",
        ),
        pytest.param(
            tbl(HEAD, tr(tc("Ann of the first part", "one hundred euro", tcpr=SPAN))),
            tbl(HEAD, ANN),
            id="merged cell split",
        ),
        pytest.param(
            tbl(HEAD, ANN, BOB),
            tbl(
                HEAD,
                tr(tc("Ann of the first part", tcpr='<w:vMerge w:val="restart"/>'), "one hundred euro"),
                tr(tc("", tcpr="<w:vMerge/>"), "two hundred euro"),
            ),
            id="cells merged down",
        ),
        pytest.param(
            tbl(HEAD, ANN), tbl(HEAD, tr(tc(tbl(tr("in", "side")) + p()), "one hundred euro")), id="nested table added"
        ),
        pytest.param(
            tbl(HEAD, tr(tc(tbl(tr("in", "side")) + p("x")), "fee")),
            tbl(HEAD, tr(tc(p("x")), "fee")),
            id="nested table deleted",
        ),
        pytest.param(
            tbl(HEAD, tr(tc(tbl(tr("in", "side")) + p("x")), "fee")),
            tbl(HEAD, tr(tc(tbl(tr("in", "out")) + p("x")), "fee")),
            id="nested cell edited",
        ),
        pytest.param("", tbl(HEAD, ANN), id="table added"),
        pytest.param(tbl(HEAD, ANN), "", id="table deleted"),
        pytest.param(tbl(HEAD, ANN), p("Ann of the first part pays one hundred euro"), id="table to text"),
        pytest.param(tbl(HEAD, ANN) + p() + tbl(BOB, EVE), tbl(BOB, EVE) + p() + tbl(HEAD, ANN), id="tables swapped"),
        pytest.param(tbl(HEAD, ANN) + tbl(BOB), tbl(HEAD, ANN), id="second of two touching tables deleted"),
    ],
)
def test_tables(before: str, after: str) -> None:
    assert revisions(redlined(around(before), around(after)).docx)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(
            tbl(HEAD, tblpr='<w:tblW w:w="100" w:type="dxa"/>'),
            tbl(HEAD, tblpr='<w:tblW w:w="200" w:type="dxa"/>'),
            id="table width",
        ),
        pytest.param(tbl(HEAD), tbl(HEAD, tblpr='<w:jc w:val="center"/>'), id="table alignment"),
        pytest.param(tbl(HEAD), tbl(tr("Name", "Yearly fee", trpr="<w:cantSplit/>")), id="row property"),
        pytest.param(
            tbl(HEAD), tbl(tr(tc("Name", tcpr='<w:vAlign w:val="center"/>'), "Yearly fee")), id="cell property"
        ),
        pytest.param(
            tbl(HEAD), tbl(tr(tc("Name", tcpr='<w:tcW w:w="900" w:type="dxa"/>'), "Yearly fee")), id="cell width"
        ),
        pytest.param(tbl(HEAD), tbl(HEAD).replace('w:w="2000"', 'w:w="2500"'), id="grid"),
    ],
)
def test_properties_of_tables(before: str, after: str) -> None:
    document = redlined(around(before), around(after)).docx
    found = revisions(document)
    assert found
    assert not inserted(document)
    assert not deleted(document)


def test_a_row_is_one_change() -> None:
    document = redlined(around(tbl(HEAD, ANN)), around(tbl(HEAD, ANN, BOB))).docx
    marked = [row for row in root(document).iter(f"{W}tr") if row.find(f"{W}trPr/{W}ins") is not None]
    assert len(marked) == 1
    assert "".join(inserted(document)) == "Bob of the second parttwo hundred euro"


def test_an_edited_cell_leaves_the_others_alone() -> None:
    after = tbl(HEAD, tr("Ann of the first part", "one thousand euro"), BOB)
    document = redlined(around(tbl(HEAD, ANN, BOB)), around(after)).docx
    assert (deleted(document), inserted(document)) == (["hundred"], ["thousand"])


def test_every_cell_ends_with_a_paragraph() -> None:
    document = redlined(around(tbl(HEAD, ANN)), around(tbl(HEAD, tr(tc(tbl(tr("in", "side")) + p()), "x")))).docx
    assert all(cell[-1].tag == f"{W}p" for cell in root(document).iter(f"{W}tc"))
