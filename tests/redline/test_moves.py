"""Tables and rows that moved: marked as Word marks what is dragged, and one change in the list.

Word has no mark for a row that moves: it goes here and comes there, and its text moves between the ends of a range.
"""

from __future__ import annotations

import pytest

from redline import CompareOptions, Redline, compare, render_html
from redline.ooxml import W
from schemas.changes import ChangeKind, ChangeTarget, Location

from .builders import docx, p, section, tbl, textbox, tr
from .judging import count, deleted, inserted, redlined, revisions, root

CLAUSES = [
    p("The supplier shall deliver the goods within thirty days after the order."),
    p("Neither party is liable for damage that it could not have foreseen."),
    p("This agreement is governed by the laws of the land where it was signed."),
    p("Notices are given in writing to the address on the first page of this."),
]
ANN = tr("Ann of the first part", "one hundred euro")
BOB = tr("Bob of the second part", "two hundred euro")
EVE = tr("Eve of the third part", "three hundred euro")
SUM = tr("Sum", "600")
TABLE = tbl(tr("Name", "Yearly fee"), ANN, BOB)
RANGES = ("moveFromRangeStart", "moveFromRangeEnd", "moveToRangeStart", "moveToRangeEnd")


def row(location: Location | None) -> tuple[int | None, int | None]:
    return (None, None) if location is None else (location.table, location.row)


def kinds(redline: Redline) -> list[tuple[str, str]]:
    return [(change.kind.value, change.target.value) for change in redline.changes]


def ranges(redline: Redline) -> list[int]:
    return [count(redline.docx, name) for name in RANGES]


PLACES = {
    "down": ([TABLE, *CLAUSES[:3]], [*CLAUSES[:2], TABLE, CLAUSES[2]]),
    "up": ([*CLAUSES[:2], TABLE, CLAUSES[2]], [TABLE, *CLAUSES[:3]]),
    "to the very end": ([TABLE, *CLAUSES[:3]], [*CLAUSES[:3], TABLE]),
    "from the very end": ([*CLAUSES[:3], TABLE], [TABLE, *CLAUSES[:3]]),
    "before a last paragraph that is new": ([TABLE, *CLAUSES[:3]], [*CLAUSES[:3], TABLE, p("Signed.")]),
}


@pytest.mark.parametrize("case", PLACES)
def test_a_table_that_moved_is_one_move(case: str) -> None:
    before, after = ("".join(blocks) for blocks in PLACES[case])
    redline = redlined(before, after)
    move = next(change for change in redline.changes if change.kind is ChangeKind.MOVE)
    assert move.target is ChangeTarget.TABLE
    assert (
        move.before
        == move.after
        == ("Name | Yearly fee\nAnn of the first part | one hundred euro\nBob of the second part | two hundred euro")
    )
    assert (move.words_deleted, move.words_inserted) == (0, 0)
    assert ranges(redline) == [1, 1, 1, 1]
    assert kinds(redline).count(("insertion", "table")) == kinds(redline).count(("deletion", "table")) == 0
    rows = list(root(redline.docx).iter(f"{W}tr"))
    assert [r.find(f"{W}trPr/{W}ins") is not None for r in rows].count(True) == 3
    assert [r.find(f"{W}trPr/{W}del") is not None for r in rows].count(True) == 3


def test_an_edit_in_a_table_that_moved_belongs_to_the_move() -> None:
    edited = TABLE.replace("two hundred", "two thousand")
    redline = redlined("".join([TABLE, *CLAUSES]), "".join([*CLAUSES[:3], edited, CLAUSES[3]]))
    (move,) = redline.changes
    assert (move.kind, move.target) == (ChangeKind.MOVE, ChangeTarget.TABLE)
    assert (move.words_deleted, move.words_inserted) == (1, 1)
    assert "two hundred" in move.before
    assert "two thousand" in move.after
    marks = [
        (mark.tag[len(W) :], "".join(mark.itertext(f"{W}t", f"{W}delText")))
        for mark in root(redline.docx).iter(f"{W}ins", f"{W}del")
    ]
    assert [mark for mark in marks if mark[1]] == [("del", "hundred"), ("ins", "thousand")]


def test_a_clause_and_its_table_move_together() -> None:
    redline = redlined(
        "".join([CLAUSES[0], TABLE, *CLAUSES[1:]]), "".join([*CLAUSES[1:3], CLAUSES[0], TABLE, CLAUSES[3]])
    )
    (move,) = redline.changes
    assert (move.kind, move.target) == (ChangeKind.MOVE, ChangeTarget.PARAGRAPH)
    assert move.after.startswith("The supplier shall deliver")
    assert move.after.endswith("Bob of the second part | two hundred euro")
    assert ranges(redline) == [1, 1, 1, 1]


