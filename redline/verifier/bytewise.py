"""Revisions of a block settled by its bytes alone, both ways at once, where that is certain to be what the tree gives.

Most blocks of a redline hold nothing but runs that are inserted or deleted, and other properties of runs and
paragraphs; to cut these out of the bytes costs a fraction of copying, changing and serializing a tree. What is not that
simple is None: it is to be resolved as a tree. The blocks must be as lxml spells them (no `<` or `>` but around tags,
no instruction, an empty element is one tag).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Set
from functools import lru_cache
from typing import Final, NamedTuple

from redline.ooxml import W
from redline.resolver.resolve import REVISIONS

_NAMESPACE: Final = W[1:-1]
_NAMESPACE_BYTES: Final = _NAMESPACE.encode()
_NEVER: Final = frozenset(
    (
        *(f"{W}{name}" for name in ("customXml", "numberingChange", "cellIns", "cellDel", "cellMerge")),
        *(tag for tag in REVISIONS if "customXml" in tag),
    )
)
"""What a tree is needed for: unusual revisions, and what may fall with its content."""
_MOVE_RANGE: Final = re.compile(rb"<w:move(?:From|To)Range(?:Start|End)[^>]*/>")
_MOVES: Final = (
    (re.compile(rb"<(/?)w:moveFrom(?=[ />])"), rb"<\1w:del"),
    (re.compile(rb"<(/?)w:moveTo(?=[ />])"), rb"<\1w:ins"),
)
_REVISED: Final = re.compile(rb"<w:(ins|del)(?: [^>]*)?>")
_CONTENT_END: Final = {b"ins": b"</w:ins>", b"del": b"</w:del>"}
_CHANGED: Final = ("rPr", "sectPr", "pPr", "tblGrid", "tblPr", "tblPrEx", "trPr", "tcPr")
"""Properties whose changes are settled, those inside others first."""
_ABSENT_WHEN_EMPTY: Final = (b"rPr", b"pPr", b"trPr", b"tcPr", b"tblPrEx")
_AFTER: Final = (b"</w:r>", b"</w:pPr>", b"</w:ins>", b"</w:del>", b"</w:hyperlink>")
_BEFORE_CONTENT: Final = re.compile(
    rb"(?:</w:(?:r|pPr|ins|del|hyperlink)>|<w:pPr/>|<w:(?:p|hyperlink)(?: [^>]*)?(?<!/)>)\s*\Z"
)
"""What stands before content in a paragraph; elsewhere `ins` or `del` may be a mark, or its parent may have to go."""
_EMPTIED_LINK: Final = re.compile(rb"<w:hyperlink(?: [^>]*)?(?<!/)>\s*</w:hyperlink>")
_EMPTIED: Final = re.compile(rb"<w:(smartTag|sdtContent)(?: [^>]*)?(?<!/)>\s*</w:\1>")
"""What may fall with its last content, as a link does."""
_DELETED_TEXTS: Final = ((b"w:delText", b"w:t"), (b"w:delInstrText", b"w:instrText"))
_SECTION: Final = b"<w:sectPr"
_SLASH: Final = ord("/")


class Sides(NamedTuple):
    """A block with its revisions rejected, and accepted, but for `marks` of paragraphs and rows, which are left."""

    rejected: bytes
    accepted: bytes
    marks: int = 0


def can_be_settled(prefixes: Mapping[str | None, str], tags: Set[str]) -> bool:
    """Whether bytes may tell at all what a part is on each side.

    `prefixes` are those at its root, `tags` those of interest that stand in its blocks.
    """
    is_named_once = prefixes.get("w") == _NAMESPACE and list(prefixes.values()).count(_NAMESPACE) == 1
    return is_named_once and _NEVER.isdisjoint(tags)


def settle_all(blocks: Iterable[bytes], tags: frozenset[str]) -> list[Sides] | None:
    """What each block of a part is on each side; None when that of one can only be told from its tree."""
    settler = _settler(tags)
    found: list[Sides] = []
    for block in blocks:
        sides = None if _NAMESPACE_BYTES in block else settler.settle(block)
        if sides is None:
            return None
        found.append(sides)
    return found


@lru_cache(maxsize=64)
def _settler(tags: frozenset[str]) -> _Settler:
    return _Settler({tag[len(W) :] for tag in tags if tag.startswith(W)})


class _Settler:
    """Settles blocks in which no elements of interest but those of these names stand."""

    def __init__(self, names: Set[str]) -> None:
        revisions = [tag[len(W) :] for tag in REVISIONS if tag[len(W) :] in names]
        self._signs = tuple(f"<w:{name}".encode() for name in revisions)
        self._moves = any(name.startswith("move") for name in revisions)
        self._changes = tuple(name.encode() for name in _CHANGED if f"{name}Change" in names)
        self._links = "hyperlink" in names
        self._wrappers = not names.isdisjoint(("smartTag", "sdtContent"))
        self._sections = "sectPr" in names

    def settle(self, block: bytes) -> Sides | None:
        """What a block is on each side; the very block, twice, when it holds no revision."""
        for sign in self._signs:
            if sign in block:
                break
        else:
            return Sides(block, block)
        if b"xmlns:w=" in block:
            return None
        if self._moves:
            block = _MOVE_RANGE.sub(b"", block)
            for move, name in _MOVES:
                block = move.sub(name, block)
        changes = [name for name in self._changes if b"<w:%bChange" % name in block]
        if not changes:
            return self._without_contents(block)
        rejected, accepted = (_without_changes(block, changes, accept=accept) for accept in (False, True))
        before = None if rejected is None else self._without_contents(rejected)
        after = None if accepted is None else self._without_contents(accepted)
        return None if before is None or after is None else Sides(before.rejected, after.accepted, after.marks)

    def _without_contents(self, block: bytes) -> Sides | None:
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
            if found[1] == b"ins":
                accepted.append(block[content:end])
            else:
                rejected.append(_as_text(block[content:end]))
            at = end + len(content_end)
        rest = block[at:]
        after = b"".join([*accepted, rest])
        if b"<w:delText" in after or b"<w:delInstr" in after:
            return None  # as if it were deleted, but in nothing that is
        before = b"".join([*rejected, rest]) if at else after
        return self._tidied(block, before, after, marks)

    def _tidied(self, block: bytes, before: bytes, after: bytes, marks: int) -> Sides | None:
        """Without links that lost their content; None where more may have gone with it."""
        if self._links:
            before, after = _EMPTIED_LINK.sub(b"", before), _EMPTIED_LINK.sub(b"", after)
        if self._wrappers and (_EMPTIED.search(before) is not None or _EMPTIED.search(after) is not None):
            return None
        if self._sections and not before.count(_SECTION) == after.count(_SECTION) == block.count(_SECTION):
            return None
        return Sides(before, after, marks)


def _as_text(content: bytes) -> bytes:
    """Deleted content as it was."""
    for deleted, name in _DELETED_TEXTS:
        if deleted in content:
            content = content.replace(b"<" + deleted, b"<" + name).replace(b"</" + deleted, b"</" + name)
    return content


def _stands_in_a_paragraph(between: bytes, at: int) -> bool:
    """Whether content does that comes after these bytes, which themselves come after other such content, if any."""
    if not between.endswith(_AFTER):
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


def _without_changes(block: bytes, changes: Iterable[bytes], *, accept: bool) -> bytes | None:
    """Without the changes of properties: with those that are, or those that were."""
    settled: bytes | None = block
    for properties in changes:
        settled = None if settled is None else _without_change(settled, properties, accept=accept)
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
            kept, was = _kept(own, properties), _content(stored, start, end)
            if kept is None or was is None:
                return None
            own = was + kept
        settled[-1:] = without_empty(head + opened + own, rest)
    return b"".join(settled)


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


def without_empty(head: bytes, rest: bytes) -> tuple[bytes, bytes]:
    """What stands before and after a place, without properties around it that hold nothing any more."""
    for name in _ABSENT_WHEN_EMPTY:
        start, end = b"<w:%b>" % name, b"</w:%b>" % name
        if head.endswith(start) and rest.startswith(end):
            head, rest = head[: -len(start)], rest[len(end) :]
    return head, rest
