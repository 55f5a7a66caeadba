"""What a file that is no word processing package seems to be, said so that a person knows what to do."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from redline.errors import DocumentError

_CFB: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_IMAGES: Final = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"RIFF")
_DOCUMENTS_LOWERED: Final = (
    (b"%pdf", "a PDF file"),
    (b"{\\rtf", "a rich text (RTF) file"),
    (b"<?xml", "an XML file"),
    (b"<!doctype html", "a web page"),
    (b"<html", "a web page"),
)
_MIMETYPES: Final = (
    (b"application/vnd.oasis.opendocument.text", "an OpenDocument text"),
    (b"application/vnd.oasis.opendocument", "an OpenDocument file"),
    (b"application/epub+zip", "an e-book (EPUB)"),
)


def refuse_unless_bytes(data: object) -> None:
    """Raises `TypeError` for a path, a text or an open file in place of what is in the file."""
    if not isinstance(data, bytes):
        raise TypeError(f"a document is bytes, as Path.read_bytes() gives them, not {type(data).__name__}")


def refuse_other_text(data: bytes) -> None:
    """Raises `DocumentError` (unsupported-format) for a document that is written in text but read by no one."""
    head = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for magic, kind in _DOCUMENTS_LOWERED:
        if head.startswith(magic):
            raise unsupported(kind)


def refuse_unless_zip(data: bytes) -> None:
    """Raises `DocumentError` unless `data` begins as a zip does.

    Codes: empty-file, password-protected, legacy-format, unsupported-format, not-a-document.
    """
    if not data:
        raise DocumentError("empty-file", "The file is empty; upload it again.")
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return
    if data.startswith(_CFB):
        raise _compound_file(data)
    refuse_other_text(data)
    if data.startswith(_IMAGES):
        raise DocumentError("not-a-document", "The file is an image, not a Word document; upload the document itself.")
    raise DocumentError("not-a-document", "The file is not a Word document (.docx); save it as one with Word.")


def _compound_file(data: bytes) -> DocumentError:
    """Office's older container (MS-CFB) by its stream names; encrypted packages live in one, too (MS-OFFCRYPTO)."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        return DocumentError("password-protected", "The file is protected by a password; remove it and save it again.")
    if "WordDocument".encode("utf-16-le") in data:
        return DocumentError("legacy-format", "The file is a Word 97-2003 document (.doc); save it as .docx with Word.")
    return unsupported("an old Office file")


def unsupported(kind: str) -> DocumentError:
    """The error for a readable file of another kind."""
    return DocumentError("unsupported-format", f"The file seems to be {kind}; save it as a Word document (.docx).")


def foreign_archive(names: Collection[str], mimetype: bytes) -> DocumentError:
    """The error for a zip that is no Office package, by its names and the content of its `mimetype` member."""
    for prefix, kind in _MIMETYPES:
        if mimetype.startswith(prefix):
            return unsupported(kind)
    if any(name.endswith(".iwa") for name in names):
        return unsupported("an Apple Pages file")
    return DocumentError(
        "not-a-document", "The file is a zip archive, not a Word document; upload the document itself."
    )


def foreign_main_part(content_type: str) -> DocumentError:
    """The error for an Office package whose main part is no word processing document."""
    for mark, kind in (
        ("spreadsheetml", "an Excel workbook"),
        ("ms-excel", "an Excel workbook"),
        ("presentationml", "a PowerPoint presentation"),
        ("ms-powerpoint", "a PowerPoint presentation"),
        ("visio", "a Visio drawing"),
    ):
        if mark in content_type:
            return unsupported(kind)
    return DocumentError("not-a-document", "The file is an Office file of another kind; save it as .docx with Word.")
