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
from redline.verifier.read import BLOCK_NUMBER, SECTION, Story, row_chunks, section_number

_BOUNDARY: Final = f"{W}boundary"
_ROW: Final = f"{W}tr"


@dataclass(slots=True)
class Unit:
    """A block of a resolved story, or a row of such a table; `chunk` is its bytes if nothing in it was resolved."""

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


def resolve_story(story: Story, accept: bool) -> Resolved:
    """The blocks of a story with every revision accepted or rejected; the story itself is left as it is."""
    return _Resolution(story, accept).run()


class _Resolution:
    """Copies what is revised, and what it could join, into a scratch document, and resolves that."""

    def __init__(self, story: Story, accept: bool) -> None:
        self._story = story
        self._accept = accept
        self._rows: dict[int, list[tuple[etree._Element, bytes]]] = {}
        """By number of block, the rows of tables of which only some were copied."""

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
        units: list[Unit] = []
        at = 0
        for (start, end), blocks in zip(regions, _split(flow), strict=True):
            units += self._untouched(at, start)
            units += [self._unit(block) for block in blocks]
            at = end
        units += self._untouched(at, len(story.blocks))
        return Resolved(units, frozenset(sections - {section_number(section) for section in flow.iter(SECTION)}))

    def _untouched(self, start: int, end: int) -> list[Unit]:
        return [Unit(self._story.blocks[index], self._story.chunks[index]) for index in range(start, end)]

    def _copy(self, index: int) -> etree._Element:
        """A copy of a block; of a table, only with the rows that hold revisions."""
        block = self._story.blocks[index]
        if block.tag != TBL:
            duplicate = copy.deepcopy(block)
            duplicate.set(BLOCK_NUMBER, str(index))
            return duplicate
        rows = row_chunks(block) if self._story.revised[index] else [(row, b"") for row in block.iterchildren(_ROW)]
        if not rows:
            return copy.deepcopy(block)
        self._rows[index] = rows
        table = etree.Element(TBL, {BLOCK_NUMBER: str(index)})
        table.extend(copy.deepcopy(child) for child in block if child.tag != _ROW)
        revised = [number for number, (row, _) in enumerate(rows) if next(row.iter(*REVISIONS), None) is not None]
        for number in revised:
            row = copy.deepcopy(rows[number][0])
            row.set(BLOCK_NUMBER, str(number))
            table.append(row)
        if len(revised) < len(rows):
            table.append(_row_that_stays())
        return table

    def _unit(self, block: etree._Element) -> Unit:
        """A block that was copied only for what might join it is the original, unless something did."""
        index = int(block.get(BLOCK_NUMBER, "-1"))
        rows = self._rows.get(index)
        as_it_was = index >= 0 and not self._story.revised[index]
        if as_it_was and (rows is not None or len(block) == len(self._story.blocks[index])):
            return Unit(self._story.blocks[index], self._story.chunks[index])
        if rows is None:
            return Unit(block, None)
        left = {int(row.get(BLOCK_NUMBER, "-1")): row for row in block.iterchildren(_ROW)}
        etree.strip_attributes(block, BLOCK_NUMBER)
        units: list[Unit] = []
        for number, (row, chunk) in enumerate(rows):
            if number in left:
                units.append(Unit(left[number], None))
            elif next(row.iter(*REVISIONS), None) is None:
                units.append(Unit(row, chunk))
        return Unit(block, None, units)


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
