"""Judge a redline from outside: both invariants, and what it shows, read from its bytes."""

from __future__ import annotations

import io
import zipfile
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from lxml import etree

from redline.comparer.compare import Redline, compare
from redline.ooxml import MC, M, W
from redline.options import CompareOptions
from redline.resolver.resolve import accept, reject
from redline.validator.validate import validate
from redline.verifier.verify import verify

from .builders import docx

DATE = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
AUTHOR = "Ann Author"
_INSERTIONS = (f"{W}ins", f"{W}moveTo")
_DELETIONS = (f"{W}del", f"{W}moveFrom")
_GRID_CHANGE = f"{W}tblGridChange"
"""Has an id alone (17.13.5.33)."""
REVISIONS = (
    *_INSERTIONS,
    *_DELETIONS,
    *(f"{W}{n}Change" for n in ("rPr", "pPr", "tblPr", "tblPrEx", "trPr", "tcPr", "sectPr", "tblGrid", "numbering")),
    *(f"{W}{n}" for n in ("cellIns", "cellDel", "cellMerge")),
)


def codes(redline: bytes, before: bytes, after: bytes) -> set[str]:
    """What the verifier finds: codes with side and severity, as in 'accept text error'."""
    return {f"{f.side} {f.code} {f.severity}" for f in verify(redline, before, after).findings}


def parts(document: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def root(document: bytes, part: str = "word/document.xml") -> etree._Element:
    return etree.fromstring(parts(document)[part])


def roots(document: bytes) -> list[etree._Element]:
    """The stories of a document: body, headers, footers, notes, comments; stand-ins for old readers left out."""
    kinds = ("document", "header", "footer", "footnotes", "endnotes", "comments")
    found = []
    for name, data in sorted(parts(document).items()):
        if name.startswith("word/") and name.endswith(".xml") and name[5:].startswith(kinds):
            tree = etree.fromstring(data)
            etree.strip_elements(tree, f"{MC}Fallback", with_tail=False)
            found.append(tree)
    return found


def texts(document: bytes) -> list[str]:
    """Text of each paragraph of all stories that has any; comments stand beside the text, which they leave as it is."""
    tags = (f"{W}t", f"{M}t", f"{W}delText", f"{W}tab")
    lines = [
        "".join(
            "\t" if t.tag == f"{W}tab" else t.text or "" for t in p.iter(*tags) if next(t.iterancestors(f"{W}p")) is p
        )
        for tree in roots(document)
        if tree.tag != f"{W}comments"
        for p in tree.iter(f"{W}p")
    ]
    return [line for line in lines if line]


def _marked(document: bytes, tags: tuple[str, ...]) -> list[str]:
    found = []
    for tree in roots(document):
        for mark in tree.iter(*tags):
            text = "".join(t.text or "" for t in mark.iter(f"{W}t", f"{W}delText", f"{M}t"))
            if text:
                found.append(text)
    return found


def inserted(document: bytes) -> list[str]:
    """Text of each insertion and of each move's new place."""
    return _marked(document, _INSERTIONS)


def deleted(document: bytes) -> list[str]:
    """Text of each deletion and of each move's old place."""
    return _marked(document, _DELETIONS)


def revisions(document: bytes) -> Counter[str]:
    """How many revision elements of each kind the stories hold."""
    return Counter(etree.QName(e).localname for tree in roots(document) for e in tree.iter(*REVISIONS))


def count(document: bytes, name: str) -> int:
    """How many w: elements of a name the stories hold."""
    return sum(1 for tree in roots(document) for _ in tree.iter(f"{W}{name}"))


def redlined(before: bytes | str, after: bytes | str, **options: Any) -> Redline:
    """The redline of two documents, or of two bodies, after both invariants were asserted."""
    old, new = (docx(side) if isinstance(side, str) else side for side in (before, after))
    settings = CompareOptions(**{"author": AUTHOR, "date": DATE, **options})
    redline = compare(old, new, settings)
    assert_invariants(redline.docx, old, new)
    return redline


def broken_rules(redline: bytes, *inputs: bytes) -> set[str]:
    """Rules of `validate` that the redline breaks and no input did."""
    known = {finding.rule for document in inputs for finding in validate(document)}
    return {finding.rule for finding in validate(redline)} - known


def assert_invariants(redline: bytes, before: bytes, after: bytes) -> None:
    verdict = verify(redline, before, after)
    assert verdict.ok, verdict.findings
    assert not broken_rules(redline, before, after)
    assert texts(accept(redline)) == texts(accept(after))
    assert texts(reject(redline)) == texts(accept(before))
    for tree in roots(redline):
        for mark in tree.iter(*(set(REVISIONS) - {_GRID_CHANGE})):
            assert mark.get(f"{W}author")
            assert mark.get(f"{W}date")
