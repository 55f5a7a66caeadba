"""Marks of paragraphs and rows that are inserted or deleted, settled by the bytes of the blocks of a flow.

What a paragraph without its mark leaves joins the next one, as `redline.resolver.marks` says. All other revisions are
settled before, by `bytewise`; here, too, None is what only a tree can tell.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from redline.verifier.bytewise import Sides, depth, without_empty

_MARK: Final = re.compile(rb"<w:(ins|del)(?: [^>]*)?/>")
_P: Final = re.compile(rb"<w:p(?: [^>]*)?(?<!/)>\s*")
_ROW: Final = re.compile(rb"<w:tr(?: [^>]*)?>")
_NOT_IN_TABLES: Final = (b"<w:tbl>", b"<w:tbl ", b"<w:txbxContent", b"<w:sectPr")
_TABLE: Final = b"<w:tbl>"
_PPR: Final = b"<w:pPr>"
_PPR_END: Final = b"</w:pPr>"
_SECTION: Final = b"<w:sectPr"
_EMPTY: Final = b"<w:p></w:p>"
_EMPTY_SPELLED: Final = b"<w:p/>"
_BLOCKS: Final = (_TABLE, b"<w:p>", b"<w:p ", _EMPTY_SPELLED)
_P_END: Final = b"</w:p>"
_ROW_END: Final = b"</w:tr>"
_ROW_PROPERTIES: Final = b"<w:trPr>"
_CELL: Final = b"<w:tc>"
_CELL_END: Final = b"</w:tc>"


class Flow(NamedTuple):
    """The blocks of a flow on one side, and the numbers of the sections that are gone."""

    blocks: list[bytes]
    gone: frozenset[int]


class _Joins(NamedTuple):
    """What is left of a paragraph that joins the next one, and how many sections went with its mark."""

    content: bytes
    sections: int


def settled_flow(blocks: Iterable[Sides], *, accept: bool, flat: bool, parted: bool) -> Flow | None:
    """What a flow is on one side; `flat` is one without content controls around blocks, `parted` one with sections."""
    found: list[bytes] = []
    gone: list[int] = []
    sections = 0
    joining: list[bytes] = []
    waits = False
    """Whether what is before is to join the next block."""
    for sides in blocks:
        block = _without_marks(sides, accept)
        if block is None or not (flat or (isinstance(block, bytes) and block.startswith(_BLOCKS))):
            return None  # the bytes of a block at the edge of a control hold a tag of the control, too
        if isinstance(block, _Joins):
            joining.append(block.content)
            waits = True
            gone += range(sections, sections + block.sections)
            sections += block.sections
        elif block:
            joined = _joined(block, joining) if waits else block
            if joined is None:
                return None
            if waits:
                joining, waits = [], False
            sections += joined.count(_SECTION) if parted else 0
            found.append(joined)
    return Flow(found, frozenset(gone)) if found and not waits else None


def _without_marks(sides: Sides, accept: bool) -> bytes | _Joins | None:
    """One side of a block without marks; b"" when it goes."""
    block = sides.accepted if accept else sides.rejected
    drop = b"del" if accept else b"ins"
    if not sides.marks:
        return block
    if block.startswith(_TABLE):
        return _table(block, drop)
    return _paragraph(block, drop) if sides.marks == 1 else None


def _joined(block: bytes, left: Sequence[bytes]) -> bytes | None:
    """A block with what is left of the paragraphs before it."""
    if not any(left):
        return block if block.startswith(_BLOCKS) else None
    block = _EMPTY if block == _EMPTY_SPELLED else block
    start = _P.match(block)
    if start is None:
        return None
    at = start.end()
    if block.startswith(b"<w:pPr", at):
        if not block.startswith(_PPR, at):
            return None
        at = block.find(_PPR_END, at) + len(_PPR_END)
    return b"".join([block[:at], *left, block[at:]])


def _paragraph(block: bytes, drop: bytes) -> bytes | _Joins | None:
    """A paragraph with one mark without it."""
    start, mark = _P.match(block), _MARK.search(block)
    if start is None or mark is None or not block.startswith(_PPR, start.end()) or not block.endswith(_P_END):
        return None
    own = block[start.end() + len(_PPR) : mark.start()]
    if not own.endswith(b"<w:rPr>") or _PPR_END in own or depth(own) != 1:
        return None
    if mark[1] != drop:
        return _unmarked(block, mark)
    properties, _, content = block.partition(_PPR_END)
    if _SECTION in content:
        return None
    return _Joins(content[: -len(_P_END)].strip(), properties.count(_SECTION))


def _unmarked(block: bytes, mark: re.Match[bytes]) -> bytes:
    return b"".join(without_empty(block[: mark.start()], block[mark.end() :]))


def _table(block: bytes, drop: bytes) -> bytes | None:
    """A table without marks; b"" when all its rows go."""
    if any(block.find(sign, len(_TABLE)) >= 0 for sign in _NOT_IN_TABLES):
        return None
    *pieces, end = block.split(_ROW_END)
    found: list[bytes] = []
    stays = False
    for number, piece in enumerate(pieces):
        start = _ROW.search(piece)
        before = b"" if start is None else piece[: start.start()].strip()
        row = None if start is None else _row(piece, start.start(), start.end(), drop)
        if row is None or (number and before) or b"<w:sdt" in before or b"<mc:" in before:
            return None
        stays |= bool(row)
        found += (before, row)
    table = b"".join([*found, end]) if stays else b""
    return None if _may_be_marked(table) and _MARK.search(table) is not None else table


def _may_be_marked(block: bytes) -> bool:
    return b"<w:ins" in block or b"<w:del" in block


def _row(piece: bytes, start: int, content: int, drop: bytes) -> bytes | None:
    """A row, of which `piece` is all but its end, without marks; b"" when it goes."""
    mark = _MARK.search(piece, start) if _may_be_marked(piece) else None
    if mark is None:
        return piece[start:] + _ROW_END
    cells = piece.find(_CELL, content)
    head = piece[start:cells]
    if mark.start() < cells:
        before, found, own = piece[content : mark.start()].rpartition(_ROW_PROPERTIES)
        if not found or depth(before) or depth(own) or b"</w:trPr>" in own:
            return None
        if mark[1] == drop:
            return b""
        head = b"".join(without_empty(piece[start : mark.start()], piece[mark.end() : cells]))
    content_without = _cells(piece[cells:], drop) if cells >= 0 else None
    return None if content_without is None else b"".join([head, content_without, _ROW_END])


def _cells(content: bytes, drop: bytes) -> bytes | None:
    """The cells of a row without the marks of their paragraphs."""
    *pieces, end = content.replace(_EMPTY_SPELLED, _EMPTY).split(_P_END)
    found: list[bytes] = []
    joining: list[bytes] = []
    for piece, following in zip(pieces, [*pieces[1:], end], strict=True):
        start = _P.search(piece)
        if start is None:
            return None
        paragraph = piece[start.start() :] + _P_END
        mark = _MARK.search(paragraph) if _may_be_marked(paragraph) else None
        left = paragraph if mark is None else _paragraph(paragraph, drop)
        if mark is not None and isinstance(left, _Joins) and following.startswith(_CELL_END):
            left = _unmarked(paragraph, mark)  # the last mark of a cell cannot go
        found.append(piece[: start.start()])
        if isinstance(left, _Joins):
            if _P.match(following) is None:
                return None
            joining.append(left.content)
            continue
        joined = _joined(left, joining) if left is not None and joining else left
        if joined is None:
            return None
        found.append(joined)
        joining = []
    return b"".join([*found, end]).replace(_EMPTY, _EMPTY_SPELLED)
