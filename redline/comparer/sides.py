"""The two sides of one story part: how their references read, and how content crosses from before to after."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import deepcopy
from functools import cached_property
from typing import Final

from lxml import etree

from redline.comparer.carry import Carrier
from redline.comparer.context import MOST_BLOCKS, Context, Work
from redline.comparer.fallback import fallback_twins
from redline.diff.align import Alphabet
from redline.diff.blocks import Row
from redline.diff.canon import canonical
from redline.diff.digests import digests
from redline.diff.passages import FEW_PASSAGES, PassageReader, passages_in, tokens_in
from redline.diff.reader import MARKERS, Reader
from redline.diff.tokens import Token
from redline.errors import DocumentError
from redline.ooxml import MC, W14, WP, Element, R, W, path_where
from redline.opc.package import Package
from schemas.changes import COMPUTED_FIELD

BEFORE_SECTION: Final = "before"
AFTER_SECTION: Final = "after"
"""Attributes that number the w:sectPr of both sides while they are compared; taken off before saving."""

_HAVE_PARA_IDS: Final = frozenset({W + "p", W + "tr"})
PARA_IDS: Final = (W14 + "paraId", W14 + "textId")
"""Attributes that name a paragraph or row: one of the document each."""
_NOTES: Final = (W + "footnoteReference", W + "endnoteReference")
_OBJECTS: Final = frozenset({W + "drawing", W + "pict", W + "object", MC + "AlternateContent"})
_TRANSLATED: Final = _OBJECTS | {
    W + x
    for x in (
        *("p", "tr", "footnoteReference", "endnoteReference", "pStyle", "rStyle", "tblStyle"),
        *("hyperlink", "altChunk", "subDoc", "control", "contentPart", "printerSettings"),
    )
}
"""What holds ids that mean something in one document only; objects may hold them anywhere inside."""
_DROPPED: Final = MARKERS | {
    W + x
    for x in (
        *("proofErr", "lastRenderedPageBreak", "commentReference", "annotationRef"),
        *("headerReference", "footerReference"),
    )
}
_FOREIGN: Final = _DROPPED | _TRANSLATED


class Identity:
    """Says what a relationship id of a part stands for, in words that compare across packages."""

    def __init__(self, package: Package, part: str) -> None:
        self._package = package
        self._part = part
        self._known: dict[str, str] = {}

    def __call__(self, rid: str) -> str:  # noqa: D102 (the class says it)
        found = self._known.get(rid)
        if found is None:
            found = self._known[rid] = self._read(rid)
        return found

    def _read(self, rid: str) -> str:
        relationship = self._package.rels(self._part).get(rid)
        if relationship is None:
            return "missing"
        if relationship.external or relationship.target not in self._package:
            return relationship.target
        return self._package.digest(relationship.target)


class Sides:
    """One part of the before package beside its partner in the after package."""

    def __init__(self, ctx: Context, carrier: Carrier, before_part: str, after_part: str) -> None:
        self.ctx = ctx
        self.carrier = carrier
        self.before_part = before_part
        self.after_part = after_part
        self.notes: list[tuple[Element, Element]] = []
        """Pairs of references to notes that stay: before, after."""
        carrier.settle(before_part)
        self.identify_before = Identity(ctx.before, before_part)
        self.identify_after = Identity(ctx.after, after_part)
        characters = ctx.options.granularity == "character"
        self.reader_before = Reader(self.identify_before, characters=characters)
        self.reader_after = Reader(self.identify_after, characters=characters)

    def readers(self, before: Iterable[Element], after: Iterable[Element]) -> tuple[Reader, Reader]:
        """Readers for paragraphs to compare: by passages once the time, or what may be cut into words, is spent."""
        tokens = tokens_in(before) + tokens_in(after)
        if self.ctx.spend(tokens):
            return self.reader_before, self.reader_after
        self.ctx.coarsen(self.after_part, "paragraphs were compared by passages", tokens)
        return PassageReader(self.identify_before), PassageReader(self.identify_after)

    def too_many_passages(self, before: Element, after: Element) -> bool:
        """Whether two paragraphs cannot even be compared by passages, so many are there; the coverage then says so."""
        passages = passages_in(before) + passages_in(after)
        if passages <= FEW_PASSAGES or self.ctx.spend_passages(passages):
            return False
        self.ctx.coarsen(self.after_part, "paragraphs were replaced as wholes", passages)
        return True

    def adopt(self, element: Element) -> Element:
        """A copy of an element of the before part, fit to stand in the after part."""
        copied = deepcopy(element)
        copied.tail = None
        self.fit(copied)
        return copied

    def take(self, element: Element) -> Element:
        """`adopt`, for an element that nobody looks into any more."""
        copied = self.adopt(element)
        self.forget(element)
        return copied

    def forget(self, element: Element) -> None:
        """Empty an element of before that was written, so that it takes no memory twice.

        A header or a note stays: each may be compared with several.
        """
        if self.before_part == self.ctx.before.main:
            del element[:]

    def fit(self, copied: Element) -> None:
        """Make a copy of content of the before part fit to stand in the after part."""
        to_translate: dict[Element, None] = {}
        for node in _foreign(copied):
            if node.tag in _OBJECTS:
                to_translate.update(dict.fromkeys(node.iter("*")))
            elif node.tag not in _DROPPED:
                to_translate[node] = None
            elif (parent := node.getparent()) is not None:
                parent.remove(node)
        for node in to_translate:
            self._translate(node)

    def pair(self, before: Token, after: Token) -> None:
        """Remember what stands behind a token that stays: its note, the text boxes to compare."""
        if before.note is not None and after.note is not None:
            self.notes.append((before.note, after.note))
        if after.boxes and not self.ctx.tracking.wants("text boxes"):
            self._leave_boxes(before, after)
            return
        for old, now in zip(before.boxes, after.boxes, strict=True):
            self.ctx.work.append(Work(old, now, self))
        if after.boxes:
            self.ctx.twins += fallback_twins(after.boxes)
            if self._frame(before, self.identify_before) != self._frame(after, self.identify_after):
                message = "A text box has another size, place or look."
                self.ctx.cannot_track(self.after_part, "text-box", message, _path_to_box(after.boxes[0]))

    def _leave_boxes(self, before: Token, after: Token) -> None:
        old, now = (
            [canonical(box, identify) for box in token.boxes]
            for token, identify in ((before, self.identify_before), (after, self.identify_after))
        )
        if old != now:
            self.ctx.leave("text boxes", self.after_part)

    def _frame(self, token: Token, identify: Identity) -> list[bytes]:
        """What is drawn around the text of a text box."""
        frames = [deepcopy(content) for content, _ in token.pieces if not isinstance(content, str)]
        for frame in frames:
            etree.strip_elements(frame, W + "txbxContent", MC + "Fallback", with_tail=False)
        return [canonical(frame, identify) for frame in frames]

    def pair_notes_in(self, before: Element, after: Element) -> None:
        """Remember the references to notes in equal blocks or rows."""
        if before in self._noted:
            self.notes += zip(before.iter(*_NOTES), after.iter(*_NOTES), strict=False)

    @cached_property
    def _noted(self) -> set[Element]:
        """What holds references to notes in the before part: mostly few, or none, of very many blocks."""
        references = self.ctx.before.tree(self.before_part).iter(*_NOTES)
        return {holder for reference in references for holder in reference.iterancestors()}

    def computed_result(self) -> None:
        """Say that a computed field shows something else than before."""
        message = "Page numbers or tables of contents that the application computes are shown as after has them."
        self.ctx.cannot_track(self.after_part, COMPUTED_FIELD, message)

    def pair_deep(self, before: Token, after: Token) -> None:
        """`pair`, and for what the tokens contain."""
        self.pair(before, after)
        for b, a in zip(before.inner or (), after.inner or (), strict=False):
            self.pair_deep(b, a)

    def _translate(self, node: Element) -> None:
        if node.tag in _HAVE_PARA_IDS:
            for name in PARA_IDS:
                node.attrib.pop(name, "")
        for key, value in node.attrib.items():
            if value and str(key).startswith(R):
                node.set(key, self.carrier.relationship(self.before_part, self.after_part, str(value)))
        tag = node.tag
        if tag in _NOTES:
            node.set(W + "id", self.carrier.note(tag[len(W) : -len("Reference")], node.get(W + "id", "")))
        elif tag in (W + "pStyle", W + "rStyle", W + "tblStyle"):
            self.carrier.styles.bring(node.get(W + "val", ""))
        elif tag == WP + "docPr" and node.get("id"):
            node.set("id", str(self.ctx.next_id()))


def _path_to_box(content: Element) -> str:
    """The drawing or shape around the text of a text box, by its id."""
    drawing = next(content.iterancestors(W + "drawing"), None)
    named = None if drawing is None else next(drawing.iter(WP + "docPr"), None)
    if named is not None:
        return path_where("//wp:docPr", "@id", named.get("id", ""))
    shape = content.getparent()
    shape = None if shape is None else shape.getparent()
    return "//w:txbxContent" if shape is None or not shape.get("id") else path_where("//*", "@id", shape.get("id", ""))


def _foreign(copied: Element) -> list[Element]:
    """What cannot stand in another part as it is; in properties, which are small, it is faster to look at each node."""
    if str(copied.tag).endswith("Pr"):
        return [node for node in copied.iter() if node.tag in _FOREIGN]
    return list(copied.iter(*_FOREIGN))


def beside(sides: Sides, before: Sequence[Element], after: Sequence[Element]) -> tuple[Row, Row]:
    """Both sides, ready to align. Raises `DocumentError` (too-complex) for far too many."""
    if len(before) + len(after) > MOST_BLOCKS:
        message = "A document has too many paragraphs, or a table too many rows; compare them part by part."
        raise DocumentError("too-complex", message)
    old, now = digests(before, sides.identify_before, after, sides.identify_after)
    form, alphabet = sides.ctx.tracking.form, Alphabet()
    return Row(before, old, alphabet, form), Row(after, now, alphabet, form)


def same_blocks(sides: Sides, before: Sequence[Element], after: Sequence[Element]) -> bool:
    """Whether both sides have equal blocks."""
    old, now = beside(sides, before, after)
    return list(old.digests) == list(now.digests)
