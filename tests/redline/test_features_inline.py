"""What stands in a line beside words: links, bookmarks, fields, equations, images, symbols, breaks."""

from __future__ import annotations

import pytest

from redline.ooxml import NS, R, W

from .builders import PNG, docx, field, image, link, p, r
from .judging import count, deleted, inserted, parts, redlined, revisions, root
from .mutate.objects import png

MATHS = "<m:oMath><m:f><m:num><m:r><m:t>{}</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f></m:oMath>"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param("<w:r><w:tab/></w:r>", "", id="tab deleted"),
        pytest.param("", "<w:r><w:tab/></w:r>", id="tab added"),
        pytest.param("", "<w:r><w:br/></w:r>", id="line break added"),
        pytest.param('<w:r><w:br w:type="page"/></w:r>', "<w:r><w:br/></w:r>", id="kind of break"),
        pytest.param("", '<w:r><w:sym w:font="Wingdings" w:char="F0FC"/></w:r>', id="symbol added"),
        pytest.param(
            '<w:r><w:sym w:font="Wingdings" w:char="F0FC"/></w:r>',
            '<w:r><w:sym w:font="Wingdings" w:char="F0FD"/></w:r>',
            id="symbol replaced",
        ),
        pytest.param("", "<w:r><w:noBreakHyphen/></w:r>", id="no-break hyphen"),
        pytest.param("", "<w:r><w:softHyphen/></w:r>", id="soft hyphen"),
        pytest.param("", r("hidden", "<w:vanish/>"), id="hidden text added"),
        pytest.param(MATHS.format("x"), MATHS.format("y"), id="equation edited"),
        pytest.param("", MATHS.format("x"), id="equation added"),
        pytest.param(MATHS.format("x"), "", id="equation deleted"),
        pytest.param(field("REF clause", "4.1"), field("REF clause", "4.2"), id="result of a cross-reference"),
        pytest.param(field("REF one", "4.1"), field("REF two", "4.1"), id="field code"),
        pytest.param("", field("DATE", "1 May"), id="field added"),
        pytest.param(field("DATE", "1 May"), "", id="field deleted"),
        pytest.param(field("DATE", "1 May"), r("1 May"), id="field made text"),
        pytest.param('<w:fldSimple w:instr=" AUTHOR ">' + r("Ann") + "</w:fldSimple>", "", id="simple field deleted"),
        pytest.param(
            '<w:fldSimple w:instr=" AUTHOR ">' + r("Ann") + "</w:fldSimple>",
            '<w:fldSimple w:instr=" AUTHOR ">' + r("Bob") + "</w:fldSimple>",
            id="result of a simple field",
        ),
        pytest.param(
            '<w:fldSimple w:instr=" AUTHOR ">' + r("Ann") + "</w:fldSimple>",
            '<w:fldSimple w:instr=" TITLE ">' + r("Ann") + "</w:fldSimple>",
            id="code of a simple field",
        ),
        pytest.param("", link("here", anchor="there"), id="link added"),
        pytest.param(link("here", anchor="there"), "", id="link deleted"),
        pytest.param(link("here", anchor="there"), r("here"), id="link taken off"),
        pytest.param(link("one two", anchor="there"), link("one three", anchor="there"), id="text of a link"),
        pytest.param(link("one", anchor="here"), link("one", anchor="there"), id="anchor of a link"),
    ],
)
def test_inline(before: str, after: str) -> None:
    old, new = (p("Some words before ", *([x] if x else []), r(" and some after.")) for x in (before, after))
    assert revisions(redlined(old, new).docx)


def test_link_targets() -> None:
    before, after = (
        docx(p("See ", link("the terms", rid="rId9"), r(".")), links={"rId9": url})
        for url in ("https://example.org/1", "https://example.org/2")
    )
    redlined(before, after)


def _pictured(data: bytes, extent: int = 100, rid: str = "rId5") -> bytes:
    return docx(p("A picture ", image(rid, extent), r(" here.")), images={rid: data})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(_pictured(PNG), _pictured(png(7)), id="replaced under the same name"),
        pytest.param(_pictured(PNG), _pictured(png(7), rid="rId8"), id="replaced under another id"),
        pytest.param(_pictured(PNG), _pictured(PNG, extent=200), id="resized"),
        pytest.param(docx(p("A picture ", r(" here."))), _pictured(PNG), id="added"),
        pytest.param(_pictured(PNG), docx(p("A picture ", r(" here."))), id="deleted"),
    ],
)
def test_images(before: bytes, after: bytes) -> None:
    document = redlined(before, after).docx
    assert revisions(document)
    held = [name for name in parts(document) if name.startswith("word/media/")]
    rels = parts(document)["word/_rels/document.xml.rels"].decode()
    for blip in root(document).iter(f"{{{NS['a']}}}blip"):
        assert f'Id="{blip.get(f"{R}embed")}"' in rels
    assert held


def test_a_moved_image_is_found() -> None:
    before = docx(p("Here ", image("rId5"), r(" it was and stays.")) + p("There it was not yet."), images={"rId5": PNG})
    after = docx(
        p("Here ", r(" it was and stays.")) + p("There ", image("rId5"), r("it was not yet.")), images={"rId5": PNG}
    )
    document = redlined(before, after).docx
    assert count(document, "drawing") == 2
    ids = [e.get("id") for e in root(document).iter(f"{{{NS['wp']}}}docPr")]
    assert len(set(ids)) == 2


@pytest.mark.parametrize("added", [True, False], ids=["added", "removed"])
def test_bookmarks(added: bool) -> None:
    plain = p("One ", r("two"), r(" three"))
    marked = p("One ", '<w:bookmarkStart w:id="4" w:name="x"/>', r("two"), '<w:bookmarkEnd w:id="4"/>', r(" three"))
    document = redlined(*((plain, marked) if added else (marked, plain))).docx
    assert not inserted(document)
    assert not deleted(document)
    assert count(document, "bookmarkStart") == count(document, "bookmarkEnd")


def test_a_bookmark_of_deleted_text_keeps_its_ends() -> None:
    marked = p(
        "One ", '<w:bookmarkStart w:id="4" w:name="x"/>', r("two and more"), '<w:bookmarkEnd w:id="4"/>', r(" three")
    )
    document = redlined(marked + p("End"), p("One ", r(" three")) + p("End")).docx
    starts = sorted(e.get(f"{W}id", "") for e in root(document).iter(f"{W}bookmarkStart"))
    ends = sorted(e.get(f"{W}id", "") for e in root(document).iter(f"{W}bookmarkEnd"))
    assert starts == ends


CHART = (
    '<w:r><w:drawing><wp:inline><wp:extent cx="9" cy="9"/><wp:docPr id="3" name="Chart"/><a:graphic>'
    '<a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/chart"><c:chart '
    'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"/></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>'
)


@pytest.mark.parametrize("added", [True, False], ids=["added", "deleted"])
def test_charts_are_atoms(added: bool) -> None:
    sides = [p("Before ", r(" after")), p("Before ", CHART, r(" after"))]
    document = redlined(*(sides if added else sides[::-1])).docx
    assert count(document, "drawing") == 1
