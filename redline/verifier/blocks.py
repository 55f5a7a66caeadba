"""The blocks of a flow, and their bytes, from serializing what holds them once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Final, NamedTuple, cast, overload

from lxml import etree

from redline.ooxml import W
from redline.opc.xmlguard import parse
from redline.opc.zipguard import Limits

_SEPARATOR: Final = "\ue0f1\ue0f2\ue0f1"
_WRAPPERS: Final = (f"{W}sdt", f"{W}sdtContent", f"{W}customXml")
_WRAPPER_PROPERTIES: Final = (f"{W}sdtPr", f"{W}sdtEndPr", f"{W}customXmlPr")

_PARSED_END: Final = b"</w:body>"


class Blocks(NamedTuple):
    """The blocks of a flow, also those in content controls, and the bytes of each."""

    elements: Sequence[etree._Element]
    chunks: list[bytes]


class Parsed(Sequence[etree._Element]):
    """Blocks that are parsed from their bytes when they are asked for, with the prefixes at the root of their part."""

    def __init__(self, part: str, root: etree._Element, chunks: Sequence[bytes]) -> None:
        self._part = part
        self._root = root
        self._chunks = chunks

    def __len__(self) -> int:
        return len(self._chunks)

    @overload
    def __getitem__(self, index: int) -> etree._Element: ...
    @overload
    def __getitem__(self, index: slice) -> list[etree._Element]: ...
    def __getitem__(self, index: int | slice) -> etree._Element | list[etree._Element]:
        chunks = self._chunks[index] if isinstance(index, slice) else [self._chunks[index]]
        found = list(parse(b"".join([self._start, *chunks, _PARSED_END]), self._part, Limits()))
        return found if isinstance(index, slice) else found[0]

    def __iter__(self) -> Iterator[etree._Element]:
        return iter(self[:])

    @cached_property
    def _start(self) -> bytes:
        holder = etree.Element(f"{W}body", nsmap=cast("dict[str, str]", self._root.nsmap))
        holder.text = ""
        return etree.tostring(holder, encoding="UTF-8")[: -len(_PARSED_END)]


def flow_of(root: etree._Element) -> etree._Element:
    """What holds the blocks of a part."""
    return next(root.iterchildren(f"{W}body"), root)


def blocks_of(root: etree._Element) -> Blocks:
    """The blocks of a part."""
    flow = flow_of(root)
    blocks = list(_blocks(flow))
    return Blocks(blocks, chunks(root, flow, blocks))


def is_flat(flow: etree._Element) -> bool:
    """Whether no blocks of a flow stand in content controls."""
    return next(flow.iterchildren(*_WRAPPERS), None) is None


def _blocks(flow: etree._Element) -> Iterator[etree._Element]:
    """Blocks of a flow, through the content controls around them."""
    for child in flow.iterchildren("*"):
        if child.tag in _WRAPPERS:
            yield from _blocks(child)
        elif child.tag not in _WRAPPER_PROPERTIES:
            yield child


def row_chunks(table: etree._Element) -> list[tuple[etree._Element, bytes]] | None:
    """Rows of a table with their bytes, from serializing it once; None when it is built otherwise than usual."""
    rows = list(table.iterchildren(f"{W}tr"))
    if next(table.iterchildren(*_WRAPPERS), None) is not None:
        return None
    for row in rows:
        row.tail = _SEPARATOR
    head = rows[0].getprevious() if rows else None
    if head is None:
        return None
    head.tail = _SEPARATOR
    pieces = etree.tostring(table, encoding="UTF-8", with_tail=False).split(_SEPARATOR.encode())
    for element in (head, *rows):
        element.tail = None
    return list(zip(rows, pieces[1:-1], strict=True)) if len(pieces) == len(rows) + 2 else None


def paragraph_chunks(row: etree._Element) -> tuple[list[bytes], list[tuple[etree._Element, bytes]]] | None:
    """What stands between the paragraphs of a row, and the paragraphs with their content; None with text boxes."""
    paragraphs = list(row.iter(f"{W}p"))
    if next(row.iter(f"{W}txbxContent"), None) is not None:
        return None
    for paragraph in paragraphs:
        paragraph.text = paragraph.tail = _SEPARATOR
    pieces = etree.tostring(row, encoding="UTF-8", with_tail=False).split(_SEPARATOR.encode())
    for paragraph in paragraphs:
        paragraph.text = paragraph.tail = None
    if len(pieces) != 2 * len(paragraphs) + 1:
        return None
    return pieces[0::2], list(zip(paragraphs, pieces[1::2], strict=True))


def chunks(root: etree._Element, flow: etree._Element, blocks: list[etree._Element]) -> list[bytes]:
    """The bytes of each block, from serializing the part once."""
    flow.text = _SEPARATOR
    for block in blocks:
        block.tail = _SEPARATOR
    pieces = etree.tostring(root, encoding="UTF-8").split(_SEPARATOR.encode())
    if len(pieces) == len(blocks) + 2:
        return pieces[1:-1]
    return [etree.tostring(block, encoding="UTF-8", with_tail=False) for block in blocks]
