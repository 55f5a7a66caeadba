"""What a caller gives as a document: a Word file as it is, text and Markdown as the Word file they are read into."""

from __future__ import annotations

from typing import Final

from redline.opc.sniff import refuse_other_text, refuse_unless_bytes
from redline.options import DocumentFormat
from redline.plain.text import to_docx

_ARCHIVES: Final = (b"PK", b"\xd0\xcf\x11\xe0")
"""A zip, or a compound file: an encrypted or a legacy document, which the package reader refuses by name."""


def as_docx(data: bytes, kind: DocumentFormat) -> bytes:
    """The input as a package; what is no archive and no document of another kind is text, or Markdown if asked.

    Raises `DocumentError` for what is no text either, `TypeError` for what is not bytes.
    """
    refuse_unless_bytes(data)
    if kind == "docx" or (kind == "auto" and (not data or data.startswith(_ARCHIVES))):
        return data
    if kind == "auto":
        refuse_other_text(data)
    return to_docx(data, "markdown" if kind == "markdown" else "text")
