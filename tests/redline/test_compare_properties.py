"""Invariants of `compare` on documents made at random: reject gives before, accept gives after, whatever changed."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from redline import CompareOptions, compare, verify
from tests.redline.builders import docx, field, footnote_ref, link, p, r, sdt, section, tbl, tc, textbox, tr

WORDS = st.sampled_from(
    ["the", "Supplier", "shall", "pay", "12%", "fee", "甲方", "e\u0301", "a", "within", "thirty", "days."]
)
FORMATS = st.sampled_from(["", "<w:b/>", "<w:i/>", '<w:color w:val="FF0000"/>'])
PROPERTIES = st.sampled_from(["", '<w:jc w:val="center"/>', '<w:ind w:left="720"/>'])
TEXT = st.lists(WORDS, max_size=8).map(" ".join)
RUN = st.builds(r, TEXT, FORMATS)
INLINE = st.one_of(
    RUN,
    RUN,
    RUN,
    st.builds(lambda x: link(x, anchor="a"), RUN),
    st.builds(lambda x: sdt(x), RUN),
    st.builds(lambda x: field("PAGE", x), TEXT),
    st.just(footnote_ref(2)),
    st.just(r(xml="<w:tab/>")),
    st.just('<w:bookmarkStart w:id="90" w:name="b"/><w:bookmarkEnd w:id="90"/>'),
)
PARAGRAPH = st.builds(lambda content, ppr: p(*content, ppr=ppr), st.lists(INLINE, max_size=4), PROPERTIES)
CELL = st.lists(PARAGRAPH, min_size=1, max_size=2).map(lambda blocks: tc(*blocks))
ROW = st.lists(CELL, min_size=1, max_size=3).map(lambda cells: tr(*cells))
TABLE = st.lists(ROW, min_size=1, max_size=3).map(lambda rows: tbl(*rows, columns=3))
NESTED = st.builds(lambda table, last: tbl(tr(tc(table, last)), columns=1), TABLE, PARAGRAPH)
BLOCK = st.one_of(
    PARAGRAPH,
    PARAGRAPH,
    PARAGRAPH,
    TABLE,
    NESTED,
    st.builds(lambda x: sdt(x), PARAGRAPH),
    st.builds(lambda x: p("box", textbox(x)), PARAGRAPH),
    st.builds(lambda x: p(x, ppr=section()), RUN),
)
BLOCKS = st.lists(BLOCK, max_size=7)


@st.composite
def versions(draw: st.DrawFn) -> tuple[list[str], list[str]]:
    """Two lists of blocks: the second is the first with blocks dropped, added, moved or exchanged."""
    before = draw(BLOCKS)
    after = list(before)
    for _ in range(draw(st.integers(0, 4))):
        what = draw(st.sampled_from(["drop", "add", "move", "exchange"]))
        at = draw(st.integers(0, max(len(after) - 1, 0)))
        if what == "add" or not after:
            after.insert(at, draw(BLOCK))
        elif what == "drop":
            del after[at]
        elif what == "move":
            after.insert(draw(st.integers(0, len(after) - 1)), after.pop(at))
        else:
            after[at] = draw(BLOCK)
    return before, after


def as_docx(blocks: list[str], note: str) -> bytes:
    return docx("".join(blocks) + p("The end."), footnotes={2: p(note)})


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(versions(), TEXT, TEXT, st.sampled_from(["word", "character"]))
def test_reject_gives_before_and_accept_gives_after(
    blocks: tuple[list[str], list[str]], note_before: str, note_after: str, granularity: str
) -> None:
    before, after = as_docx(blocks[0], note_before), as_docx(blocks[1], note_after)
    options = CompareOptions(granularity="word" if granularity == "word" else "character")
    verdict = verify(compare(before, after, options).docx, before, after)
    assert verdict.ok, verdict.findings


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(versions())
def test_a_passed_deadline_only_makes_it_coarser(blocks: tuple[list[str], list[str]]) -> None:
    before, after = as_docx(blocks[0], "n"), as_docx(blocks[1], "n")
    verdict = verify(compare(before, after, deadline=0).docx, before, after)
    assert verdict.ok, verdict.findings
