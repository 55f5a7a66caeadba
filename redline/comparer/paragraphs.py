"""Paragraphs beside each other: one with one, or several with several where paragraphs were split or merged."""

from __future__ import annotations

from collections.abc import Sequence

from lxml import etree

from redline.comparer.formatting import change_paragraph, revise_mark
from redline.comparer.inline import Inline, split_end, unchanged
from redline.comparer.sides import Sides
from redline.diff.cuts import cut_alike
from redline.diff.tokens import PARAGRAPH_MARK, Token
from redline.ooxml import Element, W, discard


def compare_paragraphs(sides: Sides, before: Sequence[Element], after: Sequence[Element]) -> None:
    """Write the differences into the `after` paragraphs; paragraph marks that went stand in new paragraphs among them.

    The last marks of both sides are the same mark.
    """
    if len(before) == 1 == len(after) and has_section(before[0]) == has_section(after[0]):
        _one_with_one(sides, before[0], after[0])
    else:
        _several(sides, before, after)


def has_section(p: Element) -> bool:
    """Whether a section ends with this paragraph (17.6.18)."""
    return p.find(f"{W}pPr/{W}sectPr") is not None


def _one_with_one(sides: Sides, before: Element, after: Element) -> None:
    (old,), (now,), properties = _read(sides, [before], [after])
    if not unchanged(old, now):
        sides.ctx.repeat(-properties)
        holder = holder_in(after)
        Inline(sides, holder).render(old, now)
        fill(after, holder)
    else:
        for b, a in zip(split_end(old)[0], split_end(now)[0], strict=True):
            sides.pair_deep(b, a)
    change_paragraph(sides, before.find(W + "pPr"), after)


def _several(sides: Sides, before: Sequence[Element], after: Sequence[Element]) -> None:
    *texts, properties = _read(sides, before, after)
    sides.ctx.repeat(-properties)
    old, now = (
        [t for tokens, p in zip(text, side, strict=True) for t in _marked(tokens, p)]
        for text, side in zip(texts, (before, after), strict=True)
    )
    last_before, last_after = old.pop(), now.pop()
    gone, come = cut_alike(old, now)
    writer = _Paragraphs(sides, after[-1])
    for segment in sides.ctx.tracking.segments(gone, come):
        if segment.equal:
            writer.alike(gone[segment.b0 : segment.b1], come[segment.a0 : segment.a1])
        else:
            for token in gone[segment.b0 : segment.b1]:
                writer.deleted(token)
            for token in come[segment.a0 : segment.a1]:
                writer.inserted(token)
    writer.kept(last_before, last_after)
    writer.finish()


def _read(
    sides: Sides, before: Sequence[Element], after: Sequence[Element]
) -> tuple[list[list[Token]], list[list[Token]], int]:
    """The tokens of the paragraphs of both sides, and the elements and attributes of the properties of their runs."""
    readers = sides.readers(before, after)
    read = sum(reader.properties for reader in readers)
    old, now = ([reader.paragraph(p) for p in side] for reader, side in zip(readers, (before, after), strict=True))
    return old, now, sum(reader.properties for reader in readers) - read


def _marked(tokens: Sequence[Token], p: Element) -> list[Token]:
    """The tokens of a paragraph with its mark; markers at its end stand before the mark."""
    content, end = split_end(tokens)
    return [*content, Token(PARAGRAPH_MARK, (), lead=tuple(end), shell=p)]


class _Paragraphs:
    """Collects runs until a paragraph mark, kept, inserted or deleted, makes a paragraph of them."""

    def __init__(self, sides: Sides, last: Element) -> None:
        self._sides = sides
        self._last = last
        self._gone: list[Element] = []
        self._start()

    def _start(self) -> None:
        self._holder = holder_in(self._last)
        self._inline = Inline(self._sides, self._holder)

    def finish(self) -> None:
        """Leave no place to write to behind."""
        discard(self._holder)

    def kept(self, before: Token, after: Token) -> None:
        if after.key is not PARAGRAPH_MARK or after.shell is None or before.shell is None:
            self._inline.kept(before, after)
            return
        if has_section(before.shell) != has_section(after.shell):
            self.deleted(before)
            self.inserted(after)
            return
        self._place(after)
        change_paragraph(self._sides, before.shell.find(W + "pPr"), after.shell)

    def alike(self, before: Sequence[Token], after: Sequence[Token]) -> None:
        """Tokens that stay, paragraph marks among them."""
        start = 0
        marks = [k for k, token in enumerate(after) if token.key is PARAGRAPH_MARK]
        if not marks:
            self._inline.alike(before, after)
            return
        old_marks = [k for k, token in enumerate(before) if token.key is PARAGRAPH_MARK]
        old_start = 0
        for old_mark, mark in zip(old_marks, marks, strict=True):
            self._inline.alike(before[old_start:old_mark], after[start:mark])
            self.kept(before[old_mark], after[mark])
            old_start, start = old_mark + 1, mark + 1
        self._inline.alike(before[old_start:], after[start:])

    def inserted(self, token: Token) -> None:
        if token.key is not PARAGRAPH_MARK or token.shell is None:
            self._inline.token(token, "ins")
            return
        self._place(token)
        revise_mark(self._sides, token.shell, "ins")

    def deleted(self, token: Token) -> None:
        if token.key is not PARAGRAPH_MARK or token.shell is None:
            self._inline.token(token, "del")
            return
        properties = token.shell.find(W + "pPr")
        if properties is not None:
            self._holder.insert(0, self._sides.adopt(properties))
        revise_mark(self._sides, self._holder, "del")
        self._gone.append(self._holder)
        self._start()

    def _place(self, mark: Token) -> None:
        self._inline.markers(mark.lead)
        p = mark.shell
        assert p is not None  # noqa: S101  (every mark has its paragraph)
        for gone in self._gone:
            p.addprevious(gone)
        self._gone = []
        fill(p, self._holder)
        self._start()


def holder_in(p: Element) -> Element:
    """Where the new content of a paragraph is written: within its document, from where it moves up at no cost."""
    return etree.SubElement(p, W + "p")


def fill(p: Element, holder: Element) -> None:
    """Give `p` the children of `holder`, a holder in its document, keeping its properties."""
    for child in list(p):
        if child.tag != W + "pPr" and child is not holder:
            discard(child)
    p.extend(list(holder))
    discard(holder)
