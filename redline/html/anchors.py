"""Where changes stand on the page: their anchors, what revisions say, and links between the ends of a move."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import Final

from lxml import etree

from redline.changelist.formatchanges import changed_properties
from redline.changelist.pieces import State
from redline.ooxml import W
from schemas.changes import Change, ChangeKind, Location

MOST_PLACES: Final = 10_000
"""Places of changes on a page: with more it is tens of megabytes long, which browsers show slowly and nobody reads."""


@dataclass(slots=True)
class Anchors:
    """Which change a revision belongs to, and which changes have an anchor on the page already."""

    of_revision: dict[tuple[str, str], Change]
    placed: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, changes: tuple[Change, ...]) -> Anchors:
        """The anchors of a list of changes."""
        found: dict[tuple[str, str], Change] = {}
        for change in changes:
            for revision in change.revision_ids:
                found.setdefault((change.location.part, str(revision)), change)
        return cls(found)

    @property
    def full(self) -> bool:
        """Whether the page shows as many changes as it may."""
        return len(self.placed) >= MOST_PLACES

    def has(self, change: Change) -> bool:
        """Whether a change has its place on the page."""
        return _name(change) in self.placed

    def change(self, part: str, revision: etree._Element) -> Change | None:
        """The change that a revision of a part belongs to."""
        return self.of_revision.get((part, revision.get(f"{W}id", "")))

    def attributes(self, part: str, revision: etree._Element, *, leaving: bool = False) -> str:
        """Data attributes of a revision; the first one of a change carries its anchor, as both ends of a move do."""
        change = self.change(part, revision)
        if change is None:
            return ""
        name = _name(change)
        if leaving and change.kind is ChangeKind.MOVE:
            name += "-from"
        identity = "" if name in self.placed else f' id="{name}" tabindex="-1"'
        self.placed.add(name)
        return f'{identity} data-change="{change.id}"'


def _name(change: Change) -> str:
    return f"change-{change.id}"


def place_name(location: Location) -> str:
    """Where something stands, in the fewest words: its row, else its clause, heading, paragraph or table."""
    if location.table is not None and location.row is not None:
        return f"table {location.table}, row {location.row}"
    if location.clause.strip(" .•"):
        return location.clause.rstrip(".")
    if location.headings:
        return location.headings[-1]
    if location.paragraph is not None:
        return f"paragraph {location.paragraph}"
    return "" if location.table is None else f"table {location.table}"


def origin_name(change: Change) -> str:
    """Where something moved from, if that can be told apart from where it is now."""
    name = "" if change.origin is None else place_name(change.origin)
    return "" if name == place_name(change.location) else name


def move_link(change: Change | None, state: State) -> str:
    """Leads from one end of a move to the other."""
    if change is None or change.kind is not ChangeKind.MOVE or change.origin is None:
        return ""
    leaves, origin = not state.in_after, origin_name(change)
    target = f"#change-{change.id}" + ("" if leaves else "-from")
    if origin:
        spoken = f"moved to {place_name(change.location)}" if leaves else f"moved from {origin}"
    else:
        spoken = "moved away" if leaves else "moved here"
    return f'<a class="move-link" href="{target}">{escape(spoken)}</a>'


def signed(element: etree._Element, spoken: str) -> str:
    """Attributes that say who did it, when, and what."""
    author, date = element.get(f"{W}author", ""), element.get(f"{W}date", "")
    moment = f' datetime="{escape(date)}" data-date="{escape(date)}"' if date else ""
    who = f" by {author}" if author else ""
    when = f", {date[:10]}" if date else ""
    return f' data-author="{escape(author)}"{moment} title="{escape(spoken + who + when)}"'


def format_note(anchors: Anchors, part: str, kind: str, change: etree._Element) -> str:
    """A note that says which properties a revision changed; '' where it changed none."""
    names = ", ".join(changed_properties(change))
    if not names:
        return ""
    said = f"{kind}: {names}"
    return f'<span class="format-note"{anchors.attributes(part, change)}{signed(change, said)}>{said}</span>'
