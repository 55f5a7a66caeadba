"""The verifier: right redlines pass, and whatever is wrong with one is found."""

from __future__ import annotations

from xml.sax.saxutils import escape

import pytest

from redline.errors import DocumentError
from redline.ooxml import NS, RELATIONSHIP
from redline.resolver.resolve import accept, reject
from redline.verifier.read import Version
from redline.verifier.verify import Finding, verify
from tests.redline.judging import codes
from tests.redline.wml import (
    SEPARATORS,
    WHO,
    cell,
    deleted,
    document,
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

NOTE = '<w:r><w:footnoteReference w:id="1"/></w:r>'


def notes(content: str) -> dict[str, bytes]:
    return {"footnotes.xml": part("footnotes", f'{SEPARATORS}<w:footnote w:id="1">{content}</w:footnote>')}


def picture(rid: str = "rId-image1", number: int = 1) -> str:
    inside = f'<wp:docPr id="{number}" name="p"/><a:blip r:embed="{rid}"/>'
    return f"<w:r><w:drawing><wp:inline>{inside}</wp:inline></w:drawing></w:r>"


def box(content: str) -> str:
    """A text box, drawn twice as Word writes it."""
    inside = f"<w:txbxContent>{content}</w:txbxContent>"
    choice = f'<mc:Choice Requires="wps"><w:drawing><wp:anchor>{inside}</wp:anchor></w:drawing></mc:Choice>'
    fallback = f"<mc:Fallback><w:pict><v:shape><v:textbox>{inside}</v:textbox></v:shape></w:pict></mc:Fallback>"
    return f"<w:r><mc:AlternateContent>{choice}{fallback}</mc:AlternateContent></w:r>"


def complex_field(code: str, result: str) -> str:
    chars = [f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "separate", "end")]
    return f"{chars[0]}<w:r><w:instrText>{code}</w:instrText></w:r>{chars[1]}{run(result)}{chars[2]}"


