"""What a judge complains of, without the place and the value: two complaints of one class say the same."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_STEP = re.compile(r"(?:\w+:)?(\w+)(?:\[[^]]*\])?$")
_VALUE = re.compile(r"'[^':]*'|\d+")
"""Quoted values and numbers; a quoted name keeps its colon and stays, for it tells one complaint from another."""


@dataclass(frozen=True, order=True)
class Complaint:
    """The judge's code, the name of the element and the sentence."""

    code: str
    element: str
    sentence: str


def complaint(code: str, path: str, sentence: str) -> Complaint:
    """The class of a complaint about the element at `path`, an XPath."""
    step = _STEP.search(path)
    return Complaint(code, step[1] if step else "", _VALUE.sub("#", sentence))


def added(
    redline: Iterable[Complaint], inputs: Iterable[Complaint], allowed: Iterable[Complaint] = ()
) -> list[Complaint]:
    """The classes that the redline adds to those of its inputs and to those known to be false."""
    return sorted(set(redline) - set(inputs) - set(allowed))
