"""Blocks that stand in place of each other."""

from __future__ import annotations

import pytest
from lxml import etree

from redline.diff.align import Alphabet
from redline.diff.blocks import Row, align
from redline.diff.enumeration import label_length
from redline.diff.leftovers import Likeness, in_order, label, pair_in_place, pair_leftovers
from redline.diff.splits import join_splits
from tests.redline.builders import XMLNS, p, tbl, tr


def rows(before: list[str], after: list[str]) -> tuple[Row, Row]:
    alphabet = Alphabet()
    sides = [list(etree.fromstring(f"<w:body {XMLNS}>{''.join(blocks)}</w:body>")) for blocks in (before, after)]
    old, now = (Row(elements, [etree.tostring(e) for e in elements], alphabet) for elements in sides)
    return old, now


def steps(before: Row, after: Row) -> list[str]:
    """Each step in short: '=' same, '0-0' a pair of places, '-0' gone, '+0' come."""
    out = []
    found = join_splits(align(before, after)[0], before, after)
    for s in pair_leftovers(found, Likeness(found, before, after).blocks):
        old, now = (",".join(map(str, range(*span))) for span in ((s.b0, s.b1), (s.a0, s.a1)))
        out.append({"same": "=", "del": f"-{old}", "ins": f"+{now}"}.get(s.op, f"{old}:{now}"))
    return out


NOTICE = "WHEREAS, the disposition of the repurchased shares is resolved by the Board using the option below;"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param([p("Alpha beta gamma")], [p("Quite another thing")], ["-0", "+0"], id="nothing in common"),
        pytest.param(
            [p("Start"), p(NOTICE), p("End")],
            [p("Start"), p("WHEREAS, the Board approves the disposition set out below;"), p("End")],
            ["=", "1:1", "="],
            id="a clause written anew",
        ),
        pytest.param(
            [p("☐ Email:")], [p("{notice_check} Email: {email}")], ["0:0"], id="a short line with its one word"
        ),
        pytest.param(
            [p("Start"), p("of the to and a in"), p("End")],
            [p("Start"), p("to the of a it is in"), p("End")],
            ["=", "1:1", "="],
            id="the same little words",
        ),
        pytest.param([p("A text here")], [tbl(tr("A text here"))], ["-0", "+0"], id="a paragraph is no table"),
        pytest.param(
            [tbl(tr("Employer", "{employer}"), tr("Employee", "{employee}"), tr("Law", "{law}"))],
            [
                tbl(
                    tr("Employer", "the legal name of the firm that employs"),
                    tr("Law", "that of Wyoming, and no other"),
                )
            ],
            ["0:0"],
            id="a form that was filled in",
        ),
        pytest.param(
            [tbl(tr("{IF titled}Employee Title", "{title}{END-IF}"), tr("{IF barred}Territory", "{where}{END-IF}"))],
            [tbl(tr("Employee Title", "a director of the firm"), tr("Territory", "wherever it sells its goods"))],
            ["0:0"],
            id="a form whose labels had conditions",
        ),
        pytest.param(
            [tbl(tr("Employer", "one"), tr("Territory", "two"), tr("Duration", "three"))],
            [tbl(tr("Licence", "four"), tr("Support", "five"), tr("Duration", "six"))],
            ["-0", "+0"],
            id="forms with one label in common",
        ),
        pytest.param(
            [p("Exclusions. The duties of the Provider do not apply to claims of others.")],
            [p("Exclusions."), p("The duties of the Provider do not apply to claims of others.")],
            ["0:0,1"],
            id="a heading parted from its clause",
        ),
        pytest.param(
            [p("One good sentence stands here. And another good one follows it.")],
            [p("One good sentence stands here."), p(""), p("And another good one follows it.")],
            ["0:0,1,2"],
            id="parted with an empty line between",
        ),
        pytest.param(
            [p("(b) the Seller shall insure"), p("(c) the Seller shall ship")],
            [p("(b) the Seller shall label"), p("(c) the Seller shall insure"), p("(d) the Seller shall ship")],
            ["+0", "0:1", "1:2"],
            id="items that were renumbered",
        ),
        pytest.param([p("5. Exclusivity")], [p("5. [Omitted on purpose]")], ["0:0"], id="nothing but the number"),
        pytest.param(
            [p("5. Exclusivity"), p("6. Price list")],
            [p("5. Price list")],
            ["-0", "1:0"],
            id="the text before the number",
        ),
        pytest.param([p("Limits of liability")], [p("LIMITS OF LIABILITY")], ["0:0"], id="capitals"),
    ],
)
def test_steps(before: list[str], after: list[str], expected: list[str]) -> None:
    assert steps(*rows(before, after)) == expected


def test_what_moved_is_not_paired_with_what_came_in_its_place() -> None:
    moved = p("The Provider keeps all title in the Product.")
    stays = p("Fees are due within thirty days of the invoice.")
    came = p("Software is licensed, and title stays with those who wrote it.")
    before, after = rows([moved, stays], [came, stays, moved])
    found = align(before, after)[0]
    assert all(step.op != "pair" for step in pair_leftovers(found, Likeness(found, before, after).blocks))


def test_in_place_only_where_all_fit() -> None:
    found = align(*rows([p("a"), p("b")], [p("x"), p("y")]))[0]
    assert [s.op for s in pair_in_place(found, lambda b, a: b == a)] == ["pair", "pair"]
    assert [s.op for s in pair_in_place(found, lambda b, a: b == a == 0)] == ["del", "del", "ins", "ins"]


def test_in_order_takes_the_greatest_sum() -> None:
    assert in_order([[0.0, 5.0], [4.0, 0.0], [0.0, 3.0]]) == [(1, 0), (2, 1)]
    assert in_order([[0.0]]) == []


def test_label() -> None:
    body = etree.fromstring(f"<w:body {XMLNS}>{tbl(tr('  Governing  Law ', 'x'))}</w:body>")
    assert label(body[0][-1]) == "governing law"


@pytest.mark.parametrize(
    ("words", "length"),
    [
        (["1", ".", "Term"], 2),
        (["2.1", "Term"], 1),
        (["2.1", ".", "Term"], 2),
        (["(", "a", ")", "the"], 3),
        (["(", "xiv", ")", "the"], 3),
        (["iv", ")", "the"], 2),
        (["A", ".", "Scope"], 2),
        (["5", "days"], 0),
        (["Term", "."], 0),
        (["(", "if", ")"], 0),
        (["("], 0),
        ([], 0),
    ],
)
def test_labels_that_were_typed(words: list[str], length: int) -> None:
    assert label_length(words) == length
