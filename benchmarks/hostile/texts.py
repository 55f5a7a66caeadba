"""Plain text and Markdown."""

from __future__ import annotations

from benchmarks.hostile.kit import CASES, LARGEST_INPUT, Case, Hostile, case, sentences
from redline.options import CompareOptions, DocumentFormat


def written(before: str, after: str, kind: DocumentFormat) -> Hostile:
    return Hostile(before.encode(), after.encode(), CompareOptions(before_format=kind, after_format=kind))


@case(400_000)
def text_of_short_lines(count: int) -> Hostile:
    return written("\n".join(sentences(count, 2, 1)), "\n".join(sentences(count, 2, 2)), "text")


@case(2_500_000)
def text_of_blank_lines(count: int) -> Hostile:
    return written("a\n" * count, "b\n" * count, "text")


@case(700_000)
def text_of_one_line(count: int) -> Hostile:
    texts = sentences(2, count, 1)
    return written(texts[0], texts[1], "text")


def _enter_markdown(name: str, line: str) -> None:
    def make(count: int) -> Hostile:
        text = line * (count // len(line))
        return written(text, f"{text}\n\nend\n", "markdown")

    CASES[f"markdown-{name}"] = Case(make, LARGEST_INPUT)


for _name, _line in (
    ("backticks", "`" * 100 + "a "),
    ("brackets", "[" * 1000 + "\n\n"),
    ("links", "[a](b) "),
    ("open-links", "[a]("),
    ("emphasis", "*a **b "),
    ("stars", "*"),
    ("underscores", "a_"),
    ("html", "<a <b "),
    ("tables", "|a|b|c|\n"),
    ("lists", "- a\n"),
    ("headings", "# a\n"),
    ("entities", "&amp;&#35;"),
    ("rules", "---\n"),
    ("references", "[a]: b\n"),
    ("images", "!["),
    ("tildes", "~~a"),
):
    _enter_markdown(_name, _line)


@case(900)
def markdown_quotes_in_each_other(count: int) -> Hostile:
    return written((">" * 5_000 + "a\n") * count, (">" * 5_000 + "b\n") * count, "markdown")


@case(3_000)
def markdown_lists_in_each_other(count: int) -> Hostile:
    lines = "".join("  " * (i % 1_500) + "- a\n" for i in range(count))
    return written(lines, lines + "- b\n", "markdown")


@case(50_000)
def markdown_table_header(count: int) -> Hostile:
    line = "|a" * count + "|\n" + "|-" * count + "|\n" + "|x\n" * (count // 50)
    return written(line, line + "b", "markdown")
