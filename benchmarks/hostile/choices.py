"""Documents that are harder with other options than those that hold by themselves."""

from __future__ import annotations

from random import Random
from typing import Any

from benchmarks.hostile.kit import WORDS, Hostile, case, edited, grid, paragraphs, sentences, shuffled
from redline.options import CompareOptions
from tests.redline.builders import docx, field, footnote_ref, p, r, tbl, textbox, tr


def chosen(before: str, after: str, **options: Any) -> Hostile:
    return Hostile(docx(before), docx(after), CompareOptions(**options))


@case(8_000)
def prose_by_characters(count: int) -> Hostile:
    texts = sentences(count, 100, 1)
    return chosen(paragraphs(texts), paragraphs(edited(texts)), granularity="character")


@case(20_000)
def unrelated_prose_by_characters(count: int) -> Hostile:
    one, other = (paragraphs(sentences(count, 30, seed)) for seed in (1, 2))
    return chosen(one, other, granularity="character")


@case(500_000)
def one_paragraph_by_characters(count: int) -> Hostile:
    random = Random(1)
    one = "".join(random.choices("ab ", k=count))
    other = "".join(random.choices("ab ", k=count))
    return chosen(p(one), p(other), granularity="character")


@case(30_000)
def prose_without_case_spaces_numbers_and_signs(count: int) -> Hostile:
    texts = sentences(count, 12, 1)
    others = [f"{t.upper()},  {k}!" for k, t in enumerate(edited(texts))]
    ignored = {"ignore_numbers": True, "ignore_punctuation": True, "track_case": False, "track_white_space": False}
    return chosen(paragraphs(texts), paragraphs(others), **ignored)


@case(300_000)
def one_paragraph_of_signs_that_do_not_count(count: int) -> Hostile:
    random = Random(1)
    one, other = ("".join(random.choices(["a", ", ", "; ", ". "], k=count)) for _ in range(2))
    return chosen(p(one), p(other), ignore_punctuation=True, track_white_space=False)


@case(20_000)
def paragraphs_in_which_nothing_counts(count: int) -> Hostile:
    one, other = (
        paragraphs(" ".join(f"{k}." for k in Random(s + i).sample(range(999), 9)) for i in range(count)) for s in (1, 2)
    )
    return chosen(one, other, ignore_numbers=True, ignore_punctuation=True, track_white_space=False)


@case(10_000)
def everything_that_need_not_be_tracked(count: int) -> Hostile:
    def body(texts: list[str]) -> str:
        return "".join(p(r(t), field("REF x", t), textbox(p(t)), footnote_ref(99)) + tbl(tr(t, "x")) for t in texts)

    texts = sentences(count, 3, 1)
    left = dict.fromkeys(("tables", "notes", "text_boxes", "fields", "computed", "formatting", "moves"), False)
    return chosen(
        body(texts), body(shuffled(edited(texts))), **{f"track_{name}": value for name, value in left.items()}
    )


@case(40_000)
def a_long_table_that_is_left(count: int) -> Hostile:
    return chosen(grid(count, 3, 1), grid(count, 3, 1, 0.3), track_tables=False)


@case(40_000)
def moved_paragraphs_that_are_not_tracked_as_moved(count: int) -> Hostile:
    texts = sentences(count, 12, 1)
    return chosen(paragraphs(texts), paragraphs(shuffled(texts)), track_moves=False)


@case(100_000)
def words_that_stay_but_for_their_case(count: int) -> Hostile:
    words = Random(1).choices(WORDS, k=count)
    return chosen(p(" ".join(words)), p(" ".join(w.upper() for w in words)), track_case=False)
