"""Does rejecting every revision of a redline give the before document, and accepting them the after document?

Works on the final bytes and shares nothing with the comparer. Blocks are compared by their bytes, in which most
revisions can be settled, too (`bytewise`); where these differ, item by item.
"""

from __future__ import annotations

import copy
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Final

from lxml import etree

from redline.ooxml import NS
from redline.opc.package import Package, rels_name
from redline.options import CompareOptions, ExistingRevisions
from redline.plain.inputs import as_docx
from redline.resolver.marks import TBL
from redline.resolver.resolve import REVISIONS, may_be_revised, resolve_tree
from redline.verifier.blocks import Blocks, paragraph_chunks, row_chunks
from redline.verifier.items import Item, Itemizer, Results, properties_of, without_contents
from redline.verifier.judge import Finding, Severity, Side, coarse_difference, fine_differences, is_empty, same_text
from redline.verifier.leniency import STRICT, Leniency
from redline.verifier.read import NOTE_REFERENCES, HeaderKey, Story, Version
from redline.verifier.resolve import resolve_story
from redline.verifier.shortcut import spare_what_is_common
from redline.verifier.spelling import say_the_same
from redline.verifier.tables import Changed, Styles, lists, styles_part

__all__ = ["Finding", "Verification", "verify"]

_DEFAULT: Final = CompareOptions()
_REVISABLE: Final = ("header", "footer", "footnotes", "endnotes", "styles")
_SIDES: Final[tuple[Side, Side]] = ("reject", "accept")
"""What gives the before document, and what the after document."""
_NOTE: Final = b"noteReference "
_NOTE_REFERENCE: Final = re.compile(rb'<w:(?:foot|end)noteReference w:id="[^"]*"')
_MAX_FINDINGS: Final = 100
"""For each side; a redline with more is wrong beyond listing."""
_FIRST_RESOLVED: Final = {"accept": (True, True), "reject": (False, False), "keep": (False, True)}
"""How revisions that the before and the after document had already are settled before comparing.

Those that are kept are the redline's own: rejecting all of it rejects those of the before document, too, and accepting
all of it accepts those of the after document.
"""


@dataclass(frozen=True, slots=True)
class Verification:
    """The verdict: `ok` when no finding is an error."""

    ok: bool
    findings: tuple[Finding, ...]


def verify(
    redline: bytes,
    before: bytes,
    after: bytes,
    *,
    existing_revisions: ExistingRevisions | None = None,
    options: CompareOptions | None = None,
) -> Verification:
    """Compare the redline, resolved both ways, with the documents it was made of.

    `options` are those the redline was made with: what they leave out is overlooked on the side of the before document;
    `existing_revisions` is one of them, for callers that need no other. Raises `DocumentError` when one of the three
    cannot be read, `TypeError` when it is not bytes.
    """
    options = options or _DEFAULT
    if existing_revisions is not None:
        options = replace(options, existing_revisions=existing_revisions)
    documents = (redline, as_docx(before, options.before_format), as_docx(after, options.after_format))
    findings, doubtful = _findings(documents, options, spare=True)
    if doubtful:
        findings, _ = _findings(documents, options, spare=False)
    return Verification(not any(f.severity == "error" for f in findings), tuple(findings))


def _findings(
    documents: tuple[bytes, bytes, bytes], options: CompareOptions, *, spare: bool
) -> tuple[list[Finding], bool]:
    """What differs; and whether something does after what is common was spared, so that it is not sure yet."""
    resolve_before, resolve_after = _FIRST_RESOLVED[options.existing_revisions]
    tracked, before, after = map(Version, documents, (None, resolve_before, resolve_after))
    if _nothing_changed(tracked.package, before.package, after.package):
        return [], False
    of_styles = _name_styles_and_lists(tracked, before, after, options)
    _share_notes(tracked, before, after)
    versions = (tracked, before, after)
    shortened = spare and spare_what_is_common(
        [v.package for v in versions], [(v.styles or {}, v.lists or {}) for v in versions]
    )
    # "reject" is the last to look at the redline's body and takes it apart.
    sides: tuple[tuple[Side, Version], ...] = (("accept", after), ("reject", before))
    findings: list[Finding] = []
    for side, original in sides:
        found = _Comparison(side, tracked, original, options).findings()
        findings += [finding for finding, _ in zip(found, range(_MAX_FINDINGS), strict=False)]
        original.forget(original.package.main)
    return of_styles + findings, shortened and bool(findings)


