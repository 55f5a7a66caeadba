"""The list of changes of any tracked document: its revisions grouped, named and located as a lawyer would."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lxml import etree

from redline.changelist.computed import revisions_of
from redline.changelist.definitions import list_definitions
from redline.changelist.drafts import Drafts
from redline.changelist.labels import Lists
from redline.changelist.pieces import MOVE_RANGES, Walker
from redline.changelist.storywalk import StoryWalk, Totals
from redline.changelist.stylesheet import StyleSheet
from redline.ooxml import W
from redline.opc.package import Package
from schemas.changes import Change, ChangeKind, Coverage, Story, Summary

_SIDE_STORIES: Final = (
    ("header", Story.HEADER, ""),
    ("footer", Story.FOOTER, ""),
    ("footnotes", Story.FOOTNOTE, f"{W}footnote"),
    ("endnotes", Story.ENDNOTE, f"{W}endnote"),
    ("comments", Story.COMMENT, f"{W}comment"),
)
_HOSTS: Final = frozenset(f"{W}{name}" for name in ("p", "tr", "tbl"))


@dataclass(frozen=True, slots=True)
class Survey:
    """What one walk over a tracked document finds."""

    changes: tuple[Change, ...]
    words_before: int
    words_after: int
    revisions: int
    edited: tuple[int, int] = (0, 0)
    """Characters that were deleted from, and inserted into, what moved."""

    def summary(self, coverage: Coverage | None = None) -> Summary:
        """Counts by kind, words, characters and similarity.

        Moved text counts as kept, edits within it as edits. Similarity is 2 * kept / (before + after), in words; two
        empty documents are equal.
        """
        kinds = [change.kind for change in self.changes]
        edits = [change for change in self.changes if change.kind not in (ChangeKind.MOVE, ChangeKind.FORMATTING)]
        deleted = sum(change.words_deleted for change in self.changes)
        inserted = sum(change.words_inserted for change in self.changes)
        total = self.words_before + self.words_after
        kept = max(0, self.words_before - deleted) + max(0, self.words_after - inserted)
        return Summary(
            insertions=kinds.count(ChangeKind.INSERTION),
            deletions=kinds.count(ChangeKind.DELETION),
            replacements=kinds.count(ChangeKind.REPLACEMENT),
            moves=kinds.count(ChangeKind.MOVE),
            formatting=kinds.count(ChangeKind.FORMATTING),
            revisions=self.revisions,
            words_before=self.words_before,
            words_after=self.words_after,
            words_inserted=inserted,
            words_deleted=deleted,
            characters_inserted=sum(len(change.after) for change in edits) + self.edited[1],
            characters_deleted=sum(len(change.before) for change in edits) + self.edited[0],
            similarity=round(kept / total, 4) if total else 1.0,
            coverage=coverage or Coverage(),
        )


def list_changes(docx: bytes) -> tuple[Change, ...]:
    """The changes of a tracked .docx, whoever tracked them. Raises DocumentError as `Package.open` does."""
    return list_changes_of(Package.open(docx))


def list_changes_of(package: Package) -> tuple[Change, ...]:
    """The changes of an open tracked package; the package stays as it is."""
    return survey(package).changes


def summarize(docx: bytes, coverage: Coverage | None = None) -> Summary:
    """The summary of a tracked .docx. Raises DocumentError as `Package.open` does."""
    return survey(Package.open(docx)).summary(coverage)


def survey(package: Package) -> Survey:
    """Walk every story of a tracked package once, and its styles; raises DocumentError where a part cannot be read."""
    styles = StyleSheet.of(related_tree(package, "styles"))
    lists = Lists(related_tree(package, "numbering"), styles)
    drafts, totals = Drafts(), Totals()
    revisions = 0
    for part, story, root, flows in stories(package):
        revised, computed = revisions_of(root)
        revisions += len(revised)
        touched = _touched(root, [revision for revision in revised if revision not in computed])
        for flow in flows:
            StoryWalk(styles, lists, drafts, totals, touched, story, part, Walker(computed)).walk(flow)
        drafts.end_part()
    for part in package.related(package.main, "styles")[:1]:
        revisions += list_definitions(package.tree(part), part, drafts)
    return Survey(drafts.finished(), totals.before, totals.after, revisions, drafts.edited())


def stories(package: Package) -> Iterator[tuple[str, Story, etree._Element, list[etree._Element]]]:
    """(part, story, root, flows) of each story part, the body first; a flow holds the blocks of a story or of a note.

    Separators of notes are no text of the document and are left out.
    """
    root = package.tree(package.main)
    body = root.find(f"{W}body")
    yield package.main, Story.BODY, root, [] if body is None else [body]
    for kind, story, note in _SIDE_STORIES:
        for part in dict.fromkeys(package.related(package.main, kind)):
            root = package.tree(part)
            flows = [root] if not note else [flow for flow in root.iterchildren(note) if not _is_separator(flow)]
            yield part, story, root, flows


def related_tree(package: Package, kind: str) -> etree._Element | None:
    """The root of the one part that the main part refers to by this kind, such as "styles"; None without it."""
    parts = package.related(package.main, kind)
    return package.tree(parts[0]) if parts else None


def _is_separator(note: etree._Element) -> bool:
    return note.get(f"{W}type", "normal") != "normal"


def _touched(root: etree._Element, revised: list[etree._Element]) -> set[etree._Element]:
    """Paragraphs, rows and tables that hold a revision, a move's end or a text box: the others are only counted."""
    found: set[etree._Element] = set()
    for element in (*revised, *root.iter(f"{W}txbxContent", *MOVE_RANGES)):
        parent = element.getparent()
        while parent is not None and parent not in found:
            if parent.tag in _HOSTS:
                found.add(parent)
            parent = parent.getparent()
    return found
