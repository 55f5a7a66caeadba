"""How text is cut: into words and what changes as a whole, such as sums and references, or into characters."""

from __future__ import annotations

import re
from typing import Final

_CJK: Final = (
    "\u1100-\u11ff\u2e80-\u2fff\u3040-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f"
    "\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
)
_UNSPACED: Final = "\u0e01-\u0e2f\u0e40-\u0e44\u0e81-\u0eaf\u0ebd\u0ec0-\u0ec4\u1000-\u102a\u1780-\u17b3"
"""Letters of Thai, Lao, Burmese and Khmer, which part no words."""
_VOWELS: Final = (
    "\u0e30-\u0e3a\u0e45\u0e47-\u0e4e\u0eb0-\u0ebc\u0ec8-\u0ece\u102b-\u103e\u1056-\u1060\u1062-\u1074\u1082-\u108d"
    "\u17b4-\u17d3\u17dd"
)
"""What belongs to the letter before it."""
_SYLLABLE: Final = rf"[\u0e40-\u0e44\u0ec0-\u0ec4]?[{_UNSPACED}](?:[\u1039\u17d2][{_UNSPACED}]|[{_VOWELS}])*"
_PUNCTUATION: Final = (
    r"!-/:-@\[-`{-~\u00a1-\u00a9\u00ab-\u00b4\u00b6-\u00b9\u00bb-\u00bf\u00d7\u00f7\u2010-\u205e"
    r"\u3000-\u303f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
)
_WORD: Final = rf"[^\s{_PUNCTUATION}{_CJK}{_UNSPACED}]"
_REST_OF_WORD: Final = (
    rf"(?:(?:['’]|_++|(?<=\d)[.,:/\u2011\u2013-](?=\d)){_WORD}++)*+"
    r"(?:(?<=\d)[%‰€£¥]|(?:(?<=\d)|(?<=\d[a-z]))(?:\((?:\d{1,3}|[A-Za-z]{1,5})\))++)?"
)
_UNIT: Final = rf"{_WORD}++{_REST_OF_WORD}|\s|[$€£¥₹](?=\d){_WORD}++{_REST_OF_WORD}"
"""Words, and what changes as a whole: sums, shares, dates, versions (v1.2), references (7.1(a), 24-2-3)."""
_IN_BRACKETS: Final = r"\((?:[$€£¥₹v]?\d+(?:[.,]\d+)*%?|[^\W\d_]{1,2}|[ivxlc]{3,6}|[IVXLC]{3,6})\)"
"""Figures said again, thirty (30), and items, (b): they change with their brackets."""

WORDS: Final = re.compile(
    rf"{_UNIT}|{_IN_BRACKETS}|[{_CJK}]|{_SYLLABLE}|_+|\.{{2,}}|-{{2,}}|[{_PUNCTUATION}]|.", re.DOTALL
)
CHARACTERS: Final = re.compile(r".[\u0300-\u036f\u200d\ufe0f\U0001f3fb-\U0001f3ff]*", re.DOTALL)
WORD_LIKE: Final = re.compile(rf"{_WORD}|[{_CJK}{_UNSPACED}]")