def _nothing_changed(tracked: Package, *originals: Package) -> bool:
    """Whether the redline is each original, part by part and to the byte, and holds no revision."""
    main = tracked.main
    return (
        all(original.main == main and original.raw_equal(tracked, main) for original in originals)
        and all(sorted(original.names) == sorted(tracked.names) for original in originals)
        and all(original.raw_equal(tracked, name) for original in originals for name in tracked.names)
        and next(tracked.tree(main).iter(*REVISIONS), None) is None
        and not any(tracked.look(part, may_be_revised) for kind in _REVISABLE for part in tracked.related(main, kind))
    )


def _same_part(kind: str, *versions: Version) -> bool:
    """Whether versions have the same parts of a kind."""
    first, *others = ([v.package.fingerprint(name) for name in v.parts(kind)] for v in versions)
    return all(other == first for other in others)


def _same_bytes(kind: str, one: Version, other: Version) -> bool:
    """Whether two versions have parts of a kind of the same names and the very same bytes."""
    names = one.parts(kind)
    return names == other.parts(kind) and all(one.package.raw_equal(other.package, name) for name in names)


def _untouched(tracked: Version, mine: str, original: Version, theirs: str) -> bool:
    """Whether two parts are equal to the byte, with all they refer to, and hold no revision."""
    if tracked.styles != original.styles or tracked.lists != original.lists:
        return False
    packages = (tracked.package, original.package)
    if packages[0].fingerprint(mine) != packages[1].fingerprint(theirs):
        return False
    if packages[0].look(mine, may_be_revised):
        return False
    targets = [
        [v.target(part, rid) for rid in v.package.rels(part)] for v, part in ((tracked, mine), (original, theirs))
    ]
    names = [rels_name(mine), rels_name(theirs)]
    same_ids = [p.fingerprint(n) if n in p else "" for p, n in zip(packages, names, strict=True)]
    return targets[0] == targets[1] and same_ids[0] == same_ids[1]


def _share_notes(tracked: Version, before: Version, after: Version) -> None:
    """Tell the versions which notes all three have alike: their ids mean the same, and nobody need read them."""
    for kind in NOTE_REFERENCES.values():
        parts, *others = (v.parts(kind) for v in (tracked, before, after))
        same = all(names == parts for names in others)
        if same and all(_untouched(tracked, part, v, part) for part in parts for v in (before, after)):
            for version in (tracked, before, after):
                version.common_notes.add(kind)


def _name_styles_and_lists(tracked: Version, before: Version, after: Version, options: CompareOptions) -> list[Finding]:
    """Tell each version what its style and list ids mean, unless all three have the very same tables.

    Returns what differs in the definitions of styles.
    """
    if not _same_part("numbering", tracked, before, after):
        before.lists, after.lists = lists(before.package), lists(after.package)
        tracked.lists = after.lists if _same_bytes("numbering", tracked, after) else lists(tracked.package)
    revised = any(tracked.package.look(part, may_be_revised) for part in tracked.parts("styles"))
    if _same_part("styles", tracked, before, after) and not revised:
        return []
    old, now = styles_part(before.package), styles_part(after.package)
    own = now if _same_bytes("styles", tracked, after) else styles_part(tracked.package)
    if own == old == now and not revised:
        return []
    read = {part: Styles(part) for part in {own, old, now}}
    originals = [read[part].of(v.lists, v.resolve) for part, v in ((old, before), (now, after))]
    before.styles, after.styles = (styles.names for styles in originals)
    tracked.styles = read[own].of(tracked.lists).names_beside(*reversed(originals))
    findings: list[Finding] = []
    for side, original in zip(_SIDES, originals, strict=True):
        if side == "reject" or revised or own != now:
            mine = read[own].of(tracked.lists, side == "accept")
            findings += _style_findings(side, mine.changed(original), options)
    return findings


def _style_findings(side: Side, changed: Changed, options: CompareOptions) -> Iterator[Finding]:
    """Differences in the definitions of styles; a redline is wrong in what a revision could have shown."""
    accept = side == "accept"
    if changed.tracked:
        severity: Severity = "error" if accept or options.track_formatting else "note"
        message = f"{changed.tracked} styles have other run or paragraph properties"
        yield Finding(side, "styles", "style-definition", message, severity=severity)
    if changed.listed:
        message = f"{changed.listed} styles number by a list that looks otherwise"
        yield Finding(side, "styles", "list-definition", message, severity="note")
    if changed.untracked:
        message = f"{changed.untracked} styles have another definition; tracked changes cannot show that"
        yield Finding(side, "styles", "style-definition", message, severity="error" if accept else "note")


