"""Stories of the redline resolved one way, by copying and resolving only what holds revisions."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lxml import etree

from redline.ooxml import W
from redline.resolver.marks import TBL, P
from redline.resolver.resolve import REVISIONS, resolve_tree
from redline.verifier.items import Item, Itemizer
from redline.verifier.read import BLOCK_NUMBER, SECTION, SECTION_NUMBER, Story, chunks_of, row_chunks, section_number

_BOUNDARY: Final = f"{W}boundary"
_LARGE: Final = 50_000
"""Bytes of a block from which on moving it to another document is slow (`redline.ooxml.WIDE`)."""
_ROW: Final = f"{W}tr"


@dataclass(slots=True)
class Unit:
    """A block of a resolved story, or a row of such a table, and its bytes where they are known."""

    element: etree._Element
    chunk: bytes | None
    rows: list[Unit] | None = None
    """Of a table whose rows were resolved one by one; `element` then stands for the rest of it."""

    def items(self, itemizer: Itemizer) -> Iterator[Item]:
        """All items of a block."""
        if self.rows is None:
            yield from itemizer.items([self.element])
            return
        yield itemizer.table_head(self.element)
        for row in self.rows:
            yield from itemizer.row(row.element)
        yield Item("end", text="table")


@dataclass(slots=True)
class Resolved:
    """A story resolved: its blocks, and the numbers of the sections that are gone."""

    units: list[Unit]
    gone: frozenset[int]


def resolve_story(story: Story, accept: bool, *, spent: bool = False) -> Resolved:
    """The blocks of a story with every revision accepted or rejected.

    The story itself is left as it is, unless it is `spent`: not looked at again, so that nothing need be copied.
    """
    return _Resolution(story, accept, spent).run()


class _Resolution:
    """Copies what is revised, and what it could join, into a scratch document, and resolves that."""

    def __init__(self, story: Story, accept: bool, spent: bool) -> None:
        self._story = story
        self._accept = accept
        self._spent = spent
        self._tables: dict[int, _Table] = {}
        """By number of block, the tables of which only some rows were copied."""

    def run(self) -> Resolved:
        story = self._story
        regions = _regions(story.blocks, story.revised)
        if not regions:
            return Resolved(self._untouched(0, len(story.blocks)), frozenset())
        scratch = etree.Element(f"{W}document", nsmap={p: uri for p, uri in story.prefixes.items() if p})
        flow = etree.SubElement(scratch, f"{W}body")
        for start, end in regions:
            for index in range(start, end):
                flow.append(self._copy(index))
            etree.SubElement(flow, _BOUNDARY)
        sections = {section_number(section) for section in flow.iter(SECTION)}
        resolve_tree(scratch, self._accept)
        left = {section_number(section) for section in flow.iter(SECTION)}
        units: list[Unit] = []
        at = 0
        for (start, end), blocks in zip(regions, _split(flow), strict=True):
            units += self._untouched(at, start)
            units += [self._unit(block) for block in blocks]
            at = end
        units += self._untouched(at, len(story.blocks))
        _add_chunks(scratch, flow, [unit for unit in units if unit.chunk is None and unit.rows is None])
        return Resolved(units, frozenset(sections - left))

    def _untouched(self, start: int, end: int) -> list[Unit]:
        return [Unit(self._story.blocks[index], self._story.chunks[index]) for index in range(start, end)]

    def _copy(self, index: int) -> etree._Element:
        """A copy of a block; of a table, only with the rows that hold revisions."""
        block, revised = self._story.blocks[index], self._story.revised[index]
        if block.tag != TBL:
            duplicate = self._revised(block, self._story.chunks[index]) if revised else copy.deepcopy(block)
            duplicate.set(BLOCK_NUMBER, str(index))
            return duplicate
        rows = row_chunks(block) if revised else [(row, b"") for row in block.iterchildren(_ROW)]
        if not rows:
            return copy.deepcopy(block)
        known = self._tables[index] = _Table(rows)
        table = etree.Element(TBL, {BLOCK_NUMBER: str(index)})
        table.extend(copy.deepcopy(child) for child in block if child.tag != _ROW)
        for number in sorted(known.revised):
            row = self._revised(*rows[number])
            row.set(BLOCK_NUMBER, str(number))
            table.append(row)
        if len(known.revised) < len(rows):
            table.append(_row_that_stays())
        return table

    def _revised(self, element: etree._Element, chunk: bytes) -> etree._Element:
        """What is to be resolved of an element that holds revisions; to copy a large one is faster than to move it."""
        return element if self._spent and len(chunk) <= _LARGE else copy.deepcopy(element)

    def _unit(self, block: etree._Element) -> Unit:
        """A block that was copied only for what might join it is the original, unless something did."""
        index = int(block.get(BLOCK_NUMBER, "-1"))
        table = self._tables.get(index)
        as_it_was = index >= 0 and not self._story.revised[index]
        if as_it_was and (table is not None or len(block) == len(self._story.blocks[index])):
            return Unit(self._story.blocks[index], self._story.chunks[index])
        if table is None:
            return Unit(block, None)
        left = {int(row.get(BLOCK_NUMBER, "-1")): row for row in block.iterchildren(_ROW)}
        etree.strip_attributes(block, BLOCK_NUMBER, SECTION_NUMBER)
        chunks = dict(row_chunks(block) or ())
        units: list[Unit] = []
        for number, (row, chunk) in enumerate(table.rows):
            if number in left:
                units.append(Unit(left[number], chunks.get(left[number])))
            elif number not in table.revised:
                units.append(Unit(row, chunk))
        return Unit(block, None, units)


class _Table:
    """The rows of a table with their bytes, and the numbers of those that hold revisions."""

    def __init__(self, rows: list[tuple[etree._Element, bytes]]) -> None:
        self.rows = rows
        self.revised = {number for number, (row, _) in enumerate(rows) if next(row.iter(*REVISIONS), None) is not None}


def _add_chunks(scratch: etree._Element, flow: etree._Element, units: list[Unit]) -> None:
    """Note the bytes of blocks that were resolved: those of the original, unless text was changed within them."""
    etree.strip_attributes(scratch, BLOCK_NUMBER, SECTION_NUMBER)
    blocks = list(flow)
    chunks = dict(zip(blocks, chunks_of(scratch, flow, blocks), strict=True))
    for unit in units:
        unit.chunk = chunks[unit.element]


def _row_that_stays() -> etree._Element:
    """Stands for the rows that were not copied: a table goes only when no row at all is left."""
    row = etree.Element(_ROW)
    etree.SubElement(etree.SubElement(row, f"{W}tc"), P)
    return row


def _regions(blocks: list[etree._Element], revised: list[bool]) -> list[tuple[int, int]]:
    """Runs of revised blocks, each with the blocks after it that its last paragraph could join."""
    regions: list[tuple[int, int]] = []
    index = 0
    while index < len(blocks):
        if not revised[index]:
            index += 1
            continue
        start = index
        while index < len(blocks) and revised[index]:
            index += 1
            while index < len(blocks) and not revised[index] and next(blocks[index].iter(P, TBL), None) is None:
                index += 1
        end = min(index + 1, len(blocks))
        regions.append((start, end))
        index = end
    return regions


def _split(flow: etree._Element) -> list[list[etree._Element]]:
    groups: list[list[etree._Element]] = [[]]
    for block in flow:
        if block.tag == _BOUNDARY:
            groups.append([])
        else:
            groups[-1].append(block)
    return groups[:-1]
