"""LibreOffice as a judge: it opens a redline, and accepting or rejecting all gives the text it reads in the inputs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from redline.opc.package import Package

from .judges.libreoffice import LibreOffice, libreoffice
from .judges.samples import Sample, own, real_pairs

MUTATIONS = 6
PAIRS = 24

_JOINED = "the paragraph after one that went takes its style and list level"
_NUMBERED = "rejected paragraph formatting leaves the list number"
_COUNTED = "notes are found by counting: one that nothing refers to, or that was deleted, mixes up the others"
OTHERWISE_READ = {
    **dict.fromkeys(
        ("section-break-added", "section-planted"),
        "an empty paragraph that ends a section is taken away, with the mark before it",
    ),
    "page-break-inserted": "a page break parts its paragraph, and the halves are not joined when it is rejected",
    "paragraph-moved": _JOINED,
    "paragraph-moved-and-edited": _JOINED,
    "several-paragraphs-moved": _JOINED,
    **dict.fromkeys(("footnote-added", "footnote-removed", "endnote-added", "endnote-removed"), _COUNTED),
    "paragraphs-merged": "a list item parted again takes the list level of the one it was merged with",
    "paragraph-style": _NUMBERED,
    "comment-added": "it ends itself where a comment stands in a document that is opened without a window",
    "numbering-definition-changed": "labels follow the one definition that the redline has: such a change has no mark",
}
"""Kinds of edits whose text LibreOffice 7.4 gives in another way than Word, and how."""
KNOWN_PAIRS = {
    "open-agreements/openagreements-employee-ip-inventions-assignment_3": _JOINED,
    "siblings/cp-mutual-nda__cp-one-way-nda": _NUMBERED,
    "wmlcomparer/WC-1720_WC034-Endnotes-After3__WC034-Endnotes-Before": _COUNTED,
}
"""Pairs, and what LibreOffice does in another way there."""
_INVISIBLE = re.compile("[\u200b\u200d\u2060]")
"""What stands for the ends of content controls and for formulas in its text."""
_TEXT = re.compile(rb"<w:t>")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LibreOffice]:
    with libreoffice(tmp_path_factory.mktemp("office")) as running:
        yield running


def with_all_spaces(document: bytes) -> bytes:
    """Ask for all white space: the engine keeps spaces that a generator wrote without asking for them (17.3.3.31)."""
    package = Package.open(document)
    for name in package.names:
        if name.endswith(".xml"):
            data = package.read(name)
            kept = _TEXT.sub(b'<w:t xml:space="preserve">', data)
            if kept != data:
                package.set_bytes(name, kept)
    return package.save()


def read(office: LibreOffice, document: bytes, resolve: str) -> tuple[list[str], set[str]]:
    """The lines of body and notes, and the lines of headers and footers, as far as LibreOffice can be right.

    It leaves an empty paragraph where a table or a cell goes, an empty header or footer where that came with the other
    version, and a page style, with its header, where a section goes.
    """
    lines = [_INVISIBLE.sub("", line) for line in office.lines(with_all_spaces(document), resolve)]
    body = [line for line in lines if line.strip() and not line.startswith(("header:", "footer:"))]
    margins = {line for line in lines if line.startswith(("header:", "footer:")) and line[7:].strip()}
    return body, margins


def differences(office: LibreOffice, sample: Sample) -> dict[str, tuple[list[str], list[str]]]:
    """By what was resolved: the lines of the redline that the input lacks, and those that the redline lacks."""
    found = {}
    for resolve, document in (("accept", sample.after), ("reject", sample.before)):
        (ours, our_margins), (theirs, their_margins) = (
            read(office, sample.redline, resolve),
            read(office, document, "accept"),
        )
        if ours != theirs or not their_margins <= our_margins:
            more = [line for line in ours if line not in theirs]
            found[resolve] = more, [line for line in (*theirs, *their_margins) if line not in (*ours, *our_margins)]
    return found


@pytest.mark.parametrize("sample", own(MUTATIONS, OTHERWISE_READ), ids=lambda sample: sample.name)
def test_own_documents(office: LibreOffice, sample: Sample) -> None:
    assert differences(office, sample) == {}


def test_real_pairs(office: LibreOffice, corpus: Path) -> None:
    samples = [s for s in real_pairs(corpus, PAIRS, largest=60_000) if s.name not in KNOWN_PAIRS]
    found = {sample.name: differences(office, sample) for sample in samples}
    assert {name: lines for name, lines in found.items() if lines} == {}


def test_the_judge_sees_a_difference(office: LibreOffice) -> None:
    before, after = (sample.before for sample in own(0)[:2])
    assert differences(office, Sample("wrong", before, before)) == {}
    assert read(office, before, "accept") != read(office, after, "accept")
