"""Small ones of the documents that are hard on the engine: the redline is right, whatever they are made of."""

from __future__ import annotations

import pytest

from benchmarks.hostile import CASES, Hostile
from redline.comparer.compare import Redline, compare
from redline.errors import DocumentError
from redline.html.page import render_html
from redline.verifier.verify import verify

FEW = 8


def small(name: str) -> Hostile:
    case = CASES[name]
    return case.pair(case.count // FEW)


def redlined(pair: Hostile) -> Redline:
    """The redline of a pair, which verifies."""
    redline = compare(pair.before, pair.after, pair.options)
    verdict = verify(redline.docx, pair.before, pair.after, options=pair.options)
    assert verdict.ok, verdict.findings
    return redline


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_document_is_compared_and_shown(name: str) -> None:
    pair = small(name)
    try:
        redline = redlined(pair)
    except DocumentError as refusal:
        pytest.skip(f"refused: {refusal.code}")
    assert redline.summary.revisions >= len(redline.changes)
    assert "</html>" in render_html(redline.docx)


def test_tables_nested_deeper_than_is_looked_into_are_compared_coarsely() -> None:
    redline = redlined(small("tables-in-each-other"))
    assert redline.coverage.degraded == (
        "word/document.xml: blocks were compared coarsely because tables are nested very deeply.",
    )


@pytest.mark.parametrize("name", ["styles-that-are-missing", "parts-in-a-chain", "footnotes-that-refer-to-the-next"])
def test_what_refers_to_the_next_is_brought_however_long_the_chain(name: str) -> None:
    pair = CASES[name].make(1_200)
    assert redlined(pair).changes


def test_a_heading_stands_shortened_at_the_changes_below_it() -> None:
    pair = CASES["changes-below-a-huge-heading"].make(300)
    (heading,) = {change.location.headings for change in redlined(pair).changes if change.location.headings}
    assert len(heading[0]) == 500
    assert heading[0].endswith("…")


def test_an_author_of_a_huge_name_is_kept_in_part() -> None:
    authors = {change.author for change in redlined(CASES["an-author-of-a-huge-name"].make(20)).changes}
    assert max(map(len, authors)) == 255


def test_a_label_is_shown_in_part_and_counts_from_one_where_its_start_is_no_number() -> None:
    labels = [change.location.label for change in redlined(CASES["a-huge-label"].make(20)).changes]
    assert max(map(len, labels)) < 300
    assert labels[0][0].isdigit()


@pytest.mark.parametrize("name", ["text-of-short-lines", "markdown-lists", "markdown-images"])
def test_a_text_of_too_many_lines_or_signs_is_refused_before_it_is_read(name: str) -> None:
    pair = CASES[name].pair()
    with pytest.raises(DocumentError) as refused:
        compare(pair.before, pair.after, pair.options)
    assert refused.value.code == "too-complex"


def test_many_namespaces_are_refused() -> None:
    pair = CASES["many-namespaces-at-the-root"].make(8_000)
    with pytest.raises(DocumentError, match="namespaces"):
        compare(pair.before, pair.after)


def test_one_header_that_stands_for_very_many_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("redline.comparer.headers._MOST_COPIED", 1_000)
    pair = CASES["one-header-for-many"].make(30)
    with pytest.raises(DocumentError, match="headers and footers"):
        compare(pair.before, pair.after)
