"""Documents that hold tracked changes already."""

from __future__ import annotations

import string
from random import Random

from benchmarks.hostile.kit import MARK, WORDS, Hostile, case, edited, sentences
from redline.options import CompareOptions
from tests.redline.builders import docx, p, r


def tracked(texts: list[str], seed: int) -> bytes:
    random = Random(seed)
    blocks = []
    for i, text in enumerate(texts):
        kind = random.choice(["ins", "del"])
        inner = r(text) if kind == "ins" else f'<w:r><w:delText xml:space="preserve">{text}</w:delText></w:r>'
        whole = f'<w:rPr><w:{kind} w:id="{i + 900000}" {MARK}/></w:rPr>' if random.random() < 0.3 else ""
        blocks.append(p(r("kept "), f'<w:{kind} w:id="{i}" {MARK}>{inner}</w:{kind}>', ppr=whole))
    return docx("".join(blocks) + p("end"))


@case(40_000)
def tracked_changes_accepted(count: int) -> Hostile:
    texts = sentences(count, 4, 1)
    return Hostile(tracked(texts, 1), tracked(edited(texts), 2))


@case(40_000)
def tracked_changes_rejected(count: int) -> Hostile:
    texts = sentences(count, 4, 1)
    return Hostile(tracked(texts, 1), tracked(edited(texts), 2), CompareOptions(existing_revisions="reject"))


@case(40_000)
def tracked_changes_kept(count: int) -> Hostile:
    texts = sentences(count, 4, 1)
    return Hostile(tracked(texts, 1), tracked(edited(texts), 2), CompareOptions(existing_revisions="keep"))


@case(40_000)
def paragraphs_joined_by_deleted_marks(count: int) -> Hostile:
    def one(texts: list[str]) -> bytes:
        gone = f'<w:rPr><w:del w:id="1" {MARK}/></w:rPr>'
        return docx("".join(p(t, ppr=gone) for t in texts) + p("end"))

    texts = sentences(count, 4, 1)
    return Hostile(one(texts), one(edited(texts)))


@case(40_000)
def authors_who_take_turns(count: int) -> Hostile:
    def body(words: list[str]) -> str:
        def deleted(number: int, word: str) -> str:
            mark = f'w:id="{number}" w:author="A{number % 2}" w:date="2020-01-01T00:00:00Z"'
            return f"<w:del {mark}><w:r><w:delText>{word} </w:delText></w:r></w:del>"

        return p(*(deleted(number, word) for number, word in enumerate(words))) + p("end")

    words = Random(1).choices(WORDS, k=count)
    return Hostile(docx(p(" ".join(words)) + p("end")), docx(body(words)), CompareOptions(existing_revisions="keep"))


@case(5_000)
def an_author_of_a_huge_name(count: int) -> Hostile:
    name = "".join(Random(1).choices(string.ascii_lowercase, k=200 * count))
    inner = "".join(r(t) for t in sentences(count, 2, 1))
    after = docx(p(f'<w:ins w:id="1" w:author="{name}" w:date="2020-01-01T00:00:00Z">{inner}</w:ins>'))
    return Hostile(docx(p("text")), after, CompareOptions(existing_revisions="keep"))


@case(3_000)
def sections_deleted_among_paragraphs(count: int) -> Hostile:
    gone = f'<w:rPr><w:del w:id="1" {MARK}/></w:rPr><w:sectPr/>'

    def body(texts: list[str]) -> str:
        return "".join(p(t) * 10 + p(t, ppr=gone) for t in texts)

    texts = sentences(count, 3, 1)
    return Hostile(docx(body(texts)), docx(body(edited(texts))))


@case(20_000)
def paragraphs_joined_over_bookmarks(count: int) -> Hostile:
    gone = f'<w:rPr><w:del w:id="1" {MARK}/></w:rPr>'

    def body(texts: list[str]) -> str:
        marks = (f'<w:bookmarkStart w:id="{k}" w:name="b{k}"/><w:bookmarkEnd w:id="{k}"/>' for k in range(count))
        return "".join(p(t, ppr=gone) + mark for t, mark in zip(texts, marks, strict=True)) + p("end")

    texts = sentences(count, 4, 1)
    return Hostile(docx(body(texts)), docx(body(edited(texts))))
