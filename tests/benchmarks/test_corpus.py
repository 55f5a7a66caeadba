"""The made-up contracts: same seed, same bytes; sizes and shares of edits as promised; packages that can be read."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.contracts import Block, Paragraph, Table, contract, edited, edited_text, long_text
from benchmarks.corpus import SMALL, contract_pair, twenty_words
from benchmarks.writing import to_docx
from redline.ooxml import W
from redline.opc.package import Package


@pytest.mark.parametrize("name", SMALL)
def test_a_pair_is_the_same_each_time_and_its_sides_differ(name: str) -> None:
    pair = SMALL[name]()
    assert pair == SMALL[name]()
    assert pair.before != pair.after


def test_the_smallest_pair_has_twenty_words() -> None:
    assert twenty_words().words == 20


@given(words=st.integers(1, 3_000), seed=st.integers())
@settings(max_examples=25, deadline=None)
def test_a_contract_is_as_long_as_asked_for_within_one_block(words: int, seed: int) -> None:
    blocks = contract(words, Random(seed))
    assert sum(block.words for block in blocks[:-1]) < words <= sum(block.words for block in blocks)


@given(words=st.integers(1, 2_000), seed=st.integers())
@settings(max_examples=50, deadline=None)
def test_an_edit_changes_something_and_leaves_a_document(words: int, seed: int) -> None:
    random = Random(seed)
    before = contract(words, random)
    after = edited(before, random)
    assert after
    assert after != before


def test_five_percent_of_the_paragraphs_are_edited() -> None:
    random = Random(1)
    before = [block for block in contract(60_000, random) if isinstance(block, Paragraph)]
    after = set(edited(before, random))
    # What was moved, and what got a new neighbour, is still there: one edit in five.
    assert 0.03 < sum(block not in after for block in before) / len(before) < 0.05


def test_five_percent_of_the_words_of_a_long_text_are_edited() -> None:
    text = long_text(10_000, Random(1))
    words = edited_text(text, Random(1)).split()
    assert len(text.split()) == 10_000
    assert 9_700 < len(words) < 10_300


def test_the_package_holds_every_block_and_every_note() -> None:
    blocks: list[Block] = [
        Paragraph("Term", level=1),
        Paragraph("Text", level=2, term="Losses", note="A note"),
        Table((("a", "b"),)),
    ]
    package = Package.open(to_docx(blocks))
    assert _text(package, "word/document.xml") == "TermLosses Textab"
    assert _text(package, "word/footnotes.xml") == " A note"


def _text(package: Package, part: str) -> str:
    return "".join(element.text or "" for element in package.tree(part).iter(f"{W}t"))


def test_a_long_contract_can_be_read_within_the_limits_of_a_package() -> None:
    pair = contract_pair("long", 20_000)
    for side in (pair.before, pair.after):
        assert Package.open(side).main == "word/document.xml"
