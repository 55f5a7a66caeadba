"""Revisions of a block settled by its bytes alone, both ways at once, where that is certain to be what the tree gives.

Most blocks of a redline hold nothing but runs that are inserted or deleted, and other properties of runs and
paragraphs; to cut these out of the bytes costs a fraction of copying, changing and serializing a tree. What is not that
simple is None: it is to be resolved as a tree. The blocks must be as lxml spells them (no `<` or `>` but around tags,
no instruction, an empty element is one tag), with `w` alone for WordprocessingML, as `can_be_settled` tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from redline.ooxml import W

_NAMESPACE: Final = W[1:-1]
_SIGNS: Final = (b"<w:ins", b"<w:del", b"<w:move", b"Change", b"<w:cell", b"<w:customXml")
"""Some of which every revision holds; so may what is none."""
_NEVER: Final = (b"<w:cell", b"<w:customXml", b"<w:numberingChange", _NAMESPACE.encode())
_MOVE_RANGE: Final = re.compile(rb"<w:move(?:From|To)Range(?:Start|End)[^>]*/>")
_MOVES: Final = (
    (re.compile(rb"<(/?)w:moveFrom(?=[ />])"), rb"<\1w:del"),
    (re.compile(rb"<(/?)w:moveTo(?=[ />])"), rb"<\1w:ins"),
)
_REVISED: Final = re.compile(rb"<w:(ins|del)(?: [^>]*)?>")
_CONTENT_END: Final = {b"ins": b"</w:ins>", b"del": b"</w:del>"}
_CHANGED: Final = (b"rPr", b"sectPr", b"pPr", b"tblGrid", b"tblPr", b"tblPrEx", b"trPr", b"tcPr")
"""Properties whose changes are settled, those inside others first."""
_BEFORE_CONTENT: Final = re.compile(
    rb"(?:</w:(?:r|pPr|ins|del|hyperlink)>|<w:pPr/>|<w:(?:p|hyperlink)(?: [^>]*)?(?<!/)>)\s*\Z"
)
"""What stands before content in a paragraph; elsewhere `ins` or `del` may be a mark, or its parent may have to go."""
_EMPTIED_LINK: Final = re.compile(rb"<w:hyperlink(?: [^>]*)?(?<!/)>\s*</w:hyperlink>")
_EMPTIED: Final = re.compile(rb"<w:(smartTag|sdtContent)(?: [^>]*)?(?<!/)>\s*</w:\1>")
"""What may fall with its last content, as a link does."""
_ABSENT_WHEN_EMPTY: Final = tuple(
    b"<w:%b></w:%b>" % (name, name) for name in (b"rPr", b"pPr", b"trPr", b"tcPr", b"tblPrEx")
)
_SLASH: Final = ord("/")


class Sides(NamedTuple):
    """A block with its revisions rejected, and accepted, but for `marks` of paragraphs and rows, which are left."""

    rejected: bytes
    accepted: bytes
    marks: int = 0


def can_be_settled(prefixes: Mapping[str | None, str]) -> bool:
    """Whether a part with these prefixes at its root names WordprocessingML by `w` alone."""
    return prefixes.get("w") == _NAMESPACE and list(prefixes.values()).count(_NAMESPACE) == 1


def settle_all(blocks: Iterable[bytes]) -> list[Sides] | None:
    """What each block is on each side; None when that of one can only be told from its tree."""
    found: list[Sides] = []
    for block in blocks:
        sides = settle(block)
        if sides is None:
            return None
        found.append(sides)
    return found


def settle(block: bytes) -> Sides | None:
    """What a block is on each side; the very block, twice, when it holds no revision."""
    for sign in _SIGNS:
        if sign in block:
            break
    else:
        return Sides(block, block)
    if any(sign in block for sign in _NEVER):
        return None
    if b"<w:move" in block:
        block = _MOVE_RANGE.sub(b"", block)
        for move, name in _MOVES:
            block = move.sub(name, block)
    if b"Change " not in block:
        return _without_contents(block)
    rejected, accepted = _without_changes(block, accept=False), _without_changes(block, accept=True)
    before = None if rejected is None else _without_contents(rejected)
    after = None if accepted is None else _without_contents(accepted)
    return None if before is None or after is None else Sides(before.rejected, after.accepted, after.marks)


def _without_contents(block: bytes) -> Sides | None:
    """Without what is inserted and what is deleted in paragraphs; empty tags are marks, and stay."""
    rejected: list[bytes] = []
    accepted: list[bytes] = []
    at = marks = 0
    for found in _REVISED.finditer(block):
        start, content = found.span()
        if start < at:
            return None  # one in another
        if block[content - 2] == _SLASH:
            marks += 1
            continue
        between = block[at:start]
        content_end = _CONTENT_END[found[1]]
        end = block.find(content_end, content)
        if end < 0 or not _stands_in_a_paragraph(between, at):
            return None
        rejected.append(between)
        accepted.append(between)
        (accepted if found[1] == b"ins" else rejected).append(block[content:end])
        at = end + len(content_end)
    if not at:
        block = _with_texts(block)
        return Sides(block, block, marks)
    before, after = (_with_texts(_tidied(b"".join([*pieces, block[at:]]))) for pieces in (rejected, accepted))
    return None if _lost_more(block, before) or _lost_more(block, after) else Sides(before, after, marks)


def _lost_more(block: bytes, side: bytes) -> bool:
    """Whether with content a section went, or something that may fall with all it held."""
    has_wrappers = b"<w:smartTag" in block or b"<w:sdtContent" in block
    return (has_wrappers and _EMPTIED.search(side) is not None) or (
        b"<w:sectPr" in block and side.count(b"<w:sectPr") < block.count(b"<w:sectPr")
    )


def _stands_in_a_paragraph(between: bytes, at: int) -> bool:
    """Whether content does that comes after these bytes, which themselves come after other such content, if any."""
    tag = between.rfind(b"<")
    if tag < 0:
        return bool(at)
    if _BEFORE_CONTENT.match(between, tag) is None:
        return False
    last = between.rfind(b"</w:p>")
    if at and last < 0:
        return True
    start = max(between.rfind(b"<w:p>"), between.rfind(b"<w:p "))
    return start > last and between[between.find(b">", start) - 1] != _SLASH


def _tidied(block: bytes) -> bytes:
    """As lxml spells it, without links that lost their content."""
    if b"<w:hyperlink" in block:
        block = _EMPTIED_LINK.sub(b"", block)
    return block.replace(b"<w:p></w:p>", b"<w:p/>")


def _with_texts(block: bytes) -> bytes:
    """With no text said to be deleted."""
    if b"<w:delText" in block:
        block = block.replace(b"<w:delText", b"<w:t").replace(b"</w:delText", b"</w:t")
    if b"<w:delInstr" in block:
        block = block.replace(b"<w:delInstrText", b"<w:instrText").replace(b"</w:delInstrText", b"</w:instrText")
    return block


def without_empty(block: bytes) -> bytes:
    """As lxml spells it, without properties that lost what they held."""
    for empty in _ABSENT_WHEN_EMPTY:
        block = block.replace(empty, b"")
    return block.replace(b"<w:p></w:p>", b"<w:p/>")


def _without_changes(block: bytes, *, accept: bool) -> bytes | None:
    """Without the changes of properties: with those that are, or those that were."""
    settled: bytes | None = block
    for properties in _CHANGED:
        if settled is not None and b"<w:%bChange" % properties in settled:
            settled = _without_change(settled, properties, accept=accept)
    return settled


def _without_change(block: bytes, properties: bytes, *, accept: bool) -> bytes | None:
    start, end, change_end = b"<w:%b>" % properties, b"</w:%b>" % properties, b"</w:%bChange>" % properties
    first, *changes = block.split(b"<w:%bChange " % properties)
    settled = [first]
    for change in changes:
        _, _, content = change.partition(b">")
        stored, found, rest = content.partition(change_end)
        head, opened, own = settled[-1].rpartition(start)
        if not opened or not found or end in own or depth(own) or not rest.startswith(end):
            return None
        if not accept:
            kept = _kept(own, properties)
            was = _content(stored, start, end)
            if kept is None or was is None:
                return None
            settled[-1:] = [head, opened, was, kept]
        settled.append(rest)
    return without_empty(b"".join(settled))


def _kept(own: bytes, properties: bytes) -> bytes | None:
    """Of present properties what a change of them leaves as it is: of a paragraph's, those of its mark."""
    if properties == b"pPr" and b"<w:sectPr" not in own:
        before, start, look = own.partition(b"<w:rPr>")
        is_last = look.find(b"</w:rPr>") == len(look) - len(b"</w:rPr>")
        return start + look if not start or (is_last and not depth(before)) else None
    is_kept = _REVISED.search(own) is not None or b"Reference" in own or properties == b"pPr"
    return None if is_kept else b""


def _content(stored: bytes, start: bytes, end: bytes) -> bytes | None:
    """The properties that were, from what holds them."""
    if stored in (b"", start[:-1] + b"/>"):
        return b""
    was = stored[len(start) : -len(end)]
    is_one = stored.startswith(start) and stored.endswith(end) and start not in was and end not in was
    return was if is_one and b"<w:rPr" not in was and b"<w:sectPr" not in was and not _REVISED.search(was) else None


def depth(markup: bytes) -> int:
    """How many elements are open after this markup; it must begin in one, and close none that it does not open."""
    return markup.count(b"<") - 2 * markup.count(b"</") - markup.count(b"/>")
