"""Real pairs: both invariants, and tightness; real documents against themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from redline import DocumentError, compare, verify


def test_every_pair_resolves_to_its_two_sides(corpus: Path) -> None:
    wrong = []
    for after in sorted((corpus / "pairs").rglob("after.docx")):
        before = after.with_name("before.docx")
        sides = before.read_bytes(), after.read_bytes()
        if not verify(compare(*sides).docx, *sides).ok:
            wrong.append(after.parent.name)
    assert wrong == []


def test_a_document_against_itself_has_no_revision(corpus: Path) -> None:
    wrong = []
    for path in sorted((corpus / "singles").rglob("*.docx")):
        data = path.read_bytes()
        try:
            redline = compare(data, data)
        except DocumentError:
            continue
        if redline.summary.revisions:
            wrong.append(path.name)
    assert wrong == []


@pytest.mark.parametrize("size", ["4k-words", "40k-words"])
def test_a_long_document_is_marked_tightly(corpus: Path, size: str) -> None:
    before, after = ((corpus / "scale" / size / f"{side}.docx").read_bytes() for side in ("before", "after"))
    summary = compare(before, after).summary
    assert summary.similarity > 0.98
    assert summary.characters_inserted + summary.characters_deleted < 7_000
