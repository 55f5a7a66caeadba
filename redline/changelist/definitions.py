"""Changed definitions of styles as entries of the list of changes: one for each style, however much changed in it."""

from __future__ import annotations

from collections import defaultdict
from typing import Final

from lxml import etree

from redline.changelist.drafts import Drafts
from redline.changelist.formatchanges import changed_properties
from redline.changelist.grouping import signature
from redline.changelist.pieces import REVISIONS
from redline.changelist.spoken import changed_values
from redline.changelist.stylesheet import style_name
from redline.ooxml import NS, W
from schemas.changes import ChangeKind, ChangeTarget, Location, Story

_CHANGES: Final = ("w:pPr/w:pPrChange", "w:rPr/w:rPrChange")


def list_definitions(root: etree._Element, part: str, drafts: Drafts) -> int:
    """Add the changes of a styles part to the list; says how many revisions it holds."""
    for style in root.iterchildren(f"{W}style"):
        found: dict[str, list[etree._Element]] = defaultdict(list)
        for change in definition_changes(style):
            found[signature(change)[0]].append(change)
        for changes in found.values():
            _add(style, changes, part, drafts)
    return sum(1 for _ in root.iter(*REVISIONS))


def definition_changes(style: etree._Element) -> list[etree._Element]:
    """The revisions in which the definition of a style changed, as far as they change anything."""
    found = [change for path in _CHANGES if (change := style.find(path, NS)) is not None]
    return [change for change in found if changed_properties(change)]


def _add(style: etree._Element, changes: list[etree._Element], part: str, drafts: Drafts) -> None:
    before, after = (
        [value for values in side for value in values] for side in zip(*map(changed_values, changes), strict=True)
    )
    drafts.add(
        ChangeKind.FORMATTING,
        ChangeTarget.STYLE,
        Location(story=Story.STYLES, part=part, style=style_name(style)),
        changes,
        before="; ".join(before),
        after="; ".join(after),
        properties=tuple(dict.fromkeys(name for change in changes for name in changed_properties(change))),
    )
