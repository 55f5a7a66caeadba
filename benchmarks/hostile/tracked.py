"""Documents that hold tracked changes already."""

from __future__ import annotations

import string
from random import Random

from benchmarks.hostile.kit import MARK, WORDS, Hostile, case, edited, sentences
from redline.options import CompareOptions
from tests.redline.builders import docx, p, r, sdt, tbl, tr


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


def inline_changes(words: list[str], seed: int) -> str:
    random = Random(seed)
    kinds = {
        "ins": f"<w:ins {MARK}>%s</w:ins>",
        "del": f"<w:del {MARK}>%s</w:del>",
        "both": f"<w:ins {MARK}><w:del {MARK}>%s</w:del></w:ins>",
        "format": "%s",
    }

    def change(number: int, word: str) -> str:
        kind = random.choice(list(kinds))
        old = (
            f'<w:i/><w:rPrChange w:id="{number}" {MARK}><w:rPr><w:b/></w:rPr></w:rPrChange>' if kind == "format" else ""
        )
        run = r(f"{word} ", old)
        run = run.replace("w:t", "w:delText") if kind in ("del", "both") else run
        return (
            (kinds[kind] % run)
            .replace("<w:ins ", f'<w:ins w:id="{number}" ')
            .replace("<w:del ", f'<w:del w:id="{number}" ')
        )

    return p(*map(change, range(len(words)), words)) + p("end")


@case(40_000)
def tracked_words_of_one_paragraph_accepted(count: int) -> Hostile:
    words = Random(1).choices(WORDS, k=count)
    return Hostile(docx(inline_changes(words, 1)), docx(inline_changes(edited(words), 2)))


@case(40_000)
def tracked_words_of_one_paragraph_kept(count: int) -> Hostile:
    words = Random(1).choices(WORDS, k=count)
    one, other = docx(inline_changes(words, 1)), docx(inline_changes(edited(words), 2))
    return Hostile(one, other, CompareOptions(existing_revisions="keep"))


@case(30_000)
def rows_tracked_and_kept(count: int) -> Hostile:
    def one(texts: list[str], kind: str) -> bytes:
        mark = f'<w:{kind} w:id="1" {MARK}/>'
        return docx(tbl(*(tr(t, "x", trpr=mark if k % 2 else "") for k, t in enumerate(texts))) + p())

    texts = sentences(count, 3, 1)
    return Hostile(one(texts, "del"), one(edited(texts), "ins"), CompareOptions(existing_revisions="keep"))


@case(10_000)
def moves_that_were_tracked(count: int) -> Hostile:
    def moved(number: int, text: str) -> str:
        halves = []
        for way in ("From", "To"):
            start = f'<w:move{way}RangeStart w:id="{number}" w:name="m{number}" {MARK}/>'
            inner = f'<w:move{way} w:id="{number}" {MARK}>{r(text)}</w:move{way}>'
            halves.append(f'{start}{inner}<w:move{way}RangeEnd w:id="{number}"/>')
        return p(halves[0]) + p(halves[1])

    texts = sentences(count, 4, 1)
    one, other = ("".join(map(moved, range(count), side)) + p("end") for side in (texts, edited(texts)))
    return Hostile(docx(one), docx(other))


@case(30_000)
def deleted_paragraphs_before_tables(count: int) -> Hostile:
    gone = f'<w:rPr><w:del w:id="1" {MARK}/></w:rPr>'

    def body(texts: list[str]) -> str:
        return "".join(p(ppr=gone) + (tbl(tr(t, "x")) if k % 3 == 0 else "") for k, t in enumerate(texts)) + p("end")

    texts = sentences(count, 4, 1)
    return Hostile(docx(body(texts)), docx(body(edited(texts))))


@case(20_000)
def everything_deleted_in_content_controls(count: int) -> Hostile:
    gone = f'<w:rPr><w:del w:id="1" {MARK}/></w:rPr>'

    def body(texts: list[str]) -> str:
        return "".join(sdt(p(t, ppr=gone)) for t in texts) + p("end")

    texts = sentences(count, 4, 1)
    return Hostile(docx(body(texts)), docx(body(edited(texts))))


@case(300)
def deletions_kept_in_runs_of_many_properties(count: int) -> Hostile:
    """The run of before is cut at each author of what the after document had deleted of it."""
    rpr = "".join(f'<w:x{i} w:val="{i}"/>' for i in range(200))

    def tracked_in(text: str) -> str:
        pieces = (
            f'<w:del w:id="{k}" w:author="A{k % 2}"><w:r><w:delText xml:space="preserve">{w} </w:delText></w:r></w:del>'
            if k % 2
            else r(f"{w} ")
            for k, w in enumerate(text.split())
        )
        return p(*pieces)

    texts = sentences(count, 300, 1)
    before = docx("".join(p(r(f"{t} ", rpr)) for t in texts))
    return Hostile(before, docx("".join(map(tracked_in, texts))), CompareOptions(existing_revisions="keep"))
