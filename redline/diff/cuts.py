"""Cuts words where the other side has something in the middle of them, or only a part of them.

So no word is marked for a note in it, and no reference for the sub-clause that was added to it. White space is cut
likewise: a picture between two spaces leaves both where it goes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import Final

from redline.diff.tokens import Piece, Token
from redline.diff.words import WORD_LIKE

_LONGEST_REFERENCE: Final = 100
_MOST_PARTS: Final = 8
"""For each token on average: a long word that is cut at every letter, and stands there thousands of times, is left."""


@dataclass(slots=True)
class _Parted:
    """A word in parts: the places of its parts, and where in the word each begins."""

    places: list[int]
    starts: list[int]
    word: str


def cut_alike(before: Sequence[Token], after: Sequence[Token]) -> tuple[Sequence[Token], Sequence[Token]]:
    """Both sides, cut wherever either has a note, a break, a paragraph mark or the edge of a wrapper within a word.

    References to a sub-clause are cut where the other side refers to the clause alone: "2.1(a)" beside "2.1".
    """
    parted = list(_parted(before)), list(_parted(after))
    cuts: dict[str, set[int]] = defaultdict(set)
    for whole in (*parted[0], *parted[1]):
        cuts[whole.word].update(whole.starts[1:])
    for word, place in (*_clauses_alone(before, after), *_clauses_alone(after, before)):
        cuts[word].add(place)
    if not cuts or _parts_made(before, after, cuts) > _MOST_PARTS * (len(before) + len(after)):
        return before, after
    return _cut(before, parted[0], cuts), _cut(after, parted[1], cuts)


def _parts_made(before: Sequence[Token], after: Sequence[Token], cuts: Mapping[str, set[int]]) -> int:
    return sum(len(cuts.get(token.key, ())) for token in (*before, *after) if isinstance(token.key, str))


def _clauses_alone(tokens: Sequence[Token], others: Sequence[Token]) -> Iterator[tuple[str, int]]:
    """References to sub-clauses that the others do not have, and where the longest part that these have ends."""
    texts = (key for token in tokens if isinstance(key := token.key, str) and len(key) <= _LONGEST_REFERENCE)
    references = {key for key in texts if key[-1] == ")" and key[0].isdigit()}
    if not references:
        return
    keys = {token.key for token in others}
    for word in references - keys:
        places = (place for place in range(len(word) - 1, 0, -1) if word[place] == "(" and word[:place] in keys)
        if place := next(places, 0):
            yield word, place


def _parted(tokens: Sequence[Token]) -> Iterator[_Parted]:
    """Words that go on beyond what stands in them without being text."""
    places: list[int] = []
    for place, token in enumerate(tokens):
        if not isinstance(token.key, str):
            continue
        if places and _goes_on(tokens, places[-1], place):
            places.append(place)
            continue
        if len(places) > 1:
            yield _joined(tokens, places)
        places = [place]
    if len(places) > 1:
        yield _joined(tokens, places)


def _goes_on(tokens: Sequence[Token], last: int, place: int) -> bool:
    """Whether two texts with no other text between them are parts of one word, or of white space."""
    if place - last == 1 and tokens[place].path is tokens[last].path:
        return False
    one, other = str(tokens[last].key), str(tokens[place].key)
    alike = (WORD_LIKE.match(one) and WORD_LIKE.match(other)) or (one.isspace() and other.isspace())
    return bool(alike) and not any(t.inner for t in tokens[last + 1 : place])


def _joined(tokens: Sequence[Token], places: list[int]) -> _Parted:
    parts = [str(tokens[place].key) for place in places]
    return _Parted(places, [0, *accumulate(map(len, parts[:-1]))], "".join(parts))


def _cut(tokens: Sequence[Token], parted: list[_Parted], cuts: Mapping[str, set[int]]) -> list[Token]:
    at = {
        place: sorted(cut - start for cut in cuts[whole.word])
        for whole in parted
        for place, start in zip(whole.places, whole.starts, strict=True)
    }
    found: list[Token] = []
    for place, token in enumerate(tokens):
        if place in at:
            found += _in_parts(token, at[place])
        elif isinstance(token.key, str) and token.key in cuts:
            found += _in_parts(token, sorted(cuts[token.key]))
        else:
            found.append(token)
    return found


def _in_parts(token: Token, cuts: Sequence[int]) -> Iterator[Token]:
    """A token of text as several; the markers before it stay before the first."""
    text = str(token.key)
    edges = [0, *(cut for cut in cuts if 0 < cut < len(text)), len(text)]
    for start, end in pairwise(edges):
        part = replace(token, key=text[start:end], pieces=_between(token.pieces, start, end))
        yield part if not start else replace(part, lead=())


def _between(pieces: Sequence[Piece], start: int, end: int) -> list[Piece]:
    found: list[Piece] = []
    at = 0
    for content, fmt in pieces:
        text = str(content)
        inside = text[max(start - at, 0) : max(end - at, 0)]
        if inside:
            found.append((inside, fmt))
        at += len(text)
    return found