BOLD_FROM_PLAIN = f'<w:b/><w:rPrChange w:id="7" {WHO}><w:rPr/></w:rPrChange>'
RIGHT = {  # name: (redline, before, after)
    "nothing changed": (docx(paragraph("one")), docx(paragraph("one")), docx(paragraph("one"))),
    "word replaced": (
        docx(paragraph("the ", deleted("old"), inserted("new"), " rule")),
        docx(paragraph("the old rule")),
        docx(paragraph("the new rule")),
    ),
    "runs cut otherwise": (docx(paragraph("one two")), docx(paragraph("one ", "two")), docx(paragraph("on", "e two"))),
    "paragraph split": (
        docx(paragraph("one", mark="ins"), paragraph("two")),
        docx(paragraph("onetwo")),
        docx(paragraph("one"), paragraph("two")),
    ),
    "volatile things": (
        docx(paragraph("one")),
        docx(
            '<w:p w:rsidR="00AB"><w:proofErr w:type="spellStart"/><w:r><w:rPr><w:lang w:val="en"/></w:rPr>'
            "<w:t>one</w:t></w:r></w:p>"
        ),
        docx('<w:p w14:paraId="12345678"><w:r><w:lastRenderedPageBreak/><w:t>one</w:t></w:r></w:p>'),
    ),
    "row and cell": (
        docx(table(row(cell(paragraph("a"))), row(cell(paragraph("b")), mark="ins")), paragraph("z")),
        docx(table(row(cell(paragraph("a")))), paragraph("z")),
        docx(table(row(cell(paragraph("a"))), row(cell(paragraph("b")))), paragraph("z")),
    ),
    "formatting": (
        docx(paragraph(run("x", BOLD_FROM_PLAIN))),
        docx(paragraph("x")),
        docx(paragraph(run("x", "<w:b/>"))),
    ),
    "ways to say on": (
        docx(paragraph(run("x", '<w:b w:val="1"/><w:i/>'))),
        docx(paragraph(run("x", '<w:i w:val="true"/><w:b/>'))),
        docx(paragraph(run("x", "<w:b/><w:i/>"))),
    ),
    "inside a note": (
        docx(paragraph("x", NOTE), parts=notes(paragraph("see ", deleted("A"), inserted("B")))),
        docx(paragraph("x", NOTE), parts=notes(paragraph("see A"))),
        docx(paragraph("x", NOTE), parts=notes(paragraph("see B"))),
    ),
    "note with another id": (
        docx(paragraph("x", NOTE), parts=notes(paragraph("n"))),
        docx(
            paragraph("x", NOTE.replace('"1"', '"4"')),
            parts={"footnotes.xml": notes(paragraph("n"))["footnotes.xml"].replace(b'w:id="1"', b'w:id="4"')},
        ),
        docx(paragraph("x", NOTE), parts=notes(paragraph("n"))),
    ),
    "inserted note": (
        docx(paragraph("x", revised("ins", NOTE)), parts=notes(paragraph("n"))),
        docx(paragraph("x")),
        docx(paragraph("x", NOTE), parts=notes(paragraph("n"))),
    ),
    "inside a text box": (
        docx(paragraph("x", box(paragraph("t", inserted("u"))))),
        docx(paragraph("x", box(paragraph("t")))),
        docx(paragraph("x", box(paragraph("tu")))),
    ),
    "simple and complex field": (
        docx(paragraph(complex_field(" PAGE ", "1"))),
        docx(paragraph(f'<w:fldSimple w:instr="PAGE">{run("1")}</w:fldSimple>')),
        docx(paragraph(complex_field("PAGE", "1"))),
    ),
    "same picture under other numbers": (
        docx(paragraph(picture(number=5)), parts={"media/image1.png": b"A"}),
        docx(paragraph(picture("rId-image9")), parts={"media/image9.png": b"A"}),
        docx(paragraph(picture()), parts={"media/image1.png": b"A"}),
    ),
    "header": (
        docx(
            paragraph("x"),
            section='<w:headerReference w:type="default" r:id="rId-header1"/>',
            parts={"header1.xml": part("hdr", paragraph("h", inserted("i")))},
        ),
        docx(
            paragraph("x"),
            section='<w:headerReference w:type="default" r:id="rId-header7"/>',
            parts={"header7.xml": part("hdr", paragraph("h"))},
        ),
        docx(
            paragraph("x"),
            section='<w:headerReference w:type="default" r:id="rId-header1"/>',
            parts={"header1.xml": part("hdr", paragraph("hi"))},
        ),
    ),
    "no header and an empty one": (
        docx(
            paragraph("x"),
            section='<w:headerReference w:type="default" r:id="rId-header1"/>',
            parts={"header1.xml": part("hdr", paragraph())},
        ),
        docx(paragraph("x")),
        docx(paragraph("x")),
    ),
    "section break goes with its mark": (
        docx(
            paragraph(
                "a",
                mark="del",
                properties='<w:sectPr><w:headerReference w:type="default" r:id="rId-header1"/></w:sectPr>',
            ),
            paragraph("b"),
            parts={"header1.xml": part("hdr", paragraph("h"))},
        ),
        docx(
            paragraph("a", properties='<w:sectPr><w:headerReference w:type="default" r:id="rId-header1"/></w:sectPr>'),
            paragraph("b"),
            parts={"header1.xml": part("hdr", paragraph("h"))},
        ),
        docx(
            paragraph("ab"),
            section='<w:headerReference w:type="default" r:id="rId-header1"/>',
            parts={"header1.xml": part("hdr", paragraph("h"))},
        ),
    ),
    "styles under other ids": (
        docx(
            paragraph("x", properties='<w:pStyle w:val="Cite1"/>'),
            parts={
                "styles.xml": part(
                    "styles", '<w:style w:styleId="Cite1"><w:name w:val="Cite"/><w:rPr><w:i/></w:rPr></w:style>'
                )
            },
        ),
        docx(
            paragraph("x", properties='<w:pStyle w:val="C"/>'),
            parts={
                "styles.xml": part(
                    "styles", '<w:style w:styleId="C"><w:name w:val="cite"/><w:rPr><w:i/></w:rPr></w:style>'
                )
            },
        ),
        docx(
            paragraph("x", properties='<w:pStyle w:val="Cite1"/>'),
            parts={
                "styles.xml": part(
                    "styles", '<w:style w:styleId="Cite1"><w:name w:val="Cite"/><w:rPr><w:i/></w:rPr></w:style>'
                )
            },
        ),
    ),
}


def listed(number: str, form: str = "decimal") -> tuple[str, dict[str, bytes]]:
    """A numbered paragraph and the numbering part it needs."""
    levels = f'<w:lvl w:ilvl="0"><w:numFmt w:val="{form}"/></w:lvl>'
    content = (
        f'<w:abstractNum w:abstractNumId="5"><w:nsid w:val="0{number}"/>{levels}</w:abstractNum>'
        f'<w:num w:numId="{number}"><w:abstractNumId w:val="5"/></w:num>'
    )
    properties = f'<w:numPr><w:ilvl w:val="0"/><w:numId w:val="{number}"/></w:numPr>'
    return paragraph("x", properties=properties), {"numbering.xml": part("numbering", content)}


