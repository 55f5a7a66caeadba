"""The stories of a tracked document as HTML blocks: headings, paragraphs with labels, tables, notes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from typing import Final, NamedTuple

from lxml import etree

from redline.changelist.cells import CELL_STATES, MOVED, ROW_STATES, WRAPPERS, inside, state_element
from redline.changelist.changes import related_tree, stories
from redline.changelist.definitions import definition_changes
from redline.changelist.labels import Counters, Lists
from redline.changelist.outline import former_properties, properties_of
from redline.changelist.pieces import REVISION_STATES, REVISIONS, State
from redline.changelist.stylesheet import VAL, Facts, StyleSheet, style_name
from redline.html.anchors import Anchors, format_note, move_link, signed
from redline.html.inline import Inline, Notes, Pictures
from redline.html.style import Look, is_on
from redline.ooxml import NS, W, first_child, number
from redline.opc.package import Package
from schemas.changes import Change, ChangeKind, Story

_SECTIONS: Final = {
    Story.BODY: "Document",
    Story.HEADER: "Header",
    Story.FOOTER: "Footer",
    Story.FOOTNOTE: "Footnotes",
    Story.ENDNOTE: "Endnotes",
    Story.COMMENT: "Comments",
    Story.STYLES: "Styles",
}
_NOTES: Final = (Story.FOOTNOTE, Story.ENDNOTE, Story.COMMENT)
_WORDS: Final = {State.INSERTED: "inserted", State.DELETED: "deleted"}
_MOVING: Final = {State.INSERTED: "moved here", State.DELETED: "moved away"}
_LOWEST_HEADING: Final = 6


@dataclass(slots=True)
class Body:
    """Renders all stories of a package; notes and pictures are counted over the whole page."""

    package: Package
    anchors: Anchors
    styles: StyleSheet
    lists: Lists
    look: Look
    notes: Notes = field(default_factory=Notes)
    pictures: Pictures = field(default_factory=Pictures)
    is_cut: bool = False
    """Whether blocks were left out because the page is full."""

    @classmethod
    def of(cls, package: Package, changes: tuple[Change, ...]) -> Body:
        """A renderer for a tracked package whose changes these are."""
        styles = StyleSheet.of(related_tree(package, "styles"))
        lists = Lists(related_tree(package, "numbering"), styles)
        return cls(package, Anchors.of(changes), styles, lists, Look(styles))

    def html(self) -> str:
        """All stories: headers, the body, notes, comments, footers."""
        found: dict[Story, list[str]] = {story: [] for story in _SECTIONS}
        for part, story, _, flows in stories(self.package):
            blocks = _Blocks(self, part, whole=story in _NOTES)
            if story in (Story.BODY, Story.HEADER, Story.FOOTER):
                found[story].append("".join(blocks.flow(flow) for flow in flows))
            else:
                found[story].extend(self._note(story, flow, blocks) for flow in flows if self._is_shown(story, flow))
        found[Story.STYLES] = list(self._definitions())
        order = (Story.HEADER, Story.BODY, Story.FOOTNOTE, Story.ENDNOTE, Story.COMMENT, Story.FOOTER, Story.STYLES)
        return "".join(_section(story, content) for story in order for content in _joined(story, found[story]))

    def _definitions(self) -> Iterator[str]:
        """A line for each style whose definition changed; it has no place in the text."""
        for part in self.package.related(self.package.main, "styles")[:1]:
            for style in self.styles.elements.values():
                notes = [format_note(self.anchors, part, "Style", change) for change in definition_changes(style)]
                if notes:
                    yield f"<li>{escape(style_name(style))} {''.join(notes)}</li>"

    def _is_shown(self, story: Story, note: etree._Element) -> bool:
        """Whether a note is on the page: of a full one only what the text above refers to."""
        number = self.notes.number(story.value, note.get(f"{W}id", ""))
        shown = not self.anchors.full or (story.value, number) in self.notes.referred
        self.is_cut |= not shown
        return shown

    def _note(self, story: Story, flow: etree._Element, blocks: _Blocks) -> str:
        kind = story.value
        number = self.notes.number(kind, flow.get(f"{W}id", ""))
        author = f'<p class="note-author">{escape(flow.get(f"{W}author", ""))}</p>' if story is Story.COMMENT else ""
        return (
            f'<li class="note" id="{kind}-{number}" value="{number}">{author}{blocks.flow(flow)}'
            f'<a class="back" href="#{kind}-{number}-reference" aria-label="Back to the text">↩</a></li>'
        )


@dataclass(slots=True)
class _Blocks:
    """Renders the blocks of one part."""

    body: Body
    part: str
    whole: bool = False
    """Whether all blocks are shown, on a full page, too."""
    before: Counters = field(init=False)
    after: Counters = field(init=False)
    inline: Inline = field(init=False)

    def __post_init__(self) -> None:
        body = self.body
        self.before, self.after = Counters(body.lists), Counters(body.lists)
        self.inline = Inline(body.package, self.part, body.look, body.anchors, body.notes, body.pictures)

    def flow(self, parent: etree._Element) -> str:
        """The blocks of an element."""
        return "".join(self._blocks(parent))

    def _blocks(self, parent: etree._Element) -> Iterator[str]:
        for child in parent:
            if child.tag != f"{W}sectPr" and self._is_full():
                return
            if child.tag == f"{W}p":
                yield self._paragraph(child)
                yield from self._textboxes()
            elif child.tag == f"{W}tbl":
                yield self._table(child)
            elif child.tag in WRAPPERS:
                yield from self._blocks(child)
            elif child.tag == f"{W}sectPr":
                yield self._section_change(child)

    def _is_full(self) -> bool:
        """Whether what comes now is left out."""
        full = self.body.anchors.full and not self.whole
        self.body.is_cut |= full
        return full

    def _paragraph(self, paragraph: etree._Element) -> str:
        properties = properties_of(paragraph)
        facts = Facts.of(properties)
        state = _mark_state(properties)
        label, level = self._label(properties, facts, state)
        level_look = None
        if level is not None:
            number = self.body.lists.number(level[0])
            level_look = None if number is None else number.levels.get(level[1])
        classes = self.body.look.paragraph(properties, facts.style, level_look)
        inside = label + self.inline.content(paragraph) + self.inline.mark(properties)
        inside += self._formatting(properties)
        if next(paragraph.iter(*REVISIONS), None) is not None:
            classes.append("changed")
        if state is not State.KEPT and _is_whole(paragraph):
            classes.append("comes" if state.in_after else "goes")
            if state in (State.MOVED_FROM, State.MOVED_TO):
                classes.append("moves")
        if first_child(properties, f"{W}sectPr") is not None:
            classes.append("section-end")
        heading = self.body.styles.heading(facts)
        tag = "p" if heading is None else f"h{min(heading + 2, _LOWEST_HEADING)}"
        direction = ' dir="rtl"' if is_on(first_child(properties, f"{W}bidi")) else ""
        class_names = f' class="{" ".join(classes)}"' if classes else ""
        return f"<{tag}{class_names}{direction}>{inside}</{tag}>"

    def _label(
        self, properties: etree._Element | None, facts: Facts, state: State
    ) -> tuple[str, tuple[str, int] | None]:
        former = Facts.of(former_properties(properties))
        old_place = self.body.lists.place(former) if state.in_before else None
        new_place = self.body.lists.place(facts) if state.in_after else None
        old = self.before.next(*old_place) if old_place else ""
        new = self.after.next(*new_place) if new_place else ""
        shown = new if state.in_after else old
        if not shown and not old:
            return "", new_place or old_place
        was = f' data-before="{escape(old)}"' if state.in_before and old != shown else ""
        kind = {True: "", False: " gone"}[state.in_after]
        return f'<span class="label{kind}"{was}>{escape(shown)}</span>', new_place or old_place

    def _formatting(self, properties: etree._Element | None) -> str:
        if properties is None:
            return ""
        found = [first_child(properties, f"{W}pPrChange"), first_child(properties, f"{W}sectPr", f"{W}sectPrChange")]
        return "".join(self._format_note("Formatting", change) for change in found if change is not None)

    def _section_change(self, section: etree._Element) -> str:
        change = first_child(section, f"{W}sectPrChange")
        note = "" if change is None else self._format_note("Page layout", change)
        return f'<p class="changed">{note}</p>' if note else ""

    def _format_note(self, kind: str, change: etree._Element) -> str:
        return format_note(self.body.anchors, self.part, kind, change)

    def _textboxes(self) -> Iterator[str]:
        boxes, self.inline.textboxes = self.inline.textboxes, []
        for box in boxes:
            blocks = _Blocks(self.body, self.part, self.whole)
            yield f'<aside class="text-box" aria-label="Text box">{blocks.flow(box)}</aside>'

    def _table(self, table: etree._Element) -> str:
        rows = list(inside(table, f"{W}tr"))
        grid = [_columns(row) for row in rows]
        change = first_child(table, f"{W}tblPr", f"{W}tblPrChange")
        note = "" if change is None else self._format_note("Table", change)
        caption = f"<caption>{note}</caption>" if note else ""
        content = "".join(self._rows(rows, grid))
        return f'<div class="table-wrap"><table>{caption}<tbody>{content}</tbody></table></div>'

    def _rows(self, rows: list[etree._Element], grid: list[dict[int, _Cell]]) -> Iterator[str]:
        for index, row in enumerate(rows):
            if self._is_full():
                return
            yield self._row(row, index, grid)

    def _row(self, row: etree._Element, index: int, grid: list[dict[int, _Cell]]) -> str:
        revision = state_element(first_child(row, f"{W}trPr"), ROW_STATES)
        heading = is_on(first_child(row, f"{W}trPr", f"{W}tblHeader"))
        attributes, note = self._revised(revision, "Row", ROW_STATES)
        for path in ((f"{W}trPr", f"{W}trPrChange"), (f"{W}tblPrEx", f"{W}tblPrExChange")):
            change = first_child(row, *path)
            note += "" if change is None else self._format_note("Row", change)
        cells = [self._cell(cell, column, index, grid, heading) for column, cell in grid[index].items()]
        cells = [cell for cell in cells if cell]
        if note and cells:
            opening, _, rest = cells[0].partition(">")
            cells[0] = f"{opening}>{note}{rest}"
        return f"<tr{attributes}>{''.join(cells)}</tr>"

    def _cell(
        self,
        cell: _Cell,
        column: int,
        row: int,
        grid: list[dict[int, _Cell]],
        heading: bool,
    ) -> str:
        if cell.continues:
            return ""
        height = 1
        while row + height < len(grid) and (below := grid[row + height].get(column)) and below.continues:
            height += 1
        size = (f' colspan="{cell.span}"' if cell.span > 1 else "") + (f' rowspan="{height}"' if height > 1 else "")
        revision = state_element(cell.properties, CELL_STATES)
        attributes, note = self._revised(revision, "Cell", CELL_STATES)
        change = first_child(cell.properties, f"{W}tcPrChange")
        note += "" if change is None else self._format_note("Cell", change)
        tag, scope = ("th", ' scope="col"') if heading else ("td", "")
        return f"<{tag}{scope}{size}{attributes}>{note}{self.flow(cell.element)}</{tag}>"

    def _revised(self, revision: etree._Element | None, kind: str, states: dict[str, State]) -> tuple[str, str]:
        """Attributes of a row or cell that comes, goes or moves; and what its tint means, for those who do not see it.

        Where it moves, a link leads to its other place.
        """
        if revision is None:
            return "", ""
        state = states[str(revision.tag)]
        change = self.body.anchors.change(self.part, revision)
        moved = change is not None and change.kind is ChangeKind.MOVE
        word = (_MOVING if moved else _WORDS)[state]
        anchor = self.body.anchors.attributes(self.part, revision, leaving=not state.in_after)
        link = move_link(change, MOVED[state]) if moved and " id=" in anchor else ""
        classes = f"{_WORDS[state]} moved" if moved else word
        attributes = f' class="{classes}"{anchor}{signed(revision, f"{kind} {word}")}'
        return attributes, f'<span class="visually-hidden">{kind} {word}. </span>{link}'


def _section(story: Story, content: str) -> str:
    title = _SECTIONS[story]
    caption = "" if story is Story.BODY else f'<p class="story-name" aria-hidden="true">{title}</p>'
    return f'<section class="story {story.value}" aria-label="{title}">{caption}{content}</section>'


def _joined(story: Story, contents: list[str]) -> list[str]:
    if story in (Story.BODY, Story.HEADER, Story.FOOTER):
        return [content for content in contents if content or story is Story.BODY]
    kind = "ul" if story is Story.STYLES else "ol"
    return [f"<{kind}>{''.join(contents)}</{kind}>"] if contents else []


def _mark_state(properties: etree._Element | None) -> State:
    run = first_child(properties, f"{W}rPr")
    found = state_element(run, REVISION_STATES)
    return State.KEPT if found is None else REVISION_STATES[str(found.tag)]


def _is_whole(paragraph: etree._Element) -> bool:
    """Whether a paragraph with a revised mark has no run outside revisions, so that all of it comes or goes."""
    kept = (*paragraph.iterchildren(f"{W}r"), *paragraph.iterfind("w:hyperlink/w:r", NS))
    return not kept


class _Cell(NamedTuple):
    """A cell, and what its place in the grid hangs on."""

    element: etree._Element
    properties: etree._Element | None
    span: int
    continues: bool
    """Whether it goes on with the merged cell above it and holds nothing of its own."""

    @classmethod
    def of(cls, cell: etree._Element) -> _Cell:
        properties = first_child(cell, f"{W}tcPr")
        span, merge = first_child(properties, f"{W}gridSpan"), first_child(properties, f"{W}vMerge")
        columns = 1 if span is None else number(span.get(VAL)) or 1
        merged = merge is not None and merge.get(VAL, "continue") == "continue"
        return cls(cell, properties, max(1, min(columns, 63)), merged and _is_empty(cell))


def _columns(row: etree._Element) -> dict[int, _Cell]:
    """The cells of a row by the grid column they begin in."""
    found: dict[int, _Cell] = {}
    column = 0
    for element in inside(row, f"{W}tc"):
        found[column] = _Cell.of(element)
        column += found[column].span
    return found


def _is_empty(cell: etree._Element) -> bool:
    return next(cell.iter(f"{W}t", f"{W}delText", *REVISIONS), None) is None
