"""What stands in a line beside words: links, bookmarks, fields, equations, images, symbols, breaks."""

from __future__ import annotations

import pytest

from redline.ooxml import NS, RELATIONSHIP, R, W
from redline.opc.package import Package

from .builders import PNG, docx, field, image, link, p, r
from .judging import count, deleted, inserted, parts, redlined, root
from .mutate.damage import zipped
from .mutate.objects import png

MATHS = "<m:oMath><m:f><m:num><m:r><m:t>{}</m:t></m:r></m:num><m:den><m:r><m:t>2</m:t></m:r></m:den></m:f></m:oMath>"


AUTHOR, TITLE = (f'<w:fldSimple w:instr=" {code} ">{{}}</w:fldSimple>' for code in ("AUTHOR", "TITLE"))
WINGDINGS = '<w:r><w:sym w:font="Wingdings" w:char="{}"/></w:r>'


@pytest.mark.parametrize(
    ("before", "after", "gone", "come"),
    [
        pytest.param("<w:r><w:tab/></w:r>", "", "\t", "", id="tab deleted"),
        pytest.param("", "<w:r><w:tab/></w:r>", "", "\t", id="tab added"),
        pytest.param("", "<w:r><w:br/></w:r>", "", "\n", id="line break added"),
        pytest.param('<w:r><w:br w:type="page"/></w:r>', "<w:r><w:br/></w:r>", "\n", "\n", id="kind of break"),
        pytest.param("", WINGDINGS.format("00FC"), "", "\u00fc", id="symbol added"),
        pytest.param(WINGDINGS.format("00FC"), WINGDINGS.format("00FD"), "\u00fc", "\u00fd", id="symbol replaced"),
        pytest.param("", "<w:r><w:noBreakHyphen/></w:r>", "", "\u2011", id="no-break hyphen"),
        pytest.param("", "<w:r><w:softHyphen/></w:r>", "", "\u00ad", id="soft hyphen"),
        pytest.param("", r(" hidden", "<w:vanish/>"), "", " hidden", id="hidden text added"),
        pytest.param(r(" hidden", "<w:vanish/>"), "", " hidden", "", id="hidden text deleted"),
        pytest.param(
            r(" hidden", "<w:vanish/>"), r(" covert", "<w:vanish/>"), "hidden", "covert", id="hidden text edited"
        ),
        pytest.param(MATHS.format("x"), MATHS.format("y"), "x2", "y2", id="equation edited"),
        pytest.param("", MATHS.format("x"), "", "x2", id="equation added"),
        pytest.param(MATHS.format("x"), "", "x2", "", id="equation deleted"),
        pytest.param(field("REF clause", "4.1"), field("REF clause", "4.2"), "4.1", "4.2", id="cross-reference"),
        pytest.param(field("REF one", "4.1"), field("REF two", "4.1"), "4.1", "4.1", id="field code"),
        pytest.param("", field("DATE", "1 May"), "", "1 May", id="field added"),
        pytest.param(field("DATE", "1 May"), "", "1 May", "", id="field deleted"),
        pytest.param(field("DATE", "1 May"), r("1 May"), "1 May", "1 May", id="field made text"),
        pytest.param("", AUTHOR.format(r("Ann")), "", "Ann", id="simple field added"),
        pytest.param(AUTHOR.format(r("Ann")), "", "Ann", "", id="simple field deleted"),
        pytest.param(AUTHOR.format(r("Ann")), AUTHOR.format(r("Bob")), "Ann", "Bob", id="result of a simple field"),
        pytest.param(AUTHOR.format(r("Ann")), TITLE.format(r("Ann")), "Ann", "Ann", id="code of a simple field"),
        pytest.param("", link("here", anchor="there"), "", "here", id="link added"),
        pytest.param(link("here", anchor="there"), "", "here", "", id="link deleted"),
        pytest.param(link("here", anchor="there"), r("here"), "here", "here", id="link taken off"),
        pytest.param(link("one two", anchor="x"), link("one three", anchor="x"), "two", "three", id="text of a link"),
        pytest.param(link("one", anchor="here"), link("one", anchor="there"), "one", "one", id="anchor of a link"),
    ],
)
def test_inline(before: str, after: str, gone: str, come: str) -> None:
    old, new = (p("Some words before:", *([x] if x else []), r(" and some after.")) for x in (before, after))
    (change,) = redlined(old, new).changes
    assert (change.before, change.after) == (gone, come)


def test_a_field_that_goes_takes_its_code_along() -> None:
    document = redlined(p("on ", field("DATE", "1 May"), r(" we met")), p("on  we met")).docx
    assert count(document, "delInstrText") == 1
    assert count(document, "instrText") == 0
    assert {mark.getparent().getparent().tag for mark in root(document).iter(f"{W}fldChar")} == {f"{W}del"}  # type: ignore[union-attr]


def test_link_targets() -> None:
    urls = ("https://example.org/1", "https://example.org/2")
    before, after = (docx(p("See ", link("the terms", rid="rId9"), r(".")), links={"rId9": url}) for url in urls)
    document = redlined(before, after).docx
    assert (deleted(document), inserted(document)) == (["the terms"], ["the terms"])
    targets = Package.open(document).rels("word/document.xml")
    links = list(root(document).iter(f"{W}hyperlink"))
    assert [targets[element.get(f"{R}id", "")].target for element in links] == list(urls)


def _pictured(data: bytes, extent: int = 100, rid: str = "rId5") -> bytes:
    return docx(p("A picture ", image(rid, extent), r(" here.")), images={rid: data})


