"""Every option of `compare` with values that tests draw from; a new option is in here by itself."""

from __future__ import annotations

from dataclasses import fields
from random import Random
from typing import Any, Final, Literal, get_args, get_origin, get_type_hints

from redline.options import CompareOptions

from .judging import DATE

_GIVEN: Final[dict[str, tuple[Any, ...]]] = {
    "author": ("Redline", 'Ann "A" & <Co>', "李明"),
    "date": (DATE,),
    "before_format": ("auto", "docx"),
    "after_format": ("auto", "docx"),
}


def _values(name: str, kind: Any) -> tuple[Any, ...]:
    if name in _GIVEN:
        return _GIVEN[name]
    if kind is bool:
        return True, False
    if get_origin(kind) is Literal:
        return get_args(kind)
    raise TypeError(f"say in _GIVEN which values of {name} to try")


VALUES: Final[dict[str, tuple[Any, ...]]] = {
    option.name: _values(option.name, get_type_hints(CompareOptions)[option.name]) for option in fields(CompareOptions)
}
"""Values by the name of the option; dates are given, so that the output is deterministic."""

_OTHER_THAN_DEFAULT: Final = 0.2


def draw_options(random: Random) -> CompareOptions:
    """Options of which most are the defaults."""
    chosen = {name: random.choice(values) for name, values in VALUES.items() if random.random() < _OTHER_THAN_DEFAULT}
    return CompareOptions(**{"date": DATE, **chosen})