@pytest.mark.parametrize(
    "table",
    [
        pytest.param(tbl(tr("Yes", "No")), id="a few words"),
        pytest.param(tbl(tr("1", "2"), tr("3", "4"), tr("5", "6")), id="short words"),
    ],
)
def test_a_small_table_does_not_move(table: str) -> None:
    found = revisions(redlined("".join([table, *CLAUSES]), "".join([*CLAUSES[:3], table, CLAUSES[3]])).docx)
    assert not found["moveFrom"]
    assert not found["moveTo"]


def test_a_table_of_another_shape_came_and_went() -> None:
    wider = tbl(tr("Name", "Yearly fee"), ANN, BOB, tr("Sum", "300"))
    redline = redlined("".join([TABLE, *CLAUSES]), "".join([*CLAUSES[:3], wider, CLAUSES[3]]))
    assert kinds(redline) == [("deletion", "table"), ("insertion", "table")]


def test_a_table_that_became_text_did_not_move() -> None:
    text = p("Name Yearly fee Ann of the first part one hundred euro Bob of the second part two hundred euro")
    redline = redlined("".join([TABLE, *CLAUSES]), "".join([*CLAUSES[:3], text, CLAUSES[3]]))
    assert "move" not in {kind for kind, _ in kinds(redline)}


ROWS = {
    "down": ([ANN, BOB, EVE, SUM], [BOB, EVE, ANN, SUM], (1, 1), (1, 3)),
    "up": ([BOB, EVE, ANN, SUM], [ANN, BOB, EVE, SUM], (1, 3), (1, 1)),
    "to the end": ([ANN, BOB, EVE], [BOB, EVE, ANN], (1, 1), (1, 3)),
    "from the end": ([BOB, EVE, ANN], [ANN, BOB, EVE], (1, 3), (1, 1)),
}


@pytest.mark.parametrize("case", ROWS)
def test_a_row_that_moved_is_one_move(case: str) -> None:
    before, after, source, place = ROWS[case]
    redline = redlined(p("Fees") + tbl(*before) + p("End"), p("Fees") + tbl(*after) + p("End"))
    (move,) = redline.changes
    assert (move.kind, move.target) == (ChangeKind.MOVE, ChangeTarget.ROW)
    assert (row(move.origin), row(move.location)) == (source, place)
    assert move.before == move.after == "Ann of the first part | one hundred euro"
    assert redline.summary.similarity == 1
    assert deleted(redline.docx) == inserted(redline.docx) == ["Ann of the first part", "one hundred euro"]
    assert ranges(redline) == [1, 1, 1, 1]


def test_rows_that_moved_together_are_one_move_and_others_are_not() -> None:
    together = redlined(tbl(ANN, BOB, EVE, SUM, tr("x")) + p("z"), tbl(EVE, SUM, ANN, BOB, tr("x")) + p("z"))
    (move,) = together.changes
    assert move.after == "Ann of the first part | one hundred euro\nBob of the second part | two hundred euro"
    rest = [tr(f"Row number {n} stays where it is", "as it was") for n in range(6)]
    apart = redlined(tbl(ANN, *rest, EVE) + p("z"), tbl(*rest[:2], EVE, *rest[2:4], ANN, *rest[4:]) + p("z"))
    assert kinds(apart) == [("move", "row"), ("move", "row")]


def test_moves_of_tables_and_rows_can_be_switched_off() -> None:
    before, after = "".join([TABLE, *CLAUSES]), "".join([*CLAUSES[:3], TABLE, CLAUSES[3]])
    assert kinds(redlined(before, after, track_moves=False)) == [("deletion", "table"), ("insertion", "table")]
    rows = tbl(ANN, BOB, EVE) + p("z"), tbl(BOB, EVE, ANN) + p("z")
    assert kinds(redlined(*rows, track_moves=False)) == [("deletion", "row"), ("insertion", "row")]


@pytest.mark.parametrize("where", ["text box", "header"])
def test_outside_the_body_nothing_moves(where: str) -> None:
    """A text box is written twice, and the name of a move may stand only once (17.13.5.24)."""

    def document(table: str) -> bytes:
        if where == "text box":
            return docx(p("Beside", textbox(table + p())))
        return docx(p("Body"), headers={"rId7": table + p()}, sect=section(header_default="rId7"))

    redline = redlined(document(tbl(ANN, BOB, EVE)), document(tbl(BOB, EVE, ANN)))
    assert ranges(redline) == [0, 0, 0, 0]
    assert kinds(redline) == [("deletion", "row"), ("insertion", "row")]


def test_the_page_leads_from_one_place_of_a_row_to_the_other() -> None:
    redline = compare(docx(tbl(ANN, BOB, EVE) + p("z")), docx(tbl(BOB, EVE, ANN) + p("z")), CompareOptions(author="A"))
    page = render_html(redline.docx, changes=redline.changes, summary=redline.summary)
    assert '<tr class="deleted moved" id="change-1-from"' in page
    assert '<tr class="inserted moved" id="change-1"' in page
    assert '<a class="move-link" href="#change-1">moved to table 1, row 3</a>' in page
    assert '<a class="move-link" href="#change-1-from">moved from table 1, row 1</a>' in page
    assert "Row moved away. " in page
