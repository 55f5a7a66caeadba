"""Paragraphs and their text: each row of a table is a pair and what the redline must show."""

from __future__ import annotations

import pytest

from redline.ooxml import W
from schemas.changes import ChangeKind

from .builders import docx, p, r
from .judging import deleted, inserted, redlined, revisions, root

A = "The Supplier shall deliver the Services within thirty days of written notice."
B = "The Customer shall pay each invoice within fourteen days of receipt, without deduction."
C = "Either party may terminate this agreement for cause on ten days' notice in writing."
D = "This agreement is governed by the laws of Switzerland and by no other law at all."
E = "Nobody assigns anything without consent."


@pytest.mark.parametrize(
    ("before", "after", "gone", "come"),
    [
        pytest.param([A, C], [A, B, C], [], [B], id="paragraph inserted"),
        pytest.param([A, B, C], [A, C], [B], [], id="paragraph deleted"),
        pytest.param([A, B], [A, B, C], [], [C], id="paragraph inserted at the end"),
        pytest.param([A, B, C], [A, B], [C], [], id="last paragraph deleted"),
        pytest.param([A, B], [C, A, B], [], [C], id="paragraph inserted at the start"),
        pytest.param([A, B], [B], [A], [], id="first paragraph deleted"),
        pytest.param([A, "", B], [A, B], [], [], id="empty paragraph deleted"),
        pytest.param([A, B], [A, "", "", B], [], [], id="empty paragraphs inserted"),
        pytest.param([A], [A.replace("thirty", "sixty")], ["thirty"], ["sixty"], id="word replaced"),
        pytest.param([A], [A.replace("written ", "")], ["written "], [], id="word deleted"),
        pytest.param([A], [A.replace("written", "prior written")], [], ["prior "], id="word inserted"),
        pytest.param([A], [A.replace("Services", "services")], ["Services"], ["services"], id="case"),
        pytest.param([A], [A[:-1]], ["."], [], id="full stop deleted"),
        pytest.param([A], [A + " Time is of the essence."], [], [" Time is of the essence."], id="sentence appended"),
        pytest.param(["价格为一百元"], ["价格为二百元"], ["一"], ["二"], id="Chinese"),
        pytest.param(["الثمن مئة يورو"], ["الثمن ألف يورو"], ["مئة"], ["ألف"], id="Arabic"),
        pytest.param(["המחיר הוא מאה"], ["המחיר הוא אלף"], ["מאה"], ["אלף"], id="Hebrew"),
        pytest.param(["Done 👍 now"], ["Done 👎 now"], ["👍"], ["👎"], id="emoji"),
        pytest.param(["ok 👍🏽 now"], ["ok 👎🏽 now"], ["👍🏽"], ["👎🏽"], id="emoji with a skin tone"),
        pytest.param(["cafe\u0301 noir"], ["cafe\u0300 noir"], ["cafe\u0301"], ["cafe\u0300"], id="accent"),
        pytest.param(["Fee: 12%"], ["Fee: 18%"], ["12%"], ["18%"], id="percentage"),
        pytest.param(["is 1,234.50 net"], ["is 1,234.75 net"], ["1,234.50"], ["1,234.75"], id="amount"),
        pytest.param(["on 1 May 2025"], ["on 1 May 2026"], ["2025"], ["2026"], id="year"),
    ],
)
def test_text(before: list[str], after: list[str], gone: list[str], come: list[str]) -> None:
    result = redlined("".join(map(p, before)), "".join(map(p, after))).docx
    assert (deleted(result), inserted(result)) == (gone, come)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(["one two"], ["one  two"], id="double space"),
        pytest.param(["one two"], ["one\u00a0two"], id="no-break space"),
        pytest.param(["one two "], ["one two"], id="trailing space"),
        pytest.param([" one"], ["one"], id="leading space"),
        pytest.param(["re\u0301sume\u0301"], ["resume"], id="combining marks go"),
        pytest.param(["e\u0301"], ["\u00e9"], id="composed and decomposed"),
        pytest.param(["a\u200bb"], ["ab"], id="zero-width space"),
        pytest.param(["\u200fabc"], ["abc"], id="direction mark"),
        pytest.param(["don't"], ["don\u2019t"], id="apostrophe"),
        pytest.param(["a-b"], ["a\u2013b"], id="dash"),
        pytest.param(["ABC"], ["abc"], id="case only"),
    ],
)
def test_a_change_that_hardly_shows_is_a_change(before: list[str], after: list[str]) -> None:
    result = redlined("".join(map(p, before)), "".join(map(p, after))).docx
    assert inserted(result) or deleted(result)


@pytest.mark.parametrize(
    ("before", "after", "marks"),
    [
        pytest.param([A + " " + B], [A + " ", B], {"ins": 1}, id="split in two"),
        pytest.param([A, B], [A + B], {"del": 1}, id="two merged"),
        pytest.param([A + B + C], [A, B, C], {"ins": 2}, id="split in three"),
        pytest.param([A, B, C], [A + B + C], {"del": 2}, id="three merged"),
    ],
)
def test_split_and_merged(before: list[str], after: list[str], marks: dict[str, int]) -> None:
    result = redlined("".join(map(p, before)), "".join(map(p, after))).docx
    assert revisions(result) == marks


