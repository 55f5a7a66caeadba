"""Styles based on styles: what each says together with those below it, read once however many there are."""

from __future__ import annotations

import pytest
from lxml import etree

from redline.changelist.stylesheet import Facts, StyleSheet
from redline.html.page import render_html
from tests.redline.builders import docx, p

LONG = 1_000


def style(identity: str, base: str | None, properties: str = "", run: str = "") -> str:
    based = "" if base is None else f'<w:basedOn w:val="{base}"/>'
    return (
        f'<w:style w:type="paragraph" w:styleId="{identity}"><w:name w:val="name of {identity}"/>{based}'
        f"<w:pPr>{properties}</w:pPr><w:rPr>{run}</w:rPr></w:style>"
    )


def sheet(*styles: str) -> StyleSheet:
    root = etree.fromstring(
        f'<w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">{"".join(styles)}</w:styles>'
    )
    return StyleSheet.of(root)


def test_each_style_of_a_long_chain_is_read_once() -> None:
    chain = sheet(style("0", None), *(style(str(i), str(i - 1)) for i in range(1, LONG)))
    read = []

    def said(element: etree._Element, base: int | None) -> int:
        read.append(element)
        return (base or 0) + 1

    known: dict[str, int] = {}
    lengths = [chain.inherited(str(i), known, said) for i in (LONG - 1, *range(LONG))]
    assert lengths == [LONG, *range(1, LONG + 1)]
    assert len(read) == len(set(read)) == LONG


def test_a_paragraph_style_says_what_it_is_based_on_unless_it_says_otherwise() -> None:
    numbered = '<w:numPr><w:ilvl w:val="2"/><w:numId w:val="7"/></w:numPr>'
    styles = sheet(
        style("base", None, f'<w:outlineLvl w:val="1"/>{numbered}'),
        *(style(f"s{i}", f"s{i - 1}" if i else "base") for i in range(LONG)),
        style("own", f"s{LONG - 1}", '<w:numPr><w:numId w:val="8"/></w:numPr><w:outlineLvl w:val="9"/>'),
    )
    last = styles.paragraph(f"s{LONG - 1}")
    assert (last.name, last.outline, last.number, last.level) == (f"name of s{LONG - 1}", 1, "7", 2)
    own = styles.paragraph("own")
    assert (own.outline, own.number, own.level) == (None, "8", None)
    assert styles.heading(Facts(style="s0")) == 1
    assert styles.paragraph("unknown").name == ""


@pytest.mark.parametrize("first", ["a", "b"])
def test_a_circle_of_styles_ends_where_it_closes(first: str) -> None:
    circle = sheet(style("a", "b", '<w:outlineLvl w:val="0"/>'), style("b", "a"))
    assert circle.paragraph(first).name == f"name of {first}"
    assert circle.paragraph("a").outline == 0


def test_the_page_shows_the_look_of_a_style_and_of_those_it_is_based_on() -> None:
    styles = (
        style("base", None, '<w:jc w:val="center"/><w:ind w:left="720"/>', "<w:b/><w:i/>"),
        style("middle", "base", '<w:jc w:val="right"/>', '<w:i w:val="0"/><w:caps/>'),
        style("top", "middle"),
    )
    page = render_html(docx(p("A text", style="top"), styles="".join(styles)))
    assert '<p class="end in720f0 bold caps">A text</p>' in page
