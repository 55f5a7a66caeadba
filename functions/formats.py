"""What an upload is, by its name and its content, and whether the engine can read it. Pure."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Final, Literal

from functions.objects import DOCX
from redline.errors import DocumentError
from redline.opc.package import Package
from redline.plain.text import to_docx

Kind = Literal["docx", "text", "markdown"]

MEDIA_TYPES: Final[dict[Kind, str]] = {"docx": DOCX, "text": "text/plain", "markdown": "text/markdown"}
_KINDS: Final[dict[str, Kind]] = {
    ".docx": "docx",
    ".txt": "text",
    ".text": "text",
    ".md": "markdown",
    ".markdown": "markdown",
}
_ZIP: Final = b"PK\x03\x04"


def kind_of(name: str) -> Kind:
    """The kind that the ending of a name promises. Raises DocumentError: unsupported-format."""
    kind = _KINDS.get(PurePosixPath(name).suffix.lower())
    if kind is None:
        raise DocumentError(
            "unsupported-format", "Files of this kind cannot be compared; upload a .docx, .txt or .md file."
        )
    return kind


def normalize(kind: Kind, data: bytes) -> bytes:
    """The Word document that the comparer is to read; a .docx stays as it is.

    It is read to the end, so that nothing damaged reaches the comparer. Raises DocumentError.
    """
    if kind == "docx":
        check_docx(data)
        return data
    if data.startswith(_ZIP):
        raise DocumentError(
            "wrong-extension", "The file is no text, whatever its name says; name a Word document .docx."
        )
    return to_docx(data, kind)


def check_docx(data: bytes) -> None:
    """Open a package, inflate every part, and parse the main one. Raises DocumentError."""
    package = Package.open(data)
    for name in package.names:
        package.read(name)
    package.tree(package.main)
