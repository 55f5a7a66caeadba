"""Formatting: runs, paragraphs, sections, styles, numbering."""

from __future__ import annotations

import pytest

from redline.ooxml import W
from redline.resolver.resolve import accept, reject

from .builders import docx, p, r, section
from .judging import count, deleted, inserted, parts, redlined, revisions, root

TEXT = "The Supplier shall deliver the Services."
LEVELS = "".join(
    f'<w:lvl w:ilvl="{n}"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%{n + 1}."/></w:lvl>'
    for n in range(3)
)
NUMBERING = (
    f'<w:abstractNum w:abstractNumId="1">{LEVELS}</w:abstractNum>'
    f'<w:abstractNum w:abstractNumId="2">{LEVELS}</w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num><w:num w:numId="2"><w:abstractNumId w:val="2"/></w:num>'
)
STYLES = "".join(
    f'<w:style w:type="{kind}" w:styleId="{name}"><w:name w:val="{name}"/>{props}</w:style>'
    for kind, name, props in (
        ("paragraph", "Normal", ""),
        ("paragraph", "Clause", '<w:pPr><w:jc w:val="both"/></w:pPr>'),
        ("character", "Term", "<w:rPr><w:b/></w:rPr>"),
    )
)


def item(level: int = 0, number: int = 1) -> str:
    return f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'


@pytest.mark.parametrize(
    "props",
    [
        "<w:b/>",
        "<w:i/>",
        '<w:u w:val="single"/>',
        "<w:strike/>",
        "<w:caps/>",
        "<w:vanish/>",
        '<w:sz w:val="40"/>',
        '<w:color w:val="FF0000"/>',
        '<w:highlight w:val="yellow"/>',
        '<w:rFonts w:ascii="Georgia"/>',
        '<w:vertAlign w:val="superscript"/>',
        '<w:rStyle w:val="Term"/>',
        "<w:rtl/>",
    ],
)
@pytest.mark.parametrize("added", [True, False], ids=["added", "taken away"])
def test_run_formatting(props: str, added: bool) -> None:
    sides = [docx(p(r("The "), r("Supplier", x), r(" pays.")), styles=STYLES) for x in ("", props)]
    document = redlined(*(sides if added else sides[::-1])).docx
    assert revisions(document) == {"rPrChange": 1}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("", '<w:jc w:val="center"/>', id="alignment"),
        pytest.param('<w:ind w:left="100"/>', '<w:ind w:left="200"/>', id="indent"),
        pytest.param("", "<w:keepNext/>", id="keep with next"),
        pytest.param("<w:keepNext/>", "", id="keep with next taken away"),
        pytest.param("", '<w:spacing w:before="100"/>', id="spacing"),
        pytest.param("", '<w:pStyle w:val="Clause"/>', id="style"),
        pytest.param(item(0), item(1), id="list level"),
        pytest.param(item(0), "", id="numbering removed"),
        pytest.param("", item(0), id="numbering added"),
        pytest.param(item(0, 1), item(0, 2), id="another list"),
        pytest.param("", "<w:bidi/>", id="direction"),
    ],
)
def test_paragraph_formatting(before: str, after: str) -> None:
    old, new = (docx(p("One") + p(TEXT, ppr=x) + p("Two"), styles=STYLES, numbering=NUMBERING) for x in (before, after))
    document = redlined(old, new).docx
    assert revisions(document) == {"pPrChange": 1}


def test_paragraph_mark_formatting() -> None:
    document = redlined(p(TEXT) + p("x"), p(TEXT, ppr="<w:rPr><w:b/></w:rPr>") + p("x")).docx
    assert revisions(document) == {"rPrChange": 1}


def test_formatting_and_text_together() -> None:
    document = redlined(
        p(r("The Supplier pays at once.")), p(r("The "), r("Customer", "<w:b/>"), r(" pays at once."))
    ).docx
    assert "Supplier" in deleted(document)
    assert "Customer" in inserted(document)


