"""The package: what is read is guarded, what is not changed is written as it was."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from redline.errors import DocumentError
from redline.ooxml import CT, RELATIONSHIP, W
from redline.opc.package import Limits, Package, rels_name
from tests.redline.wml import docx, outline, paragraph, part, repacked, zipped

HEADER = "word/header1.xml"
PICTURE = "word/media/image1.png"


@pytest.fixture
def data() -> bytes:
    return docx(paragraph("x"), parts={"header1.xml": part("hdr", paragraph("h")), "media/image1.png": b"\x89PNG"})


def raw(archive: bytes, name: str) -> bytes:
    """The compressed bytes of a member."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        info = opened.getinfo(name)
    name_length, extra_length = struct.unpack_from("<2H", archive, info.header_offset + 26)
    start = info.header_offset + 30 + name_length + extra_length
    return archive[start : start + info.compress_size]


def test_names_keep_their_order_and_new_ones_come_last(data: bytes) -> None:
    package = Package.open(data)
    assert package.main == "word/document.xml"
    package.set_bytes("word/new.xml", b"<a/>")
    package.set_bytes(HEADER, b"<b/>")
    with zipfile.ZipFile(io.BytesIO(data)) as original:
        assert Package.open(package.save()).names == (*original.namelist(), "word/new.xml")


def test_unchanged_members_are_copied_raw(data: bytes) -> None:
    package = Package.open(data)
    package.set_tree(HEADER, package.tree(HEADER))
    saved = package.save()
    for name in package.names:
        if name != HEADER:
            assert raw(saved, name) == raw(data, name)
    with zipfile.ZipFile(io.BytesIO(saved)) as archive:
        assert archive.testzip() is None
        assert archive.getinfo(HEADER).date_time == (1980, 1, 1, 0, 0, 0)


def test_saving_twice_gives_the_same_bytes(data: bytes) -> None:
    outputs = set()
    for _ in range(2):
        package = Package.open(data)
        package.set_tree(HEADER, package.tree(HEADER))
        outputs.add(package.save())
    assert len(outputs) == 1


def test_changes_of_a_tree_are_saved_when_it_is_set(data: bytes) -> None:
    package = Package.open(data)
    root = package.tree(HEADER)
    root.append(etree.fromstring(paragraph("new").replace("<w:p>", f'<w:p xmlns:w="{W[1:-1]}">')))
    assert outline(Package.open(package.save()).tree(HEADER)) == "h¶"
    package.set_tree(HEADER, root)
    assert outline(Package.open(package.save()).tree(HEADER)) == "h¶new¶"
    assert package.read(HEADER).startswith(b"<?xml version='1.0' encoding='UTF-8' standalone='yes'?>")


def test_relationships_are_resolved_against_their_part() -> None:
    rels = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="a" Type="t" Target="media/image1.png"/>'
        '<Relationship Id="b" Type="t" Target="../customXml/item1.xml"/>'
        '<Relationship Id="c" Type="t" Target="/word/Header1.xml"/>'
        '<Relationship Id="d" Type="t" Target="https://x.example/" TargetMode="External"/>'
        '<Relationship Id="e" Type="t" Target="../../../../etc/passwd"/></Relationships>'
    )
    data = docx(paragraph("x"), parts={"header1.xml": part("hdr", paragraph())})
    package = Package.open(repacked(data, {"word/_rels/document.xml.rels": rels.encode()}))
    targets = {rid: (r.target, r.external) for rid, r in package.rels("word/document.xml").items()}
    assert targets == {
        "a": (PICTURE, False),
        "b": ("customXml/item1.xml", False),
        "c": (HEADER, False),
        "d": ("https://x.example/", True),
        "e": ("etc/passwd", False),
    }


def test_adding_and_removing_a_relationship(data: bytes) -> None:
    package = Package.open(data)
    rid = package.add_relationship(package.main, f"{RELATIONSHIP}header", HEADER)
    link = package.add_relationship(HEADER, f"{RELATIONSHIP}hyperlink", "https://x.example/", external=True)
    again = Package.open(package.save())
    assert again.rels(again.main)[rid].target == HEADER
    assert again.rels(HEADER)[link].target == "https://x.example/"
    again.remove_relationships(HEADER, {link})
    assert Package.open(again.save()).rels(HEADER) == {}


