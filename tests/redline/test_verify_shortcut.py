"""Verifying without reading what is common gives the verdict that reading everything gives."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from redline.errors import DocumentError
from redline.ooxml import NS, W
from redline.opc.package import Package
from redline.options import CompareOptions
from redline.resolver.resolve import REVISIONS, accept, reject
from redline.verifier.shortcut import spare_what_is_common
from redline.verifier.verify import verify
from tests.redline.test_verify import RIGHT, WRONG
from tests.redline.test_verify_properties import PARAGRAPHS, tracked_document
from tests.redline.wml import cell, deleted, docx, inserted, paragraph, repacked, row, run, table

LONG = "The parties agree that the terms of this clause survive the end of the agreement for five years."
CLAUSES = [paragraph(run(f"{number}. {LONG}")) for number in range(4)]
NO_MEANINGS: list[tuple[dict[str, str], dict[str, str]]] = [({}, {})] * 3


@pytest.fixture(autouse=True)
def everything_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("redline.verifier.shortcut.LEAST", 0)
    monkeypatch.setattr("redline.verifier.shortcut._LEAST_BLOCK", 0)


def in_full(documents: tuple[bytes, bytes, bytes], monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setattr("redline.verifier.shortcut.LEAST", 1 << 40)
    return verify(*documents)


@pytest.mark.parametrize("name", [*RIGHT, *WRONG])
def test_verdict_is_that_of_the_whole_documents(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    documents = RIGHT[name] if name in RIGHT else (*WRONG[name][:2], WRONG[name][0])
    assert verify(*documents) == in_full(documents, monkeypatch)


@pytest.mark.parametrize("name", [*RIGHT, *WRONG])
def test_a_large_document_is_read_again_for_the_same_verdict(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    documents = RIGHT[name] if name in RIGHT else (*WRONG[name][:2], WRONG[name][0])
    expected = verify(*documents)
    monkeypatch.setattr("redline.verifier.resolve._MANY_BLOCKS", -1)
    assert verify(*documents) == expected


@given(PARAGRAPHS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_redline_of_its_own_sides_passes(model: list[tuple[list[tuple[str, str]], str]]) -> None:
    redline = tracked_document(model)
    assert verify(redline, reject(redline), accept(redline)).findings == ()


BEGIN, SEPARATE, END = (f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>' for kind in ("begin", "separate", "end"))
PIECES = (
    *CLAUSES[:2],
    paragraph(run(LONG, "<w:b/>")),
    paragraph(inserted(LONG)),
    paragraph(deleted(LONG)),
    paragraph(run(LONG), mark="del"),
    paragraph(BEGIN, "<w:r><w:instrText>TOC</w:instrText></w:r>", SEPARATE, run(LONG)),
    paragraph(run(LONG), END),
    paragraph(f"<w:r>{CLAUSES[0]}{CLAUSES[1]}</w:r>"),
    table(
        row(cell(CLAUSES[0])),
        row(cell(CLAUSES[1], table(row(cell(CLAUSES[0])), row(cell(paragraph("x")))), CLAUSES[2])),
    ),
    table(row(cell(CLAUSES[0]), mark="ins"), row(cell(CLAUSES[1]))),
    "<w:p/>",
)
DOCUMENTS = st.lists(st.sampled_from(PIECES), min_size=1, max_size=5).map(
    lambda blocks: docx(*blocks, paragraph("end"))
)
COMPUTED = CompareOptions(track_computed=False)


@given(DOCUMENTS, DOCUMENTS, DOCUMENTS, st.sampled_from([CompareOptions(), COMPUTED]))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_verdict_on_any_three_documents_is_that_of_the_whole_ones(
    redline: bytes, before: bytes, after: bytes, options: CompareOptions
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("redline.verifier.shortcut.LEAST", 1 << 40)
        whole = verify(redline, before, after, options=options)
    assert verify(redline, before, after, options=options) == whole


def shortened(*documents: bytes) -> list[str]:
    """The main parts after common blocks were taken out."""
    packages = [Package.open(data) for data in documents]
    spare_what_is_common(packages, NO_MEANINGS)
    return [package.read(package.main).decode() for package in packages]


def test_what_is_common_is_taken_out_and_the_rest_stays() -> None:
    parts = [docx(*CLAUSES, paragraph(change), table(row(cell(CLAUSES[0]))))
             for change in (inserted("b") + deleted("a"), run("a"), run("b"))]  # fmt: skip
    for text, kept in zip(shortened(*parts), ("<w:ins", ">a<", ">b<"), strict=True):
        assert LONG not in text
        assert kept in text


@pytest.mark.parametrize("tag", REVISIONS)
def test_a_revision_is_never_taken_out(tag: str) -> None:
    name = f"w:{tag[len(W) :]}"
    data = docx(paragraph(f"<{name}/>", run(LONG)), *CLAUSES)
    assert all(f"<{name}/>" in text for text in shortened(data, data, data))


NOT_ALONE = {
    "link": '<w:hyperlink r:id="x"><w:r><w:t>link</w:t></w:r></w:hyperlink>',
    "link after a line break": '<w:hyperlink\nr:id="x"><w:r><w:t>link</w:t></w:r></w:hyperlink>',
    "note": '<w:r><w:footnoteReference w:id="1"/></w:r>',
    "field over several paragraphs": '<w:r><w:fldChar w:fldCharType="end"/></w:r>',
    "bookmark": '<w:bookmarkStart w:id="1" w:name="here"/><w:bookmarkEnd w:id="1"/>',
    "section": "<w:pPr><w:sectPr/></w:pPr>",
}


@pytest.mark.parametrize("name", NOT_ALONE)
def test_what_refers_to_other_places_is_never_taken_out(name: str) -> None:
    data = docx(paragraph(run(LONG), NOT_ALONE[name]), *CLAUSES)
    assert all(NOT_ALONE[name] in text for text in shortened(data, data, data))


def test_ids_that_mean_other_things_are_never_taken_out() -> None:
    block = paragraph(run(LONG), properties='<w:pStyle w:val="s"/>')
    packages = [Package.open(docx(block, *CLAUSES)) for _ in range(3)]
    spare_what_is_common(packages, [({"s": "title"}, {}), ({"s": "title"}, {}), ({"s": "body"}, {})])
    assert all(b'w:val="s"' in package.read(package.main) for package in packages)


def test_a_block_that_one_side_has_more_often_is_never_taken_out() -> None:
    texts = shortened(docx(CLAUSES[0], CLAUSES[1]), docx(CLAUSES[0], CLAUSES[0], CLAUSES[1]), docx(*CLAUSES[:2]))
    assert [text.count(f"0. {LONG}") for text in texts] == [1, 2, 1]
    assert not any(f"1. {LONG}" in text for text in texts)


UNUSUAL = {
    "instruction later": f"{CLAUSES[0]}<?x <w:p> ?>",
    "comment": "<!-- <w:p> -->",
    "character data": f"<w:p><w:r><w:t><![CDATA[<w:p>{LONG}</w:p>]]></w:t></w:r></w:p>",
    "instruction": "<?x <w:p> ?>",
    "private-use characters": paragraph(run("\ue0f4\ue0f51")),
}


@pytest.mark.parametrize("name", UNUSUAL)
def test_unusual_bytes_are_read_whole(name: str) -> None:
    data = docx(UNUSUAL[name], *CLAUSES)
    assert all(LONG in text for text in shortened(data, data, data))


def test_tags_with_brackets_are_cut_where_they_end() -> None:
    odd = f"<w:p w:x='a>b' w:z='/'>{run(LONG)}</w:p><w:p >{run(LONG)}</w:p>"
    data = docx(odd, *CLAUSES)
    assert LONG not in shortened(data, data, data)[0]
    assert verify(data, data, data).findings == ()


def test_a_row_of_a_table_in_a_cell_gives_way_alone() -> None:
    inner = table(row(cell(paragraph(LONG))))
    data = docx(table(row(cell(paragraph("a"), inner, paragraph(run("around"), NOT_ALONE["bookmark"])))), "<w:p/>")
    text = shortened(data, data, data)[0]
    assert LONG not in text
    assert "around" in text
    assert verify(data, data, data).findings == ()


AROUND = {
    "box": paragraph(run(LONG), f"<w:r>{paragraph(run('x'))}</w:r>"),
    "box of two": paragraph(run(LONG), f"<w:r>{paragraph(run('x'))}<w:p/>{paragraph(run('y'))}</w:r>"),
    "empty paragraph in a box": f"<w:p>{run(LONG)}<w:r><w:p w:a='b'/></w:r></w:p>",
    "paragraph with a line break in its tag": f"<w:p>{run(LONG)}<w:r><w:p\n>{run('x')}</w:p></w:r></w:p>",
    "table in a cell": table(row(cell(paragraph(run(LONG), NOT_ALONE["bookmark"]), table(row(cell(paragraph("x"))))))),
}


@pytest.mark.parametrize("name", AROUND)
def test_what_has_another_block_inside_is_never_taken_out(name: str) -> None:
    data = docx(AROUND[name], "<w:p/>")
    assert LONG in shortened(data, data, data)[0]
    assert verify(data, data, data).findings == ()


AMBIGUOUS = {
    "prefix that means two things": ('<w:r><x:t xmlns:x="urn:x"/></w:r>', '<w:r><x:t xmlns:x="urn:y"/></w:r>'),
    "default that not all have": ('<w:r><t xmlns="urn:x"/></w:r>', "<w:r><t/></w:r>"),
    "second prefix of relationships": (f'<w:r xmlns:rel="{NS["r"]}"/>', ""),
    "prefix of relationships in disguise": (f'<w:r xmlns:rel="{NS["r"].replace("/", "&#47;")}"/>', ""),
}


@pytest.mark.parametrize("name", AMBIGUOUS)
def test_names_that_may_mean_two_things_are_read_whole(name: str) -> None:
    one, other = (docx(paragraph(content), *CLAUSES) for content in AMBIGUOUS[name])
    assert all(LONG in text for text in shortened(one, other, one))


def test_a_paragraph_that_is_never_closed_is_damage() -> None:
    data = docx(CLAUSES[0], CLAUSES[0])
    content = Package.open(data).read("word/document.xml")
    at = content.rindex(b"</w:p>")
    damaged = repacked(data, {"word/document.xml": content[:at] + content[at + len("</w:p>") :]})
    with pytest.raises(DocumentError) as error:
        verify(damaged, data, data)
    assert error.value.code == "damaged-xml"


def test_a_field_whose_end_is_common_hides_nothing() -> None:
    begin = paragraph(BEGIN, "<w:r><w:instrText>TOC</w:instrText></w:r>", SEPARATE, run("Contents"))
    redline, before = (
        docx(begin, paragraph(run(title)), paragraph(run(LONG), END), paragraph(text), *extra)
        for title, text, extra in (("One", "kept", ()), ("Two", "lost", ("<w:p/>",)))
    )
    assert not verify(redline, before, redline, options=COMPUTED).ok


def test_damage_in_what_is_common_is_still_damage() -> None:
    data = docx(*CLAUSES)
    content = Package.open(data).read("word/document.xml").replace(b"0. The", b"0. & The")
    damaged = repacked(data, {"word/document.xml": content})
    with pytest.raises(DocumentError) as error:
        verify(damaged, damaged, damaged)
    assert error.value.code == "damaged-xml"
