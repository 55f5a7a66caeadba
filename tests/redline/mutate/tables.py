"""Edits of tables: rows, columns, merged cells, properties, whole tables."""

from __future__ import annotations

from lxml import etree

from redline.ooxml import W

from .draft import (
    EDITS,
    Draft,
    Edit,
    Element,
    copy_of,
    edit,
    is_only_block,
    is_whole,
    make,
    parent_of,
    properties,
    put,
    run_of,
    toggle,
    without_drawings,
)
from .paragraphs import new_paragraph

_SPECIAL_CELL = tuple(f"{W}{name}" for name in ("gridSpan", "vMerge", "hMerge", "cellIns", "cellDel", "cellMerge"))


def _rows(table: Element) -> list[Element]:
    return [row for row in table if row.tag == f"{W}tr"]


def _cells(row: Element) -> list[Element]:
    return [cell for cell in row if cell.tag == f"{W}tc"]


def _is_plain(table: Element) -> bool:
    """Whether every row has as many single cells as the grid has columns, so that a column is one cell of each row."""
    width = len(table.findall(f"{W}tblGrid/{W}gridCol"))
    rows = _rows(table)
    same = all(len(_cells(row)) == width and row.find(f"{W}trPr/{W}gridBefore") is None for row in rows)
    direct = not any(child.tag in (f"{W}sdt", f"{W}customXml") for row in (table, *rows) for child in row)
    return same and direct and width > 0 and next(table.iter(*_SPECIAL_CELL), None) is None


def _table(draft: Draft, plain: bool = False, rows: int = 1) -> Element | None:
    return draft.pick([t for t in draft.tables() if len(_rows(t)) >= rows and (not plain or _is_plain(t))])


def _emptied(draft: Draft, cell: Element) -> Element:
    """A copy of a cell with one paragraph of fresh text."""
    new = copy_of(cell)
    props = new.find(f"{W}tcPr")
    like = cell.find(f"{W}p")
    new[:] = [*([] if props is None else [props]), new_paragraph(draft, like, 3)]
    return new


@edit
def row_inserted(draft: Draft) -> str | None:
    table = _table(draft)
    row = None if table is None else draft.pick([r for r in _rows(table) if r.find(f".//{W}vMerge") is None])
    if row is None:
        return None
    new = etree.Element(f"{W}tr")
    props = row.find(f"{W}trPr")
    if props is not None:
        new.append(copy_of(props))
    for cell in _cells(row):
        new.append(_emptied(draft, cell))
    if len(new) == (props is not None):
        return None
    row.addnext(new)
    draft.touch(row)
    return "a row inserted"


def _lonely_rows(draft: Draft, table: Element) -> list[Element]:
    """Rows that may go or move without tearing a merged cell, a range or a field."""
    return [r for r in _rows(table) if r.find(f"{W}tc/{W}tcPr/{W}vMerge") is None and is_whole(r)]


@edit
def row_deleted(draft: Draft) -> str | None:
    table = _table(draft, rows=2)
    row = None if table is None else draft.pick(_lonely_rows(draft, table))
    if table is None or row is None:
        return None
    table.remove(row)
    draft.touch(table)
    return "a row deleted"


@edit
def row_moved(draft: Draft) -> str | None:
    table = _table(draft, rows=3)
    rows = [] if table is None else _lonely_rows(draft, table)
    if table is None or len(rows) < 2:
        return None
    one, other = draft.random.sample(rows, 2)
    one.addnext(other)
    draft.touch(table)
    return "a row moved"


@edit
def row_copied(draft: Draft) -> str | None:
    table = _table(draft)
    row = None if table is None else draft.pick(_lonely_rows(draft, table))
    if table is None or row is None:
        return None
    row.addnext(without_drawings(copy_of(row)))
    draft.touch(table)
    return "a row copied"


def _grid(table: Element) -> Element:
    grid = table.find(f"{W}tblGrid")
    assert grid is not None
    return grid