def pictures(document: bytes) -> list[tuple[str, bytes, str]]:
    """How each picture is marked, what is in its part, and its width."""
    targets = Package.open(document).rels("word/document.xml")
    found = []
    for drawing in root(document).iter(f"{W}drawing"):
        mark = next(drawing.iterancestors(f"{W}ins", f"{W}del"), None)
        blip = next(drawing.iter(f"{{{NS['a']}}}blip"))
        part = targets[blip.get(f"{R}embed", "")].target
        extent = next(drawing.iter(f"{{{NS['wp']}}}extent"))
        state = "" if mark is None else mark.tag[len(W) :]
        found.append((state, parts(document)[part], extent.get("cx", "")))
    return found


RED, PLAIN = png(7), docx(p("A picture ", r(" here.")))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param(
            _pictured(PNG), _pictured(RED), [("del", PNG, "100"), ("ins", RED, "100")], id="replaced under one name"
        ),
        pytest.param(
            _pictured(PNG),
            _pictured(RED, rid="rId8"),
            [("del", PNG, "100"), ("ins", RED, "100")],
            id="replaced under another id",
        ),
        pytest.param(
            _pictured(PNG), _pictured(PNG, extent=200), [("del", PNG, "100"), ("ins", PNG, "200")], id="resized"
        ),
        pytest.param(PLAIN, _pictured(PNG), [("ins", PNG, "100")], id="added"),
        pytest.param(_pictured(PNG), PLAIN, [("del", PNG, "100")], id="deleted"),
        pytest.param(_pictured(PNG), _pictured(PNG, rid="rId8"), [("", PNG, "100")], id="the same under another id"),
    ],
)
def test_images(before: bytes, after: bytes, expected: list[tuple[str, bytes, str]]) -> None:
    redline = redlined(before, after)
    assert pictures(redline.docx) == expected
    assert len(redline.changes) == (len(expected) > 1 or bool(expected[0][0]))
    assert {change.target for change in redline.changes} <= {"image"}


def test_a_moved_image_is_found() -> None:
    texts = ("Here ", " it was and stays."), ("There ", "it was not yet.")
    before, after = (
        docx(
            "".join(p(*(text[0], image("rId5"), r(text[1])) if k == at else text) for k, text in enumerate(texts)),
            images={"rId5": PNG},
        )
        for at in (0, 1)
    )
    document = redlined(before, after).docx
    assert pictures(document) == [("del", PNG, "100"), ("ins", PNG, "100")]
    assert (deleted(document), inserted(document)) == ([], [])
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


CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"
DIAGRAM = "http://schemas.openxmlformats.org/drawingml/2006/diagram"
DRAWN = (
    '<w:r><w:drawing><wp:inline><wp:extent cx="9" cy="9"/><wp:docPr id="3" name="Object"/>'
    "<a:graphic>{}</a:graphic></wp:inline></w:drawing></w:r>"
)
OBJECTS = {
    "chart": (
        DRAWN.format(f'<a:graphicData uri="{CHART}"><c:chart xmlns:c="{CHART}" r:id="rId70"/></a:graphicData>'),
        ["chart"],
    ),
    "SmartArt": (
        DRAWN.format(
            f'<a:graphicData uri="{DIAGRAM}"><dgm:relIds xmlns:dgm="{DIAGRAM}" r:dm="rId70" r:lo="rId71" '
            'r:qs="rId72" r:cs="rId73"/></a:graphicData>'
        ),
        ["diagramData", "diagramLayout", "diagramQuickStyle", "diagramColors"],
    ),
    "embedded object": (
        '<w:r><w:object><o:OLEObject Type="Embed" ProgID="Excel.Sheet.12" r:id="rId70"/></w:object></w:r>',
        ["package"],
    ),
}


def holding(kind: str, content: str) -> bytes:
    """A document with an object whose first part has some content."""
    run, held_parts = OBJECTS[kind]
    held = parts(docx(p("Before:", run, r(" after"))))
    related = held["word/_rels/document.xml.rels"].decode()
    for n, name in enumerate(held_parts):
        held[f"word/{name}1.xml"] = f"<{name}>{content if n == 0 else ''}</{name}>".encode()
        entry = f'<Relationship Id="rId{70 + n}" Type="{RELATIONSHIP}{name}" Target="{name}1.xml"/></Relationships>'
        related = related.replace("</Relationships>", entry)
    return zipped({**held, "word/_rels/document.xml.rels": related.encode()})


def shown(document: bytes) -> list[tuple[str, bytes]]:
    """How each object is marked, and what its first part holds."""
    targets = Package.open(document).rels("word/document.xml")
    found = []
    for element in root(document).iter(f"{{{CHART}}}chart", f"{{{DIAGRAM}}}relIds", f"{{{NS['o']}}}OLEObject"):
        first = element.get(f"{R}id") or element.get(f"{R}dm", "")
        mark = next(element.iterancestors(f"{W}ins", f"{W}del"), None)
        found.append(("" if mark is None else mark.tag[len(W) :], parts(document)[targets[first].target]))
    return found


@pytest.mark.parametrize("kind", OBJECTS)
def test_objects_are_atoms(kind: str) -> None:
    name = OBJECTS[kind][1][0]
    one, two = (f"<{name}>{content}</{name}>".encode() for content in "12")
    without = docx(p("Before:", r(" after")))
    assert shown(redlined(holding(kind, "1"), holding(kind, "1")).docx) == [("", one)]
    assert shown(redlined(holding(kind, "1"), holding(kind, "2")).docx) == [("del", one), ("ins", two)]
    assert shown(redlined(without, holding(kind, "2")).docx) == [("ins", two)]
    assert shown(redlined(holding(kind, "1"), without).docx) == [("del", one)]