@pytest.mark.parametrize(
    ("before", "after", "gone", "come"),
    [
        pytest.param(
            [A + " " + B], [A.replace("thirty", "sixty") + " ", B], ["thirty"], ["sixty"], id="split and edited"
        ),
        pytest.param([A, B], [A + B.replace("fourteen", "ten")], ["fourteen"], ["ten"], id="merged and edited"),
        pytest.param([A, B, C], [A + " " + B, E], [C[:-1]], [" ", E[:-1]], id="merged, and the next replaced"),
    ],
)
def test_split_or_merged_and_edited(before: list[str], after: list[str], gone: list[str], come: list[str]) -> None:
    result = redlined("".join(map(p, before)), "".join(map(p, after))).docx
    assert (deleted(result), inserted(result)) == (gone, come)


def test_moved() -> None:
    result = redlined("".join(map(p, (A, B, C, D))), "".join(map(p, (B, C, A, D)))).docx
    assert deleted(result) == inserted(result) == [A]
    assert revisions(result)["moveFrom"]
    assert revisions(result)["moveTo"]


def test_moved_and_edited() -> None:
    edited = A.replace("thirty", "sixty")
    redline = redlined("".join(map(p, (A, B, C, D))), "".join(map(p, (B, C, edited, D))))
    (move,) = redline.changes
    assert (move.kind, move.before, move.after) == (ChangeKind.MOVE, A, edited)
    tracked = root(redline.docx)
    changed = ["".join(mark.itertext(f"{W}t", f"{W}delText")) for mark in tracked.iter(f"{W}del", f"{W}ins")]
    assert changed == ["thirty", "sixty"]


def test_moves_can_be_switched_off() -> None:
    result = redlined("".join(map(p, (A, B, C, D))), "".join(map(p, (B, C, A, D))), track_moves=False).docx
    assert deleted(result) == inserted(result) == [A]
    assert not revisions(result)["moveFrom"]
    assert not revisions(result)["moveTo"]


@pytest.mark.parametrize("text", ["Yes", "No", "N/A", "1.", "See above", ""])
def test_short_texts_do_not_move(text: str) -> None:
    result = redlined("".join(map(p, (text, A, B))), "".join(map(p, (A, B, text)))).docx
    assert not revisions(result)["moveFrom"]


GERMAN = ["Der Lieferant erbringt die Leistungen.", "Der Kunde zahlt die Rechnung."]


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        pytest.param([], [A, B], ["insertion"] * 2, id="empty before"),
        pytest.param([A, B], [], ["deletion"] * 2, id="empty after"),
        pytest.param([], [], [], id="both empty"),
        pytest.param([""], [A], ["insertion"], id="one empty paragraph before"),
        pytest.param([A, B], GERMAN, ["replacement"] * 2, id="translation"),
        pytest.param([A] * 5, [A] * 3, ["deletion"] * 2, id="repeated paragraphs"),
        pytest.param([A, B] * 4, [B, A] * 4, ["move"], id="alternating paragraphs"),
    ],
)
def test_very_different_documents(before: list[str], after: list[str], kinds: list[str]) -> None:
    result = redlined("".join(map(p, before)), "".join(map(p, after)))
    assert [change.kind for change in result.changes] == kinds


@pytest.mark.parametrize("granularity", ["word", "character"])
def test_granularity(granularity: str) -> None:
    result = redlined(p("The colour is red."), p("The color is red."), granularity=granularity).docx
    expected = (["colour"], ["color"]) if granularity == "word" else (["u"], [])
    assert (deleted(result), inserted(result)) == expected


def test_text_over_several_runs() -> None:
    before = p(r("The Sup", "<w:b/>"), r("plier shall", "<w:i/>"), r(" pay"))
    after = p(r("The Cus", "<w:b/>"), r("tomer shall", "<w:i/>"), r(" pay"))
    result = redlined(before, after).docx
    assert "".join(deleted(result)) == "Supplier"
    assert "".join(inserted(result)) == "Customer"


def test_a_document_without_a_section() -> None:
    before, after = (docx(p(text), sect="") for text in (A, B))
    assert inserted(redlined(before, after).docx)


@pytest.mark.parametrize("edit", [("thirty", "thirty"), ("thirty", "sixty")], ids=["as it was", "edited"])
@pytest.mark.parametrize("back", [False, True], ids=["to the end", "from the end"])
@pytest.mark.parametrize("count", [1, 2])
def test_a_paragraph_that_moved_to_or_from_the_very_end_is_a_move(
    edit: tuple[str, str], back: bool, count: int
) -> None:
    clauses = [
        "The supplier shall deliver the goods within thirty days after the order.",
        "Neither party is liable for damage that it could not have foreseen.",
        "This agreement is governed by the laws of the land where it was signed.",
        "Notices are given in writing to the address on the first page of this.",
        "No change to this agreement is valid unless both parties have signed it.",
    ]
    now = [clause.replace(*edit) for clause in (*clauses[count:], *clauses[:count])]
    sides = "".join(map(p, clauses)), "".join(map(p, now))
    redline = redlined(*(sides[::-1] if back else sides))
    (move,) = redline.changes
    assert move.kind is ChangeKind.MOVE
    assert (move.words_deleted, move.words_inserted) == ((0, 0) if edit[0] == edit[1] else (1, 1))
    assert redline.summary.similarity == (1 if edit[0] == edit[1] else pytest.approx(0.984, abs=0.002))
