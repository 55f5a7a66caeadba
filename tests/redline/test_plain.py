import codecs
import zipfile
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from redline.errors import DocumentError
from redline.ooxml import W
from redline.plain.text import decode, lines, to_docx


def body(docx: bytes) -> etree._Element:
    with zipfile.ZipFile(BytesIO(docx)) as package:
        assert package.testzip() is None
        return etree.fromstring(package.read("word/document.xml"))


def text_of(element: etree._Element) -> str:
    signs = {f"{W}tab": "\t", f"{W}br": "\f"}
    return "".join(signs.get(str(node.tag), node.text or "") for node in element.iter(f"{W}t", f"{W}tab", f"{W}br"))


def paragraphs(docx: bytes) -> list[str]:
    return [text_of(paragraph) for paragraph in body(docx).iter(f"{W}p")]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b"one\ntwo\n", ["one", "two"], id="the last line end adds no paragraph"),
        pytest.param(b"one\r\ntwo\rthree", ["one", "two", "three"], id="every line end"),
        pytest.param(b"one\n\n\ntwo", ["one", "", "", "two"], id="empty lines stay"),
        pytest.param(b"  a\tb  c ", ["  a\tb  c "], id="spaces and tabs stay"),
        pytest.param(b"page one\x0cpage two", ["page one\fpage two"], id="a form feed is a page break"),
        pytest.param(b"a \x1b[1m b", ["a ␛[1m b"], id="control characters stay visible"),
        pytest.param(b"<w:p> & \"'", ["<w:p> & \"'"], id="markup is text"),
        pytest.param("naïve 漢字 🎉".encode(), ["naïve 漢字 🎉"], id="UTF-8"),
        pytest.param(codecs.BOM_UTF8 + "naïve".encode(), ["naïve"], id="UTF-8 with a mark"),
        pytest.param("naïve 🎉".encode("utf-16"), ["naïve 🎉"], id="UTF-16 as this machine writes it"),
        pytest.param(codecs.BOM_UTF16_BE + "naïve".encode("utf-16-be"), ["naïve"], id="UTF-16 big-endian"),
        pytest.param(codecs.BOM_UTF32_LE + "naïve".encode("utf-32-le"), ["naïve"], id="UTF-32 little-endian"),
        pytest.param(b"\n", [""], id="one empty line"),
    ],
)
def test_text_becomes_one_paragraph_for_each_line(data: bytes, expected: list[str]) -> None:
    assert paragraphs(to_docx(data)) == expected


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(b"", "empty-file", id="empty"),
        pytest.param(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "not-a-document", id="an image"),
        pytest.param(bytes(range(1, 32)) * 4, "not-a-document", id="control characters without NUL"),
        pytest.param(b"%PDF-1.7\n...", "unsupported-format", id="PDF"),
        pytest.param(b"{\\rtf1\\ansi hello}", "unsupported-format", id="RTF"),
        pytest.param("naïve".encode("latin-1"), "encoding", id="Latin-1"),
        pytest.param(codecs.BOM_UTF16_LE + b"odd", "encoding", id="half a UTF-16 character"),
    ],
)
def test_what_is_no_text_is_refused_with_a_code(data: bytes, code: str) -> None:
    with pytest.raises(DocumentError) as caught:
        to_docx(data)
    assert caught.value.code == code


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"], exclude_characters="\ufffe\uffff"), min_size=1))
def test_any_text_survives_to_the_character(text: str) -> None:
    if text.startswith(("%PDF-", "{\\rtf", "\ufeff")):
        return
    assert paragraphs(to_docx(text.encode())) == lines(text)


def test_the_same_text_gives_the_same_bytes() -> None:
    assert to_docx(b"one\ntwo") == to_docx(b"one\ntwo")


def test_every_relationship_target_is_in_the_package_and_has_a_content_type() -> None:
    with zipfile.ZipFile(BytesIO(to_docx(b"one"))) as package:
        names = set(package.namelist())
        relationships = etree.fromstring(package.read("word/_rels/document.xml.rels"))
        types = etree.fromstring(package.read("[Content_Types].xml"))
    targets = {f"word/{relationship.get('Target')}" for relationship in relationships}
    declared = {str(override.get("PartName"))[1:] for override in types.iter("{*}Override")}
    assert targets | {"word/document.xml"} <= names
    assert targets | {"word/document.xml"} <= declared


def test_decode_drops_the_byte_order_mark() -> None:
    assert decode("\ufeffx".encode("utf-16-le")) == "x"
