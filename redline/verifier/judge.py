"""How two flows of items differ, and how grave that is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from redline.verifier.items import Item

Side = Literal["accept", "reject"]
Severity = Literal["error", "note"]


@dataclass(frozen=True, slots=True)
class Finding:
    """A difference between the resolved redline and the document it must equal.

    `side` says which resolution, `story` which part; `position` counts blocks of the story from 1, 0 is nowhere.
    `severity` 'error' means that the redline is wrong; 'note', that tracked changes cannot express the difference.
    The message holds no document content.
    """

    side: Side
    story: str
    code: str
    message: str
    position: int = 0
    severity: Severity = "error"


@dataclass(frozen=True, slots=True)
class _Check:
    code: str
    message: str
    severity: Severity
    value: Callable[[Item], object]


_ATOM_CODES: Final = {
    "field": ("field", "a field differs"),
    "graphic": ("media", "a picture or drawing differs"),
    "frame": ("frame", "what is drawn around the text of a text box differs; tracked changes cannot show that"),
    "maths": ("maths", "the structure of an equation differs"),
    "symbol": ("symbol", "a symbol differs"),
    "break": ("break", "a break differs"),
    "object": ("object", "an inline object differs"),
}
_PARAGRAPH_CHECKS: Final = (
    _Check("link", "a link has another target or extent", "error", lambda i: _without(i.links, "")),
    _Check("run-formatting", "text has other formatting", "error", lambda i: i.formats),
    _Check("paragraph-formatting", "a paragraph has other properties", "error", lambda i: i.properties),
    _Check(
        "numbering", "a paragraph has another list level, or is numbered on one side only", "error", lambda i: _place(i)
    ),
    _Check("list-definition", "a list looks otherwise", "note", lambda i: i.numbering),
    _Check("section-formatting", "a section has other properties", "error", lambda i: i.section),
    _Check("mark-formatting", "a paragraph mark has other formatting", "note", lambda i: i.mark),
)
_CONTAINER_MESSAGES: Final = {
    "table": ("table-formatting", "a table has other properties"),
    "row": ("row-formatting", "a table row has other properties"),
    "cell": ("cell-formatting", "a table cell has other properties"),
}


def _without(spans: list[tuple[int, str]], value: str) -> list[tuple[int, str]]:
    return spans if any(v != value for _, v in spans) else []


def _place(item: Item) -> tuple[str, bool]:
    level, number = item.numbering
    return level, number in ("", "0")


def same_text(actual: Item, expected: Item) -> bool:
    """Whether two items are of one kind and have the same words."""
    return actual.kind == expected.kind and actual.text == expected.text


def fine_differences(actual: Item, expected: Item) -> Iterator[tuple[str, str, Severity]]:
    """Code, message and severity of each way in which two items of the same text differ."""
    if actual.kind in _CONTAINER_MESSAGES and actual.properties != expected.properties:
        yield (*_CONTAINER_MESSAGES[actual.kind], "error")
    if actual.kind != "paragraph":
        return
    if actual.atoms != expected.atoms:
        kind = _first_difference(_without_frames(actual), _without_frames(expected))
        yield (*_ATOM_CODES[kind], "note" if kind == "frame" else "error")
    for check in _PARAGRAPH_CHECKS:
        if check.value(actual) != check.value(expected):
            if check.code == "list-definition" and _place(actual) != _place(expected):
                continue
            yield check.code, check.message, check.severity


_Atoms = list[tuple[int, str, str]]


def _without_frames(item: Item) -> _Atoms:
    """The atoms, of what is drawn around text only that it is there."""
    return [(offset, kind, "" if kind == "frame" else value) for offset, kind, value in item.atoms]


def _first_difference(actual: _Atoms, expected: _Atoms) -> str:
    """Kind of the first atom that differs; 'frame' when none does."""
    for mine, theirs in zip(actual, expected, strict=False):
        if mine != theirs:
            return mine[1]
    longer = max(actual, expected, key=len)
    shared = min(len(actual), len(expected))
    return longer[shared][1] if len(longer) > shared else "frame"


def coarse_difference(actual: list[Item], expected: list[Item]) -> tuple[str, str, Severity]:
    """Code, message and severity for two flows that are not item by item the same."""
    if _texts(actual) == _texts(expected):
        return "empty-paragraph", "an empty paragraph is left that tracked changes cannot remove", "note"
    if _joined(actual) == _joined(expected):
        return "structure", "the text is the same, but is cut otherwise into paragraphs, cells or rows", "error"
    return "text", "text is lost, invented or out of place", "error"


def is_empty(item: Item) -> bool:
    """Whether this is a paragraph of nothing."""
    return item.kind == "paragraph" and not item.text and not item.atoms


def _texts(items: list[Item]) -> list[tuple[str, str]]:
    return [(item.kind, item.text) for item in items if not is_empty(item)]


def _joined(items: list[Item]) -> str:
    return "".join(item.text for item in items if item.kind == "paragraph")