def test_content_types(data: bytes) -> None:
    package = Package.open(data)
    assert package.content_type(PICTURE) == "image/png"
    package.ensure_content_type("word/footer9.xml", "a/b")
    package.ensure_content_type(PICTURE, "image/png")
    again = Package.open(package.save())
    assert again.content_type("word/footer9.xml") == "a/b"
    assert again.raw_equal(Package.open(package.save()), PICTURE)


def test_relationships_have_a_content_type_where_there_is_no_default(data: bytes) -> None:
    """LibreOffice names the content type of each part that holds relationships (ECMA-376-2, 7.3.7)."""
    package = Package.open(data)
    types = package.tree("[Content_Types].xml")
    for default in types.findall(f"{CT}Default[@Extension='rels']"):
        types.remove(default)
    package.set_tree("[Content_Types].xml", types)
    package.add_relationship(HEADER, f"{RELATIONSHIP}hyperlink", "https://x.example/", external=True)
    again = Package.open(package.save())
    assert again.content_type(rels_name(HEADER)) == "application/vnd.openxmlformats-package.relationships+xml"


def test_removing_a_part_removes_what_describes_it(data: bytes) -> None:
    package = Package.open(data)
    package.add_relationship(HEADER, f"{RELATIONSHIP}hyperlink", "https://x.example/", external=True)
    package.remove(HEADER)
    again = Package.open(package.save())
    assert HEADER not in again
    assert rels_name(HEADER) not in again
    assert again.content_type(HEADER) == "application/xml"
    with pytest.raises(DocumentError, match=r"has lost word/header1\.xml"):
        again.read(HEADER)


def test_who_is_a_target(data: bytes) -> None:
    package = Package.open(data)
    assert HEADER in package.targets()
    package.remove_relationships(package.main, {"rId-header1"})
    assert HEADER not in package.targets()


@pytest.mark.parametrize(
    ("change", "equal"),
    [
        ({}, True),
        ({HEADER: part("hdr", paragraph("h"))}, True),
        ({HEADER: b"<other/>"}, False),
        ({HEADER: None}, False),
    ],
)
def test_raw_equality(data: bytes, change: dict[str, bytes | None], equal: bool) -> None:
    assert Package.open(data).raw_equal(Package.open(repacked(data, change)), HEADER) is equal


def test_equal_content_compressed_otherwise_is_equal(data: bytes) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as stored:
        for name in archive.namelist():
            stored.writestr(name, archive.read(name))
    one, other = Package.open(data), Package.open(buffer.getvalue())
    assert all(one.raw_equal(other, name) for name in one.names)
    assert [one.fingerprint(name) for name in one.names] == [other.fingerprint(name) for name in other.names]


def test_changed_parts_are_compared_by_content(data: bytes) -> None:
    one, other = Package.open(data), Package.open(data)
    one.set_bytes(HEADER, b"<b/>")
    assert not one.raw_equal(other, HEADER)
    other.set_bytes(HEADER, b"<b/>")
    assert one.raw_equal(other, HEADER)
    assert one.fingerprint(HEADER) == other.fingerprint(HEADER) == f"{zlib.crc32(b'<b/>'):08x}-4"


def test_a_part_is_spelled_as_it_is_but_for_attributes_in_single_quotes(data: bytes) -> None:
    declared = b"<?xml version='1.0' encoding='UTF-8'?>\n<a b=\"1\">it's</a>"
    package = Package.open(repacked(data, {HEADER: declared}))
    assert package.spelled(HEADER) == declared
    quoted = Package.open(repacked(data, {HEADER: b"<?xml version='1.0'?><a b='1'/>"}))
    assert b'<a b="1"/>' in quoted.spelled(HEADER)


