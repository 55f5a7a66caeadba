"""The one XML parser of the engine: no document type, no entities, no network, bounded depth and size."""

from __future__ import annotations

import re
from typing import Final

from lxml import etree

from redline.errors import DocumentError
from redline.opc.zipguard import Limits

_DOCTYPE_IN_PROLOG: Final = re.compile(rb"(?:[\s\xef\xbb\xbf\xfe\xff]|<\?.*?\?>|<!--.*?-->)*<!DOCTYPE", re.DOTALL)
_PRINTABLE_PART: Final = re.compile(r"[A-Za-z0-9_./\[\]-]{1,120}")
_PARSER: Final = etree.XMLParser(
    resolve_entities=False,
    no_network=True,
    load_dtd=False,
    collect_ids=False,
    remove_comments=True,  # they say nothing about a document, and would part a text in two
    remove_pis=True,
)
_TAG: Final = 130
"""Bytes for each start and end of an element: an element without an end has no text, either."""
_ATTRIBUTE: Final = 210
"""Bytes for each attribute, which has its value beside it."""
_TOO_COMPLEX: Final = {
    etree.ErrorTypes.ERR_RESOURCE_LIMIT,
    etree.ErrorTypes.ERR_NAME_TOO_LONG,
    etree.ErrorTypes.ERR_ENTITY_LOOP,
}


def printable(part: str) -> str:
    """A part's name for a message; an unusual one is not repeated, it may carry anything."""
    return part if _PRINTABLE_PART.fullmatch(part) else "a part with an unusual name"


def parse(data: bytes, part: str, limits: Limits) -> etree._Element:
    """The root element of `data`, the content of `part`.

    `huge_tree` stays off: libxml2's own limits (256 levels, 10 MB for one text, attribute or name; no amplification by
    entities) are far beyond any document. Raises `DocumentError`: damaged-xml, forbidden-xml, too-large, too-complex.
    """
    _check_length(data, part, limits)
    prolog = data[:4096].replace(b"\0", b"")
    if b"<!DOCTYPE" in prolog and _DOCTYPE_IN_PROLOG.match(prolog):
        raise _forbidden(part)
    try:
        root = etree.fromstring(data, _PARSER)
    except etree.XMLSyntaxError as error:
        raise _syntax_error(error, part) from None
    except (ValueError, LookupError):
        raise _damaged(part) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise _forbidden(part)
    if len(root.nsmap) > limits.max_namespaces:
        raise DocumentError("too-complex", f"{printable(part)} declares too many namespaces; save it again with Word.")
    return root


def check_size(data: bytes, part: str, limits: Limits) -> None:
    """Raises `DocumentError` for what is too much to be read whole: too-large, too-complex."""
    _check_length(data, part, limits)
    if weight(data) > limits.max_xml_memory:
        raise too_heavy(part)


def _check_length(data: bytes, part: str, limits: Limits) -> None:
    if len(data) > limits.max_xml:
        megabytes = limits.max_xml // (1024 * 1024)
        raise DocumentError("too-large", f"{printable(part)} is larger than {megabytes} MB; split the document.")


def too_heavy(part: str) -> DocumentError:
    """The error for a part that would take too much memory, by itself or with those before it."""
    return DocumentError("too-complex", f"{printable(part)} has too many elements; split the document.")


def weight(data: bytes) -> int:
    """About how many bytes a part takes when it is parsed: within 5% as Word writes it, too many with short texts."""
    return _TAG * data.count(b"<") + _ATTRIBUTE * data.count(b"=")


def _syntax_error(error: etree.XMLSyntaxError, part: str) -> DocumentError:
    if getattr(error, "code", 0) in _TOO_COMPLEX or "Excessive depth" in (error.msg or ""):
        return DocumentError(
            "too-complex", f"{printable(part)} is nested too deeply or has an oversized name or value; simplify it."
        )
    return _damaged(part)


def _damaged(part: str) -> DocumentError:
    return DocumentError(
        "damaged-xml",
        f"The XML of {printable(part)} is not well-formed; open the file in Word, repair and save it again.",
    )


def _forbidden(part: str) -> DocumentError:
    return DocumentError(
        "forbidden-xml",
        f"{printable(part)} has a document type definition, which no Office file may have; save it again with Word.",
    )
