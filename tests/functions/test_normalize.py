from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from backends.blobs import NotFound
from backends.blobs.embedded import EmbeddedBlobs
from functions import formats, versions
from functions.objects import ContentionError
from functions.records import Records
from redline.errors import DocumentError
from redline.opc.package import Package
from schemas.base import Payload
from schemas.documents import (
    AcceptedVersion,
    DocumentDeleted,
    DocumentNormalized,
    DocumentRejected,
    DocumentUnchanged,
    PathRecord,
    RejectedVersion,
    VersionRecord,
)
from tests.functions.world import ROOT_TIME, World, docx

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(100)
MEGABYTE = 1 << 20
GIGABYTE = 1 << 30


def compound_file(stream: str) -> bytes:
    """The head of an Office file of old (MS-CFB) with the name of one stream."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + stream.encode("utf-16-le") + bytes(512)


def member(name: str, data: bytes, document: bytes | None = None) -> bytes:
    """A document with one part replaced."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(document or docx("text"))) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for info in old.infolist():
            new.writestr(info.filename, data if info.filename == name else old.read(info))
    return out.getvalue()


def zip_bomb(parts: int, claimed: int) -> bytes:
    """Parts that share one deflated run of 10 MB of zeros (10 KB), each said to inflate to `claimed` bytes."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    zeros = bytes(10 * MEGABYTE)
    body = deflate.compress(zeros) + deflate.flush()
    sums = struct.pack("<III", zlib.crc32(zeros), len(body), claimed)
    local = b"PK\x03\x04" + struct.pack("<HHHHH", 20, 0, 8, 0, 33) + sums + struct.pack("<HH", 17, 0)
    content = local + b"word/document.xml" + body
    directory = b""
    for number in range(parts):
        name = b"word/%d.xml" % number
        head = b"PK\x01\x02" + struct.pack("<HHHHHH", 20, 20, 0, 8, 0, 33) + sums
        directory += head + struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, 0, 0) + name
    end = struct.pack("<HHHHIIH", 0, 0, parts, parts, len(directory), len(content), 0)
    return content + directory + b"PK\x05\x06" + end


EXTERNAL_ENTITY = (
    b'<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r>'
    b"<w:t>&x;</w:t></w:r></w:p></w:body></w:document>"
)
BAD: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "empty": ("a.docx", lambda: b"", "empty-file"),
    "empty text": ("a.txt", lambda: b"", "empty-file"),
    "image called docx": ("a.docx", lambda: PNG, "not-a-document"),
    "image called text": ("a.txt", lambda: PNG, "not-a-document"),
    "password": ("a.docx", lambda: compound_file("EncryptedPackage"), "password-protected"),
    "old Word": ("a.docx", lambda: compound_file("WordDocument"), "legacy-format"),
    "truncated": ("a.docx", lambda: docx("text")[:-200], "damaged-package"),
    "half": ("a.docx", lambda: docx("text")[: len(docx("text")) // 2], "damaged-package"),
    "11 KB that claim 10 GB": ("a.docx", lambda: zip_bomb(10, GIGABYTE), "zip-bomb"),
    "70 KB that are 10 GB": ("a.docx", lambda: zip_bomb(1000, 10 * MEGABYTE), "zip-bomb"),
    "external entity": ("a.docx", lambda: member("word/document.xml", EXTERNAL_ENTITY), "forbidden-xml"),
    "broken xml": ("a.docx", lambda: member("word/document.xml", b"<w:document"), "damaged-xml"),
    "PDF called docx": ("a.docx", lambda: b"%PDF-1.7\n", "unsupported-format"),
    "rich text called docx": ("a.docx", lambda: b"{\\rtf1 text}", "unsupported-format"),
    "docx called text": ("a.txt", lambda: docx("text"), "wrong-extension"),
    "unknown kind": ("a.xlsx", lambda: docx("text"), "unsupported-format"),
    "no ending": ("contract", lambda: docx("text"), "unsupported-format"),
    "not utf-8": ("a.md", lambda: b"caf\xe9", "encoding"),
}
NAMES = ("line\nbreak.docx", "quo\"te's.docx", "😀 Vertrag ß.docx", "a/b c/%2e..docx", "back\\slash.docx", "UPPER.DOCX")


def one(said: list[Payload]) -> Payload:
    [only] = said
    return only


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_rejected_with_a_code_and_a_sentence(world: World, case: str) -> None:
    name, make, code = BAD[case]
    said = one(world.run("normalize", world.upload(name, make())))
    assert isinstance(said, DocumentRejected)
    assert said.code == code
    assert said.message.endswith(".")
    assert 20 < len(said.message) < 200
    assert name not in said.message
    [version] = world.record(name).versions
    assert isinstance(version, RejectedVersion)
    assert list(world.services.blobs.list("normalized")) == []


def test_a_file_over_the_limit_is_rejected_without_being_read(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sparse = tmp_path / "sparse"
    with sparse.open("wb") as file:
        file.truncate((100 << 20) + 1)
    event = world.upload("big.docx", sparse)
    monkeypatch.setattr(EmbeddedBlobs, "get", _only_records)
    said = one(world.run("normalize", event))
    assert isinstance(said, DocumentRejected)
    assert said.code == "too-large"
    assert "100 MB" in said.message


def test_a_stored_upload_that_is_damaged_is_rejected_and_no_outage(world: World) -> None:
    event = world.upload("a.docx", docx("one"))
    next(world.services.settings.layout.blobs.rglob("uploads/**/*.data")).write_bytes(b"PK")
    said = one(world.run("normalize", event))
    assert isinstance(said, DocumentRejected)
    assert said.code == "damaged-object"


def _only_records(_: EmbeddedBlobs, bucket: str, name: str, generation: int | None = None) -> bytes:
    assert bucket == "records", "the upload was read"
    raise NotFound(name, generation)


@pytest.mark.parametrize("name", NAMES)
def test_any_name_is_taken_and_kept_in_its_own_record_alone(world: World, name: str) -> None:
    event = world.upload(name, docx("text"))
    said = one(world.run("normalize", event))
    assert isinstance(said, DocumentNormalized)
    path = world.services.blobs.get("records", f"paths/default/{said.document_id}.json")
    record = PathRecord.model_validate_json(path)
    assert (record.path, record.first_seen) == (name, ROOT_TIME)
    assert name not in said.model_dump_json()
    assert name.encode() not in world.services.blobs.get("records", f"versions/default/{said.document_id}.json")


@pytest.mark.parametrize(
    ("name", "data", "text"),
    [
        ("a.docx", docx("one"), "one"),
        ("a.txt", b"one\n", "one"),
        ("a.text", b"one", "one"),
        ("a.md", b"# one\n", "one"),
        ("a.MARKDOWN", b"one\n", "one"),
    ],
)
def test_what_the_comparer_reads_is_a_word_document(world: World, name: str, data: bytes, text: str) -> None:
    said = one(world.run("normalize", world.upload(name, data)))
    assert isinstance(said, DocumentNormalized)
    package = Package.open(world.read(said.normalized))
    assert text in str(package.tree(package.main).xpath("string()"))
    assert said.normalized.object == f"default/{said.document_id}/{said.generation}.docx"
    assert said.source.size == len(data)


def test_a_docx_is_kept_to_the_byte(world: World) -> None:
    said = one(world.run("normalize", world.upload("a.docx", docx("one"))))
    assert isinstance(said, DocumentNormalized)
    assert world.read(said.normalized) == docx("one")
    assert said.normalized.sha256 == said.source.sha256


def test_the_same_bytes_again_are_unchanged_also_after_a_rejected_version(world: World) -> None:
    first = one(world.run("normalize", world.upload("a.docx", docx("one"))))
    assert isinstance(one(world.run("normalize", world.upload("a.docx", PNG))), DocumentRejected)
    again = one(world.run("normalize", world.upload("a.docx", docx("one"))))
    assert isinstance(first, DocumentNormalized)
    assert isinstance(again, DocumentUnchanged)
    assert again.same_as == first.generation


@pytest.mark.parametrize("data", [docx("one"), PNG], ids=["accepted", "rejected"])
def test_a_redelivery_says_the_same_and_takes_nothing_twice(world: World, data: bytes) -> None:
    event = world.upload("a.docx", data)
    world.post("normalize", event)
    once = world.events()
    record = world.record("a.docx")
    world.forget_marks()
    assert world.post("normalize", event) == 200
    assert world.events() == once
    assert world.record("a.docx") == record


def test_a_redelivery_says_the_same_also_after_later_versions(world: World) -> None:
    event = world.upload("a.docx", docx("one"))
    world.post("normalize", event)
    once = world.events()
    world.run("normalize", world.upload("a.docx", docx("one")))
    world.forget_marks()
    world.post("normalize", event)
    assert world.events() == once


def test_a_deletion_leaves_a_tombstone_and_the_document_goes_on(world: World) -> None:
    world.run("normalize", world.upload("a.docx", docx("one")))
    deleted = one(world.run("normalize", world.delete("a.docx")))
    assert isinstance(deleted, DocumentDeleted)
    assert world.record("a.docx").tombstones == (deleted.generation,)
    again = one(world.run("normalize", world.upload("a.docx", docx("two"))))
    assert isinstance(again, DocumentNormalized)
    [pair] = world.run("plan", world.event(again))
    assert pair.before_generation == deleted.generation  # type: ignore[attr-defined]


def test_a_redelivered_deletion_says_the_same_and_leaves_one_tombstone(world: World) -> None:
    world.run("normalize", world.upload("a.docx", docx("one")))
    event = world.delete("a.docx")
    world.post("normalize", event)
    once = world.events()
    world.forget_marks()
    world.post("normalize", event)
    assert world.events() == once
    assert len(world.record("a.docx").tombstones) == 1


def test_a_version_deleted_before_it_was_read_is_still_taken(world: World) -> None:
    upload = world.upload("a.docx", docx("one"))
    assert isinstance(one(world.run("normalize", world.delete("a.docx"))), DocumentDeleted)
    assert isinstance(one(world.run("normalize", upload)), DocumentNormalized)
    assert len(world.record("a.docx").tombstones) == len(world.record("a.docx").versions) == 1


def test_a_version_that_is_gone_for_good_is_rejected(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    event = world.upload("a.docx", docx("one"))
    gone = event.data.replace(b"a.docx", b"b.docx")
    said = one(world.run("normalize", replace(event, data=gone)))
    assert isinstance(said, DocumentRejected)
    assert said.code == "removed"


def test_marker_objects_of_folders_and_other_buckets_are_passed_over(world: World) -> None:
    assert world.run("normalize", world.upload("folder/", b"")) == []
    event = world.upload("a.docx", docx("one"))
    other = event.data.replace(b'"uploads"', b'"secrets"')
    assert world.run("normalize", replace(event, data=other)) == []


def test_versions_taken_at_once_are_all_in_the_record(world: World) -> None:
    events = [world.upload("a.docx", docx(str(number))) for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda event: world.post("normalize", event), events))
    assert statuses == [200] * 8
    record = world.record("a.docx")
    assert sorted(version.taken for version in record.versions) == list(range(1, 9))
    assert all(isinstance(version, AcceptedVersion) for version in record.versions)


def test_endless_contention_is_left_to_a_redelivery(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("functions.objects.time", SimpleNamespace(sleep=lambda _: None))
    mine, other = (
        Records(world.services.blobs, "records", tenant="default", region="local", document_id="d0" * 16)
        for _ in range(2)
    )

    def always_late(record: VersionRecord) -> VersionRecord:
        other.update(partial(versions.bury, generation=len(record.tombstones)))
        return versions.bury(record, 1_000_000)

    with pytest.raises(ContentionError):
        mine.update(always_late)
    assert 1_000_000 not in other.versions().tombstones


def test_a_part_with_a_wrong_checksum_is_found_wherever_it_is() -> None:
    data = bytearray(docx("text"))
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        info = package.getinfo("word/styles.xml")
    at = info.header_offset + 30 + len(info.filename) + info.compress_size // 2
    data[at] ^= 0xFF
    with pytest.raises(DocumentError) as raised:
        formats.check_docx(bytes(data))
    assert raised.value.code == "damaged-package"
