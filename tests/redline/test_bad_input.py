"""Bad input: a typed error with a sentence that helps, whatever the file is; never a crash, a hang or memory eaten."""

from __future__ import annotations

import contextlib
import io
import random
import struct
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redline.errors import DocumentError
from redline.opc.package import CONTENT_TYPES, Limits, Package
from redline.opc.xmlguard import weight
from redline.resolver.resolve import accept
from redline.validator.validate import validate
from redline.verifier.verify import verify
from tests.redline.wml import DECLARATIONS, deleted, docx, inserted, paragraph, part, repacked, zipped

MAIN = "word/document.xml"
GOOD = docx(paragraph("kept ", inserted("new"), deleted("old")), parts={"header1.xml": part("hdr", paragraph("h"))})
CFB = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504


def entry(name: str) -> bytes:
    return name.encode("utf-16-le")


def office(content_type: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(GOOD)) as archive:
        types = archive.read(CONTENT_TYPES)
    return repacked(GOOD, {CONTENT_TYPES: types.replace(b"wordprocessingml.document.main", content_type.encode())})


def with_main(content: bytes) -> bytes:
    return repacked(GOOD, {MAIN: content})


def nested(depth: int) -> bytes:
    return f"<w:document {DECLARATIONS}>".encode() + b"<w:p>" * depth + b"</w:p>" * depth + b"</w:document>"


def doctype(declarations: str, content: str = "") -> bytes:
    return with_main(f"<!DOCTYPE w [{declarations}]><w:document {DECLARATIONS}>{content}</w:document>".encode())


def patched(archive: bytes, offset: int, form: str, *values: int) -> bytes:
    """The archive with a field of the main part's directory record overwritten."""
    at = archive.index(b"PK\x01\x02")
    while archive[at + 46 : at + 46 + len(MAIN)] != MAIN.encode():
        at = archive.index(b"PK\x01\x02", at + 4)
    changed = bytearray(archive)
    struct.pack_into(form, changed, at + offset, *values)
    return bytes(changed)


def twice(name: str) -> bytes:
    buffer = io.BytesIO(GOOD)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(name, b"again")
    return buffer.getvalue()


def bomb(megabytes: int) -> bytes:
    """A small archive that inflates to a lot, and says so."""
    return repacked(GOOD, {"word/media/big.bin": bytes(megabytes << 20)})


def without(name: str) -> bytes:
    return repacked(GOOD, {name: None})


