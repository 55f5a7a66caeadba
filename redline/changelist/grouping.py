"""Revisions that belong together: the pieces of one paragraph gathered into what a lawyer would call one change."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from redline.changelist.formatchanges import changed_properties
from redline.changelist.pieces import PILCROW, Piece, State
from redline.ooxml import W
from schemas.changes import ChangeKind, ChangeTarget

_MOVES: Final = (State.MOVED_FROM, State.MOVED_TO)
_NEAR: Final = 500
"""Pieces on either side of a change that are looked at for its context: thousands may have no text."""
_WITHOUT_TEXT: Final = (
    ChangeTarget.EQUATION,
    ChangeTarget.IMAGE,
    ChangeTarget.NOTE,
    ChangeTarget.OBJECT,
    ChangeTarget.FIELD,
)

_WORD_STARTS: Final = re.compile(r"(?<!\S)[^\w\s]*\w")


@dataclass(slots=True)
class Cluster:
    """Neighbouring pieces of one change: `first` and `last` are their places among the pieces of the paragraph."""

    kind: ChangeKind
    author: str
    first: int
    last: int
    pieces: list[Piece] = field(default_factory=list)
    properties: tuple[str, ...] = ()
    move: str = ""
    state: State = State.KEPT

    @property
    def before(self) -> str:
        """The text that goes; for formatting, the text it applies to."""
        return self._shown([piece for piece in self.pieces if piece.state.in_before])

    @property
    def after(self) -> str:
        """The text that comes; for formatting, the text it applies to."""
        return self._shown([piece for piece in self.pieces if piece.state.in_after])

    def _shown(self, pieces: list[Piece]) -> str:
        text = "".join(piece.text for piece in pieces)
        return text or (f"[{self.target}]" if pieces else "")

    @property
    def revisions(self) -> list[etree._Element]:
        """The revision elements, each once, in order."""
        formatting = self.kind is ChangeKind.FORMATTING
        found = (piece.formatting if formatting else piece.revision for piece in self.pieces)
        return list(dict.fromkeys(element for element in found if element is not None))

    @property
    def target(self) -> ChangeTarget:
        """What the change happens to: the one kind of object it holds when it holds no text beside it."""
        if any(piece.plain for piece in self.pieces) or self.kind is ChangeKind.FORMATTING:
            return ChangeTarget.TEXT
        kinds = {kind for piece in self.pieces for kind in piece.kinds}
        return next((kind for kind in _WITHOUT_TEXT if kind in kinds), ChangeTarget.TEXT)


def clusters(pieces: list[Piece]) -> list[Cluster]:
    """The changes inside a paragraph; `pieces` are all its pieces, of which the last, its mark, is not looked at."""
    found: list[Cluster] = []
    open_cluster: Cluster | None = None
    for place, piece in enumerate(pieces[:-1]):
        if not piece.text and (not piece.kinds or piece.revision is None):
            continue
        fresh = _cluster_of(piece, place)
        if fresh is not None and open_cluster is not None and _same_change(open_cluster, fresh):
            open_cluster.pieces.append(piece)
            open_cluster.last = place
            open_cluster.kind = _kind(open_cluster, fresh)
            open_cluster.properties = tuple(dict.fromkeys((*open_cluster.properties, *fresh.properties)))
        else:
            open_cluster = fresh
            if fresh is not None:
                found.append(fresh)
    return found


def whole_state(pieces: list[Piece]) -> State | None:
    """The one state that all content of a paragraph is in; None when it has several or no content."""
    states = {piece.state for piece in pieces[:-1] if piece.text or piece.kinds}
    return states.pop() if len(states) == 1 else None


def text_of(pieces: list[Piece], *, after: bool) -> str:
    """The text of a paragraph in the after or the before document, without its mark."""
    if after:
        return "".join(piece.text for piece in pieces[:-1] if piece.state.in_after)
    return "".join(piece.text for piece in pieces[:-1] if piece.state.in_before and not piece.came_and_went)


def words(text: str) -> int:
    """How many words a text has, as white space parts them; a sign alone, such as a comma or a ¶, is none."""
    return len(_WORD_STARTS.findall(text.replace(PILCROW, " ")))


def signature(revision: etree._Element) -> tuple[str, str]:
    """w:author and w:date of a revision."""
    return revision.get(f"{W}author", ""), revision.get(f"{W}date", "")


def _cluster_of(piece: Piece, place: int) -> Cluster | None:
    if piece.revision is not None and piece.state in _MOVES and piece.move:
        return _new(ChangeKind.MOVE, piece, piece.revision, place, move=piece.move)
    if piece.revision is not None:
        kind = ChangeKind.INSERTION if piece.state.in_after else ChangeKind.DELETION
        return _new(kind, piece, piece.revision, place)
    if piece.formatting is not None:
        properties = changed_properties(piece.formatting)
        if properties:
            return _new(ChangeKind.FORMATTING, piece, piece.formatting, place, properties=properties)
    return None


def _new(
    kind: ChangeKind,
    piece: Piece,
    revision: etree._Element,
    place: int,
    *,
    properties: tuple[str, ...] = (),
    move: str = "",
) -> Cluster:
    author, _ = signature(revision)
    return Cluster(kind, author, place, place, [piece], properties, move, piece.state)


def _same_change(one: Cluster, other: Cluster) -> bool:
    if one.author != other.author:
        return False
    if ChangeKind.FORMATTING in (one.kind, other.kind):  # another font, and in it some words in bold: one change
        return one.kind is other.kind and not set(one.properties).isdisjoint(other.properties)
    if ChangeKind.MOVE in (one.kind, other.kind):
        return (one.kind, one.move, one.state) == (other.kind, other.move, other.state)
    return True


def _kind(cluster: Cluster, fresh: Cluster) -> ChangeKind:
    """What a cluster is with a fresh one of the same change; either says by its kind all that counts of its pieces."""
    return cluster.kind if cluster.kind is fresh.kind else ChangeKind.REPLACEMENT


def context(pieces: list[Piece], first: int, last: int, length: int) -> tuple[str, str]:
    """Text of the after document around the pieces `first` to `last`, up to `length` characters on each side."""
    before = "".join(_texts(pieces, range(first - 1, max(first - 1 - _NEAR, -1), -1), length)[::-1])[-length:]
    after = "".join(_texts(pieces, range(last + 1, min(last + 1 + _NEAR, len(pieces) - 1)), length))[:length]
    return before, after


def _texts(pieces: list[Piece], places: range, enough: int) -> list[str]:
    """Texts of the after document at these places, until there is enough."""
    found: list[str] = []
    for place in places:
        if enough <= 0:
            break
        piece = pieces[place]
        if piece.state.in_after:
            enough -= len(piece.text)
            found.append(piece.text)
    return found