@edit
def column_inserted(draft: Draft) -> str | None:
    table = _table(draft, plain=True)
    if table is None:
        return None
    at = draft.random.randrange(len(_grid(table)))
    if any(len(_cells(row)) <= at for row in _rows(table)):
        return None
    for row in _rows(table):
        cell = _cells(row)[at]
        cell.addnext(_emptied(draft, cell))
    _grid(table).findall(f"{W}gridCol")[at].addnext(make('<w:gridCol w:w="1500"/>'))
    draft.touch(table)
    return "a column inserted"


@edit
def column_deleted(draft: Draft) -> str | None:
    table = _table(draft, plain=True)
    if table is None or len(_grid(table).findall(f"{W}gridCol")) < 2:
        return None
    at = draft.random.randrange(len(_grid(table).findall(f"{W}gridCol")))
    doomed = [_cells(row)[at] for row in _rows(table)]
    if not all(is_whole(cell) for cell in doomed):
        return None
    for cell in doomed:
        parent = cell.getparent()
        assert parent is not None
        parent.remove(cell)
    _grid(table).remove(_grid(table).findall(f"{W}gridCol")[at])
    draft.touch(table)
    return "a column deleted"


@edit
def cells_merged_across(draft: Draft) -> str | None:
    table = _table(draft, plain=True)
    row = None if table is None else draft.pick([r for r in _rows(table) if len(_cells(r)) > 1])
    if row is None:
        return None
    at = draft.random.randrange(len(_cells(row)) - 1)
    one, two = _cells(row)[at : at + 2]
    one.extend([block for block in two if block.tag != f"{W}tcPr"])
    row.remove(two)
    put(properties(one, "tcPr"), "gridSpan", val="2")
    draft.touch(row)
    return "two cells merged across"


@edit
def cells_merged_down(draft: Draft) -> str | None:
    table = _table(draft, plain=True, rows=2)
    if table is None:
        return None
    at = draft.random.randrange(len(_rows(table)) - 1)
    column = draft.random.randrange(len(_cells(_rows(table)[0])))
    upper, lower = (_cells(row)[column] for row in _rows(table)[at : at + 2])
    if not (is_whole(upper) and is_whole(lower)):
        return None
    put(properties(upper, "tcPr"), "vMerge", val="restart")
    put(properties(lower, "tcPr"), "vMerge")
    upper.extend([block for block in lower if block.tag != f"{W}tcPr"])
    lower.append(make("<w:p/>"))
    draft.touch(table)
    return "two cells merged down"


@edit
def cell_split(draft: Draft) -> str | None:
    """Undo a merge across: one cell of two columns becomes two."""
    spans = [s for t in draft.tables() for s in t.iter(f"{W}gridSpan") if s.get(f"{W}val") == "2"]
    span = draft.pick(spans)
    props = None if span is None else span.getparent()
    cell = None if props is None else props.getparent()
    if span is None or props is None or cell is None:
        return None
    props.remove(span)
    cell.addnext(_emptied(draft, cell))
    draft.touch(cell)
    return "a merged cell split"


def fresh_table(draft: Draft, rows: int, columns: int) -> Element:
    borders = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="auto"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    table = make(
        f'<w:tbl><w:tblPr><w:tblW w:w="0" w:type="auto"/><w:tblBorders>{borders}</w:tblBorders></w:tblPr>'
        f"<w:tblGrid>{'<w:gridCol w:w=' + chr(34) + '2000' + chr(34) + '/>'}</w:tblGrid></w:tbl>"
    )
    _grid(table)[:] = [make('<w:gridCol w:w="2000"/>') for _ in range(columns)]
    for _ in range(rows):
        row = etree.SubElement(table, f"{W}tr")
        for _ in range(columns):
            cell = make('<w:tc><w:tcPr><w:tcW w:w="2000" w:type="dxa"/></w:tcPr></w:tc>')
            cell.append(new_paragraph(draft, None, 2))
            row.append(cell)
    return table


