"""A guarded reader of zip archives (PKWARE APPNOTE 6.3.x) held in memory, and a writer that copies members raw.

Nothing is inflated until it is asked for, nothing that the archive says about itself is trusted, and a member that was
not changed is written back as the very compressed bytes that were read.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

from redline.errors import DocumentError

_END: Final = struct.Struct("<4s4H2LH")
_END64_LOCATOR: Final = struct.Struct("<4sLQL")
_END64: Final = struct.Struct("<4sQ2H2L4Q")
_CENTRAL: Final = struct.Struct("<4s6H3L5H2L")
_CENTRAL_READ: Final = struct.Struct("<4s4x4H3L3H8xL")
"""What is read of a `_CENTRAL` record: without versions, disk and attributes."""
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_LOCAL_READ: Final = struct.Struct("<4s22x2H")
"""What is read of a `_LOCAL` header: the directory says the rest."""

_ENCRYPTED: Final = 0x1
_UTF8: Final = 0x800
_STORED: Final = 0
_DEFLATED: Final = 8
_FIXED_DOS_DATE: Final = (1 << 5) | 1
"""1980-01-01, the first date a zip can hold: changed members carry it so that equal content gives equal bytes."""

_REMEMBERED: Final = 32 * 1024
"""Bytes of a directory up to which it is remembered."""
COMPRESSION_LEVEL: Final = 3
"""Of zlib, for changed members: on word processing XML a third of the time of level 6, a fifth more bytes."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a package may ask for. Sizes in bytes; beyond a limit `DocumentError` is raised, never memory used."""

    max_package: int = 100 * 1024 * 1024
    max_uncompressed: int = 512 * 1024 * 1024
    max_ratio: int = 200
    ratio_applies_above: int = 10 * 1024 * 1024
    max_parts: int = 10_000
    max_xml: int = 96 * 1024 * 1024
    max_xml_memory: int = 640 * 1024 * 1024
    """Of one part when it is parsed, as estimated: some 500,000 words as Word writes them."""
    max_namespaces: int = 1_000
    """Declared at the root of one part."""


class Member(NamedTuple):
    """One file of the archive: its directory record and where its compressed bytes lie."""

    name: str
    method: int
    dos_time: int
    dos_date: int
    crc: int
    compressed: int
    size: int
    start: int


def damaged(detail: str) -> DocumentError:
    """The error for an archive that contradicts itself."""
    return DocumentError(
        "damaged-package", f"The file is damaged ({detail}); open it in Word, repair and save it again."
    )


def read_directory(data: bytes, limits: Limits) -> dict[str, Member]:
    """The members by name, in the order of the central directory; folders are left out.

    Raises `DocumentError`: damaged-package, password-protected, unsupported-format, zip-bomb, too-complex.
    """
    start, end, count = _central_directory(data)
    if count > limits.max_parts:
        raise DocumentError("too-complex", f"The file holds more than {limits.max_parts} parts; split the document.")
    directory = data[start:end]
    records = read_records if len(directory) <= _REMEMBERED else read_records.__wrapped__
    found = [Member(*record[:-1], _data_start(data, record.start)) for record in records(directory, count)]
    _check_sizes(found, limits)
    _check_overlaps(data, found)
    return {member.name: member for member in found}


@lru_cache(maxsize=8)
def read_records(directory: bytes, count: int) -> tuple[Member, ...]:
    """The first `count` records of a directory, but for folders; `start` is where the local header of each begins.

    Remembered by their bytes: a document that is compared is soon read again, when the redline is verified.
    """
    found: list[Member] = []
    position = 0
    for _ in range(count):
        member, position = _central_record(directory, position)
        if member.name[-1] != "/":
            found.append(member)
    if len({member.name.casefold() for member in found}) < len(found):
        raise damaged("two parts have the same name")
    return tuple(found)


def _central_directory(data: bytes) -> tuple[int, int, int]:
    """Where the directory's records begin, and end at the latest, and how many they are (APPNOTE 4.3.14 and 4.3.16)."""
    at = data.rfind(b"PK\x05\x06", max(0, len(data) - _END.size - 0xFFFF))
    if at < 0 or at + _END.size > len(data):
        raise damaged("its end is missing, as after an incomplete download")
    _, disk, first_disk, _, count, size, offset, _ = _END.unpack_from(data, at)
    locator = at - _END64_LOCATOR.size
    if 0xFFFF in (count, disk) or 0xFFFFFFFF in (size, offset):
        if locator < 0 or data[locator : locator + 4] != b"PK\x06\x07":
            raise damaged("its directory is incomplete")
        at = _END64_LOCATOR.unpack_from(data, locator)[2]
        if at + _END64.size > len(data) or data[at : at + 4] != b"PK\x06\x06":
            raise damaged("its directory is incomplete")
        *_, disk, first_disk, _, count, size, offset = _END64.unpack_from(data, at)
    if disk or first_disk:
        raise damaged("it is one piece of a split archive")
    if offset + size > at:
        raise damaged("its directory is incomplete")
    return offset, at, count


