"""A seeded mutator: edits a Word document as people do, the same way for the same seed."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from . import comments, objects, paragraphs, planting, stories, tables, words
from .draft import EDITS, Draft

__all__ = ["KINDS", "mutate"]

KINDS = tuple(sorted(EDITS))
"""Names of all edits, in an order that does not depend on the modules above being imported in one."""

_MODULES = (comments, objects, paragraphs, planting, stories, tables, words)


def mutate(docx: bytes, seed: int, edits: int, kinds: Sequence[str] | None = None) -> tuple[bytes, list[str]]:
    """Edit a document `edits` times, by kinds drawn from `kinds` (all of them by default).

    Returns the new document and what was done; fewer edits of one seed are the first of its more. There are less than
    asked for where the document offers nothing to edit.
    """
    random = Random(seed)
    draft = Draft(docx, random)
    done: list[str] = []
    for _ in range(edits * 8):
        if len(done) == edits:
            break
        kind = random.choice(kinds or KINDS)
        what = EDITS[kind](draft)
        if what is not None:
            done.append(f"{kind}: {what}")
    return draft.package.save(), done
