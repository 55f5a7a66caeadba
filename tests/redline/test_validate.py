"""Every rule of the validator: a document that keeps it and one that breaks it."""

from __future__ import annotations

import pytest

from redline.errors import DocumentError
from redline.validator.validate import RULES, validate
from tests.redline.wml import (
    SEPARATORS,
    WHO,
    cell,
    deleted,
    docx,
    inserted,
    paragraph,
    part,
    repacked,
    revised,
    row,
    run,
    table,
)


def doc(*content: str) -> bytes:
    return docx(paragraph(*content))


def change(identifier: str = "1", who: str = WHO) -> str:
    return f'<w:rPrChange w:id="{identifier}" {who}><w:rPr/></w:rPrChange>'


def formatted(properties: str) -> bytes:
    return doc(f"<w:r><w:rPr>{properties}</w:rPr><w:t>x</w:t></w:r>")


def with_style(*properties: str) -> bytes:
    """A document with a style for each of these run properties."""
    styles = "".join(
        f'<w:style w:styleId="S{number}"><w:name w:val="S{number}"/><w:rPr>{each}</w:rPr></w:style>'
        for number, each in enumerate(properties)
    )
    return docx(paragraph("x"), parts={"styles.xml": part("styles", styles)})


def moved(name_from: str, name_to: str, inside: bool = True) -> str:
    pieces = ""
    for number, (way, name) in enumerate((("moveFrom", name_from), ("moveTo", name_to)), 1):
        content = revised(way, run("x"), 20 + number)
        start = f'<w:{way}RangeStart w:id="{number}" w:name="{name}" {WHO}/>'
        end = f'<w:{way}RangeEnd w:id="{number}"/>'
        pieces += f"{start}{content}{end}" if inside else f"{start}{end}{content}"
    return pieces


def move(name_from: str, name_to: str, inside: bool = True) -> bytes:
    return doc(moved(name_from, name_to, inside))