ENTITY = '<!ENTITY a "lol">'
BILLION = ENTITY + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
BAD = {  # name: (bytes, code, words the message must have)
    "empty": (b"", "empty-file", "upload it again"),
    "text": (b"just words", "not-a-document", "save it as one"),
    "picture": (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "not-a-document", "image"),
    "PDF": (b"%PDF-1.7\n", "unsupported-format", "PDF"),
    "RTF": (b"{\\rtf1 x}", "unsupported-format", "RTF"),
    "web page": (b"\xef\xbb\xbf<!DOCTYPE html><html>", "unsupported-format", "web page"),
    "password": (CFB + entry("EncryptedPackage"), "password-protected", "remove it"),
    "old Word": (CFB + entry("WordDocument"), "legacy-format", "save it as .docx"),
    "old Excel": (CFB + entry("Workbook"), "unsupported-format", "old Office file"),
    "workbook": (office("spreadsheetml.sheet.main"), "unsupported-format", "Excel"),
    "slides": (office("presentationml.presentation.main"), "unsupported-format", "PowerPoint"),
    "OpenDocument": (
        zipped({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": ""}),
        "unsupported-format",
        "OpenDocument text",
    ),
    "e-book": (zipped({"mimetype": "application/epub+zip"}), "unsupported-format", "EPUB"),
    "Pages": (zipped({"Index/Document.iwa": ""}), "unsupported-format", "Pages"),
    "other zip": (zipped({"a.txt": "x"}), "not-a-document", "zip archive"),
    "empty zip": (zipped({}), "not-a-document", "zip archive"),
    "truncated": (GOOD[: len(GOOD) // 2], "damaged-package", "damaged"),
    "end cut off": (GOOD[:-30], "damaged-package", "damaged"),
    "no main relationship": (without("_rels/.rels"), "missing-part", "main document"),
    "no main part": (without(MAIN), "missing-part", "main document"),
    "not well-formed": (with_main(b"<w:document"), "damaged-xml", "word/document.xml is not well-formed"),
    "no XML": (with_main(b""), "damaged-xml", "not well-formed"),
    "unknown encoding": (with_main(b'<?xml version="1.0" encoding="klingon"?><a/>'), "damaged-xml", "not well-formed"),
    "external entity": (doctype('<!ENTITY x SYSTEM "file:///etc/passwd">', "&x;"), "forbidden-xml", "document type"),
    "parameter entity": (doctype('<!ENTITY % x SYSTEM "file:///etc/passwd"> %x;'), "forbidden-xml", "document type"),
    "billion laughs": (doctype(BILLION, "&j;"), "forbidden-xml", "document type"),
    "doctype in UTF-16": (
        with_main('<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a><a/>'.encode("utf-16")),
        "forbidden-xml",
        "document type",
    ),
    "doctype after a long comment": (
        with_main(b"<!--" + b"x" * 5000 + b"--><!DOCTYPE a><a/>"),
        "forbidden-xml",
        "document type",
    ),
    "deep nesting": (with_main(nested(5000)), "too-complex", "nested too deeply"),
    "huge attribute": (
        with_main(b'<a x="' + random.Random(1).randbytes(5_500_000).hex().encode() + b'"/>'),
        "too-complex",
        "oversized",
    ),
    "inflates beyond measure": (bomb(12), "zip-bomb", "unpack"),
    "says less than it holds": (patched(GOOD, 24, "<L", 10), "zip-bomb", "unpack"),
    "says more than it holds": (patched(GOOD, 24, "<L", 100_000), "damaged-package", "checksum"),
    "wrong checksum": (patched(GOOD, 16, "<L", 1), "damaged-package", "checksum"),
    "encrypted member": (patched(GOOD, 8, "<H", 1), "password-protected", "encrypted"),
    "unknown compression": (patched(GOOD, 10, "<H", 99), "unsupported-format", "unusual"),
    "member starts nowhere": (patched(GOOD, 42, "<L", 1 << 30), "damaged-package", "missing"),
    "overlapping members": (patched(GOOD, 42, "<L", 0), "damaged-package", "overlap"),
    "member longer than the file": (patched(GOOD, 20, "<L", 1 << 30), "damaged-package", "damaged"),
    "way out of the package": (repacked(GOOD, {"../../etc/passwd": b"x"}), "damaged-package", "name of a part"),
    "way out with backslashes": (repacked(GOOD, {"word\\..\\..\\x": b"x"}), "damaged-package", "name of a part"),
    "drive letter": (repacked(GOOD, {"C:/x": b"x"}), "damaged-package", "name of a part"),
    "newline in a name": (repacked(GOOD, {"word/a\nb": b"x"}), "damaged-package", "name of a part"),
    "same name in capitals": (twice("WORD/Document.xml"), "damaged-package", "same name"),
}


def use(data: bytes) -> None:
    """Everything that reads a document."""
    accept(data)
    verify(data, data, data)
    validate(data)


@pytest.mark.parametrize("name", BAD)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_bad_file_is_refused_with_a_helpful_sentence(name: str) -> None:
    data, code, words = BAD[name]
    with pytest.raises(DocumentError) as caught:
        use(data)
    assert caught.value.code == code
    assert words in caught.value.message
    assert caught.value.message.endswith(".")
    assert "\n" not in caught.value.message


def test_message_does_not_repeat_an_odd_name() -> None:
    rels = Package.open(GOOD).read("_rels/.rels").replace(b"word/document.xml", b"secret name")
    data = repacked(GOOD, {"secret name": b"<", "_rels/.rels": rels})
    with pytest.raises(DocumentError) as caught:
        accept(data)
    assert "secret" not in caught.value.message


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        (Limits(max_uncompressed=1000), "zip-bomb"),
        (Limits(max_parts=3), "too-complex"),
        (Limits(max_xml=100), "too-large"),
        (Limits(max_xml_memory=3), "too-complex"),
    ],
)
def test_each_limit_holds(limits: Limits, code: str) -> None:
    with pytest.raises(DocumentError) as caught:
        Package.open(GOOD, limits).tree(MAIN)
    assert caught.value.code == code


def test_the_weight_of_a_part_counts_tags_and_attributes() -> None:
    assert weight(b'<a b="c" d="e"><f/></a>') == 3 * weight(b"<f/>") + 2 * (weight(b'<f b=""/>') - weight(b"<f/>"))


def only_document_errors(data: bytes) -> None:
    """Whatever else is raised fails the test."""
    with contextlib.suppress(DocumentError):
        use(data)


@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), min_size=1, max_size=8))
@settings(max_examples=300, deadline=None)
def test_flipped_bytes(changes: list[tuple[int, int]]) -> None:
    data = bytearray(GOOD)
    for at, value in changes:
        data[at] = value
    only_document_errors(bytes(data))


@given(st.integers(0, len(GOOD)), st.integers(0, len(GOOD)), st.binary(max_size=20))
@settings(max_examples=150, deadline=None)
def test_cut_and_patched_archives(start: int, end: int, patch: bytes) -> None:
    only_document_errors(GOOD[:start] + patch + GOOD[end:])


CONTENT = Package.open(GOOD).read(MAIN)
PARTS = st.sampled_from([MAIN, CONTENT_TYPES, "_rels/.rels", "word/_rels/document.xml.rels", "word/header1.xml"])


@given(PARTS, st.integers(0, 4000), st.integers(0, 4000), st.binary(max_size=12))
@settings(max_examples=200, deadline=None)
def test_damaged_parts(name: str, start: int, length: int, patch: bytes) -> None:
    content = Package.open(GOOD).read(name)
    start %= len(content)
    only_document_errors(repacked(GOOD, {name: content[:start] + patch + content[start + length % 60 :]}))


TAG_NAMES = (
    "p r t tbl tr tc tcPr trPr pPr rPr ins del moveFrom moveTo sdt sdtContent hyperlink sectPr numPr rPrChange "
    "pPrChange cellIns cellMerge fldChar footnoteReference bookmarkStart commentReference delText txbxContent drawing"
)
TAGS = st.sampled_from(TAG_NAMES.split())
TREES = st.recursive(
    st.builds(lambda tag: f'<w:{tag} w:id="1"/>', TAGS),
    lambda inner: st.builds(
        lambda tag, c: f'<w:{tag} w:id="1">{"".join(c)}</w:{tag}>', TAGS, st.lists(inner, max_size=4)
    ),
    max_leaves=25,
)


@given(TREES)
@settings(max_examples=400, deadline=None)
def test_elements_in_any_order(content: str) -> None:
    """Well-formed, but nothing like a document: resolving and comparing hold their ground."""
    only_document_errors(docx(content))
