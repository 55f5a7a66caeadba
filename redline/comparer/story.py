"""Compares two stories: the blocks of a body, a cell, a note, a header or a text box."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import deepcopy
from typing import Final

from redline.comparer.context import PAIR, Context, Work, new
from redline.comparer.formatting import change_paragraph, revise_mark
from redline.comparer.marking import mark_paragraph, mark_table, replace_content
from redline.comparer.moves import Move, Moves, find_moves, move_away, move_here
from redline.comparer.paragraphs import compare_paragraphs, has_section
from redline.comparer.sides import Sides, beside, same_blocks
from redline.comparer.tables import compare_tables
from redline.diff.blocks import Op, Row, Step, align
from redline.diff.contents import CONTENTS, fold_contents
from redline.diff.leftovers import Likeness, pair_in_place, pair_leftovers
from redline.diff.splits import join_splits
from redline.ooxml import Element, W

_WRAPPERS: Final = frozenset({W + "sdt", W + "sdtContent", W + "customXml", W + "smartTag"})

_DEEPEST: Final = 6
"""Tables in tables of which what changed is looked for; each is written once for every table around it."""
_SMALL_TABLE: Final = 25
"""Words up to which a last table is rewritten rather than leaving an empty paragraph after it."""


def blocks_of(container: Element) -> list[Element]:
    """Paragraphs and tables of a container in order, also those in content controls."""
    found: list[Element] = []
    for child in container:
        tag = child.tag
        if tag == W + "p" or tag == W + "tbl":
            found.append(child)
        elif tag in _WRAPPERS:
            found += blocks_of(child)
    return found


def last_block(container: Element, tags: tuple[str, ...]) -> Element | None:
    """The last of the blocks of a container that has one of these tags."""
    for child in container.iterchildren(*tags, *_WRAPPERS, reversed=True):
        found = last_block(child, tags) if child.tag in _WRAPPERS else child
        if found is not None:
            return found
    return None


def run_work(ctx: Context) -> None:
    """Compare all containers that wait, and those met on the way."""
    while ctx.work:
        compare_story(ctx, ctx.next_work())


def compare_story(ctx: Context, work: Work) -> None:
    """Write the differences of one pair of containers into the after one."""
    _Story(ctx, work.sides, work.after, blocks_of(work.before), blocks_of(work.after)).compare(work.before)


class _Story:
    def __init__(
        self, ctx: Context, sides: Sides, container: Element, before: list[Element], after: list[Element]
    ) -> None:
        self._ctx = ctx
        self._sides = sides
        self._container = container
        self._before = before
        self._after = after
        if not ctx.tracking.wants("tables"):
            self._leave_tables()
        self._contents: dict[Element, list[Element]] = {}
        self._waiting: list[Element] = []
        self._last_placed: Element | None = None
        self._ends: tuple[Element | None, ...] = ()
        """Blocks of before that are looked at again when all is written."""
        self._moves = Moves({}, {})

    def _leave_tables(self) -> None:
        """Keep the tables of the after document as they are, and look only at what is beside them."""
        tables = [[block for block in blocks if block.tag == W + "tbl"] for blocks in (self._before, self._after)]
        if len(tables[0]) != len(tables[1]) or not same_blocks(self._sides, *tables):
            self._ctx.leave("tables", self._sides.after_part)
        self._before, self._after = (
            [block for block in blocks if block.tag != W + "tbl"] for blocks in (self._before, self._after)
        )

    def compare(self, before: Element) -> None:
        """Compare all blocks; `before` holds those of the before document."""
        if self._container.tag == W + "body":
            folded = fold_contents(before, self._container, self._before, self._after)
            self._before, self._after, self._contents = folded
        steps = self._steps()
        tail = _unpaired_tail(steps)
        last_kept = self._before[steps[tail - 1].b1 - 1] if tail else None
        self._ends = (last_kept, self._last_paragraph(self._before))
        for step in steps:
            self._write(step)
        self._settle_last_mark(steps)
        self._place_waiting(None)

    def compare_between_ends(self) -> None:
        """Compare blocks of which the first and the last are known to belong together."""
        before, after = beside(self._sides, self._before[1:-1], self._after[1:-1])
        inner, _ = align(before, after, coarse=self._ctx.late())
        ends = len(self._before) - 1, len(self._after) - 1
        steps = [Step(s.op, s.b0 + 1, s.b1 + 1, s.a0 + 1, s.a1 + 1) for s in inner]
        for step in (Step("pair", 0, 1, 0, 1), *steps, Step("pair", ends[0], ends[0] + 1, ends[1], ends[1] + 1)):
            self._write(step)

    def _steps(self) -> list[Step]:
        deep = _depth(self._container) > _DEEPEST
        alone = len(self._before) == 1 == len(self._after) and not deep
        if alone and self._before[0].tag == self._after[0].tag != CONTENTS:
            return [Step("pair", 0, 1, 0, 1)]
        sides = self._sides
        before, after = beside(sides, self._before, self._after)
        late = self._ctx.late()
        steps, degraded = align(before, after, coarse=late or deep)
        if degraded:
            large = "tables are nested very deeply" if deep else "the changed stretch is very large"
            reason = "the time limit was reached" if late else large
            self._ctx.degraded.append(f"{sides.after_part}: blocks were compared coarsely because {reason}.")
        if not (late or deep):
            steps = join_splits(steps, before, after)
            likeness = Likeness(steps, before, after)
            steps = pair_in_place(pair_leftovers(steps, likeness.blocks), likeness.in_place)
        steps = self._joined_at_section(self._with_last_pair(steps))
        self._ctx.foresee(sum(_least_places(step, before, after) for step in steps))
        if self._ctx.options.track_moves and self._container.tag == W + "body":
            self._moves = find_moves(sides, steps, before, after)
        return steps

    def _with_last_pair(self, steps: list[Step]) -> list[Step]:
        """Settle the end: the last mark of a story can be neither deleted nor inserted (17.13.5.15, .20).

        Last paragraphs without partners become partners. A table that ends one side is written after the paragraph
        that ends the other, so that neither leaves an empty paragraph behind.
        """
        if not self._before or not self._after:
            return steps
        last_before, last_after = len(self._before) - 1, len(self._after) - 1
        tags = (self._before[-1].tag, self._after[-1].tag)
        if tags[0] != tags[1]:
            steps = self._split_last_table(steps)
        tail = _unpaired_tail(steps)
        gone = [s for s in steps[tail:] if s.op == "del"]
        come = [s for s in steps[tail:] if s.op == "ins"]
        if not gone or not come:
            return steps
        if tags == (W + "p", W + "p"):
            final = Step("pair", last_before, last_before + 1, last_after, last_after + 1)
            return [*steps[:tail], *gone[:-1], *come[:-1], final]
        if tags[0] == W + "tbl":
            return [*steps[:tail], *gone[:-1], *come, gone[-1]]
        return [*steps[:tail], *come[:-1], *gone, come[-1]]

    def _split_last_table(self, steps: list[Step]) -> list[Step]:
        """Part a small table that ends one side from its partner, which ends nothing."""
        for index in range(len(steps) - 1, -1, -1):
            step = steps[index]
            if step.op in ("del", "ins"):
                continue
            ends = step.b1 == len(self._before), step.a1 == len(self._after)
            table = self._after[step.a0]
            if step.op == "same" or not any(ends) or table.tag != W + "tbl" or _words(table) > _SMALL_TABLE:
                return steps
            return [*steps[:index], *_parted(step), *steps[index + 1 :]]
        return steps

    def _joined_at_section(self, steps: list[Step]) -> list[Step]:
        """Compare the last pair and what is behind it as one, where a section ends with that pair on one side only.

        A mark that ends a section cannot become the last mark of the story, nor the other way round. With a table
        behind it the pair is parted.
        """
        tail = _unpaired_tail(steps)
        if tail in (0, len(steps)) or steps[tail - 1].op != "pair":
            return steps
        last = steps[tail - 1]
        blocks = [*self._before[last.b0 :], *self._after[last.a0 :]]
        ends = has_section(self._before[last.b1 - 1]), has_section(self._after[last.a1 - 1])
        if ends[0] == ends[1] or any(block.tag not in (W + "p", W + "tbl") for block in blocks):
            return steps
        if any(block.tag == W + "tbl" for block in blocks) or self._stands_before_table(self._after[last.a1 - 1]):
            return self._with_last_pair([*steps[: tail - 1], *_parted(last), *steps[tail:]])
        return [*steps[: tail - 1], Step("pair", last.b0, len(self._before), last.a0, len(self._after))]

    def _write(self, step: Step) -> None:
        before = self._before[step.b0 : step.b1]
        after = self._after[step.a0 : step.a1]
        if any(block in self._contents for block in (*before, *after)):
            self._write_contents(step.op, before, after)
        elif step.op == "del":
            self._delete(before[0], self._moves.by_before.get(step.b0))
        else:
            self._place_waiting(after[0])
            if step.op == "ins":
                self._insert(after[0], self._moves.by_after.get(step.a0))
            elif step.op == "same":
                self._sides.pair_notes_in(before[0], after[0])
            elif after[0].tag == W + "p":
                self._compare_paragraphs(before, after)
            else:
                compare_tables(self._sides, before[0], after[0])
            self._last_placed = after[-1]

    def _compare_paragraphs(self, before: list[Element], after: list[Element]) -> None:
        self._ctx.differ(PAIR)
        waiting = len(self._ctx.work)
        alone = len(before) == 1 == len(after) and has_section(before[0]) == has_section(after[0])
        if alone and self._sides.too_many_passages(before[0], after[0]):
            replace_content(self._sides, before[0], after[0])
        else:
            compare_paragraphs(self._sides, before, after)
        if len(self._ctx.work) == waiting:  # no text box of before waits to be compared
            self._forget(before)

    def _write_contents(self, op: Op, before: list[Element], after: list[Element]) -> None:
        """A table of contents stays, or comes and goes as a whole: a field cannot change in part."""
        old = [block for stand_in in before for block in self._contents[stand_in]]
        now = [block for stand_in in after for block in self._contents[stand_in]]
        if op == "same":
            self._place_waiting(now[0])
            self._compare_contents(old, now)
        else:
            for block in old:
                self._delete(block, None)
        if not now:
            return
        self._place_waiting(now[0])
        if op != "same":
            for block in now:
                self._insert(block, None)
        self._last_placed = now[-1]

    def _compare_contents(self, old: list[Element], now: list[Element]) -> None:
        """The same table of contents: its ends stay, what is listed between them is compared."""
        if same_blocks(self._sides, old, now):
            return
        if not self._ctx.tracking.wants("computed"):
            self._sides.computed_result()
            return
        _Story(self._ctx, self._sides, self._container, old, now).compare_between_ends()

    def _delete(self, block: Element, move: Move | None) -> None:
        if move is not None:
            self._waiting += move_away(self._sides, move)
            return
        copied = self._sides.adopt(block)
        self._forget([block])
        if copied.tag == W + "p":
            mark_paragraph(self._sides, copied, "del")
        else:
            mark_table(self._sides, copied, "del")
        self._waiting.append(copied)

    def _forget(self, blocks: Iterable[Element]) -> None:
        """Let blocks of before go that nobody looks into any more, so that no more memory is taken than by both."""
        for block in blocks:
            if block not in self._ends:
                self._sides.forget(block)

    def _insert(self, block: Element, move: Move | None) -> None:
        if move is not None:
            move_here(self._sides, move)
        elif block.tag == W + "p":
            mark_paragraph(self._sides, block, "ins")
        else:
            mark_table(self._sides, block, "ins")

    def _settle_last_mark(self, steps: list[Step]) -> None:
        """The last mark of a story stays (17.13.5.15, .20): the last kept block's mark comes or goes instead of it.

        A table behind the last paragraph, which comes or goes as rows, changes nothing of that. Where the last
        paragraph ends a section, and the last kept block does not, an empty one is put behind it.
        """
        tail = _unpaired_tail(steps)
        if tail in (0, len(steps)) or len({s.op for s in steps[tail:]}) > 1:
            return
        kept_before = self._before[steps[tail - 1].b1 - 1]
        kept = self._after[steps[tail - 1].a1 - 1]
        last = self._last_paragraph(self._waiting or self._after[steps[tail - 1].a1 :])
        if last is None or has_section(kept_before) != has_section(kept) or self._stands_before_table(kept):
            return
        if kept.tag == W + "tbl":
            if has_section(last):
                self._put_last(new("p"))
            return
        settle = self._settle_deleted_end if self._waiting else self._settle_inserted_end
        settle(kept_before, kept, last, unfit=has_section(last) and not has_section(kept))

    def _settle_deleted_end(self, kept_before: Element, kept: Element, last: Element, *, unfit: bool) -> None:
        plain = _without_changes(kept.find(W + "pPr"))
        if unfit:
            last = self._put_last(new("p"))
        _replace_properties(last, plain)
        gone = None if unfit else self._last_paragraph(self._before)
        change_paragraph(self._sides, plain if gone is None else gone.find(W + "pPr"), last)
        old = kept_before.find(W + "pPr")
        _replace_properties(kept, None if old is None else self._sides.adopt(old))
        revise_mark(self._sides, kept, "del")

    def _settle_inserted_end(self, kept_before: Element, kept: Element, last: Element, *, unfit: bool) -> None:
        plain = _without_changes(kept.find(W + "pPr"))
        old = kept_before.find(W + "pPr")
        if unfit:
            last = self._put_last(new("p"))
            _replace_properties(last, None if old is None else self._sides.adopt(old))
        else:
            _replace_properties(last, _without_changes(last.find(W + "pPr")))
            change_paragraph(self._sides, old, last)
        _replace_properties(kept, plain)
        revise_mark(self._sides, kept, "ins")

    def _stands_before_table(self, block: Element) -> bool:
        """Whether a table that is left out, and so always stays, keeps a block from joining what comes behind it."""
        behind = () if self._ctx.tracking.wants("tables") else block.itersiblings(W + "tbl", *_WRAPPERS)
        return any(next(sibling.iter(W + "tbl"), None) is not None for sibling in behind)

    def _put_last(self, p: Element) -> Element:
        if self._waiting:
            self._waiting.append(p)
        else:
            self._after[-1].addnext(p)
        return p

    def _last_paragraph(self, blocks: Sequence[Element]) -> Element | None:
        """The last paragraph of these blocks; behind one that moved away stands the end of its range."""
        shown = (self._contents.get(block, [block])[-1] for block in reversed(blocks))
        return next((block for block in shown if block.tag == W + "p"), None)

    def _place_waiting(self, following: Element | None) -> None:
        """Put deleted blocks before the block that follows them, or at the end of the story."""
        if following is not None:
            for block in self._waiting:
                following.addprevious(block)
        elif self._last_placed is not None:
            for block in reversed(self._waiting):
                self._last_placed.addnext(block)
        else:
            last = self._container[-1] if len(self._container) else None
            for block in self._waiting:
                if last is not None and last.tag == W + "sectPr":
                    last.addprevious(block)
                else:
                    self._container.append(block)
        self._waiting = []


def _parted(step: Step) -> list[Step]:
    """Steps that delete and insert what a step pairs, block by block."""
    gone = [Step("del", b, b + 1, step.a0, step.a0) for b in range(step.b0, step.b1)]
    return [*gone, *(Step("ins", step.b1, step.b1, a, a + 1) for a in range(step.a0, step.a1))]


def _unpaired_tail(steps: list[Step]) -> int:
    """How many steps there are up to the last block that stays."""
    tail = len(steps)
    while tail and steps[tail - 1].op in ("del", "ins"):
        tail -= 1
    return tail


def _least_places(step: Step, before: Row, after: Row) -> int:
    """Places that a step takes at least: words that came or went take one, and the mark of their paragraph another."""
    if step.op == "same":
        return 0
    if step.op == "pair":
        return PAIR
    words = before.words(step.b0) if step.op == "del" else after.words(step.a0)
    return 2 if words else 1


def _depth(container: Element) -> int:
    """How many tables a container is in."""
    return sum(1 for _ in container.iterancestors(W + "tbl"))


def _without_changes(ppr: Element | None) -> Element | None:
    """A copy of paragraph properties without revisions."""
    if ppr is None:
        return None
    copied = deepcopy(ppr)
    revisions = ("pPrChange", "rPrChange", "ins", "del", "moveFrom", "moveTo")
    for node in list(copied.iter(*(W + name for name in revisions))):
        parent = node.getparent()
        if parent is not None and parent.tag in (W + "pPr", W + "rPr"):
            parent.remove(node)
    return copied


def _replace_properties(p: Element, ppr: Element | None) -> None:
    old = p.find(W + "pPr")
    if old is not None:
        p.remove(old)
    if ppr is not None:
        p.insert(0, ppr)


def _words(element: Element) -> int:
    return sum(len((t.text or "").split()) for t in element.iter(W + "t"))
