"""What is told to be the same by its bytes alone is the same when it is looked at."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redline.comparer.compare import compare
from redline.verifier.items import Item, Itemizer
from redline.verifier.read import Version
from redline.verifier.spelling import say_the_same, with_joined_runs
from redline.verifier.verify import _Comparison, verify
from tests.redline import builders
from tests.redline.builders import footnote_ref, p, r
from tests.redline.wml import body, docx, paragraph, run

BOLD = "<w:b/>"
CUT = {  # name: (text in one piece, text in pieces)
    "two runs": (run("ab"), run("a") + run("b")),
    "three runs": (run("abc"), run("a") + run("b") + run("c")),
    "look": (run("ab", BOLD), run("a", BOLD) + run("b", BOLD)),
    "space that is to be kept": ("<w:r><w:t>a b</w:t></w:r>", run("a ") + run("b")),
    "tab after the text": (
        "<w:r><w:t>ab</w:t><w:tab/></w:r>",
        "<w:r><w:t>a</w:t></w:r><w:r><w:t>b</w:t><w:tab/></w:r>",
    ),
    "in a link": (f"<w:hyperlink>{run('ab')}</w:hyperlink>", f"<w:hyperlink>{run('a')}{run('b')}</w:hyperlink>"),
}
PAGE = ['<w:fldChar w:fldCharType="begin"/>', "<w:instrText> PAGE </w:instrText>", '<w:fldChar w:fldCharType="end"/>']
CUT["field"] = ("".join(f"<w:r>{piece}</w:r>" for piece in PAGE), f"<w:r>{''.join(PAGE)}</w:r>")
OTHER = {
    "look that comes late": (
        run("a") + f"<w:r><w:t>b</w:t><w:rPr>{BOLD}</w:rPr></w:r>",
        f"<w:r><w:t>ab</w:t><w:rPr>{BOLD}</w:rPr></w:r>",
    ),
    "second look": (
        run("a", "<w:i/>") + f"<w:r><w:rPr><w:i/></w:rPr><w:rPr>{BOLD}</w:rPr><w:t>b</w:t></w:r>",
        f"<w:r><w:rPr><w:i/></w:rPr><w:t>a</w:t><w:rPr>{BOLD}</w:rPr><w:t>b</w:t></w:r>",
    ),
    "text": (run("ab"), run("ac")),
    "look of one half": (run("ab", BOLD), run("a", BOLD) + run("b")),
    "look of the other half": (run("ab"), run("a", BOLD) + run("b")),
    "tab between": (run("ab"), "<w:r><w:t>a</w:t><w:tab/></w:r>" + run("b")),
    "tab before each": ("<w:r><w:tab/><w:t>ab</w:t></w:r>", "<w:r><w:tab/><w:t>a</w:t></w:r>" * 2),
    "break in place of a cut": (run("ab"), run("a") + "<w:r><w:br/></w:r>" + run("b")),
    "link of one half": (run("ab"), f'<w:hyperlink w:anchor="x">{run("a")}</w:hyperlink>{run("b")}'),
    "paragraph end": (run("ab"), run("a") + "</w:p><w:p>" + run("b")),
    "prefix that means another thing": (
        '<x:y xmlns:x="urn:x" xmlns:w="urn:w"><w:r><w:t>ab</w:t></w:r></x:y>',
        '<x:y xmlns:x="urn:x" xmlns:w="urn:w"><w:r><w:t>a</w:t></w:r><w:r><w:t>b</w:t></w:r></x:y>',
    ),
}


@pytest.mark.parametrize("name", CUT)
def test_texts_cut_otherwise_say_the_same(name: str) -> None:
    one, other = (paragraph(content).encode() for content in CUT[name])
    assert say_the_same(one, other)
    assert say_the_same(other, one)


def test_any_number_of_runs_are_joined_into_one_for_each_look() -> None:
    pieces = [run("a") + "<w:r></w:r>", run("b", BOLD) + "<w:r></w:r><w:proofErr/>"]
    cut = paragraph(pieces[0] * 1_000 + pieces[1] * 1_000).encode()
    joined = with_joined_runs(cut)
    assert joined.count(b"<w:r>") == 1 + 1_000
    assert joined.count(b"<w:t>" + b"a" * 1_000 + b"</w:t>") == 1
    assert with_joined_runs(joined) == joined


@pytest.mark.parametrize("name", OTHER)
def test_what_differs_does_not(name: str) -> None:
    one, other = (paragraph(content).encode() for content in OTHER[name])
    assert not say_the_same(one, other)


LOOKS = st.sampled_from(["", BOLD, "<w:i/>"])
CHARS = st.sampled_from(["begin", "separate", "end"]).map(
    lambda kind: f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'
)
RUNS = st.one_of(
    st.builds(run, st.sampled_from(["a", "b", "aa", " "]), LOOKS),
    st.builds(lambda text: f"<w:r><w:t>{text}</w:t></w:r>", st.sampled_from(["a", "b"])),
    st.sampled_from(
        [
            "<w:r><w:tab/></w:r>",
            "<w:r><w:tab/><w:t>a</w:t></w:r>",
            "<w:r><w:t>a</w:t><w:tab/></w:r>",
            "<w:r><w:t>a</w:t><w:t>b</w:t></w:r>",
            "<w:r><w:t/></w:r>",
            f"<w:r><w:t>a</w:t><w:rPr>{BOLD}</w:rPr></w:r>",
            f"<w:r><w:rPr>{BOLD}</w:rPr><w:t>a</w:t><w:br/><w:t>b</w:t></w:r>",
            "<w:r/>",
            "<w:r><w:rPr/><w:t>a</w:t></w:r>",
            '<w:r w:x="1"><w:t>a</w:t></w:r>',
            "<w:r><w:instrText>PAGE</w:instrText></w:r>",
            f"<w:r>{paragraph(run('a'), run('b'))}</w:r>",
        ]
    ),
    CHARS,
)
RUNS_IN_A_ROW = st.lists(RUNS, max_size=3).map("".join)
LINKS = RUNS_IN_A_ROW.map(lambda runs: f"<w:hyperlink w:anchor='h'>{runs}</w:hyperlink>")
CONTENT = st.lists(st.one_of(RUNS, LINKS), max_size=3).map("".join)


def items(block: str) -> list[Item]:
    version = Version(docx(block), None)
    return Itemizer(version, lambda note: note, results="authored").items(list(body(block)[0])[:1])


@given(CONTENT, RUNS_IN_A_ROW, RUNS_IN_A_ROW, CONTENT)
@settings(max_examples=500, deadline=None)
def test_what_says_the_same_has_the_same_items(start: str, one: str, other: str, end: str) -> None:
    blocks = [paragraph(f"<w:pPr/>{start}{middle}{end}") for middle in (one, other)]
    if say_the_same(*(block.encode() for block in blocks)):
        assert items(blocks[0]) == items(blocks[1])


@given(CONTENT, st.data())
@settings(max_examples=200, deadline=None)
def test_a_cut_anywhere_in_a_text_says_the_same(content: str, data: st.DataObject) -> None:
    block = paragraph(f"<w:pPr/>{run('whole', BOLD)}{content}")
    at = data.draw(st.integers(1, 4))
    cut = block.replace(run("whole", BOLD), run("whole"[:at], BOLD) + run("whole"[at:], BOLD), 1)
    assert say_the_same(block.encode(), cut.encode())


def test_paragraphs_whose_notes_alone_changed_are_told_by_their_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    def noted(word: str) -> bytes:
        texts = [r("Text "), *map(footnote_ref, (2, 3)), r(" more "), footnote_ref(4)]
        return builders.docx(p(*texts), footnotes={number: p(f"{word} {number}") for number in (2, 3, 4)})

    before, after = noted("old"), noted("new")
    made = compare(before, after).docx
    looked_into: list[object] = []
    monkeypatch.setattr(_Comparison, "_unequal_items", lambda *args: looked_into.append(args))
    assert verify(made, before, after).ok
    assert not looked_into
