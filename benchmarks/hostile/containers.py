"""Content controls, text boxes and tables, many, wide, and in each other."""

from __future__ import annotations

from benchmarks.hostile.kit import Hostile, case, edited, grid, nested, paragraphs, sentences, shuffled
from tests.redline.builders import docx, p, r, sdt, tbl, tc, textbox, tr


@case(1_500)
def content_controls_in_each_other(count: int) -> Hostile:
    def body(texts: list[str]) -> str:
        return "".join(nested(60, p(t), sdt) for t in texts)

    texts = sentences(count, 5, 1)
    return Hostile(docx(body(texts)), docx(body(edited(texts, share=1.0))))


@case(1_500)
def inline_controls_in_each_other(count: int) -> Hostile:
    def body(texts: list[str]) -> str:
        return "".join(p(nested(60, r(t), sdt)) for t in texts)

    texts = sentences(count, 5, 1)
    return Hostile(docx(body(texts)), docx(body(edited(texts, share=1.0))))


@case(15_000)
def text_boxes(count: int) -> Hostile:
    def body(texts: list[str]) -> str:
        return "".join(p(r("box "), textbox(p(t))) for t in texts)

    texts = sentences(count, 4, 1)
    return Hostile(docx(body(texts)), docx(body(edited(texts))))


@case(800)
def text_boxes_in_each_other(count: int) -> Hostile:
    def wrap(inner: str) -> str:
        return p(r("box "), textbox(inner, fallback=False))

    def body(texts: list[str]) -> str:
        return "".join(nested(18, p(t), wrap) for t in texts)

    texts = sentences(count, 4, 1)
    return Hostile(docx(body(texts)), docx(body(edited(texts, share=1.0))))


@case(40)
def text_boxes_doubled_by_fallbacks(count: int) -> Hostile:
    def body(texts: list[str]) -> str:
        return "".join(nested(7, p(t), lambda inner: p(r("box "), textbox(inner))) for t in texts)

    texts = sentences(count, 4, 1)
    return Hostile(docx(body(texts)), docx(body(edited(texts, share=1.0))))


@case(500)
def wide_table(count: int) -> Hostile:
    return Hostile(docx(grid(count, count, 1)), docx(grid(count, count, 1, 0.2)))


@case(250)
def very_wide_table(count: int) -> Hostile:
    return Hostile(docx(grid(count, 4 * count, 1)), docx(grid(count, 4 * count + 1, 1)))


@case(60_000)
def long_table(count: int) -> Hostile:
    return Hostile(docx(grid(count, 3, 1)), docx(grid(count, 3, 1, 0.3)))


@case(60_000)
def unrelated_long_tables(count: int) -> Hostile:
    return Hostile(docx(grid(count, 3, 1)), docx(grid(count, 3, 7)))


@case(60_000)
def repeated_rows(count: int) -> Hostile:
    rows = [tr("Item", str(k % 10), "each") for k in range(count)]
    return Hostile(docx(tbl(*rows, columns=3)), docx(tbl(*shuffled(rows)[: count - count // 60], columns=3)))


@case(40_000)
def a_column_that_came(count: int) -> Hostile:
    wide = tbl(*(tr(f"a{k}", f"b{k}", f"new {k}") for k in range(count)), columns=3)
    return Hostile(docx(tbl(*(tr(f"a{k}", f"b{k}") for k in range(count)), columns=2)), docx(wide))


@case(30_000)
def many_tables(count: int) -> Hostile:
    texts = sentences(count, 3, 1)
    other = edited(shuffled(texts))
    return Hostile(
        docx("".join(tbl(tr(t, "x")) + p() for t in texts)), docx("".join(tbl(tr(t, "x")) + p() for t in other))
    )


@case(1_500)
def tables_in_each_other(count: int) -> Hostile:
    def body(texts: list[str]) -> str:
        return "".join(nested(20, p(t), lambda inner: tbl(tr(tc(inner + p("x"))))) for t in texts)

    texts = sentences(count, 4, 1)
    return Hostile(docx(body(texts)), docx(body(edited(texts, share=1.0))))


@case(400)
def tables_nested_to_the_limit(count: int) -> Hostile:
    def body(texts: list[str]) -> str:
        return "".join(nested(80, p(t), lambda inner: tbl(tr(tc(inner + p())))) for t in texts)

    texts = sentences(count, 4, 1)
    return Hostile(docx(body(texts)), docx(body(edited(texts, share=1.0))))


@case(10_000)
def one_row_of_very_many_cells(count: int) -> Hostile:
    texts = sentences(count, 3, 1)
    one, other = (tbl(tr(*side), columns=count) for side in (texts, edited(texts)[: count - count // 20]))
    return Hostile(docx(one), docx(other))


@case(40_000)
def tables_of_one_cell(count: int) -> Hostile:
    texts = sentences(count, 3, 1)
    one, other = ("".join(tbl(tr(t), columns=1) for t in side) for side in (texts, edited(texts)))
    return Hostile(docx(one + p()), docx(other + p()))


@case(15_000)
def tables_that_moved(count: int) -> Hostile:
    tables = [tbl(tr(t, "x")) + p() for t in sentences(count, 5, 1)]
    return Hostile(docx("".join(tables)), docx("".join(shuffled(tables))))


@case(20_000)
def cells_that_were_merged(count: int) -> Hostile:
    texts = sentences(2 * count, 2, 1)
    rows = [tr(*pair) for pair in zip(texts[::2], texts[1::2], strict=True)]
    merged = [tr(tc(*pair, tcpr='<w:gridSpan w:val="2"/>')) for pair in zip(texts[::2], texts[1::2], strict=True)]
    return Hostile(docx(tbl(*rows)), docx(tbl(*merged)))


@case(30_000)
def rows_in_content_controls(count: int) -> Hostile:
    def table(texts: list[str]) -> str:
        return tbl(*(sdt(tr(t, sdt(tc("x")))) for t in texts))

    texts = sentences(count, 3, 1)
    return Hostile(docx(table(texts)), docx(table(edited(texts))))


@case(50_000)
def a_table_of_one_paragraph_after_the_other(count: int) -> Hostile:
    texts = sentences(count, 6, 1)
    return Hostile(docx(tbl(tr(tc(paragraphs(texts)), "x"))), docx(tbl(tr(tc(paragraphs(edited(texts))), "x"))))


@case(40_000)
def one_content_control_around_all(count: int) -> Hostile:
    texts = sentences(count, 8, 1)
    return Hostile(docx(sdt(paragraphs(texts))), docx(sdt(paragraphs(edited(texts)))))


@case(40_000)
def a_content_control_around_each(count: int) -> Hostile:
    texts = sentences(count, 5, 1)
    one, other = ("".join(sdt(p(t)) for t in side) for side in (texts, shuffled(edited(texts))))
    return Hostile(docx(one), docx(other))


@case(50_000)
def inline_controls_in_one_paragraph(count: int) -> Hostile:
    texts = sentences(count, 2, 1)
    one, other = (p(*(sdt(r(f"{t} ")) for t in side)) for side in (texts, edited(texts)))
    return Hostile(docx(one), docx(other))


@case(8_000)
def text_boxes_in_one_paragraph(count: int) -> Hostile:
    texts = sentences(count, 4, 1)
    one, other = (p(*(textbox(p(t)) for t in side)) for side in (texts, edited(texts)))
    return Hostile(docx(one), docx(other))


@case(8_000)
def text_boxes_of_another_text(count: int) -> Hostile:
    one, other = ("".join(p(textbox(p(t), p(t))) for t in sentences(count, 4, seed)) for seed in (1, 2))
    return Hostile(docx(one), docx(other))
