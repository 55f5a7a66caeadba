"""Verifying without reading what is common gives the verdict that reading everything gives."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from redline.errors import DocumentError
from redline.ooxml import W
from redline.opc.package import Package
from redline.resolver.resolve import REVISIONS, accept, reject
from redline.verifier.shortcut import spare_what_is_common
from redline.verifier.verify import verify
from tests.redline.test_verify import PARAGRAPHS, RIGHT, WRONG, tracked_document
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
    "bookmark": '<w:bookmarkStart w:id="1" w:name="here"/><w:bookmarkEnd w:id="1"/>',
    "namespace of its own": '<w:r><x:t xmlns:x="urn:x">x</x:t></w:r>',
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
    "comment": "<!-- <w:p> -->",
    "character data": f"<w:p><w:r><w:t><![CDATA[<w:p>{LONG}</w:p>]]></w:t></w:r></w:p>",
    "instruction": "<?x <w:p> ?>",
    "private-use characters": paragraph(run("\ue0f4\ue0f51")),
}


@pytest.mark.parametrize("name", UNUSUAL)
def test_unusual_bytes_are_read_whole(name: str) -> None:
    data = docx(UNUSUAL[name], *CLAUSES)
    assert all(LONG in text for text in shortened(data, data, data))


def test_tags_with_brackets_and_boxes_inside_are_cut_where_they_end() -> None:
    odd = f"<w:p w:x='a>b'><w:r>{paragraph(run('in a box'))}<w:p/></w:r>{run(LONG)}</w:p><w:p w:y=\"/>\"/><w:p/>"
    data = docx(odd, *CLAUSES)
    text = shortened(data, data, data)[0]
    assert LONG not in text
    assert verify(data, data, data).findings == ()


def test_damage_in_what_is_common_is_still_damage() -> None:
    data = docx(*CLAUSES)
    content = Package.open(data).read("word/document.xml").replace(b"0. The", b"0. & The")
    damaged = repacked(data, {"word/document.xml": content})
    with pytest.raises(DocumentError) as error:
        verify(damaged, damaged, damaged)
    assert error.value.code == "damaged-xml"