class _Comparison:
    """One side: the redline resolved one way, and the document that must come out."""

    def __init__(self, side: Side, tracked: Version, original: Version, options: CompareOptions) -> None:
        self._side: Side = side
        self._accept = side == "accept"
        self._tracked = tracked
        self._original = original
        self._lenient = STRICT if self._accept else Leniency(options)
        results: Results = "all"
        if not self._accept and not (options.track_fields and options.track_computed):
            results = "authored" if options.track_fields else "none"
        self._resolved_note = partial(_resolved_note, accept=self._accept)  # not a method: that would be a cycle
        self._actual_items = Itemizer(tracked, self._resolved_note, results=results)
        self._expected_items = Itemizer(original, lambda note: note, results=results)

    def findings(self) -> Iterator[Finding]:
        """Everything in which the two sides differ."""
        main = self._tracked.package.main
        story, original = self._tracked.story(main), self._original.story(self._original.package.main)
        resolved = resolve_story(story, self._accept, spent=not self._accept)
        yield from self._compare(story, resolved.blocks, original)
        if self._lenient.formatting:
            yield from self._compare_last_sections(story, original)
        if self._lenient.headers:
            shown = _shown(story.headers, resolved.gone), _shown(original.headers, frozenset())
            yield from self._compare_headers(*shown)
        yield from self._compare_comments()
        if lost := original.bookmarks - story.bookmarks - {"_GoBack"}:
            message = f"{len(lost)} bookmarks are missing"
            yield Finding(self._side, story.part, "bookmark", message, severity="error" if self._accept else "note")

    def _compare(self, story: Story, blocks: Blocks, original: Story) -> Iterator[Finding]:
        raw = _compatible(story.root, original.root)
        expected_blocks = original.blocks
        if len(blocks.elements) == len(expected_blocks.elements):
            pairs: list[tuple[int, list[Item], list[Item]]] = []
            for index, (chunk, theirs) in enumerate(zip(blocks.chunks, expected_blocks.chunks, strict=True)):
                if raw and self._same(chunk, theirs):
                    continue
                elements = blocks.elements[index], expected_blocks.elements[index]
                actual, expected = map(self._lenient.apply, self._unequal_items(*elements, raw))
                if not _aligned(actual, expected):
                    break
                pairs.append((index + 1, actual, expected))
            else:
                found = [finding for pair in pairs for finding in self._fine(story.part, *pair)]
                if any(finding.severity == "error" for finding in found):
                    whole = list(self._compare_whole(story.part, blocks, expected_blocks))
                    found = found if any(finding.severity == "error" for finding in whole) else whole
                yield from found
                return
        yield from self._compare_whole(story.part, blocks, expected_blocks)

    def _same(self, mine: bytes, theirs: bytes) -> bool:
        """Whether two blocks are the same, or say the same with notes as they are on this side."""
        if mine == theirs:
            return True
        if _NOTE in mine:
            mine = _NOTE_REFERENCE.sub(lambda found: self._note_names.get(found[0], found[0]), mine)
        return say_the_same(mine, theirs)

    @cached_property
    def _note_names(self) -> dict[bytes, bytes]:
        return self._tracked.note_names(self._accept)

    def _unequal_items(self, mine: etree._Element, theirs: etree._Element, raw: bool) -> tuple[list[Item], list[Item]]:
        """Items of two blocks; of two tables with as many rows each, only of the rows whose bytes differ."""
        tables = raw and mine.tag == theirs.tag == TBL
        rows, others = (row_chunks(mine), row_chunks(theirs)) if tables else (None, None)
        if rows is None or others is None or len(rows) != len(others):
            return self._actual_items.items([mine]), self._expected_items.items([theirs])
        actual, expected = [self._actual_items.table_head(mine)], [self._expected_items.table_head(theirs)]
        for (row, chunk), (other, other_chunk) in zip(rows, others, strict=True):
            if chunk != other_chunk:
                self._add_unequal_row(row, other, actual, expected)
        return actual, expected

    def _add_unequal_row(
        self, mine: etree._Element, theirs: etree._Element, actual: list[Item], expected: list[Item]
    ) -> None:
        """Add the items of two rows; only of the paragraphs whose bytes differ when all else is the same."""
        pieces, others = paragraph_chunks(mine), paragraph_chunks(theirs)
        if pieces is None or others is None or pieces[0] != others[0]:
            actual += self._actual_items.row(mine)
            expected += self._expected_items.row(theirs)
            return
        for (paragraph, content), (other, other_content) in zip(pieces[1], others[1], strict=True):
            if not self._same(content, other_content):
                actual += self._actual_items.items([paragraph])
                expected += self._expected_items.items([other])

    def _compare_whole(self, part: str, blocks: Blocks, original: Blocks) -> Iterator[Finding]:
        actual, expected = self._actual_items.items(blocks.elements), self._expected_items.items(original.elements)
        actual, expected = (self._lenient.apply(without_contents(items)) for items in (actual, expected))
        if _aligned(actual, expected):
            yield from self._fine(part, 0, actual, expected)
            return
        code, message, severity = coarse_difference(actual, expected)
        position = next(
            (i for i, (a, e) in enumerate(zip(actual, expected, strict=False), 1) if not same_text(a, e)), 0
        )
        yield Finding(self._side, part, code, message, position, severity)
        if severity == "note":
            kept, wanted = ([item for item in items if not is_empty(item)] for items in (actual, expected))
            yield from self._fine(part, 0, kept, wanted)

    def _fine(self, part: str, position: int, actual: list[Item], expected: list[Item]) -> Iterator[Finding]:
        for mine, theirs in zip(actual, expected, strict=True):
            if mine != theirs:
                for code, message, severity in fine_differences(mine, theirs):
                    yield Finding(self._side, part, code, message, position, severity)

    def _compare_last_sections(self, story: Story, original: Story) -> Iterator[Finding]:
        section, expected = story.last_section, original.last_section
        if _spelled(section) == _spelled(expected):
            return
        if section is not None and next(section.iter(*REVISIONS), None) is not None:
            section = copy.deepcopy(section)
            resolve_tree(section, self._accept)
        if properties_of(section) != properties_of(expected):
            message = "the last section has other properties"
            yield Finding(self._side, story.part, "section-formatting", message)

    def _compare_headers(
        self, actual: list[dict[HeaderKey, str]], expected: list[dict[HeaderKey, str]]
    ) -> Iterator[Finding]:
        main = self._tracked.package.main
        if len(actual) != len(expected):
            yield Finding(self._side, main, "section", "the number of sections differs")
            return
        seen: set[tuple[str | None, str | None]] = set()
        for mine, theirs in zip(actual, expected, strict=True):
            for key in sorted(mine.keys() | theirs.keys()):
                pair = (mine.get(key), theirs.get(key))
                if pair not in seen:
                    seen.add(pair)
                    yield from self._compare_header(*pair)

    def _compare_header(self, mine: str | None, theirs: str | None) -> Iterator[Finding]:
        if mine is not None and theirs is not None:
            if not _untouched(self._tracked, mine, self._original, theirs):
                story = self._tracked.story(mine)
                yield from self._compare(story, resolve_story(story, self._accept).blocks, self._original.story(theirs))
            return
        items: list[Item] = []
        if mine is not None:
            blocks = resolve_story(self._tracked.story(mine), self._accept).blocks
            items += self._actual_items.items(blocks.elements)
        if theirs is not None:
            items += self._expected_items.items(self._original.story(theirs).blocks.elements)
        if not all(is_empty(item) for item in self._lenient.apply(items)):
            message = "a header or footer is shown on one side only"
            yield Finding(self._side, mine or theirs or "", "header", message)

    def _compare_comments(self) -> Iterator[Finding]:
        if _same_part("comments", self._tracked, self._original):
            return
        mine = Counter(_texts(self._actual_items.items(self._resolved_note(c))) for c in self._tracked.comments())
        for theirs in self._original.comments():
            text = _texts(self._expected_items.items(theirs))
            mine[text] -= 1
            if mine[text] < 0:
                yield Finding(
                    self._side,
                    "comments",
                    "comment",
                    "a comment is missing or reads otherwise",
                    severity="error" if self._accept else "note",
                )


