"""Text files as plain documents: one paragraph for each line, so that the text survives to the character."""

from __future__ import annotations

import codecs
import re
from typing import Final, Literal

from redline.errors import DocumentError
from redline.plain.writer import DocxWriter, paragraph, run

# The longer marks stand first: UTF-32's little-endian mark begins with UTF-16's.
_BYTE_ORDER_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SIGNATURES: Final = ((b"%PDF-", "PDF"), (b"{\\rtf", "RTF"))
_LINE_ENDS: Final = re.compile("\r\n|\r|\n")
_BINARY_BYTES: Final = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
MOST_LINES: Final = 100_000
_BINARY_SAMPLE: Final = 64 * 1024
_BINARY_SHARE: Final = 0.02
"""More control characters than this are no text: escape sequences in logs stay well below."""


def decode(data: bytes) -> str:
    """The text of a file in UTF-8, or in UTF-16 or UTF-32 with a byte order mark.

    Raises DocumentError: empty-file, unsupported-format (PDF, RTF), not-a-document (binary), encoding.
    """
    if not data:
        raise DocumentError("empty-file", "The file is empty; upload a document with content.")
    for signature, name in _SIGNATURES:
        if data.startswith(signature):
            raise DocumentError(
                "unsupported-format", f"The file is {name}, which cannot be compared yet; save it as .docx."
            )
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _decode(data[len(mark) :], encoding)
    if b"\x00" in data or _looks_binary(data[:_BINARY_SAMPLE]):
        raise DocumentError(
            "not-a-document", "The file is neither a Word document nor text; upload a .docx, .txt or .md file."
        )
    return _decode(data, "utf-8")


def to_docx(data: bytes, kind: Literal["text", "markdown"] = "text") -> bytes:
    """A text or Markdown file as a .docx; deterministic. Raises DocumentError as `decode` does."""
    text = decode(data)
    if kind == "markdown":
        from redline.plain.markdown import markdown_to_docx  # only Markdown pays for its parser

        return markdown_to_docx(text)
    return text_to_docx(text)


def text_to_docx(text: str) -> bytes:
    """Text as a .docx, one paragraph for each line; the end of the last line adds no empty paragraph.

    Raises DocumentError: too-complex.
    """
    writer = DocxWriter()
    written = lines(text)
    if len(written) > MOST_LINES:
        raise DocumentError("too-complex", f"The text has more than {MOST_LINES:,} lines; compare it part by part.")
    for line in written:
        writer.add(paragraph(run(line)))
    return writer.save()


def lines(text: str) -> list[str]:
    """The lines of a text, whatever ends them: CR, LF or both.

    Unlike `str.splitlines`, a form feed or a Unicode line separator stays within its line.
    """
    split = _LINE_ENDS.split(text)
    return split[:-1] if split[-1] == "" and len(split) > 1 else split


def _decode(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise DocumentError(
            "encoding", "The text is not valid Unicode; save the file as UTF-8 and try again."
        ) from error


def _looks_binary(sample: bytes) -> bool:
    return len(_BINARY_BYTES.findall(sample)) > _BINARY_SHARE * len(sample)
