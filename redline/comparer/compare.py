"""Compares two versions of a document and writes the differences as tracked changes onto the later one."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Final

from redline.changelist.changes import Survey, survey
from redline.comparer.carry import Carrier
from redline.comparer.context import Context, Work, new
from redline.comparer.definitions import change_definitions
from redline.comparer.fallback import copy_to_fallbacks
from redline.comparer.fieldends import settle_fields
from redline.comparer.formatting import change_section
from redline.comparer.headers import Headers
from redline.comparer.keep import forget_owners, settle_keeping
from redline.comparer.notes import forget_hollow, mark_hollow, order_notes, queue_notes
from redline.comparer.paragraphs import has_section
from redline.comparer.sides import Sides
from redline.comparer.story import last_block, run_work
from redline.coverage.untracked import untracked_differences
from redline.ooxml import Element, W
from redline.opc.package import Limits, Package
from redline.options import CompareOptions
from redline.plain.inputs import as_docx
from redline.resolver.resolve import REVISIONS, may_be_revised, resolve_tree, revisable_parts
from schemas.changes import BY_OPTION, COMPUTED_FIELD, Change, Coverage, NotTracked, Summary

INPUT: Final = Limits(max_xml_memory=400 * 1024 * 1024)
"""What either side may ask for: both are in memory together, with what is written. Some 450,000 words."""


@dataclass(frozen=True)
class Redline:
    """A tracked document, and what it shows: changes, summary and coverage are made when first asked for.

    `noted` is what the comparison itself could not track; `look` looks at the inputs for the rest.
    """

    docx: bytes
    noted: Coverage
    look: Callable[[], list[NotTracked]] = field(default=list, repr=False)

    @cached_property
    def coverage(self) -> Coverage:
        """What the redline shows no revision for, and where the diff was made coarser."""
        entries = (*self.noted.not_tracked, *self.look())
        complete = all(entry.code in (BY_OPTION, COMPUTED_FIELD) for entry in entries)
        return Coverage(complete=complete, not_tracked=entries, degraded=self.noted.degraded)

    @cached_property
    def _survey(self) -> Survey:
        return survey(Package.open(self.docx))

    @property
    def changes(self) -> tuple[Change, ...]:
        """The revisions, grouped into what a reader would call a change, in document order."""
        return self._survey.changes

    @property
    def summary(self) -> Summary:
        """Counts of changes, words and characters, similarity, and the coverage."""
        return self._survey.summary(self.coverage)


def compare(
    before: bytes, after: bytes, options: CompareOptions | None = None, *, deadline: float | None = None
) -> Redline:
    """The redline of two documents: reject all gives `before`, accept all gives `after`.

    Takes .docx, plain text and Markdown (see `CompareOptions.before_format`). `deadline` is in seconds from now; past
    it the comparison goes on in coarser steps, said in the coverage. Raises `DocumentError` when an input cannot be
    read, or the two differ in too many places, and `TypeError` when an input is not bytes.
    """
    until = None if deadline is None else time.monotonic() + deadline
    options = options or CompareOptions()
    inputs = as_docx(before, options.before_format), as_docx(after, options.after_format)
    old, now = (Package.open(data, INPUT) for data in inputs)
    ctx = Context(old, now, options, until)
    _compare_packages(ctx)
    noted = Coverage(not_tracked=tuple(ctx.not_tracked), degraded=tuple(dict.fromkeys(ctx.degraded)))
    look = partial(untracked_differences, *inputs, accept=options.existing_revisions != "reject")
    del old, ctx  # the trees of before, which nobody needs while those of after are written
    return Redline(now.save(), noted, partial(look, comments=options.track_comments))


def _compare_packages(ctx: Context) -> None:
    _settle_revisions(ctx)
    if _alike(ctx.before, ctx.after):
        ctx.after.tree(ctx.after.main)  # what cannot be read is refused even where there is nothing to compare
    else:
        _compare_stories(ctx)
    if ctx.options.existing_revisions == "keep":
        forget_owners(ctx.after)


def _compare_stories(ctx: Context) -> None:
    ctx.reserve_ids(revisable_parts(ctx.after))
    hollow = [mark_hollow(package) for package in (ctx.before, ctx.after)]
    after_root, before_root = ctx.after.tree(ctx.after.main), ctx.before.tree(ctx.before.main)
    carrier = Carrier(ctx)
    sides = Sides(ctx, carrier, ctx.before.main, ctx.after.main)
    old_body, new_body = before_root.find(W + "body"), after_root.find(W + "body")
    unsaid = new_body is not None and new_body.find(W + "sectPr") is None
    last = [_last_section(body) for body in (old_body, new_body) if body is not None]
    headers = Headers(ctx, carrier, before_root, after_root)
    if old_body is not None and new_body is not None:
        _settle_ends(ctx, old_body, new_body)
        ctx.work.append(Work(old_body, new_body, sides))
        change_section(sides, *last)
    run_work(ctx)
    headers.queue()
    if new_body is not None and unsaid and not len(last[-1]):
        new_body.remove(last[-1])
    touched = [ctx.after.main, *headers.touched, *queue_notes(ctx, carrier, sides.notes)]
    run_work(ctx)
    for name in touched:
        settle_fields(ctx, ctx.after.tree(name))
    copy_to_fallbacks(ctx)
    order_notes(ctx, carrier.note_kinds)
    change_definitions(ctx, carrier)
    if any(hollow):
        forget_hollow(after_root)
    for name in touched:
        root = ctx.after.tree(name)
        if next(root.iter(*REVISIONS), None) is not None or (name == ctx.after.main and headers.referred):
            ctx.after.set_tree(name, root)


def _alike(before: Package, after: Package) -> bool:
    """Whether every part is the same to the byte; such a document comes out as it went in."""
    return sorted(before.names) == sorted(after.names) and all(after.raw_equal(before, name) for name in after.names)


def _settle_revisions(ctx: Context) -> None:
    """Accept or reject the revisions that the inputs hold already, or note whose they are."""
    if ctx.options.existing_revisions == "keep":
        message = "Moves, merged cells, and what was inserted and deleted again lose their own marks."
        kept = settle_keeping(ctx.before, ctx.after)
        for name, path in kept.lost:
            ctx.cannot_track(name, "existing-revisions", message, path)
        ctx.repeat(kept.copied)
        if kept.uncut:
            ctx.degraded.append(
                "Deletions that were kept are in part without their authors because there are very many."
            )
        return
    accept = ctx.options.existing_revisions == "accept"
    for package in (ctx.before, ctx.after):
        for name in revisable_parts(package):
            if package.look(name, may_be_revised):
                root = package.tree(name)
                if resolve_tree(root, accept):
                    package.set_tree(name, root)


def _settle_ends(ctx: Context, before: Element, after: Element) -> None:
    """Where one body alone ends with a paragraph that ends a section, let an empty one follow, as Word does.

    That mark could neither go, being the last one, nor become one that ends no section.
    """
    tags = (W + "p", W + "tbl") if ctx.tracking.wants("tables") else (W + "p",)
    last = last_block(before, tags), last_block(after, tags)
    ends = [block is not None and has_section(block) for block in last]
    if ends[0] != ends[1]:
        body = before if ends[0] else after
        next(body.iterchildren(W + "sectPr", reversed=True)).addprevious(new("p"))


def _last_section(body: Element) -> Element:
    """The properties of the last section; a body that goes without saying them (17.6.17) is given empty ones."""
    section = body.find(W + "sectPr")
    if section is None:
        section = new("sectPr")
        body.append(section)
    return section