def char(kind: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


def pair(start: str, end: str, attributes: str = "") -> str:
    return f'<w:{start} w:id="1" {attributes}/>x<w:{end} w:id="1"/>'.replace(">x<", f">{run('x')}<")


def threaded(answered: str) -> bytes:
    """A comment, and what says that it is done and which one it answers."""
    comment = f'<w:comment w:id="5" {WHO}><w:p w14:paraId="10000001"/></w:comment>'
    details = f'<w15:commentEx w15:paraId="10000001" w15:paraIdParent="{answered}" w15:done="1"/>'
    return docx(
        paragraph('<w:r><w:commentReference w:id="5"/></w:r>'),
        parts={"comments.xml": part("comments", comment), "commentsExtended.xml": part("commentsEx", details)},
    )


def noted(reference: str, notes: str) -> bytes:
    return docx(
        paragraph(f'<w:r><w:footnoteReference w:id="{reference}"/></w:r>'),
        parts={"footnotes.xml": part("footnotes", notes)},
    )


def note(identifier: str) -> str:
    return f'<w:footnote w:id="{identifier}">{paragraph("n")}</w:footnote>'


def separated(notes: str) -> bytes:
    settings = '<w:footnotePr><w:footnote w:id="-1"/><w:footnote w:id="0"/></w:footnotePr>'
    return docx(
        paragraph("x"),
        parts={"footnotes.xml": part("footnotes", notes), "settings.xml": part("settings", settings)},
    )


def drawn(*numbers: int) -> bytes:
    return doc(*(f'<w:r><w:drawing><wp:inline><wp:docPr id="{n}"/></wp:inline></w:drawing></w:r>' for n in numbers))


def bookmark(number: int, name: str) -> str:
    return f'<w:bookmarkStart w:id="{number}" w:name="{name}"/><w:bookmarkEnd w:id="{number}"/>'


def bookmarks(*names: str) -> bytes:
    marks = (
        f'<w:bookmarkStart w:id="{n}" w:name="{name}"/><w:bookmarkEnd w:id="{n}"/>' for n, name in enumerate(names)
    )
    return doc(*marks, "x")


def identified(*identifiers: str) -> bytes:
    return docx(*(f'<w:p w14:paraId="{identifier}"/>' for identifier in identifiers))


def listed(number: str) -> bytes:
    numbering = part(
        "numbering", '<w:abstractNum w:abstractNumId="0"/><w:num w:numId="4"><w:abstractNumId w:val="0"/></w:num>'
    )
    content = paragraph("x", properties=f'<w:numPr><w:numId w:val="{number}"/></w:numPr>')
    return docx(content, parts={"numbering.xml": numbering})


def styled(style: str) -> bytes:
    styles = part("styles", '<w:style w:styleId="S"><w:name w:val="s"/></w:style>')
    return docx(paragraph("x", properties=f'<w:pStyle w:val="{style}"/>'), parts={"styles.xml": styles})


def headed(content: str) -> bytes:
    section = '<w:headerReference w:type="default" r:id="rId-header1"/>'
    return docx(paragraph("x"), section=section, parts={"header1.xml": part("hdr", content)})


def typed(old: bytes, new: bytes) -> bytes:
    types = (
        b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        b'<Default Extension="rels" ContentType="a/b"/><Default Extension="xml" ContentType="a/b"/>'
        b'<Override PartName="/word/document.xml" ContentType="application/'
        b'vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
    )
    return repacked(doc("x"), {"[Content_Types].xml": types.replace(old, new)})


def related(content: str) -> bytes:
    rels = (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{content}</Relationships>'
    )
    return repacked(doc("x"), {"word/_rels/document.xml.rels": rels.encode()})


def relationship(rid: str, target: str) -> str:
    return f'<Relationship Id="{rid}" Type="t" Target="{target}"/>'


def linked(rid: str) -> bytes:
    return docx(
        paragraph(f'<w:hyperlink r:id="{rid}">{run("x")}</w:hyperlink>'), links={"L": ("hyperlink", "https://x/")}
    )


def fallback_repeats() -> bytes:
    inside = f'<w:txbxContent><w:p w14:paraId="00000001">{bookmark(1, "b")}</w:p></w:txbxContent>'
    choice = f'<mc:Choice Requires="wps"><w:drawing>{inside}</w:drawing></mc:Choice>'
    fallback = f"<mc:Fallback><w:pict>{inside}</w:pict></mc:Fallback>"
    return doc(f"<w:r><mc:AlternateContent>{choice}{fallback}</mc:AlternateContent></w:r>")


GRID = table(row(cell(paragraph("x"))))
FIELD = char("begin") + char("separate") + char("end")
CASES: dict[str, tuple[bytes, bytes]] = {  # rule: (keeps it, breaks it)
    "revision-id": (
        doc(inserted("x", number=1), deleted("y", number=2)),
        doc(inserted("x", number=1), deleted("y", number=1)),
    ),
    "annotation-id": (
        doc(bookmark(1, "b"), inserted("x", number=2)),
        doc(bookmark(1, "b"), inserted("x", number=1)),
    ),
    "revision-author": (formatted(change()), formatted(change(who='w:date="2026-01-01T00:00:00Z"'))),
    "revision-date": (formatted(change(who='w:author="A"')), formatted(change(who='w:author="A" w:date="yesterday"'))),
    "deleted-text": (doc(deleted("x")), doc(revised("del", run("x")))),
    "revision-around-blocks": (docx(paragraph(inserted("x"))), docx(revised("ins", paragraph("x")))),
    "revision-around-link": (
        doc(f'<w:hyperlink w:anchor="a">{inserted("x")}</w:hyperlink>'),
        doc(revised("ins", f'<w:hyperlink w:anchor="a">{run("x")}</w:hyperlink>')),
    ),
    "revision-in-run": (doc(inserted("x")), doc(f"<w:r>{revised('ins', '<w:t>x</w:t>')}</w:r>")),
    "revision-nesting": (doc(revised("ins", deleted("x"))), doc(revised("ins", inserted("x", number=1)))),
    "change-last": (formatted(f"<w:b/>{change()}"), formatted(f"{change()}<w:b/>")),
    "revision-place": (
        docx(table(row(cell(paragraph("x"), mark="cellIns")))),
        docx(GRID.replace("<w:tr>", f'<w:tr><w:trPr><w:cellIns w:id="1" {WHO}/></w:trPr>')),
    ),
    "move-outside-range": (move("m", "m"), move("m", "m", inside=False)),
    "move-range-pair": (move("m", "m"), doc(moved("m", "m").replace('<w:moveToRangeEnd w:id="2"/>', ""))),
    "move-name": (move("m", "m"), move("m", "n")),
    "cell-last-mark": (
        docx(table(row(cell(paragraph("x", mark="ins")), mark="ins"))),
        docx(table(row(cell(paragraph("x", mark="ins"))))),
    ),
    "field-balance": (doc(FIELD), doc(char("begin"))),
    "field-revision": (doc(revised("ins", FIELD)), doc(revised("ins", char("begin")), char("end"))),
    "cell-end": (docx(table(row(cell(GRID, paragraph())))), docx(table(row(cell(GRID))))),
    "story-empty": (headed(paragraph()), headed("")),
    "row-empty": (docx(GRID, paragraph()), docx(table(), paragraph())),
    "section-last": (doc("x"), docx(paragraph("x"), "<w:sectPr/>", paragraph("y"))),
    "bookmark-pair": (bookmarks("a"), doc('<w:bookmarkStart w:id="1" w:name="a"/>')),
    "bookmark-name": (bookmarks("a", "b"), bookmarks("a", "a")),
    "comment-range-pair": (doc(pair("commentRangeStart", "commentRangeEnd")), doc('<w:commentRangeEnd w:id="1"/>')),
    "permission-pair": (doc(pair("permStart", "permEnd")), doc('<w:permStart w:id="1"/>')),
    "paragraph-id": (identified("00000001", "7FFFFFFF"), identified("80000000")),
    "drawing-id": (drawn(1, 2), drawn(1, 1)),
    "relationship": (linked("L"), linked("M")),
    "relationship-target": (related(relationship("a", "document.xml")), related(relationship("a", "gone.xml"))),
    "relationship-id": (
        related(relationship("a", "document.xml") + relationship("b", "document.xml")),
        related(relationship("a", "document.xml") + relationship("a", "document.xml")),
    ),
    "content-type": (typed(b"", b""), typed(b'Extension="rels"', b'Extension="other"')),
    "content-type-part": (
        typed(b"", b""),
        typed(b"</Types>", b'<Override PartName="/word/gone.xml" ContentType="a/b"/></Types>'),
    ),
    "note-reference": (noted("1", SEPARATORS + note("1")), noted("2", SEPARATORS + note("1"))),
    "note-id": (noted("1", note("1") + note("2")), noted("1", note("1") + note("1"))),
    "comment-details": (threaded("10000001"), threaded("10000002")),
    "note-separator": (separated(SEPARATORS), separated(note("1"))),
    "numbering-reference": (listed("4"), listed("5")),
    "style-reference": (styled("S"), styled("T")),
}


def broken(data: bytes) -> set[str]:
    return {finding.rule for finding in validate(data)}


def test_every_rule_has_its_cases() -> None:
    assert [rule.id for rule in RULES] == list(dict.fromkeys(rule.id for rule in RULES))
    assert {rule.id for rule in RULES} == set(CASES)


@pytest.mark.parametrize("rule", CASES)
def test_document_that_keeps_the_rule(rule: str) -> None:
    assert broken(CASES[rule][0]) == set()


@pytest.mark.parametrize("rule", CASES)
def test_document_that_breaks_the_rule(rule: str) -> None:
    assert broken(CASES[rule][1]) == {rule}


def instructed(tag: str) -> str:
    return f"{char('begin')}<w:r><w:{tag}>x</w:{tag}></w:r>{char('end')}"


def marked_row(kind: str) -> bytes:
    return docx(table(row(cell(paragraph("x")), mark=kind)), paragraph("y"))


def of_table(mark: str) -> bytes:
    properties = f"<w:tblPr><w:{mark} w:id='1' {WHO}/></w:tblPr>"
    return docx(GRID.replace("<w:tblPr/>", properties), paragraph("y"))


def defined(reference: str) -> bytes:
    return docx(
        paragraph("x"), parts={"numbering.xml": part("numbering", f'<w:abstractNum w:abstractNumId="0"/>{reference}')}
    )


BOUND = '<w:num w:numId="4"><w:abstractNumId w:val="7"/></w:num>'
CENTRED = '<w:jc w:val="center"/>'
MORE: dict[str, tuple[str, bytes]] = {
    "ids that repeat": ("paragraph-id", identified("00000001", "00000001")),
    "id nought": ("paragraph-id", identified("00000000")),
    "id no number": ("paragraph-id", identified("XYZ")),
    "no id": ("revision-id", doc(f"<w:ins {WHO}>{run('x')}</w:ins>")),
    "id in words": ("revision-id", doc(f'<w:ins w:id="one" {WHO}>{run("x")}</w:ins>')),
    "id beyond 32 bits": ("revision-id", doc(inserted("x", number=0x80000000))),
    "deleted text that is not": ("deleted-text", doc(run("x", tag="delText"))),
    "deleted text that moves": ("deleted-text", doc(moved("m", "m").replace(run("x"), run("x", tag="delText"), 1))),
    "deleted code that is not": ("deleted-text", doc(instructed("delInstrText"))),
    "code in a deletion": ("deleted-text", doc(revised("del", instructed("instrText")))),
    "a change of a style that is not last": ("change-last", with_style(f"{change()}<w:b/>")),
    "a change of a style without author": ("revision-author", with_style(change(who=""))),
    "a change of a style with an odd date": (
        "revision-date",
        with_style(change(who='w:author="A" w:date="yesterday"')),
    ),
    "two changes of styles with one id": ("revision-id", with_style(change(), change())),
    "two changes of properties": ("change-last", formatted(change("1") + change("2"))),
    "change before properties": (
        "change-last",
        docx(paragraph("x", properties=f'<w:pPrChange w:id="1" {WHO}><w:pPr/></w:pPrChange>{CENTRED}')),
    ),
    "table inserted as such": ("revision-place", of_table("ins")),
    "cell inserted as a row is": ("revision-place", docx(table(row(cell(paragraph("x"), mark="ins"))), paragraph("y"))),
    "row that moves as such": ("revision-place", marked_row("moveTo")),
    "row in an insertion": (
        "revision-around-blocks",
        docx(
            GRID.replace("<w:tr>", f'<w:ins w:id="1" {WHO}><w:tr>').replace("</w:tr>", "</w:tr></w:ins>"), paragraph()
        ),
    ),
    "no part of notes": ("note-reference", doc('<w:r><w:footnoteReference w:id="2"/></w:r>')),
    "no such comment": ("note-reference", doc('<w:r><w:commentReference w:id="2"/></w:r>')),
    "no such header": ("relationship", docx(paragraph("x"), section='<w:headerReference w:type="even" r:id="no"/>')),
    "no definition of a list": ("numbering-reference", defined(BOUND)),
}


@pytest.mark.parametrize("case", MORE)
def test_other_ways_to_break_a_rule(case: str) -> None:
    rule, document = MORE[case]
    assert broken(document) == {rule}


@pytest.mark.parametrize("kind", ["ins", "del"])
def test_rows_are_marked_in_their_properties(kind: str) -> None:
    assert broken(marked_row(kind)) == set()


def test_text_box_in_a_deletion_is_a_text_of_its_own() -> None:
    box = f"<w:r><w:pict><v:textbox><w:txbxContent>{paragraph('x')}</w:txbxContent></v:textbox></w:pict></w:r>"
    assert broken(doc(revised("del", box))) == set()


def test_what_is_repeated_for_older_programs_is_not_counted_twice() -> None:
    assert broken(fallback_repeats()) == set()


def test_finding_says_where_and_by_which_rule() -> None:
    finding = validate(docx(paragraph("x"), paragraph(revised("del", run("x")))))[0]
    assert (finding.part, finding.path) == ("word/document.xml", "/w:document/w:body/w:p[2]/w:del/w:r/w:t")
    assert finding.section == "17.3.3.7, 17.16.13"


def test_part_that_is_no_xml_is_a_finding() -> None:
    assert broken(repacked(doc("x"), {"word/document.xml": b"<w:document"})) == {"well-formed"}


def test_what_is_no_package_cannot_be_validated() -> None:
    with pytest.raises(DocumentError):
        validate(b"not a package")


def test_of_a_rule_that_is_broken_very_often_no_more_than_so_many_places_are_listed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("redline.validator.validate.MOST_FINDINGS", 3)
    found = validate(doc(*(inserted("x", number=7) for _ in range(9)), *(run("y", tag="delText") for _ in range(2))))
    assert [finding.rule for finding in found] == ["revision-id"] * 3 + ["deleted-text"] * 2


def test_each_missing_relationship_is_found_at_the_element_that_names_it() -> None:
    linked_twice = '<w:hyperlink r:id="gone" r:other="lost" r:empty="" w:tooltip="x"/>'
    found = validate(docx(paragraph(run("x")), paragraph(linked_twice, '<w:hyperlink r:id="went"/>')))
    assert [(finding.rule, finding.path) for finding in found] == [
        ("relationship", "/w:document/w:body/w:p[2]/w:hyperlink[1]"),
        ("relationship", "/w:document/w:body/w:p[2]/w:hyperlink[1]"),
        ("relationship", "/w:document/w:body/w:p[2]/w:hyperlink[2]"),
    ]