def test_a_look_at_a_part_finds_the_same_however_it_is_spelled(data: bytes) -> None:
    def has_author(content: bytes) -> bool:
        return b'author="Ann"' in content

    for content in (b'<a author="Ann"/>', b"<a author='Ann'/>", '<a author="Ann"/>'.encode("utf-16")):
        assert Package.open(repacked(data, {HEADER: content})).look(HEADER, has_author)
    package = Package.open(repacked(data, {HEADER: b"<a/>"}))
    assert not package.look(HEADER, has_author)
    package.set_bytes(HEADER, b'<a author="Ann"/>')
    assert package.look(HEADER, has_author)
    package.tree(HEADER).set("author", "Bob")
    package.set_tree(HEADER, package.tree(HEADER))
    assert not package.look(HEADER, has_author)


def test_a_look_at_a_part_is_not_repeated_for_another_package_with_the_same_one(data: bytes) -> None:
    looked: list[bytes] = []
    for package in (Package.open(data), Package.open(repacked(data, {"word/document.xml": b"<x/>"}))):
        package.look(HEADER, looked.append)
    package.set_bytes(HEADER, b"<b/>")
    package.look(HEADER, looked.append)
    assert looked == [Package.open(data).read(HEADER), b"<b/>"]


def test_a_part_that_was_changed_is_spelled_anew(data: bytes) -> None:
    package = Package.open(data)
    assert b"<b/>" not in package.spelled(HEADER)
    package.set_bytes(HEADER, b"<b/>")
    assert package.spelled(HEADER) == b"<b/>"
    package.tree(HEADER).tag = "c"
    package.set_tree(HEADER, package.tree(HEADER))
    assert b"<c/>" in package.spelled(HEADER)


def test_strict_package_is_read_as_transitional() -> None:
    data = docx(paragraph("x"))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    for old, new in (
        (
            b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
            b"http://purl.oclc.org/ooxml/wordprocessingml/main",
        ),
        (b"http://schemas.openxmlformats.org/officeDocument/2006/", b"http://purl.oclc.org/ooxml/officeDocument/"),
    ):
        files = {name: content.replace(old, new) for name, content in files.items()}
    strict = zipped(files)
    assert b"purl.oclc.org" in Package.open(data).read("word/document.xml").replace(b"x", b"purl.oclc.org")
    package = Package.open(strict)
    assert outline(package.tree(package.main)) == "x¶"
    assert b"purl.oclc.org" not in Package.open(package.save()).read(package.main)


def test_streamed_zip64_archive_is_read() -> None:
    """Data descriptors and zip64 extras, as a program writes that does not know sizes beforehand."""

    class Unseekable(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: int) -> int:
            raise io.UnsupportedOperation

        def tell(self) -> int:
            raise io.UnsupportedOperation

    data = docx(paragraph("x"))
    stream = Unseekable()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as streamed:
        for name in archive.namelist():
            with streamed.open(name, "w", force_zip64=True) as member:
                member.write(archive.read(name))
    saved = Package.open(stream.getvalue()).save()
    with zipfile.ZipFile(io.BytesIO(saved)) as archive:
        assert archive.testzip() is None
    assert outline(Package.open(saved).tree("word/document.xml")) == "x¶"


def test_names_beyond_ascii_survive() -> None:
    data = repacked(docx(paragraph("x")), {"word/media/bild-ä.png": b"p", "word\\media\\b.png": b"q"})
    again = Package.open(Package.open(data).save())
    assert again.read("word/media/bild-ä.png") == b"p"
    assert again.read("word/media/b.png") == b"q"


def test_folders_are_left_out() -> None:
    buffer = io.BytesIO(docx(paragraph("x")))
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.mkdir("word/empty")
    assert not any(name.endswith("/") for name in Package.open(buffer.getvalue()).names)


def test_limits_are_the_callers() -> None:
    data = docx(paragraph("x"))
    with pytest.raises(DocumentError) as caught:
        Package.open(data, Limits(max_package=100))
    assert caught.value.code == "too-large"
    assert "limit of 0 MB" in caught.value.message


@given(st.dictionaries(st.from_regex(r"[a-z]{1,8}\.bin", fullmatch=True), st.binary(max_size=400), max_size=6))
def test_any_content_survives(contents: dict[str, bytes]) -> None:
    package = Package.open(docx(paragraph("x")))
    for name, content in contents.items():
        package.set_bytes(f"word/{name}", content)
    again = Package.open(package.save())
    assert {name: again.read(f"word/{name}") for name in contents} == contents
    assert Package.open(again.save()).names == again.names
