"""How a list counts: a number in one of the number formats of ECMA-376-1 17.18.59 (ST_NumberFormat)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

_ROMAN: Final = (
    (1000, "m"),
    (900, "cm"),
    (500, "d"),
    (400, "cd"),
    (100, "c"),
    (90, "xc"),
    (50, "l"),
    (40, "xl"),
    (10, "x"),
    (9, "ix"),
    (5, "v"),
    (4, "iv"),
    (1, "i"),
)
_LARGEST_ROMAN: Final = 32767
_LONGEST_LETTERS: Final = 30


def numeral(value: int, number_format: str) -> str:
    """The number as the format writes it; formats that are not known here count in decimal."""
    return _FORMATS.get(number_format, str)(value)


def _roman(value: int) -> str:
    if not 0 < value <= _LARGEST_ROMAN:
        return str(value)
    written = []
    for worth, sign in _ROMAN:
        count, value = divmod(value, worth)
        written.append(sign * count)
    return "".join(written)


def _letters(value: int) -> str:
    # Word goes on after z with aa, bb, cc, not with aa, ab, ac.
    if not 0 < value <= 26 * _LONGEST_LETTERS:
        return str(value)
    repeats, letter = divmod(value - 1, 26)
    return chr(ord("a") + letter) * (repeats + 1)


def _ordinal(value: int) -> str:
    teen = value % 100 in (11, 12, 13)
    suffix = "th" if teen else {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")
    return f"{value}{suffix}"


_FORMATS: Final[dict[str, Callable[[int], str]]] = {
    "decimalZero": lambda value: f"{value:02d}",
    "lowerRoman": _roman,
    "upperRoman": lambda value: _roman(value).upper(),
    "lowerLetter": _letters,
    "upperLetter": lambda value: _letters(value).upper(),
    "ordinal": _ordinal,
    "none": lambda value: "",
}
