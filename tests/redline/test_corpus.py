"""Both invariants on real documents. Skipped where there is no corpus; `python -m tests.redline.hunt` goes on."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from random import Random

import pytest

from redline.comparer.compare import compare
from redline.errors import DocumentError
from redline.opc.package import Package
from redline.options import CompareOptions
from redline.resolver.resolve import accept
from redline.validator.validate import validate
from redline.verifier.verify import verify

from .judging import DATE, parts, revisions
from .mutate import mutate

GROUPS = 16
"""The corpus in slices: a failure names its slice at once, and parallel runs share the work."""
OPTIONS = CompareOptions(date=DATE)


@cache
def _readable(path: Path) -> bytes | None:
    """A document that opens and whose main part is XML; others belong to the tests of refusals."""
    data = path.read_bytes()
    try:
        package = Package.open(data)
        package.tree(package.main)
    except DocumentError:
        return None
    return data


def _slice(folder: Path, pattern: str, group: int) -> list[Path]:
    return sorted(folder.rglob(pattern))[group::GROUPS]


def _new_findings(redline: bytes, *inputs: bytes) -> set[str]:
    """Rules that the redline breaks and no input did."""
    known = {finding.rule for document in inputs for finding in validate(document)}
    return {finding.rule for finding in validate(redline)} - known


@pytest.mark.parametrize("group", range(GROUPS))
def test_real_pairs(corpus: Path, group: int) -> None:
    wrong = {}
    for path in _slice(corpus / "pairs", "before.docx", group):
        before, after = path.read_bytes(), path.with_name("after.docx").read_bytes()
        result = compare(before, after, OPTIONS)
        verdict = verify(result.docx, before, after)
        broken = _new_findings(result.docx, before, after)
        if not verdict.ok or broken:
            wrong[str(path.parent.relative_to(corpus))] = (verdict.findings[:3], broken)
    assert not wrong


@pytest.mark.parametrize("group", range(GROUPS))
def test_a_document_against_itself(corpus: Path, group: int) -> None:
    wrong = []
    for path in _slice(corpus / "singles", "*.docx", group):
        document = _readable(path)
        if document is None:
            continue
        result = compare(document, document, OPTIONS).docx
        main = Package.open(document).main
        if revisions(result) or parts(result)[main] != parts(accept(document))[main]:
            wrong.append(path.name)
    assert not wrong


@pytest.mark.parametrize("group", range(GROUPS))
def test_mutated_documents(corpus: Path, group: int) -> None:
    random = Random(group)
    paths = _slice(corpus / "singles", "*.docx", group)
    wrong = {}
    for path in random.sample(paths, min(6, len(paths))):
        before = _readable(path)
        if before is None or len(before) > 100_000:
            continue
        seed = random.randrange(1000)
        after, done = mutate(before, seed, 5)
        result = compare(before, after, OPTIONS)
        verdict = verify(result.docx, before, after)
        broken = _new_findings(result.docx, before, after)
        if not verdict.ok or broken:
            wrong[f"{path.name} {seed}"] = (done, [f for f in verdict.findings if f.severity == "error"][:3], broken)
    assert not wrong


@pytest.mark.parametrize("size", ["4k-words", "40k-words"])
def test_a_long_document_is_marked_tightly(corpus: Path, size: str) -> None:
    before, after = ((corpus / "scale" / size / f"{side}.docx").read_bytes() for side in ("before", "after"))
    summary = compare(before, after).summary
    assert summary.similarity > 0.98
    assert summary.characters_inserted + summary.characters_deleted < 7_000
