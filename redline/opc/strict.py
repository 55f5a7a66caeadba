"""The strict conformance class, read as the transitional one: the same vocabulary under other names."""

from __future__ import annotations

from typing import Final

from redline.ooxml import NS

RELATIONSHIP: Final = "http://purl.oclc.org/ooxml/officeDocument/relationships/"
"""Beginning of the types of relationships in a strict package."""
_MARK: Final = b"http://purl.oclc.org/ooxml/"
_NAMES: Final = (
    (b"http://purl.oclc.org/ooxml/wordprocessingml/main", NS["w"].encode()),
    (b"http://purl.oclc.org/ooxml/officeDocument/relationships", NS["r"].encode()),
    (b"http://purl.oclc.org/ooxml/officeDocument/math", NS["m"].encode()),
    (b"http://purl.oclc.org/ooxml/officeDocument/", b"http://schemas.openxmlformats.org/officeDocument/2006/"),
    (b"http://purl.oclc.org/ooxml/drawingml/", b"http://schemas.openxmlformats.org/drawingml/2006/"),
    (b"http://purl.oclc.org/ooxml/schemaLibrary/main", b"http://schemas.openxmlformats.org/schemaLibrary/2006/main"),
    (b' w:conformance="strict"', b""),
)
"""Strict names and their transitional equals (ECMA-376-1 annex A and ECMA-376-4 annex A)."""


def to_transitional(data: bytes) -> bytes:
    """The XML of a part in transitional names; the very same bytes where it has no strict ones."""
    if _MARK not in data:
        return data
    for strict, transitional in _NAMES:
        data = data.replace(strict, transitional)
    return data
