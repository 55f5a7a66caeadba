"""Tables for people: on a terminal in colour, in a log as plain lines of a fixed width."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from schemas.changes import Change, ChangeKind, ChangeTarget, Location, Summary

LOG_WIDTH: Final = 118
SHOWN: Final = 30
WIDE: Final = 100
"""Columns of a terminal below which a table does without what is nice to have."""
_SNIPPET: Final = 200
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")
STYLES: Final = {
    ChangeKind.INSERTION: "blue",
    ChangeKind.DELETION: "red",
    ChangeKind.REPLACEMENT: "magenta",
    ChangeKind.MOVE: "green",
    ChangeKind.FORMATTING: "yellow",
}


def console() -> Console:
    """Standard output. A log has no width of its own, so it gets one."""
    found = Console(highlight=False)
    return found if found.is_terminal else Console(highlight=False, width=LOG_WIDTH)


def table(*headers: str) -> Table:
    """An empty table with a line for each row: a header that begins with > is for numbers, one with ~ gives way."""
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold", expand=any("~" in name for name in headers))
    for header in headers:
        made.add_column(
            header.lstrip(">~"),
            justify="right" if header.startswith(">") else "left",
            ratio=1 if header.startswith("~") else None,
            no_wrap=True,
            overflow="ellipsis",
        )
    return made


def plain(text: str, style: str = "") -> Text:
    """Text that does what it says and no more: no markup, no control characters, no change of direction."""
    return Text(_UNPRINTABLE.sub(" ", text), style)


def lines(text: str) -> Text:
    """The same for text of several lines."""
    return Text("\n").join(map(plain, text.splitlines()))


def change_table(changes: Sequence[Change]) -> Table:
    """The first changes: kind, place, what was and what is."""
    made = table(">#", "change", "where", "~before", "~after")
    for change in changes[:SHOWN]:
        made.add_row(
            str(change.id),
            plain(_kind(change), STYLES[change.kind]),
            plain(_where(change.location)),
            *(plain(_snippet(text)) for text in _texts(change)),
        )
    return made


def more_changes(changes: Sequence[Change]) -> str:
    """What the table leaves out; empty when it shows all."""
    return f"... and {len(changes) - SHOWN} more changes" if len(changes) > SHOWN else ""


def summary_line(summary: Summary) -> str:
    """The counts in one line."""
    counts = {
        "insertion": summary.insertions,
        "deletion": summary.deletions,
        "replacement": summary.replacements,
        "move": summary.moves,
        "formatting change": summary.formatting,
    }
    named = [f"{count} {name}{'s' if count != 1 else ''}" for name, count in counts.items() if count]
    words = f"{summary.words_inserted} word{'s' if summary.words_inserted != 1 else ''} in, {summary.words_deleted} out"
    return f"{', '.join(named) or 'no changes'}; {words}; {summary.similarity:.1%} of the words stay"


def coverage_lines(summary: Summary) -> list[str]:
    """What the redline does not show as tracked changes, a line for each."""
    coverage = summary.coverage
    return [*(f"not tracked: {place.message}" for place in coverage.not_tracked), *coverage.degraded]


def _kind(change: Change) -> str:
    return change.kind.value if change.target.value == "text" else f"{change.kind.value} of {change.target.value}"


def _texts(change: Change) -> tuple[str, str]:
    """What was and what is; of other formatting than that of a style only what changed in it."""
    if change.kind is ChangeKind.FORMATTING and change.target is not ChangeTarget.STYLE:
        return "", ", ".join(change.properties)
    return change.before, change.after


def _where(location: Location) -> str:
    story = "" if location.story.value == "body" else location.story.value
    place = location.style or location.label or (f"paragraph {location.paragraph}" if location.paragraph else "")
    if location.table:
        place = f"table {location.table}" + (f", row {location.row}" if location.row else "")
    heading = location.headings[-1] if location.headings else ""
    return _snippet(", ".join(part for part in (story, place, heading) if part), 30)


def _snippet(text: str, longest: int = _SNIPPET) -> str:
    text = " ".join(text.split())
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
