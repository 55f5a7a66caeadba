"""What tracked changes cannot show is named, with its part; equal documents name nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from redline.coverage.untracked import untracked_differences
from redline.errors import DocumentError
from redline.ooxml import NS
from redline.opc.package import Package
from schemas.changes import NotTracked

from .builders import docx, footnote_ref, p, r, sdt, textbox
from .judging import parts, redlined
from .mutate.damage import zipped

STYLE = '<w:style w:type="paragraph" w:styleId="Clause"><w:name w:val="Clause"/><w:pPr>{}</w:pPr></w:style>'
LIST = (
    '<w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:numFmt w:val="{}"/><w:lvlText w:val="%1."/></w:lvl>'
    '</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num>'
)
BASED = (
    '<w:style w:type="paragraph" w:styleId="Plain"><w:name w:val="Plain"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Clause"><w:name w:val="Clause"/>{}</w:style>'
)
TABLE = (
    '<w:style w:type="table" w:styleId="Grid"><w:name w:val="Grid"/><w:tblStylePr w:type="{}"><w:rPr><w:b/></w:rPr>'
    "</w:tblStylePr></w:style>"
)
DEFAULTS = '<w:docDefaults><w:rPrDefault><w:rPr><w:sz w:val="{}"/></w:rPr></w:rPrDefault></w:docDefaults>'
LIST_STYLE = (
    '<w:style w:type="numbering" w:styleId="Clauses"><w:name w:val="Clauses"/><w:pPr><w:numPr><w:numId w:val="1"/>'
    "</w:numPr></w:pPr></w:style>"
)
COMMENT = (
    '<w:comment w:id="0" w:author="Ann" w:date="2026-01-01T00:00:00Z"><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:comment>'
)
SETTINGS = '<w:settings xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">{}</w:settings>'
RELATION = '<Relationship Id="rId900" Type="{}" Target="{}"/></Relationships>'
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
DATA = "http://schemas.openxmlformats.org/officeDocument/2006/customXml"
THEME = (
    '<a:theme xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><a:themeElements>'
    '<a:fontScheme name="x"><a:majorFont><a:latin typeface="{}"/></a:majorFont></a:fontScheme>'
    "</a:themeElements></a:theme>"
)


def with_part(kind: str, content: str) -> bytes:
    """A document with a further part that the main one refers to."""
    held = parts(docx(p("Text")))
    rels = "word/_rels/document.xml.rels"
    held[f"word/{kind}.xml"] = content.encode()
    held[rels] = held[rels].decode().replace("</Relationships>", RELATION.format(OFFICE + kind, f"{kind}.xml")).encode()
    return zipped(held)


def bound(data: str, *, control: bool = True) -> bytes:
    """A document whose content control shows the data of a part of custom XML."""
    store = "{11111111-2222-3333-4444-555555555555}"
    binding = f'<w:dataBinding w:xpath="/fee" w:storeItemID="{store}"/><w:tag'
    held = parts(docx(sdt(p("1")).replace("<w:tag", binding) if control else p("1")))
    held["customXml/item1.xml"] = f"<fee>{data}</fee>".encode()
    held["customXml/itemProps1.xml"] = f'<ds:datastoreItem ds:itemID="{store}" xmlns:ds="{DATA}"/>'.encode()
    for rels, kind, target in (
        ("word/_rels/document.xml.rels", "customXml", "../customXml/item1.xml"),
        ("customXml/_rels/item1.xml.rels", "customXmlProps", "itemProps1.xml"),
    ):
        old = held.get(rels, f'<Relationships xmlns="{NS["pr"]}"></Relationships>'.encode()).decode()
        held[rels] = old.replace("</Relationships>", RELATION.format(OFFICE + kind, target)).encode()
    return zipped(held)


FONTS = (
    '<w:fonts xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
    '<w:font w:name="Garamond">{}</w:font></w:fonts>'
)
PROPERTIES = {
    "core": '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{}</dc:title><cp:revision>{}</cp:revision></cp:coreProperties>',
    "custom": '<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties"><property '
    'name="Matter" pid="2"><vt:lpwstr xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">{}'
    "</vt:lpwstr></property></Properties>",
}


def described(kind: str, *values: str) -> bytes:
    """A document with properties."""
    held = parts(docx(p("x")))
    related = RELATION.format(f"{OFFICE}{kind}-properties", f"docProps/{kind}.xml")
    held["_rels/.rels"] = held["_rels/.rels"].decode().replace("</Relationships>", related).encode()
    return zipped({**held, f"docProps/{kind}.xml": PROPERTIES[kind].format(*values).encode()})


NOTED = docx(p("x", footnote_ref(2)), footnotes={2: p("n")})


def with_main(old: bytes, new: bytes, document: bytes, part: str = "word/document.xml") -> bytes:
    """A document with something else in a part."""
    held = parts(document)
    assert old in held[part]
    return zipped({**held, part: held[part].replace(old, new, 1)})


def bookmark(name: str) -> str:
    return f'<w:bookmarkStart w:id="1" w:name="{name}"/><w:bookmarkEnd w:id="1"/>'


CASES = {
    "style on another one": (
        docx(p("x", style="Clause"), styles=BASED.format("")),
        docx(p("x", style="Clause"), styles=BASED.format('<w:basedOn w:val="Plain"/>')),
        [("word/styles.xml", "style-definition")],
    ),
    "style of another case": (
        docx(p("x", style="Clause"), styles=BASED.format("")),
        docx(p("x", style="Clause"), styles=BASED.format('<w:basedOn w:val="Plain"/>').replace('val="C', 'val="c')),
        [("word/styles.xml", "style-definition")],
    ),
    "conditional format": (
        docx(p("x"), styles=TABLE.format("firstRow")),
        docx(p("x"), styles=TABLE.format("lastRow")),
        [("word/styles.xml", "style-definition")],
    ),
    "defaults": (
        docx(p("x"), styles=DEFAULTS.format(22)),
        docx(p("x"), styles=DEFAULTS.format(24)),
        [("word/styles.xml", "style-definition")],
    ),
    "list of a list style": (
        docx(p("x"), styles=LIST_STYLE, numbering=LIST.format("decimal")),
        docx(p("x"), styles=LIST_STYLE, numbering=LIST.format("upperRoman")),
        [("word/numbering.xml", "list-definition")],
    ),
    "comment gone": (docx(p("x"), comments=COMMENT.format("Why?")), docx(p("x")), [("word/comments.xml", "comment")]),
    "comment changed": (
        docx(p("x"), comments=COMMENT.format("Why?")),
        docx(p("x"), comments=COMMENT.format("How?")),
        [("word/comments.xml", "comment")],
    ),
    "bookmark gone": (docx(p(bookmark("fee"), r("x"))), docx(p("x")), [("word/document.xml", "bookmark")]),
    "bookmark added": (docx(p("x")), docx(p(bookmark("fee"), r("x"))), [("word/document.xml", "bookmark")]),
    "content control": (docx(sdt(p("x"))), docx(p("x")), [("word/document.xml", "content-control")]),
    "data of a content control": (bound("1"), bound("2"), [("customXml/item1.xml", "bound-data")]),
    "even headers": (
        with_part("settings", SETTINGS.format("")),
        with_part("settings", SETTINGS.format("<w:evenAndOddHeaders/>")),
        [("word/settings.xml", "setting")],
    ),
    "theme": (
        with_part("theme", THEME.format("Georgia")),
        with_part("theme", THEME.format("Arial")),
        [("word/theme.xml", "theme")],
    ),
    "embedded font": (
        with_part("fontTable", FONTS.format("")),
        with_part("fontTable", FONTS.format('<w:embedRegular r:id="rId1"/>')),
        [("word/fontTable.xml", "embedded-font")],
    ),
    "background": (
        docx(p("x")),
        with_main(b"<w:body>", b'<w:background w:color="FF0000"/><w:body>', docx(p("x"))),
        [("word/document.xml", "background")],
    ),
    "line above the notes": (
        NOTED,
        with_main(b"<w:separator/>", b"<w:separator/><w:br/>", NOTED, "word/footnotes.xml"),
        [("word/footnotes.xml", "note-separator")],
    ),
    "title": (
        described("core", "Lease", "1"),
        described("core", "Rent", "2"),
        [("docProps/core.xml", "document-property")],
    ),
    "property of one's own": (
        described("custom", "17"),
        described("custom", "18"),
        [("docProps/custom.xml", "document-property")],
    ),
    "quotes in a name": (
        docx(p(bookmark("O'Neill"), r("x"))),
        docx(p("x")),
        [("word/document.xml", "bookmark")],
    ),
}
QUIET = {
    "settings of no view": (
        with_part("settings", SETTINGS.format("<w:rsids/>")),
        with_part("settings", SETTINGS.format('<w:zoom w:percent="90"/><w:evenAndOddHeaders w:val="0"/>')),
    ),
    "data that nothing shows": (bound("1", control=False), bound("2", control=False)),
    "names that applications give": (docx(p("x")), docx(p(bookmark("_GoBack"), r("x")))),
    "what applications tell": (described("core", "Lease", "1"), described("core", "Lease", "2")),
    "a tracked style": (
        docx(p("x", style="Clause"), styles=STYLE.format('<w:jc w:val="left"/>')),
        docx(p("x", style="Clause"), styles=STYLE.format('<w:jc w:val="center"/>')),
    ),
    "a tracked change": (docx(p("one")), docx(p("two"))),
    "a style nobody had": (
        docx(p("x"), styles=STYLE.format("")),
        docx(p("x"), styles=STYLE.format("") + STYLE.format("<w:keepNext/>").replace("Clause", "New")),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_no_revision_can_show_is_named(case: str) -> None:
    before, after, expected = CASES[case]
    coverage = redlined(before, after).coverage
    assert [(x.part, x.code) for x in coverage.not_tracked] == expected
    assert not coverage.complete
    for entry in coverage.not_tracked:
        assert any(found(entry, document) for document in (after, before)), entry


def found(entry: NotTracked, document: bytes) -> bool:
    """Whether the path of an entry leads to something in a document."""
    held = parts(document).get(entry.part)
    return held is not None and bool(etree.fromstring(held).xpath(entry.path, namespaces=NS))


@pytest.mark.parametrize("case", QUIET)
def test_nothing_is_named_without_need(case: str) -> None:
    before, after = QUIET[case]
    coverage = redlined(before, after).coverage
    assert not coverage.not_tracked
    assert coverage.complete


def test_a_text_box_of_another_size_is_named() -> None:
    box = textbox(p("Words in a box"))
    assert 'cx="' in box
    grown = box.replace('cx="', 'cx="1', 1)
    redline = redlined(p("Beside", box), p("Beside", grown))
    (entry,) = redline.coverage.not_tracked
    assert (entry.part, entry.code, entry.path) == ("word/document.xml", "text-box", "//wp:docPr[@id='7']")
    assert found(entry, redline.docx)


@pytest.mark.parametrize("part", ["docProps/core.xml", "word/theme.xml"])
def test_a_part_that_cannot_be_read_is_named_and_nothing_else_lost(part: str) -> None:
    whole = described("core", "Lease", "1") if "core" in part else with_part("theme", THEME.format("Georgia"))
    coverage = redlined(whole, zipped({**parts(whole), part: b"<no xml"})).coverage
    (entry,) = coverage.not_tracked
    assert entry.code == "unreadable-part"
    assert part in entry.message
    assert not coverage.complete


def test_equal_documents_name_nothing(corpus: Path) -> None:
    for path in sorted((corpus / "singles").rglob("*.docx"))[::8]:
        document = path.read_bytes()
        try:
            package = Package.open(document)
            package.tree(package.main)
        except DocumentError:
            continue
        assert not untracked_differences(document, document), path.name