def _resolved_note(note: etree._Element, *, accept: bool) -> etree._Element:
    if next(note.iter(*REVISIONS), None) is None:
        return note
    resolved = copy.deepcopy(note)
    resolve_tree(resolved, accept)
    return resolved


def _spelled(element: etree._Element | None) -> bytes:
    return b"" if element is None else etree.tostring(element, encoding="UTF-8", with_tail=False)


def _compatible(mine: etree._Element, theirs: etree._Element) -> bool:
    """Whether no prefix means two things, so that equal bytes mean equal names, and ours means what it seems to."""
    own = mine.nsmap
    bound = {**own, **theirs.nsmap}
    return own.items() <= bound.items() and bound.get("w") == NS["w"]


def _aligned(actual: list[Item], expected: list[Item]) -> bool:
    return len(actual) == len(expected) and all(map(same_text, actual, expected))


def _texts(items: list[Item]) -> tuple[str, ...]:
    return tuple(item.text for item in items if not is_empty(item))


def _shown(sections: list[dict[HeaderKey, str]], gone: frozenset[int]) -> list[dict[HeaderKey, str]]:
    """Headers and footers that each section shows: its own, or else those of the section before (17.10.1).

    What a section that is gone had set, the next one goes on showing.
    """
    shown: list[dict[HeaderKey, str]] = []
    current: dict[HeaderKey, str] = {}
    for number, references in enumerate(sections):
        current = {**current, **references}
        if number not in gone:
            shown.append(current)
    return shown
