"""What is shown of a text that was found: the stretch that holds most of what was looked for."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from backends.search import Snippet, Term
from backends.search.words import analyzer, words
from schemas.search import Kind, SearchEntry

LENGTH: Final = 200
"""Characters that a snippet has at most, with a few more for a word that is not cut."""
_LEAD: Final = 60
"""Characters before the first highlight, where there are as many."""
_ARROW: Final = " \u2192 "
_ELLIPSIS: Final = "\u2026"


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The folded words of a term."""

    words: tuple[str, ...]
    prefix: bool

    def places(self, found: Sequence[str]) -> Iterator[int]:
        """Where the words begin among the words of a text."""
        first, *rest = self.words
        *whole, _ = self.words
        for place, word in enumerate(found[: len(found) - len(rest)]):
            if not (word == first or (self.prefix and not rest and word.startswith(first))):
                continue
            here = found[place : place + len(self.words)]
            if list(here[:-1]) == whole and (here[-1] == self.words[-1] or self._begins(here[-1])):
                yield place

    def _begins(self, word: str) -> bool:
        return self.prefix and word.startswith(self.words[-1])


def snippet(entry: SearchEntry, terms: Sequence[Term]) -> Snippet:
    """What to show of an entry that meets the terms."""
    wanted = [_Wanted(tuple(words(term.words)), term.prefix) for term in terms if not term.excluded]
    wanted = [each for each in wanted if each.words]
    if entry.kind is Kind.DOCUMENT:
        number = _best(entry, wanted)
        text, place = entry.text[number] if entry.text else "", _heading_above(entry, number)
    else:
        text, place = _ARROW.join(entry.text), entry.place
    shown, highlights = _cut(text, _highlights(text, wanted))
    return Snippet(shown, highlights, place)


def _best(entry: SearchEntry, wanted: Sequence[_Wanted]) -> int:
    """The first paragraph that meets as many terms as any does; rather one that is no heading."""
    best, most, headings = 0, (0, False), frozenset(entry.headings)
    for number, paragraph in enumerate(entry.text):
        found = analyzer().analyze(paragraph)
        met = sum(next(each.places(found), None) is not None for each in wanted)
        rank = (met, number not in headings)
        if met and rank > most:
            best, most = number, rank
        if most == (len(wanted), True):
            break
    return best


def _heading_above(entry: SearchEntry, number: int) -> str:
    above = [each for each in entry.headings if each < number]
    return entry.text[above[-1]] if above else ""


def _highlights(text: str, wanted: Sequence[_Wanted]) -> list[tuple[int, int]]:
    """Ranges of all that was looked for, those that touch as one."""
    tokens = analyzer().pre_tokenize(text).tokens
    found = [token.text for token in tokens]
    ranges = sorted(
        (tokens[place].char_offset_from, tokens[place + len(each.words) - 1].char_offset_to)
        for each in wanted
        for place in each.places(found)
    )
    merged: list[tuple[int, int]] = []
    for start, end in ranges:
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _cut(text: str, highlights: Sequence[tuple[int, int]]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The stretch of `LENGTH` that holds most highlights, on one line; what is left out shows as an ellipsis."""
    start = max(0, _densest(highlights) - _LEAD)
    if len(text) - start < LENGTH:
        start = max(0, len(text) - LENGTH)
    if start and " " in text[start : start + _LEAD]:
        start = text.index(" ", start) + 1
    end = start + LENGTH
    end = max([end, *(last for first, last in highlights if first < end < last)])
    lead = _ELLIPSIS if start else ""
    shown = lead + "".join(" " if each.isspace() else each for each in text[start:end])
    moved = ((first - start + len(lead), last - start + len(lead)) for first, last in highlights)
    kept = tuple((first, last) for first, last in moved if first >= len(lead) and last <= len(shown))
    return shown + (_ELLIPSIS if end < len(text) else ""), kept


def _densest(highlights: Sequence[tuple[int, int]]) -> int:
    """Where the stretch begins in which most highlights stand; 0 without any."""
    starts = [first for first, _ in highlights]
    counts = [bisect_left(starts, first + LENGTH - _LEAD) - number for number, first in enumerate(starts)]
    return starts[counts.index(max(counts))] if starts else 0
