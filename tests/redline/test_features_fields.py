"""Fields in odd places: in the code of other fields, in controls and links, over several paragraphs."""

from __future__ import annotations

import pytest

from .builders import docx, field, link, p, r, sdt
from .judging import redlined, revisions


def simple(code: str, result: str = "Ann") -> str:
    return f'<w:fldSimple w:instr=" {code} ">{r(result)}</w:fldSimple>'


def with_code(code: str) -> str:
    """A complex field with more than text in its code."""
    return field("IF @ then", "yes").replace(" IF @ then </w:instrText></w:r>", f" IF </w:instrText></w:r>{code}")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(with_code(simple("AUTHOR")), "", id="deleted"),
        pytest.param("", with_code(simple("AUTHOR")), id="added"),
        pytest.param(with_code(simple("AUTHOR")), with_code(simple("TITLE")), id="another code"),
        pytest.param(with_code(simple("AUTHOR")), with_code(simple("AUTHOR", "Bob")), id="another result"),
        pytest.param(with_code(field("PAGE", "3")), with_code(field("NUMPAGES", "3")), id="another complex code"),
        pytest.param(with_code(link("one", anchor="here")), with_code(link("two", anchor="here")), id="a link"),
        pytest.param(
            with_code(link("one", anchor="here")), with_code(link("one", anchor="there")), id="a link's target"
        ),
        pytest.param(with_code(link("one", anchor="here")), "", id="a link deleted"),
    ],
)
def test_fields_and_links_in_the_code_of_a_field(before: str, after: str) -> None:
    old, new = (p("Some words before ", *([x] if x else []), r(" and some after.")) for x in (before, after))
    assert revisions(redlined(old, new).docx)


def test_the_target_alone_of_a_link_in_the_code_of_a_field() -> None:
    code = with_code(link("one", rid="rId9"))
    old, new = (docx(p("Words before ", code), links={"rId9": f"https://{to}.example"}) for to in ("one", "two"))
    assert revisions(redlined(old, new).docx)


@pytest.mark.parametrize("around", ["sdt", "link", "link in sdt"])
@pytest.mark.parametrize("added", [True, False], ids=["added", "deleted"])
def test_a_simple_field_in_a_control_or_link_of_a_whole_paragraph(around: str, added: bool) -> None:
    inside = simple("AUTHOR") if around == "sdt" else link(simple("AUTHOR"), anchor="there")
    paragraph = p("By ", inside if around == "link" else sdt(inside), r(" alone"))
    sides = [p("Head") + p("Tail"), p("Head") + paragraph + p("Tail")]
    redlined(*(sides if added else sides[::-1]))


def over_paragraphs(code: str, first: str, last: str, *, end: str = "") -> str:
    """A field whose result begins in one paragraph and ends in a later one."""
    begin, rest = field(code, "@").split(r("@"))
    return p("Before ", begin, r(first)) + p("Between") + p(r(last), end or rest, r(" behind the field"))


LONG = "The first of the items that are listed here"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(over_paragraphs("INDEX", LONG, "last"), over_paragraphs("RD", LONG, "last"), id="code"),
        pytest.param(over_paragraphs("INDEX", LONG, "last"), over_paragraphs("INDEX", LONG, "end"), id="result"),
        pytest.param(
            over_paragraphs("INDEX", LONG, "last"), over_paragraphs("RD", "Quite else", "last"), id="first paragraph"
        ),
        pytest.param(
            over_paragraphs("INDEX", LONG, "last"),
            over_paragraphs("RD", LONG, "last", end='<w:r><w:rPr><w:b/></w:rPr><w:fldChar w:fldCharType="end"/></w:r>'),
            id="code, and the look of the end",
        ),
        pytest.param(
            over_paragraphs("INDEX", LONG, "last"),
            p("Before ", r(LONG)) + p("Between") + p(r("last"), field("DATE", "1 May"), r(" behind the field")),
            id="a short field in its place",
        ),
    ],
)
@pytest.mark.parametrize("swapped", [False, True], ids=["there", "back"])
def test_a_field_over_paragraphs_is_in_one_state(before: str, after: str, swapped: bool) -> None:
    sides = [p("Head") + side + p("Tail") for side in (before, after)]
    assert revisions(redlined(*(sides[::-1] if swapped else sides)).docx)