def numbered(number: str, form: str = "decimal") -> bytes:
    block, parts = listed(number, form)
    return docx(block, parts=parts)


RIGHT["same list under another id"] = (numbered("3"), numbered("8"), numbered("3"))


@pytest.mark.parametrize("name", RIGHT)
def test_right_redline_passes(name: str) -> None:
    assert verify(*RIGHT[name]).findings == ()


def linked(url: str) -> bytes:
    return docx(paragraph(f'<w:hyperlink r:id="L">{run("go")}</w:hyperlink>'), links={"L": ("hyperlink", url)})


def commented(text: str) -> bytes:
    return docx(
        paragraph("x"), parts={"comments.xml": part("comments", f'<w:comment w:id="1">{paragraph(text)}</w:comment>')}
    )


def headed(text: str) -> bytes:
    section = '<w:headerReference w:type="default" r:id="rId-header1"/>'
    return docx(paragraph("x"), section=section, parts={"header1.xml": part("hdr", paragraph(text))})


def styled(properties: str, more: str = "") -> bytes:
    style = f'<w:style w:styleId="S"><w:name w:val="S"/><w:rPr>{properties}</w:rPr>{more}</w:style>'
    return docx(paragraph("x"), parts={"styles.xml": part("styles", style)})


def sectioned(width: str) -> bytes:
    return docx(paragraph("x"), section=f'<w:pgSz w:w="{width}"/>')


def pictured(data: bytes) -> bytes:
    return docx(paragraph(picture()), parts={"media/image1.png": data})


def marked(name: str) -> bytes:
    return docx(paragraph(f'<w:bookmarkStart w:id="1" w:name="{name}"/><w:bookmarkEnd w:id="1"/>', "x"))


def plain(*blocks: str) -> bytes:
    return docx(*blocks)


