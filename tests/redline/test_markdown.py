import zipfile
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from redline.ooxml import NS, R, W
from redline.plain.markdown import markdown_to_docx
from redline.plain.text import to_docx


def part(docx: bytes, name: str) -> etree._Element:
    with zipfile.ZipFile(BytesIO(docx)) as package:
        return etree.fromstring(package.read(name))


def outline(docx: bytes) -> list[tuple[str, str]]:
    """(style, text) of each paragraph."""
    found = []
    for paragraph in part(docx, "word/document.xml").iter(f"{W}p"):
        style = paragraph.find("w:pPr/w:pStyle", NS)
        text = "".join(node.text or "" for node in paragraph.iter(f"{W}t"))
        found.append(("" if style is None else str(style.get(f"{W}val")), text))
    return found


def levels(docx: bytes) -> list[tuple[str, str, str]]:
    """(list number, level, text) of each numbered paragraph."""
    return [
        (
            str(numbering.find(f"{W}numId").get(f"{W}val")),  # type: ignore[union-attr]
            str(numbering.find(f"{W}ilvl").get(f"{W}val")),  # type: ignore[union-attr]
            "".join(node.text or "" for node in numbering.getparent().getparent().iter(f"{W}t")),  # type: ignore[union-attr]
        )
        for numbering in part(docx, "word/document.xml").iter(f"{W}numPr")
    ]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param("# One\n\n### Three", [("Heading1", "One"), ("Heading3", "Three")], id="headings"),
        pytest.param("a\nb", [("", "a b")], id="a soft line break is a space"),
        pytest.param("> quoted\n>\n> more", [("Quote", "quoted"), ("Quote", "more")], id="block quote"),
        pytest.param("```\nx = 1\n\ny\n```", [("Code", "x = 1"), ("Code", ""), ("Code", "y")], id="fenced code"),
        pytest.param("![a cat](cat.png) sat", [("", "a cat sat")], id="an image is its alternative text"),
        pytest.param("<b>x</b>", [("", "<b>x</b>")], id="raw HTML stays as text"),
        pytest.param("a & b < c", [("", "a & b < c")], id="markup signs are text"),
    ],
)
def test_blocks_keep_their_kind(source: str, expected: list[tuple[str, str]]) -> None:
    assert outline(markdown_to_docx(source)) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param("*x*", ["i"], id="emphasis"),
        pytest.param("**x**", ["b"], id="strong"),
        pytest.param("***x***", ["b", "i"], id="both"),
        pytest.param("~~x~~", ["strike"], id="strikethrough"),
        pytest.param("`x`", ["rStyle"], id="code"),
        pytest.param("x", [], id="plain"),
    ],
)
def test_emphasis_becomes_run_formatting_in_schema_order(source: str, expected: list[str]) -> None:
    run = next(part(markdown_to_docx(source), "word/document.xml").iter(f"{W}r"))
    properties = run.find(f"{W}rPr")
    assert [etree.QName(node).localname for node in (properties if properties is not None else ())] == expected


def test_nested_lists_use_real_numbering_and_each_ordered_list_starts_anew() -> None:
    docx = markdown_to_docx("- a\n  - b\n\ntext\n\n3. c\n4. d\n\ntext\n\n1. e")
    found = levels(docx)
    assert [(level, text) for _, level, text in found] == [("0", "a"), ("1", "b"), ("0", "c"), ("0", "d"), ("0", "e")]
    bullets, second, third = (found[place][0] for place in (0, 2, 4))
    assert [number for number, _, _ in found] == [bullets, bullets, second, second, third]
    starts = {
        number.get(f"{W}numId"): [start.get(f"{W}val") for start in number.iter(f"{W}startOverride")]
        for number in part(docx, "word/numbering.xml").iter(f"{W}num")
    }
    assert starts == {bullets: [], second: ["3"], third: ["1"]}


def test_a_list_keeps_its_number_when_another_is_added_before_it() -> None:
    alone = levels(markdown_to_docx("1. keep this\n2. and this"))
    added = levels(markdown_to_docx("1. new list\n\ntext\n\n1. keep this\n2. and this"))
    assert added[1:] == alone
    twice = levels(markdown_to_docx("1. same\n\ntext\n\n1. same"))
    assert twice[0][0] != twice[1][0]


def test_the_second_paragraph_of_an_item_has_no_marker_and_an_empty_item_has_one() -> None:
    assert levels(markdown_to_docx("- a\n\n  second\n-\n- c")) == [("1", "0", "a"), ("1", "0", ""), ("1", "0", "c")]


def test_links_are_hyperlinks_with_a_relationship_and_script_links_stay_text() -> None:
    docx = markdown_to_docx("[terms](https://example.com/a?b=1&c=2) and [bad](javascript:alert(1))")
    document = part(docx, "word/document.xml")
    relationships = {node.get("Id"): node for node in part(docx, "word/_rels/document.xml.rels")}
    (link,) = document.iter(f"{W}hyperlink")
    relationship = relationships[link.get(f"{R}id")]
    assert relationship.get("Target") == "https://example.com/a?b=1&c=2"
    assert relationship.get("TargetMode") == "External"
    assert "".join(node.text or "" for node in link.iter(f"{W}t")) == "terms"


def test_a_table_has_its_grid_its_bold_heading_row_and_a_paragraph_after_it() -> None:
    docx = markdown_to_docx("| a | b |\n|---|--:|\n| 1 | 2 |\n")
    document = part(docx, "word/document.xml")
    cells = [
        ["".join(node.text or "" for node in cell.iter(f"{W}t")) for cell in row.iter(f"{W}tc")]
        for row in document.iter(f"{W}tr")
    ]
    assert cells == [["a", "b"], ["1", "2"]]
    assert len(list(document.iter(f"{W}gridCol"))) == 2
    heading, *_ = document.iter(f"{W}tr")
    assert len(list(heading.iter(f"{W}b"))) == 2
    assert [jc.get(f"{W}val") for jc in document.iter(f"{W}jc")] == ["right", "right"]
    assert outline(docx)[-1] == ("", "")


def test_markdown_is_reached_through_the_one_door() -> None:
    assert to_docx(b"# x", "markdown") == markdown_to_docx("# x")


@settings(max_examples=80, deadline=None)
@given(st.text(st.sampled_from('ab *_`#>-|[](){}<!\n1.\t~\\:"&'), max_size=80))
def test_any_markdown_gives_a_parsable_document_whose_links_resolve(source: str) -> None:
    docx = markdown_to_docx(source)
    known = {node.get("Id") for node in part(docx, "word/_rels/document.xml.rels")}
    document = part(docx, "word/document.xml")
    assert {link.get(f"{R}id") for link in document.iter(f"{W}hyperlink")} - {None} <= known
    assert all(cell[-1].tag == f"{W}p" for cell in document.iter(f"{W}tc"))
