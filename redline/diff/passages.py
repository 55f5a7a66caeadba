"""Paragraphs in passages instead of words: a coarser redline where words would take too long."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from redline.diff.canon import Identify
from redline.diff.reader import Reader
from redline.diff.words import WORDS
from redline.ooxml import Element, W

FINE_TOKENS: Final = 500_000
"""Words, spaces and signs in changed paragraphs, both sides together, into which one comparison cuts: some seconds.

Counted, not timed, so that the same documents give the same redline on every machine.
"""
PASSAGES: Final = 250_000
"""The same for passages, of paragraphs that are cut into very many of them."""
FEW_PASSAGES: Final = 5_000
"""Passages of two paragraphs that are not worth counting."""
TOKENS_PER_SECOND: Final = 50_000
"""Tokens, both sides together, that a slow machine reads, compares and writes in a second."""
_SHORT: Final = 20_000
"""Bytes of a text up to which its tokens are guessed and not counted."""

_PASSAGES: Final = re.compile(r"[^.;!?。]{0,399}[.;!?。]+\s*|.{0,399}\s+|.{1,400}", re.DOTALL)
"""Sentences; what goes on for longer is cut at the last white space, or else anywhere."""


class PassageReader(Reader):
    """Reads paragraphs into tokens of a sentence each."""

    def __init__(self, identify: Identify) -> None:
        super().__init__(identify)
        self._cut = _PASSAGES


def passages_in(paragraph: Element) -> int:
    """How many passages a paragraph makes at least: what is no text parts it, and is one by itself."""
    parting = _parting(paragraph)
    return parting + min(parting, sum(1 for _ in paragraph.iter(W + "t")))


def tokens_in(paragraphs: Iterable[Element]) -> int:
    """About how many tokens paragraphs make: one for three bytes of UTF-8, or an ideograph, and what parts the text."""
    total = 0
    for paragraph in paragraphs:
        text = "".join(t.text or "" for t in paragraph.iter(W + "t"))
        size = len(text.encode())
        total += size // 3 if size <= _SHORT else sum(1 for _ in WORDS.finditer(text))
        total += _parting(paragraph)
    return total


def _parting(paragraph: Element) -> int:
    """Line breaks, tabs, pictures: what stands in runs and is neither text nor formatting."""
    return sum(map(len, paragraph.iter(W + "r"))) - sum(1 for _ in paragraph.iter(W + "t", W + "rPr"))