X = paragraph("x")
WRONG = {  # name: (redline and after document, before document, codes)
    "text": (plain(X), plain(paragraph("y")), {"reject text error"}),
    "case only": (plain(X), plain(paragraph("X")), {"reject text error"}),
    "no-break space": (plain(paragraph("a b")), plain(paragraph("a\u00a0b")), {"reject text error"}),
    "paragraph lost": (plain(X), plain(X, X), {"reject text error"}),
    "structure": (plain(paragraph("ab")), plain(paragraph("a"), paragraph("b")), {"reject structure error"}),
    "empty paragraph": (plain(X, paragraph()), plain(X), {"reject empty-paragraph note"}),
    "cells": (
        plain(table(row(cell(paragraph("ab"))))),
        plain(table(row(cell(paragraph("a")), cell(paragraph("b"))))),
        {"reject structure error"},
    ),
    "run formatting": (plain(paragraph(run("x", "<w:b/>"))), plain(X), {"reject run-formatting error"}),
    "half of a run's formatting": (
        plain(paragraph(run("x", "<w:b/>"), run("y", "<w:b/>"))),
        plain(paragraph(run("x", "<w:b/>"), run("y"))),
        {"reject run-formatting error"},
    ),
    "paragraph formatting": (
        plain(paragraph("x", properties="<w:keepNext/>")),
        plain(X),
        {"reject paragraph-formatting error"},
    ),
    "mark formatting": (
        plain(paragraph("x", properties="<w:rPr><w:b/></w:rPr>")),
        plain(X),
        {"reject mark-formatting note"},
    ),
    "table properties": (
        plain(table(row(cell(X)))),
        plain(table(row(cell(X))).replace("<w:tblPr/>", "<w:tblPr><w:jc/></w:tblPr>")),
        {"reject table-formatting error"},
    ),
    "field code": (
        plain(paragraph(complex_field("PAGE", "1"))),
        plain(paragraph(complex_field("NUMPAGES", "1"))),
        {"reject field error"},
    ),
    "field lost": (plain(paragraph("1")), plain(paragraph(complex_field("DATE", "1"))), {"reject field error"}),
    "picture": (pictured(b"A"), pictured(b"B"), {"reject media error"}),
    "link": (linked("https://a.example/"), linked("https://b.example/"), {"reject link error"}),
    "symbol": (
        plain(paragraph('<w:r><w:sym w:font="S" w:char="F021"/></w:r>')),
        plain(paragraph('<w:r><w:sym w:font="S" w:char="F022"/></w:r>')),
        {"reject symbol error"},
    ),
    "page break": (
        plain(paragraph("<w:r><w:br/></w:r>")),
        plain(paragraph('<w:r><w:br w:type="page"/></w:r>')),
        {"reject break error"},
    ),
    "equation": (
        plain(paragraph("<m:oMath><m:f><m:num><m:r><m:t>x</m:t></m:r></m:num></m:f></m:oMath>")),
        plain(paragraph("<m:oMath><m:rad><m:e><m:r><m:t>x</m:t></m:r></m:e></m:rad></m:oMath>")),
        {"reject maths error"},
    ),
    "note": (
        docx(paragraph("x", NOTE), parts=notes(paragraph("n"))),
        docx(paragraph("x", NOTE), parts=notes(paragraph("m"))),
        {"reject text error"},
    ),
    "text box": (
        plain(paragraph(box(paragraph("n")))),
        plain(paragraph(box(paragraph("m")))),
        {"reject text error"},
    ),
    "header": (headed("h"), headed("g"), {"reject text error"}),
    "header lost": (plain(X), headed("h"), {"reject header error"}),
    "comment": (commented("c"), commented("d"), {"reject comment note"}),
    "bookmark": (marked("a"), marked("b"), {"reject bookmark note"}),
    "style definition": (styled("<w:b/>"), styled("<w:i/>"), {"reject style-definition error"}),
    "conditional format of a style": (
        styled("", '<w:tblStylePr w:type="firstRow"><w:rPr><w:b/></w:rPr></w:tblStylePr>'),
        styled("", '<w:tblStylePr w:type="lastRow"><w:rPr><w:b/></w:rPr></w:tblStylePr>'),
        {"reject style-definition note"},
    ),
    "list definition": (numbered("3"), numbered("3", "bullet"), {"reject list-definition note"}),
    "numbering": (numbered("3"), plain(X), {"reject numbering error"}),
    "last section": (sectioned("100"), sectioned("200"), {"reject section-formatting error"}),
    "section break": (
        plain(X, X),
        plain(paragraph("x", properties="<w:sectPr/>"), X),
        {"reject section error"},
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_difference_is_found(name: str) -> None:
    redline, before, expected = WRONG[name]
    assert codes(redline, before, redline) == expected
    verdict = verify(redline, before, redline)
    assert verdict.ok is not any("error" in code for code in expected)


def test_wrong_on_the_accept_side_is_an_error_where_reject_is_a_note() -> None:
    for redline, after in (
        (commented("c"), commented("d")),
        (marked("a"), marked("b")),
        (styled("<w:b/>"), styled("<w:i/>")),
    ):
        assert [f.severity for f in verify(redline, redline, after).findings] == ["error"]


def test_finding_says_where() -> None:
    finding = verify(plain(X, X), plain(X, paragraph("y")), plain(X, X)).findings[0]
    assert finding == Finding("reject", "word/document.xml", "text", "text is lost, invented or out of place", 2)


def test_revisions_of_the_inputs_are_settled_first() -> None:
    tracked = plain(paragraph("a", inserted("b"), deleted("c")))
    for option, side in (("accept", accept), ("reject", reject)):
        assert verify(side(tracked), tracked, tracked, existing_revisions="accept").ok is (option == "accept")
    assert verify(reject(tracked), tracked, tracked, existing_revisions="reject").ok
    assert verify(tracked, tracked, tracked, existing_revisions="keep").findings == ()


def noted(reference: int, *texts: str) -> bytes:
    content = "".join(f'<w:footnote w:id="{n}">{paragraph(text)}</w:footnote>' for n, text in enumerate(texts, 1))
    return docx(
        paragraph("x", f'<w:r><w:footnoteReference w:id="{reference}"/></w:r>'),
        parts={"footnotes.xml": part("footnotes", SEPARATORS + content)},
    )


def test_notes_that_all_three_have_alike_are_told_apart_by_their_ids() -> None:
    right, other = noted(1, "n", "m", "n"), noted(2, "n", "m", "n")
    assert verify(right, right, right).findings == ()
    assert codes(other, right, right) == {"accept text error", "reject text error"}
    assert codes(noted(9, "n", "m", "n"), right, right) == {"accept text error", "reject text error"}


def test_another_note_with_the_same_text_is_the_same_note() -> None:
    assert verify(noted(3, "n", "m", "n"), noted(1, "n", "m", "n"), noted(1, "n", "m", "n")).findings == ()


@pytest.mark.parametrize("wrong", [0, 1, 2])
def test_a_note_that_one_of_three_documents_has_otherwise_is_found(wrong: int) -> None:
    documents = [noted(1, "n", "m")] * 3
    documents[wrong] = noted(1, "n#", "m")
    expected = {0: {"accept text error", "reject text error"}, 1: {"reject text error"}, 2: {"accept text error"}}
    assert codes(*documents) == expected[wrong]


def test_what_the_notes_of_all_three_refer_to_is_looked_at() -> None:
    def linked_from_a_note(url: str) -> bytes:
        link = f'<w:hyperlink r:id="L">{run("go")}</w:hyperlink>'
        target = f'<Relationship Id="L" Type="{RELATIONSHIP}hyperlink" Target="{url}" TargetMode="External"/>'
        rels = f'<Relationships xmlns="{NS["pr"]}">{target}</Relationships>'
        return repacked(
            docx(paragraph("x", NOTE), parts=notes(paragraph(link))),
            {"word/_rels/footnotes.xml.rels": rels.encode()},
        )

    documents = linked_from_a_note("https://a.example/"), linked_from_a_note("https://b.example/")
    assert verify(documents[0], documents[0], documents[0]).ok
    assert not verify(documents[1], documents[0], documents[0]).ok


@pytest.mark.parametrize("inside", ["body", "header", "note"])
def test_three_equal_documents_that_hold_revisions_are_looked_at(inside: str) -> None:
    change = paragraph("x", inserted("y"))
    tracked = {
        "body": plain(change),
        "header": repacked(headed("x"), {"word/header1.xml": part("hdr", change)}),
        "note": docx(paragraph("x", NOTE), parts=notes(change)),
    }[inside]
    assert verify(tracked, tracked, tracked, existing_revisions="keep").ok
    assert not verify(tracked, tracked, tracked, existing_revisions="accept").ok


def test_three_equal_documents_that_cannot_be_read_are_refused() -> None:
    damaged = repacked(plain(X), {"word/document.xml": document(X)[:-9]})
    with pytest.raises(DocumentError):
        verify(damaged, damaged, damaged)


def test_a_text_that_looks_like_the_name_of_a_note_is_a_text() -> None:
    tracked = docx(paragraph("x", NOTE), parts=notes(paragraph("see ", deleted("A"), inserted("B"))))
    version = Version(tracked, None)
    version.story("word/document.xml")
    spellings = [spelling for pair in version.note_names(accept=True).items() for spelling in pair]
    assert spellings
    spoofed = [
        docx(paragraph(f"x {escape(spelling.decode())}", NOTE), parts=notes(paragraph("see ", inserted("B"))))
        for spelling in spellings
    ]
    assert not verify(spoofed[0], reject(spoofed[1]), accept(spoofed[1])).ok


@pytest.mark.parametrize("after", [False, True], ids=["at the end", "with text behind it"])
def test_a_control_around_blocks_that_only_one_side_has(after: bool) -> None:
    def controlled(*content: str) -> str:
        return f"<w:sdt><w:sdtContent>{paragraph(*content)}</w:sdtContent></w:sdt>"

    behind = paragraph("The rest") if after else ""
    tracked = docx(controlled(deleted("the old text"), inserted("the new one")), behind)
    assert verify(tracked, docx(paragraph("the old text"), behind), docx(controlled("the new one"), behind)).ok


@pytest.mark.parametrize(
    ("kept", "missing"), [(("a", "a", "b"), 0), (("b", "a"), 1), (("a",), 2), (("c", "c", "c"), 3)]
)
def test_as_many_comments_of_one_text_stay_as_there_were(kept: tuple[str, ...], missing: int) -> None:
    def said(*texts: str) -> bytes:
        comments = (f'<w:comment w:id="{i}">{paragraph(run(text))}</w:comment>' for i, text in enumerate(texts))
        return docx(paragraph(run("x")), parts={"comments.xml": part("comments", "".join(comments))})

    found = [f for f in verify(said(*kept), said("a", "b", "a"), said(*kept)).findings if f.side == "reject"]
    assert [finding.code for finding in found] == ["comment"] * missing
