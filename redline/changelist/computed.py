"""Revisions that are no changes: in results that the application computes, such as page numbers (17.16.5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from redline.changelist.pieces import REVISION_STATES, REVISIONS
from redline.diff.fields import is_computed
from redline.ooxml import W

_FIELD_CHAR: Final = f"{W}fldChar"
_SIMPLE: Final = f"{W}fldSimple"
_CODES: Final = (f"{W}instrText", f"{W}delInstrText")
_REVISED: Final = tuple(REVISION_STATES)


@dataclass(slots=True)
class _Field:
    stays: bool
    code: list[str] = field(default_factory=list)
    settled: bool = False
    computed: bool = False


def revisions_of(root: etree._Element) -> tuple[list[etree._Element], set[etree._Element]]:
    """All revisions of a part in order; and those of them in computed results of fields that stay themselves."""
    revisions: list[etree._Element] = []
    computed: set[etree._Element] = set()
    fields: list[_Field] = []
    depth = 0
    for element in root.iter(*REVISIONS, _FIELD_CHAR, _SIMPLE, *_CODES):
        tag = element.tag
        if tag == _FIELD_CHAR:
            depth += _step(fields, element)
        elif tag in _CODES:
            if fields:
                fields[-1].code.append(element.text or "")
        elif tag == _SIMPLE:
            if _is_computed(element.get(f"{W}instr", "")) and _stays(element):
                computed.update(element.iter(*REVISIONS))
        else:
            revisions.append(element)
            if depth:
                computed.add(element)
    return revisions, computed


def _step(fields: list[_Field], char: etree._Element) -> int:
    """Open, divide or close a field; by how much that changes the number of computed results we are in."""
    kind = char.get(f"{W}fldCharType", "")
    if kind == "begin":
        fields.append(_Field(_stays(char)))
    elif kind == "separate" and fields and not fields[-1].settled:
        fields[-1].settled = True
        fields[-1].computed = fields[-1].stays and _is_computed("".join(fields[-1].code))
        return int(fields[-1].computed)
    elif kind == "end" and fields:
        return -int(fields.pop().computed)
    return 0


def _is_computed(code: str) -> bool:
    return is_computed("".join(code.split()))


def _stays(element: etree._Element) -> bool:
    return next(element.iterancestors(*_REVISED), None) is None
