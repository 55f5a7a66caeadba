"""Paragraphs: moved, replaced, equal, nearly equal, huge."""

from __future__ import annotations

import string
from random import Random

from benchmarks.hostile.kit import WORDS, Hostile, case, edited, of_texts, paragraphs, repeated, sentences, shuffled
from redline.options import CompareOptions
from tests.redline.builders import docx, p, r


@case(50_000)
def shuffled_paragraphs(count: int) -> Hostile:
    texts = sentences(count, 12, 1)
    return of_texts(texts, shuffled(texts))


@case(115_000)
def shuffled_paragraphs_5mb(count: int) -> Hostile:
    texts = sentences(count, 12, 1)
    return of_texts(texts, shuffled(texts))


@case(115_000)
def unrelated_paragraphs_5mb(count: int) -> Hostile:
    return of_texts(sentences(count, 12, 1), sentences(count, 12, 2))


@case(400_000)
def tiny_paragraphs(count: int) -> Hostile:
    texts = sentences(count, 1, 1)
    return of_texts(texts, sentences(count, 1, 2))


@case(12_000)
def prose_5mb(count: int) -> Hostile:
    texts = sentences(count, 120, 1)
    return of_texts(texts, edited(texts))


@case(200_000)
def yes_and_no(count: int) -> Hostile:
    random = Random(1)
    texts = ["Yes"] * count
    other = random.choices(["Yes", "No"], [100, 1], k=count - count // 200)
    return Hostile(docx(repeated(texts, 1)), docx(repeated(other, 2)))


@case(100_000)
def few_kinds_shuffled(count: int) -> Hostile:
    random = Random(1)
    kinds = sentences(50, 8, 1)
    return Hostile(*(docx(repeated(random.choices(kinds, k=count), seed)) for seed in (1, 2)))


@case(20_000)
def similar_never_equal(count: int) -> Hostile:
    random = Random(1)
    common = sentences(1, 12, 1)[0].split()

    def one() -> str:
        words = [w if random.random() < 0.6 else random.choice(WORDS) for w in common * 2]
        return " ".join(words)

    return of_texts([one() for _ in range(count)], [one() for _ in range(count)])


@case(30_000)
def split_and_merged(count: int) -> Hostile:
    texts = sentences(count, 10, 1)
    merged = [" ".join(texts[i : i + 3]) for i in range(0, len(texts), 3)]
    return of_texts(texts, merged)


@case(60_000)
def every_paragraph_edited(count: int) -> Hostile:
    texts = sentences(count, 12, 1)
    return of_texts(texts, edited(texts, share=1.0))


@case(500_000)
def one_cjk_paragraph(count: int) -> Hostile:
    random = Random(1)
    text = "".join(chr(random.randrange(0x4E00, 0x9FA0)) for _ in range(count))
    other = "".join(c if random.random() < 0.9 else "一" for c in text)
    return of_texts([text], [other])


@case(1_000_000)
def one_paragraph_of_one_word(count: int) -> Hostile:
    return of_texts(["a " * count], ["a " * (count - count // 1000) + "b " * (count // 1000)])


@case(400_000)
def one_paragraph_of_two_words(count: int) -> Hostile:
    random = Random(1)
    one, other = ("".join(random.choices(["a ", "b "], k=count)) for _ in range(2))
    return of_texts([one], [other])


@case(4_000_000)
def one_word_of_a_million_letters(count: int) -> Hostile:
    return of_texts(["x" * count], ["x" * (count - 1) + "y"])


@case(300)
def hundreds_of_wide_paragraphs(count: int) -> Hostile:
    texts = sentences(count, 8 * count + 100, 1)
    return of_texts(texts, [" ".join(shuffled(t.split(), 5)) for t in texts])


@case(60_000)
def paragraphs_formatted_otherwise(count: int) -> Hostile:
    texts = sentences(count, 8, 1)
    return Hostile(
        docx("".join(p(t, ppr="<w:keepNext/>") for t in texts)),
        docx("".join(p(t, ppr='<w:jc w:val="left"/>') for t in texts)),
    )


@case(50_000)
def halves_that_changed_places(count: int) -> Hostile:
    texts = sentences(count, 12, 1)
    return of_texts(texts, texts[count // 2 :] + texts[: count // 2])


@case(20_000)
def changes_below_a_huge_heading(count: int) -> Hostile:
    texts = sentences(count, 4, 1)
    heading = p(sentences(1, 50 * count // 10, 2)[0], ppr='<w:outlineLvl w:val="0"/>')
    return Hostile(docx(heading + paragraphs(texts)), docx(heading + paragraphs(edited(texts, share=1.0))))


@case(60_000)
def confetti_after_a_long_island(count: int) -> Hostile:
    random = Random(1)
    island = " ".join(random.choices(WORDS, k=count // 2))
    rest = random.choices(WORDS, k=count // 2)
    other = [w if k % 2 else random.choice(WORDS) for k, w in enumerate(rest)]
    return of_texts([f"old {island} {' '.join(rest)}"], [f"new {island} {' '.join(other)}"])


@case(20_000)
def a_word_cut_at_every_letter(count: int) -> Hostile:
    word = "".join(Random(1).choices(string.ascii_lowercase, k=max(count // 40, 3)))
    cut = r(xml="<w:softHyphen/>".join(f"<w:t>{letter}</w:t>" for letter in word))
    text = f"{word} " * (count // 10)
    return Hostile(docx(p(text)), docx(p(text, cut)))


@case(100_000)
def text_compared_without_numbers(count: int) -> Hostile:
    one, other = (" ".join(f"{w} {k + seed}" for k, w in enumerate(WORDS * (count // 3000 + 1))) for seed in (1, 2))
    options = CompareOptions(ignore_numbers=True, ignore_punctuation=True)
    return Hostile(docx(p(one)), docx(p(other)), options)


@case(15_000)
def paragraphs_made_of_one(count: int) -> Hostile:
    texts = [f"{t}." for t in sentences(count, 10, 1)]
    return of_texts([" ".join(texts)], texts)


@case(200_000)
def a_paragraph_mark_everywhere(count: int) -> Hostile:
    """Empty paragraphs of two kinds, one after the other in another order."""
    random = Random(1)
    kinds = ("<w:keepNext/>", "<w:keepLines/>")
    one, other = ("".join(p(ppr=kind) for kind in random.choices(kinds, k=count // 2)) for _ in range(2))
    return Hostile(docx(one), docx(other))


@case(40_000)
def neighbours_that_changed_places(count: int) -> Hostile:
    texts = sentences(count, 12, 1)
    return of_texts(texts, [t for pair in zip(texts[1::2], texts[::2], strict=True) for t in pair])


@case(20_000)
def the_same_words_in_another_order(count: int) -> Hostile:
    texts = sentences(count, 30, 1)
    return of_texts(texts, [" ".join(shuffled(t.split())) for t in texts])


@case(300)
def long_paragraphs_of_one_kind(count: int) -> Hostile:
    """Each looks like each other, so that all are weighed with all."""
    random = Random(1)
    common = sentences(1, 2_000, 1)[0].split()

    def side() -> list[str]:
        return [" ".join(w if random.random() < 0.7 else random.choice(WORDS) for w in common) for _ in range(count)]

    return of_texts(side(), side())


@case(30_000)
def clauses_numbered_by_hand(count: int) -> Hostile:
    texts = sentences(count, 8, 1)
    one = [f"{k}.{k % 7}.{k % 3} {t}" for k, t in enumerate(texts)]
    return of_texts(one, [f"{k + 1}.{k % 7}.{k % 3} {t}" for k, t in enumerate(edited(texts))])
