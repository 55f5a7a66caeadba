"""Pairs blocks that went with blocks that came in their place, where they are too unlike to be paired by weight alone.

What stands beside each other in one gap may be a version of the other although little of it is left: a clause written
anew, a row whose value was filled in, a table whose labels stayed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

from rapidfuzz.distance import LCSseq

from redline.diff.align import Alphabet
from redline.diff.blocks import Row, Step
from redline.ooxml import Element, W

_CELLS: Final = 400
"""Largest gap (blocks before x blocks after) that is looked at."""

_LEAST_LETTERS: Final = 4
"""Letters of a word that says something about its sentence; shorter ones stand in every sentence."""

_SHORT_LINE: Final = 3
"""Words and signs of a line that is replaced in its place, whatever it said; what has more may have moved."""

_LABELLED: Final = 0.5
"""What an equal label, such as 5. or (b), counts for where nothing else is alike: less than any word."""

_LABEL_WORDS: Final = 2_000
"""Words of the labels of a table after which no more are looked at."""

_WORD: Final = re.compile(r"\w+")

_LIKE: Final = 0.3
_PART: Final = 0.5
_LABELS: Final = 0.4

Alike = Callable[[int, int], float]
"""How much two blocks have in common; 0 when they should not be paired."""


def pair_leftovers(steps: list[Step], alike: Alike) -> list[Step]:
    """Steps in which unpaired blocks of the same gap are paired in order, to the greatest sum of `alike`."""
    out: list[Step] = []
    for gone, come, rest in _gaps(steps):
        if gone and come and len(gone) * len(come) <= _CELLS:
            out += _paired(gone, come, alike)
        else:
            out += gone + come
        out += rest
    return out


def pair_in_place(steps: list[Step], fit: Callable[[int, int], bool]) -> list[Step]:
    """Steps in which gaps with as many blocks gone as come, each fitting the other, are pairs."""
    out: list[Step] = []
    for gone, come, rest in _gaps(steps):
        if len(gone) == len(come) and all(fit(g.b0, c.a0) for g, c in zip(gone, come, strict=True)):
            out += [Step("pair", g.b0, g.b1, c.a0, c.a1) for g, c in zip(gone, come, strict=True)]
        else:
            out += gone + come
        out += rest
    return out


def _gaps(steps: list[Step]) -> Iterator[tuple[list[Step], list[Step], list[Step]]]:
    """Runs of deletions and insertions, each with the step that ends it."""
    gone: list[Step] = []
    come: list[Step] = []
    for step in steps:
        if step.op == "del":
            gone.append(step)
        elif step.op == "ins":
            come.append(step)
        else:
            yield gone, come, [step]
            gone, come = [], []
    yield gone, come, []


def _paired(gone: list[Step], come: list[Step], alike: Alike) -> list[Step]:
    out: list[Step] = []
    i = j = 0
    for x, y in in_order([[alike(g.b0, c.a0) for c in come] for g in gone]):
        out += gone[i:x] + come[j:y]
        out.append(Step("pair", gone[x].b0, gone[x].b1, come[y].a0, come[y].a1))
        i, j = x + 1, y + 1
    return out + gone[i:] + come[j:]


def in_order(weights: list[list[float]]) -> list[tuple[int, int]]:
    """The order-keeping pairs (row, column) of the greatest total weight; pairs without weight are left out."""
    rows, columns = len(weights), len(weights[0])
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]
    for i in range(rows - 1, -1, -1):
        for j in range(columns - 1, -1, -1):
            paired = weights[i][j] + best[i + 1][j + 1] if weights[i][j] else 0.0
            best[i][j] = max(best[i + 1][j], best[i][j + 1], paired)
    out: list[tuple[int, int]] = []
    i = j = 0
    while i < rows and j < columns:
        if weights[i][j] and best[i][j] == weights[i][j] + best[i + 1][j + 1]:
            out.append((i, j))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1
    return out


class _Telling(NamedTuple):
    """The words of a block that carry meaning, a character for each, and their letters."""

    words: list[str]
    spelled: str
    letters: int


class Likeness:
    """How much blocks of two rows have in common, told by the words that carry meaning."""

    def __init__(self, steps: list[Step], before: Row, after: Row) -> None:
        self._before, self._after = before, after
        self._alphabet = Alphabet()
        self._told_before: dict[int, _Telling] = {}
        self._told_after: dict[int, _Telling] = {}
        gone = {tuple(before.words(s.b0)) for s in steps if s.op == "del"}
        self._elsewhere = gone & {tuple(after.words(s.a0)) for s in steps if s.op == "ins"}

    def blocks(self, b: int, a: int) -> float:
        """Of two paragraphs, or two tables."""
        tags = self._before.elements[b].tag, self._after.elements[a].tag
        if tags[0] != tags[1]:
            return 0.0
        if tags[0] == W + "tbl":
            return self._tables(self._before.elements[b], self._after.elements[a])
        return self.words(b, a)

    def words(self, b: int, a: int) -> float:
        """Letters of the longer words that two blocks share in order, where these are a good part of either."""
        old, now = self._before.words(b), self._after.words(a)
        labelled = _LABELLED if self._before.label(b) == self._after.label(a) != [] else 0.0
        x, y = self._telling(self._told_before, b, old), self._telling(self._told_after, a, now)
        if not x.words or not y.words:
            return labelled
        if len(old) == len(now) and "".join(old).casefold() == "".join(now).casefold():
            return float(x.letters)
        if self._elsewhere and old != now and not self._elsewhere.isdisjoint((tuple(old), tuple(now))):
            return 0.0
        shared = float(
            sum(
                sum(map(len, x.words[o.src_start : o.src_end]))
                for o in LCSseq.opcodes(x.spelled, y.spelled)
                if o.tag == "equal"
            )
        )
        return (
            shared
            if shared >= _LIKE * (x.letters + y.letters) / 2 or shared >= _PART * min(x.letters, y.letters)
            else labelled
        )

    def in_place(self, b: int, a: int) -> bool:
        """Whether a short line came for another of its kind, such as an answer, a value or a heading."""
        old, now = self._before.elements[b], self._after.elements[a]
        return (
            old.tag == now.tag == W + "p"
            and 0 < self._before.size(b) <= _SHORT_LINE
            and 0 < self._after.size(a) <= _SHORT_LINE
            and _kind(old) == _kind(now)
        )

    def _telling(self, told: dict[int, _Telling], index: int, words: Sequence[str]) -> _Telling:
        if index not in told:
            telling = [w for w in words if len(w) >= _LEAST_LETTERS] or [w for w in words if w.isalnum()]
            told[index] = _Telling(telling, self._alphabet.spell(telling), sum(map(len, telling)))
        return told[index]

    def _tables(self, before: Element, after: Element) -> float:
        """Of two tables, by the words that the labels of their rows share in order."""
        x, y = (self._label_words(table) for table in (before, after))
        shared = LCSseq.similarity(self._alphabet.spell(x), self._alphabet.spell(y))
        return float(shared) if shared >= 2 and shared >= _LABELS * min(len(x), len(y)) else 0.0

    def _label_words(self, table: Element) -> list[str]:
        """The words of a table's labels that carry meaning; of a label without such words all."""
        found: list[str] = []
        for row in table.iter(W + "tr"):
            words = _WORD.findall(label(row))
            found += [word for word in words if len(word) >= _LEAST_LETTERS] or words
            if len(found) > _LABEL_WORDS:
                break
        return found


def _kind(paragraph: Element) -> tuple[str | None, bool]:
    """The style of a paragraph, and whether a section ends with it."""
    style = paragraph.find(f"{W}pPr/{W}pStyle")
    return None if style is None else style.get(W + "val"), paragraph.find(f"{W}pPr/{W}sectPr") is not None


def label(row: Element) -> str:
    """What a row is called: the text of its first cell."""
    cell = row.find(W + "tc")
    return "" if cell is None else " ".join("".join(t.text or "" for t in cell.iter(W + "t")).split()).casefold()