def _central_record(data: bytes, at: int) -> tuple[Member, int]:
    """One record of the directory (APPNOTE 4.3.12) and the offset of the next."""
    if at + _CENTRAL.size > len(data):
        raise damaged("its directory is incomplete")
    (magic, flags, method, time, date, crc, compressed, size, name_length, extra_length, comment_length, header) = (
        _CENTRAL_READ.unpack_from(data, at)
    )
    if magic != b"PK\x01\x02":
        raise damaged("its directory is incomplete")
    name_at = at + _CENTRAL.size
    extra_at = name_at + name_length
    end = extra_at + extra_length
    if 0xFFFFFFFF in (size, compressed, header):
        size, compressed, header = _zip64_sizes(data[extra_at:end], size, compressed, header)
    name = _safe_name(data[name_at:extra_at], flags)
    if flags & _ENCRYPTED:
        raise DocumentError("password-protected", "The file is encrypted; remove its password and save it again.")
    if method not in (_STORED, _DEFLATED):
        raise DocumentError("unsupported-format", "The file is compressed in an unusual way; save it again with Word.")
    return Member(name, method, time, date, crc, compressed, size, header), end + comment_length


def _zip64_sizes(extra: bytes, size: int, compressed: int, header: int) -> tuple[int, int, int]:
    """The true values of the fields that overflow 32 bits (APPNOTE 4.5.3: extra field 0x0001)."""
    values = [size, compressed, header]
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, at)
        if kind == 1:
            field = extra[at + 4 : at + 4 + length]
            for index, value in enumerate(values):
                if value == 0xFFFFFFFF:
                    if len(field) < 8:
                        break
                    values[index] = int.from_bytes(field[:8], "little")
                    field = field[8:]
            break
        at += 4 + length
    if 0xFFFFFFFF in values:
        raise damaged("its directory is incomplete")
    return values[0], values[1], values[2]


@lru_cache(maxsize=1024)
def _safe_name(raw: bytes, flags: int) -> str:
    """A name with forward slashes and no way out of the package (ECMA-376-2, part names)."""
    try:
        name = raw.decode("utf-8" if flags & _UTF8 else "cp437")
    except UnicodeDecodeError:
        raise damaged("the name of a part is not valid") from None
    name = name.replace("\\", "/").lstrip("/")
    if not name or re.search(r"[\x00-\x1f\x7f]|(^|/)\.\.?(/|$)|^[A-Za-z]:", name):
        raise damaged("the name of a part is not valid")
    return name


def _data_start(data: bytes, header: int) -> int:
    """Where the compressed bytes begin (APPNOTE 4.3.7)."""
    if header + _LOCAL.size > len(data):
        raise damaged("a part is missing")
    magic, name_length, extra_length = _LOCAL_READ.unpack_from(data, header)
    if magic != b"PK\x03\x04":
        raise damaged("a part is missing")
    return int(header + _LOCAL.size + name_length + extra_length)


def _check_sizes(members: Iterable[Member], limits: Limits) -> None:
    total = 0
    for member in members:
        total += member.size
        if member.size > limits.ratio_applies_above and member.size > limits.max_ratio * member.compressed:
            raise bomb()
        if member.method == _STORED and member.size != member.compressed:
            raise damaged("a part has two sizes")
    if total > limits.max_uncompressed:
        raise bomb()


def bomb() -> DocumentError:
    """The error for an archive that would grow out of all proportion."""
    return DocumentError(
        "zip-bomb",
        "The file would unpack to far more than a document holds; it was not opened, save it again with Word.",
    )


def _check_overlaps(data: bytes, members: Iterable[Member]) -> None:
    """No byte belongs to two members: overlapping ones are how small archives claim huge contents."""
    end = 0
    for member in sorted(members, key=lambda m: m.start):
        if member.start < end:
            raise damaged("two parts overlap")
        end = member.start + member.compressed
    if end > len(data):
        raise damaged("a part is cut off")


def inflate(data: bytes, member: Member) -> bytes:
    """The content of a member: never more bytes than its record declares, and the checksum holds.

    Raises `DocumentError`: damaged-package, zip-bomb (it holds more than it declares).
    """
    raw = memoryview(data)[member.start : member.start + member.compressed]
    if member.method == _STORED:
        content = bytes(raw)
    else:
        stream = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            content = stream.decompress(raw, member.size + 1)
        except zlib.error:
            raise damaged("a part cannot be unpacked") from None
        if len(content) > member.size:
            raise bomb()
    if len(content) != member.size or zlib.crc32(content) != member.crc:
        raise damaged("a part does not match its checksum")
    return content


def deflate(name: str, content: bytes) -> tuple[Member, bytes]:
    """A new member and its compressed bytes; same content, same bytes."""
    stream = zlib.compressobj(COMPRESSION_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = stream.compress(content) + stream.flush()
    return Member(name, _DEFLATED, 0, _FIXED_DOS_DATE, zlib.crc32(content), len(packed), len(content), 0), packed


def write_archive(entries: Iterable[tuple[Member, bytes | memoryview]]) -> bytes:
    """An archive of members and their compressed bytes, in the order given."""
    chunks: list[bytes | memoryview] = []
    directory: list[bytes] = []
    offset = 0
    for member, packed in entries:
        name = member.name.encode()
        flags = 0 if name.isascii() else _UTF8
        common = (flags, member.method, member.dos_time, member.dos_date, member.crc, member.compressed, member.size)
        local = _LOCAL.pack(b"PK\x03\x04", 20, *common, len(name), 0) + name
        directory.append(_CENTRAL.pack(b"PK\x01\x02", 20, 20, *common, len(name), 0, 0, 0, 0, 0, offset) + name)
        chunks += (local, packed)
        offset += len(local) + len(packed)
    records = b"".join(directory)
    end = _END.pack(b"PK\x05\x06", 0, 0, len(directory), len(directory), len(records), offset, 0)
    return b"".join((*chunks, records, end))
