"""Where a paragraph stands on one side of a tracked document: headings above it, its label, its number, its table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from redline.changelist.labels import Counters, Lists
from redline.changelist.stylesheet import Facts, StyleSheet
from redline.diff.enumeration import typed_label
from redline.ooxml import W, first_child
from schemas.changes import Location, Story

_LONGEST_TITLE: Final = 500


@dataclass(slots=True)
class Cell:
    """A place in a table, counted from 1."""

    table: int
    row: int = 0
    cell: int = 0


@dataclass(slots=True)
class View:
    """One side, before or after, of a story as it is walked from its start."""

    styles: StyleSheet
    lists: Lists
    counters: Counters
    story: Story
    part: str
    headings: list[tuple[int, str]] = field(default_factory=list)
    label: str = ""
    clause: str = ""
    paragraphs: int = 0
    tables: int = 0
    cells: list[Cell] = field(default_factory=list)
    _numbered: str = ""

    def enter(self, facts: Facts, text: str) -> None:
        """Count a paragraph with these properties; `text` names it if it is a heading."""
        self.paragraphs += 1
        place = self.lists.place(facts)
        if place is None:
            self._enter_typed(typed_label(text))
        else:
            self.label, self.clause = self.counters.next(*place), self.counters.full
        level = self.styles.heading(facts)
        if level is not None and text.strip():
            while self.headings and self.headings[-1][0] >= level:
                self.headings.pop()
            self.headings.append((level, _title(text)))

    def _enter_typed(self, label: str) -> None:
        """A label that is text: one without a figure, (b), stands under the last that has one."""
        self.label = self.clause = label
        if label[:1].isdigit():
            self._numbered = label.rstrip(".)")
        elif label:
            self.clause = self._numbered + label

    def enter_table(self) -> None:
        """Count a table and stand before its first row."""
        self.tables += 1
        self.cells.append(Cell(self.tables))

    def leave_table(self) -> None:
        """Stand after the table entered last."""
        self.cells.pop()

    def location(self, *, is_heading: bool = False, paragraph: bool = True) -> Location:
        """Where the walk stands. A heading is not above itself; a table or section stands at no paragraph."""
        inner = self.cells[-1] if self.cells else None
        titles = [title for _, title in self.headings]
        return Location(
            story=self.story,
            part=self.part,
            headings=tuple(titles[:-1] if is_heading else titles),
            label=self.label if paragraph else "",
            clause=self.clause if paragraph else "",
            paragraph=self.paragraphs if paragraph else None,
            table=inner.table if inner else None,
            row=(inner.row or None) if inner else None,
            cell=(inner.cell or None) if inner else None,
        )


def _title(text: str) -> str:
    """A heading on one line; a very long one is cut, for it stands at every change below it."""
    title = " ".join(text.split())
    return title if len(title) <= _LONGEST_TITLE else f"{title[: _LONGEST_TITLE - 1]}…"


def properties_of(paragraph: etree._Element) -> etree._Element | None:
    """The w:pPr of a paragraph, which is always its first child."""
    first = paragraph[0] if len(paragraph) else None
    return first if first is not None and first.tag == f"{W}pPr" else None


def former_properties(properties: etree._Element | None) -> etree._Element | None:
    """The properties a paragraph had before its w:pPrChange; the present ones where nothing changed."""
    former = first_child(properties, f"{W}pPrChange", f"{W}pPr")
    return properties if former is None else former
