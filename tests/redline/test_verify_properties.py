"""Whatever document with revisions there is: it is a redline of its own two sides, and of no other."""

from __future__ import annotations

import re
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from redline.resolver.resolve import accept, reject
from redline.verifier.verify import verify
from tests.redline.test_verify import NOTE, X, notes
from tests.redline.wml import cell, deleted, document, docx, inserted, paragraph, repacked, row, run, table

WORDS = st.sampled_from(["alpha", "beta", "gamma", "delta"])
PIECE = st.tuples(st.sampled_from(["keep", "ins", "del"]), WORDS)
PARAGRAPHS = st.lists(
    st.tuples(st.lists(PIECE, min_size=1, max_size=4), st.sampled_from(["", "ins", "del"])), min_size=1, max_size=6
)
MAKE: dict[str, Callable[[str], str]] = {"keep": run, "ins": inserted, "del": deleted}


def tracked_document(model: list[tuple[list[tuple[str, str]], str]]) -> bytes:
    blocks = [paragraph(*(MAKE[kind](word) for kind, word in pieces), mark=mark) for pieces, mark in model]
    return docx(*blocks, table(row(cell(paragraph("cell")))), paragraph("end"))


@given(PARAGRAPHS)
@settings(max_examples=60, deadline=None)
def test_any_tracked_document_is_a_redline_of_its_own_two_sides(model: list[tuple[list[tuple[str, str]], str]]) -> None:
    redline = tracked_document(model)
    assert verify(redline, reject(redline), accept(redline)).findings == ()


@given(PARAGRAPHS, st.data())
@settings(max_examples=60, deadline=None)
def test_any_change_to_kept_text_is_caught(model: list[tuple[list[tuple[str, str]], str]], data: st.DataObject) -> None:
    redline = tracked_document(model)
    content = document(*(paragraph(*(MAKE[k](w) for k, w in pieces), mark=mark) for pieces, mark in model), X)
    redline = repacked(redline, {"word/document.xml": content})
    before, after = reject(redline), accept(redline)
    places = [match.start(1) for match in re.finditer(rb"<w:(?:t|delText)[^>]*>([^<])", content)]
    at = data.draw(st.sampled_from(places))
    damaged = content[:at] + b"#" + content[at + 1 :]
    assert not verify(repacked(redline, {"word/document.xml": damaged}), before, after).ok


@given(PARAGRAPHS, st.data())
@settings(max_examples=60, deadline=None)
def test_any_change_to_text_in_a_note_is_caught(
    model: list[tuple[list[tuple[str, str]], str]], data: st.DataObject
) -> None:
    content = "".join(paragraph(*(MAKE[k](w) for k, w in pieces), mark=mark) for pieces, mark in model) + X
    redline = docx(paragraph("x", NOTE), parts=notes(content))
    before, after = reject(redline), accept(redline)
    assert verify(redline, before, after).findings == ()
    written = notes(content)["footnotes.xml"]
    places = [match.start(1) for match in re.finditer(rb"<w:(?:t|delText)[^>]*>([^<])", written)]
    at = data.draw(st.sampled_from(places))
    damaged = written[:at] + b"#" + written[at + 1 :]
    assert not verify(repacked(redline, {"word/footnotes.xml": damaged}), before, after).ok
