"""Keeps the authors of revisions that the inputs hold already (option `existing_revisions="keep"`).

Before they are compared, the revisions of the before document are rejected and those of the after document accepted:
the redline then leads from the one to the other, and what the inputs' own authors had inserted or deleted is marked
anew. Here every run, paragraph mark, row, cell and property gets a note of whose revision it was, for the comparison
to write their name instead of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

from lxml import etree

from redline.diff.align import Alphabet, Match, match
from redline.diff.owners import CHANGE_OWNER, MARK_OWNER, OWNER
from redline.ooxml import XML_SPACE, Element, W, path_where
from redline.opc.package import Package
from redline.resolver.resolve import resolve_tree, revisable_parts

_INSERTED: Final = (W + "ins", W + "moveTo", W + "cellIns")
_DELETED: Final = (W + "del", W + "moveFrom", W + "cellDel")
_CHANGES: Final = tuple(W + f"{name}Change" for name in ("rPr", "pPr", "sectPr", "tblPr", "trPr", "tcPr", "tblPrEx"))
_LOST: Final = (W + "moveFrom", W + "moveTo", W + "cellMerge", W + "numberingChange")
_LONGEST_NAME: Final = 255
"""Characters of an author, or a date, that are kept: they are noted at every run, however many one revision holds."""
_MOST_COPIED: Final = 500_000
"""Elements and attributes of runs of before that are copied to cut these at their owners: some 100 MB."""
_PIECES: Final = re.compile(r"\w+|\W")


class Kept(NamedTuple):
    """What `settle_keeping` could not keep.

    `lost` are the parts of the after package with revisions that cannot be kept, and the path of the first one in each;
    `uncut` says whether runs were left without owners, as cutting all of them would have taken too much memory;
    `copied` are the elements and attributes of those that were cut.
    """

    lost: list[tuple[str, str]]
    uncut: bool
    copied: int


def settle_keeping(before: Package, after: Package) -> Kept:
    """Settle the revisions of both packages, noting whose they were."""
    lost: list[tuple[str, str]] = []
    cutter = _Cutter()
    for name in revisable_parts(after):
        root = after.tree(name)
        first = _first_lost(root)
        if first is not None:
            lost.append((name, path_where(f"//w:{first.tag[len(W) :]}", "@w:id", first.get(W + "id", ""))))
        _note(root, (*_INSERTED, *_CHANGES))
        rejected = deepcopy(root)
        if not resolve_tree(root, accept=True):
            continue
        after.set_tree(name, root)
        _note(rejected, _DELETED)
        resolve_tree(rejected, accept=False)
        if name in before:
            _settle_before(before, name)
            _hand_over(rejected, before.tree(name), cutter)
    for name in revisable_parts(before):
        _settle_before(before, name)
    return Kept(lost, cutter.uncut, cutter.copied)


def forget_owners(after: Package) -> None:
    """Take the notes off again."""
    for name in revisable_parts(after):
        etree.strip_attributes(after.tree(name), OWNER, MARK_OWNER, CHANGE_OWNER)


def _settle_before(before: Package, name: str) -> None:
    root = before.tree(name)
    _note(root, _DELETED)
    if resolve_tree(root, accept=False):
        before.set_tree(name, root)


def _first_lost(root: Element) -> Element | None:
    """A revision that cannot be kept.

    Moves are found anew, and what one author inserted and another deleted is on neither side.
    """
    twice = (mark for mark in root.iter(W + "del") if next(mark.iterancestors(W + "ins"), None) is not None)
    return next(root.iter(*_LOST), next(twice, None))


def _note(root: Element, tags: Sequence[str]) -> None:
    for revision in list(root.iter(*tags)):
        owner = f"{revision.get(W + 'author', '')[:_LONGEST_NAME]}\n{revision.get(W + 'date', '')[:_LONGEST_NAME]}"
        holder = revision.getparent()
        if holder is None:
            continue
        if revision.tag in _CHANGES:
            holder.set(CHANGE_OWNER, owner)
        elif holder.tag in (W + "trPr", W + "tcPr"):
            described = holder.getparent()
            if described is not None:
                described.set(OWNER, owner)
        elif holder.tag == W + "rPr":
            paragraph = next(holder.iterancestors(W + "p"), None)
            if paragraph is not None:
                paragraph.set(MARK_OWNER, owner)
        else:
            for child in revision.iterchildren("*"):
                child.set(OWNER, owner)


def _hand_over(rejected: Element, before: Element, cutter: _Cutter) -> None:
    """Note on the before tree what the after document had deleted, where paragraphs read alike."""
    old, now = list(before.iter(W + "p")), list(rejected.iter(W + "p"))
    alphabet = Alphabet()
    paired = match(alphabet.spell(map(_text, old)), alphabet.spell(map(_text, now)))
    b = a = 0
    for found in [*paired, Match(len(old), len(now), 0)]:
        if found.a - b == found.b - a:
            start_b, start_a = b, a
        else:
            start_b, start_a = found.a, found.b
        b, a = found.a + found.size, found.b + found.size
        for one, other in zip(old[start_b:b], now[start_a:a], strict=True):
            _hand_over_paragraph(other, one, cutter)


def _hand_over_paragraph(source: Element, target: Element, cutter: _Cutter) -> None:
    if owner := source.get(MARK_OWNER):
        target.set(MARK_OWNER, owner)
    for tag in (W + "tr", W + "tc"):
        row, other = next(source.iterancestors(tag), None), next(target.iterancestors(tag), None)
        if row is not None and other is not None and (owner := row.get(OWNER)):
            other.set(OWNER, owner)
    owners = [owner for run in _runs(source) for owner in [run.get(OWNER, "")] * len(_text_of(run))]
    if not any(owners):
        return
    mine = _moved_owners(_text(source), owners, _text(target))
    at = 0
    for run in list(_runs(target)):
        size = len(_text_of(run))
        cutter.cut(run, mine[at : at + size])
        at += size


def _moved_owners(source: str, owners: list[str], target: str) -> list[str]:
    """The owner of each character of `target`, known where it reads as `source` does."""
    if source == target:
        return owners
    old, now = _PIECES.findall(source), _PIECES.findall(target)
    alphabet = Alphabet()
    starts = [0]
    for piece in old:
        starts.append(starts[-1] + len(piece))
    found: list[list[str]] = [[""] * len(piece) for piece in now]
    for same in match(alphabet.spell(old), alphabet.spell(now)):
        for k in range(same.size):
            start = starts[same.a + k]
            found[same.b + k] = owners[start : start + len(old[same.a + k])]
    return [owner for piece in found for owner in piece]


@dataclass(slots=True)
class _Cutter:
    """Cuts runs so that each part has one owner, as long as not too much is copied for it."""

    most: int = _MOST_COPIED
    copied: int = 0
    uncut: bool = False

    def cut(self, run: Element, owners: list[str]) -> None:
        """Note the owners of the characters of a run; one with more than text is not cut but has that of its start."""
        if not any(owners):
            return
        texts = [child for child in run if child.tag != W + "rPr"]
        if len(set(owners)) == 1 or len(texts) != 1 or texts[0].tag != W + "t":
            if owners[0]:
                run.set(OWNER, owners[0])
            return
        copied = self.copied + sum(1 + len(node.attrib) for node in run.iter()) * sum(
            a != b for a, b in pairwise(owners)
        )
        if copied > self.most:
            self.uncut = True
            return
        self.copied = copied
        _cut(run, texts[0], owners)


def _cut(run: Element, only: Element, owners: list[str]) -> None:
    text = only.text or ""
    only.text = ""  # a run without its text is what is copied for each part of it
    start = 0
    for end in range(1, len(text) + 1):
        if end == len(text) or owners[end] != owners[start]:
            part = deepcopy(run)
            part.tail = None
            content = part.find(W + "t")
            if content is not None:
                content.text = text[start:end]
                content.set(XML_SPACE, "preserve")
            if owners[start]:
                part.set(OWNER, owners[start])
            run.addprevious(part)
            start = end
    parent = run.getparent()
    if parent is not None:
        parent.remove(run)


def _runs(paragraph: Element) -> Iterator[Element]:
    return (run for run in paragraph.iter(W + "r") if run.getparent() is paragraph or _is_within(run, paragraph))


def _is_within(run: Element, paragraph: Element) -> bool:
    """Whether a run is the paragraph's own, and not of a text box in it."""
    return next(run.iterancestors(W + "p"), None) is paragraph


def _text_of(run: Element) -> str:
    return "".join(child.text or "" for child in run.iterchildren(W + "t"))


def _text(paragraph: Element) -> str:
    return "".join(map(_text_of, _runs(paragraph)))
