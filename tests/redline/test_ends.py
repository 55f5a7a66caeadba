"""How bodies end: with a paragraph, a table, or a paragraph that ends a section (17.6.18), each against each."""

from __future__ import annotations

from itertools import product

import pytest

from redline import CompareOptions, compare, verify

from .builders import docx, p, sdt, section, tbl, tr
from .judging import DATE, broken_rules

TERMS = p("The parties agree to the terms of this agreement as follows")
KEPT_WITH_NEXT = TERMS.replace("<w:p>", "<w:p><w:pPr><w:keepNext/></w:pPr>")
TABLE = tbl(tr("The employer signs here", "Name and date"))
OTHER = tbl(tr("Quite another table", "with other words"))
NARROW = section().replace("12240", "5000")
BREAK = p("And so the section ends", ppr=NARROW)
ENDS = {
    "a paragraph": p("Signatures of all parties"),
    "an empty paragraph": p(),
    "a table": TABLE,
    "a section": BREAK,
    "a table and a section": OTHER + BREAK,
    "a section and a table": BREAK + OTHER,
    "a section with the same text": TERMS.replace("<w:p>", f"<w:p><w:pPr>{NARROW}</w:pPr>"),
    "a section, a paragraph and a table": BREAK + p("Signed by") + OTHER,
    "nothing more": "",
}


@pytest.mark.parametrize("last", [section(), ""], ids=["with a last section", "without"])
@pytest.mark.parametrize("end", ENDS)
def test_every_end_against_every_other(end: str, last: str) -> None:
    before = docx(TERMS + ENDS[end], sect=last)
    for other, sect, start in product(ENDS.values(), [section(), ""], [TERMS, p("Some other words"), TABLE]):
        after = docx(start + other, sect=sect)
        result = compare(before, after, CompareOptions(date=DATE)).docx
        verdict = verify(result, before, after)
        assert verdict.ok, (start + other, verdict.findings)
        assert not broken_rules(result, before, after)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(TERMS + BREAK + p("The rest"), TERMS + BREAK + TABLE, id="hides no end of a section"),
        pytest.param(KEPT_WITH_NEXT, TERMS + TABLE + p("The rest"), id="parts what comes behind it"),
        pytest.param(KEPT_WITH_NEXT, TERMS + sdt(TABLE) + p("The rest"), id="does so in a control"),
    ],
)
def test_a_last_table_that_is_left_out(one: str, other: str) -> None:
    options = CompareOptions(date=DATE, track_tables=False)
    sides = [docx(body, sect=section()) for body in (one, other)]
    for before, after in (sides, sides[::-1]):
        verdict = verify(compare(before, after, options).docx, before, after, options=options)
        assert verdict.ok, verdict.findings


@pytest.mark.parametrize(
    "more",
    [
        pytest.param(p("Signed by") + OTHER, id="paragraph and table"),
        pytest.param(p("Signed by") + OTHER + p() + TABLE, id="tables and paragraphs"),
    ],
)
@pytest.mark.parametrize("added", [True, False], ids=["come", "go"])
def test_what_comes_or_goes_at_the_end_with_a_table_leaves_no_empty_paragraph(more: str, added: bool) -> None:
    sides = [docx(p("Introduction") + TERMS), docx(p("Introduction") + TERMS + more)]
    before, after = sides if added else sides[::-1]
    assert not verify(compare(before, after, CompareOptions(date=DATE)).docx, before, after).findings