@edit
def table_inserted(draft: Draft) -> str | None:
    before = draft.pick([b for b in draft.body_blocks() if b.tag == f"{W}p"])
    if before is None:
        return None
    before.addprevious(fresh_table(draft, 2, 3))
    draft.touch(before)
    return "a table inserted"


@edit
def nested_table_added(draft: Draft) -> str | None:
    cells = [cell for table in draft.tables() for row in _rows(table) for cell in _cells(row)]
    cell = draft.pick([c for c in cells if c.find(f"{W}p") is not None])
    paragraph = None if cell is None else cell.find(f"{W}p")
    if cell is None or paragraph is None:
        return None
    paragraph.addprevious(fresh_table(draft, 2, 2))
    draft.touch(cell)
    return "a nested table added"


def _movable_table(draft: Draft) -> Element | None:
    return draft.pick([t for t in draft.tables() if is_whole(t) and parent_of(t).tag == f"{W}body"])


@edit
def table_deleted(draft: Draft) -> str | None:
    table = _movable_table(draft)
    if table is None or is_only_block(table):
        return None
    draft.body.remove(table)
    draft.touch(draft.body)
    return "a table deleted"


@edit
def table_moved(draft: Draft) -> str | None:
    table = _movable_table(draft)
    targets = [b for b in draft.body_blocks() if b.tag == f"{W}p"]
    if table is None or not targets or is_only_block(table):
        return None
    draft.random.choice(targets).addprevious(table)
    draft.touch(table)
    return "a table moved"


def _table_property(name: str, **attributes: str) -> Edit:
    def change(draft: Draft) -> str | None:
        table = _table(draft)
        if table is None:
            return None
        put(properties(table, "tblPr"), name, **attributes)
        draft.touch(table)
        return f"table property {name}"

    return change


for _name, _attributes in {
    "tblW": {"w": "4321", "type": "dxa"},
    "jc": {"val": "center"},
    "tblInd": {"w": "321", "type": "dxa"},
    "tblLayout": {"type": "fixed"},
}.items():
    EDITS[f"table-{_name}"] = _table_property(_name, **_attributes)


def _cell_property(name: str, **attributes: str) -> Edit:
    def change(draft: Draft) -> str | None:
        table = _table(draft)
        cell = None if table is None else draft.pick([c for row in _rows(table) for c in _cells(row)])
        if cell is None:
            return None
        put(properties(cell, "tcPr"), name, **attributes)
        draft.touch(cell)
        return f"cell property {name}"

    return change


for _name, _attributes in {
    "shd": {"val": "clear", "color": "auto", "fill": "FFEEDD"},
    "vAlign": {"val": "center"},
    "tcW": {"w": "1234", "type": "dxa"},
}.items():
    EDITS[f"cell-{_name}"] = _cell_property(_name, **_attributes)


@edit
def row_properties(draft: Draft) -> str | None:
    table = _table(draft)
    row = None if table is None else draft.pick(_rows(table))
    if row is None:
        return None
    props = row.find(f"{W}trPr")
    if props is None:
        props = etree.Element(f"{W}trPr")
        row.insert(1 if row.find(f"{W}tblPrEx") is not None else 0, props)
    old = props.find(f"{W}cantSplit")
    if old is not None:
        props.remove(old)
    else:
        props.insert(0, etree.Element(f"{W}cantSplit"))
    draft.touch(row)
    return "row property cantSplit"


@edit
def column_widths(draft: Draft) -> str | None:
    table = _table(draft)
    column = None if table is None else draft.pick(table.findall(f"{W}tblGrid/{W}gridCol"))
    if table is None or column is None:
        return None
    column.set(f"{W}w", "1717")
    draft.touch(table)
    return "a column's width"


@edit
def cell_paragraph_bold(draft: Draft) -> str | None:
    runs = [run for t in draft.texts("cell") if (run := run_of(t)) is not None]
    run = draft.pick(runs)
    if run is None:
        return None
    toggle(properties(run, "rPr"), "b")
    draft.touch(run)
    return "bold in a cell"