@pytest.mark.parametrize("added", [True, False], ids=["added", "taken away"])
def test_a_bold_word_among_others_formats_no_space_beside_it(added: bool) -> None:
    sides = [p("The fee:", *word, r(" is due.")) for word in ((), (r(" surely", "<w:b/>"),))]
    document = redlined(*(sides if added else sides[::-1])).docx
    assert (deleted(document), inserted(document)) == (([], [" surely"]) if added else ([" surely"], []))
    assert revisions(document) == {"ins" if added else "del": 1}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(section(), section().replace("12240", "15840"), id="page size"),
        pytest.param(section(), section().replace("</w:sectPr>", '<w:cols w:num="2"/></w:sectPr>'), id="columns"),
        pytest.param(section(), section().replace("</w:sectPr>", "<w:titlePg/></w:sectPr>"), id="title page"),
    ],
)
def test_section_formatting(before: str, after: str) -> None:
    document = redlined(docx(p(TEXT), sect=before), docx(p(TEXT), sect=after)).docx
    assert revisions(document) == {"sectPrChange": 1}


@pytest.mark.parametrize("added", [True, False], ids=["added", "removed"])
def test_section_breaks(added: bool) -> None:
    sides = [docx(p("First part of the text", ppr=x) + p(TEXT), sect=section()) for x in ("", section())]
    document = redlined(*(sides if added else sides[::-1])).docx
    for side, breaks in ((accept(document), 2 if added else 1), (reject(document), 1 if added else 2)):
        assert count(side, "sectPr") == breaks


@pytest.mark.parametrize("added", [True, False], ids=["added", "removed"])
@pytest.mark.parametrize(
    "behind",
    [p("Second page"), p("Second page") + p(), p("Two") + p("Three") + p("Four")],
    ids=["one more", "and an empty one", "three more"],
)
@pytest.mark.parametrize("text", [TEXT, "The Supplier delivers."], ids=["kept", "edited"])
def test_the_last_paragraph_becomes_the_last_of_a_section(behind: str, text: str, added: bool) -> None:
    sides = [
        docx(p("Head of it all") + body, sect=section())
        for body in (p(text), p(TEXT, ppr="<w:jc w:val='both'/>" + section()) + behind)
    ]
    document = redlined(*(sides if added else sides[::-1])).docx
    sections = (len(root(x).findall(f".//{W}sectPr")) for x in (accept(document), reject(document)))
    assert tuple(sections) == ((2, 1) if added else (1, 2))


def test_a_numbering_definition_that_changed_is_another_list() -> None:
    before = docx(p(TEXT, ppr=item()), numbering=NUMBERING)
    after = docx(p(TEXT, ppr=item()), numbering=NUMBERING.replace("decimal", "upperRoman"))
    assert revisions(redlined(before, after).docx) == {"pPrChange": 1}


def test_a_style_of_deleted_text_comes_along_under_its_name() -> None:
    styles = '<w:style w:type="paragraph" w:styleId="{0}"><w:name w:val="{1}"/></w:style>'
    before = docx(
        p(TEXT, style="Clause") + p("z", style="Norm"),
        styles=styles.format("Clause", "Clause") + styles.format("Norm", "Normal"),
    )
    after = docx(p("z", style="Standard"), styles=styles.format("Standard", "Normal"))
    document = redlined(before, after).docx
    result = parts(document)["word/styles.xml"].decode()
    assert 'w:styleId="Clause"' in result
    assert 'w:styleId="Norm"' not in result
    assert not revisions(document)["pPrChange"]


def test_a_list_of_deleted_text_comes_along() -> None:
    abstract = '<w:abstractNum w:abstractNumId="{0}"><w:lvl w:ilvl="0"><w:numFmt w:val="{1}"/></w:lvl></w:abstractNum>'
    num = '<w:num w:numId="1"><w:abstractNumId w:val="{0}"/></w:num>'
    numbered = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'
    before = docx(p(TEXT, ppr=numbered) + p("z"), numbering=abstract.format(0, "bullet") + num.format(0))
    after = docx(p("z") + p("y", ppr=numbered), numbering=abstract.format(0, "decimal") + num.format(0))
    result = parts(redlined(before, after).docx)["word/numbering.xml"].decode()
    assert '"bullet"' in result
    assert '"decimal"' in result


def test_half_a_word_in_bold_is_the_same_word() -> None:
    document = redlined(p(r("con", "<w:b/>"), r("tract")), p("contract")).docx
    assert revisions(document) == {"rPrChange": 1}
