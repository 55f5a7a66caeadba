"""Accepting and rejecting: one small document for each rule of ECMA-376-1, 17.13.5."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redline.comparer.compare import compare
from redline.opc.package import Package
from redline.resolver.resolve import REVISIONS, accept, reject, resolve_tree
from redline.verifier.verify import verify
from tests.redline import builders
from tests.redline.wml import (
    WHO,
    body,
    cell,
    control,
    deleted,
    inserted,
    outline,
    paragraph,
    revised,
    row,
    run,
    table,
)

GRID = table(row(cell(paragraph("in"))))
IN_GRID = "in¶]/"


def maths(text: str) -> str:
    return f"<m:r><m:t>{text}</m:t></m:r>"


def fraction(mark: str) -> str:
    marked = f"<m:fPr><m:ctrlPr><w:{mark} {WHO}><w:rPr/></w:{mark}></m:ctrlPr></m:fPr>"
    return f"<m:f>{marked}<m:num>{maths('p')}</m:num><m:den>{maths('q')}</m:den></m:f>"


def box(content: str) -> str:
    inside = f"<v:textbox><w:txbxContent>{content}</w:txbxContent></v:textbox>"
    return f"<w:r><w:pict><v:shape>{inside}</v:shape></w:pict></w:r>"


def xml_range(kind: str, number: int, content: str) -> str:
    tag = f"w:customXml{kind}Range"
    return f'<{tag}Start w:id="{number}" {WHO}/>{content}<{tag}End w:id="{number}"/>'


RULES = {  # name: (section of ECMA-376-1, blocks, outline once accepted, outline once rejected)
    "inserted run": ("17.13.5.18", paragraph("one ", inserted("two")), "one two¶", "one ¶"),
    "deleted run": ("17.13.5.14", paragraph("one ", deleted("two")), "one ¶", "one two¶"),
    "deletion of an insertion": (
        "17.13.5.14",
        paragraph("one ", revised("ins", deleted("two"))),
        "one ¶",
        "one ¶",
    ),
    "insertion in a deletion": ("17.13.5.14", paragraph("one ", revised("del", inserted("two"))), "one ¶", "one ¶"),
    "moved run": (
        "17.13.5.22, .25",
        paragraph(revised("moveFrom", run("m")), "stays", revised("moveTo", run("m"))),
        "staysm¶",
        "mstays¶",
    ),
    "moved paragraph": (
        "17.13.5.21, .26",
        paragraph(revised("moveFrom", run("m")), mark="moveFrom")
        + paragraph("stays")
        + paragraph(revised("moveTo", run("m")), mark="moveTo")
        + paragraph("end"),
        "stays¶m¶end¶",
        "m¶stays¶end¶",
    ),
    "deleted mark joins": ("17.13.5.15", paragraph("one", mark="del") + paragraph("two"), "onetwo¶", "one¶two¶"),
    "inserted mark splits": ("17.13.5.20", paragraph("one", mark="ins") + paragraph("two"), "one¶two¶", "onetwo¶"),
    "deleted paragraph": (
        "17.13.5.15",
        paragraph(deleted("one"), mark="del") + paragraph("two"),
        "two¶",
        "one¶two¶",
    ),
    "inserted paragraph": (
        "17.13.5.20",
        paragraph(inserted("one"), mark="ins") + paragraph("two"),
        "one¶two¶",
        "two¶",
    ),
    "chain of deleted marks": (
        "17.13.5.15",
        paragraph("1", mark="del")
        + paragraph("2", deleted("x"), mark="del")
        + paragraph("3", mark="del")
        + paragraph("4"),
        "1234¶",
        "1¶2x¶3¶4¶",
    ),
    "text goes, mark stays": ("17.13.5.14", paragraph(deleted("one")) + paragraph("two"), "¶two¶", "one¶two¶"),
    "mark inserted and deleted": (
        "17.13.5.15, .20",
        paragraph("one", mark="ins del") + paragraph("two"),
        "onetwo¶",
        "onetwo¶",
    ),
    "last mark of the body stays": (
        "17.13.5.15",
        paragraph("one") + paragraph(deleted("two"), mark="del"),
        "one¶¶",
        "one¶two¶",
    ),
    "last inserted mark of the body stays": (
        "17.13.5.20",
        paragraph("one") + paragraph(inserted("two"), mark="ins"),
        "one¶two¶",
        "one¶¶",
    ),
    "last mark of a cell stays": (
        "17.13.5.15, 17.4.65",
        table(row(cell(paragraph("one"), paragraph(deleted("two"), mark="del")))),
        "one¶¶]/",
        "one¶two¶]/",
    ),
    "marks do not join over cells": (
        "17.13.5.15",
        table(row(cell(paragraph("one", mark="del")), cell(paragraph("two")))),
        "one¶]two¶]/",
        "one¶]two¶]/",
    ),
    "emptied paragraph before a table goes": (
        "17.13.5.15",
        paragraph(deleted("one"), mark="del") + GRID,
        IN_GRID,
        f"one¶{IN_GRID}",
    ),
    "run without content is no content": (
        "17.13.5.15",
        paragraph(deleted("one"), "<w:r><w:rPr><w:b/></w:rPr></w:r>", mark="del") + GRID,
        IN_GRID,
        f"one¶{IN_GRID}",
    ),
    "text before a table stays": (
        "17.13.5.15",
        paragraph("one", mark="del") + GRID,
        f"one¶{IN_GRID}",
        f"one¶{IN_GRID}",
    ),
    "joins out of a content control": (
        "17.13.5.15, 17.5.2",
        control(paragraph("one", mark="del")) + paragraph("two"),
        "onetwo¶",
        "one¶two¶",
    ),
    "joins into a content control": (
        "17.13.5.15, 17.5.2",
        paragraph("one", mark="del") + control(paragraph("two")),
        "onetwo¶",
        "one¶two¶",
    ),
    "joins past an empty content control": (
        "17.13.5.15, 17.5.2",
        paragraph("one", mark="del") + control("") + paragraph("two"),
        "onetwo¶",
        "one¶two¶",
    ),
    "last mark of a text box stays": (
        "17.13.5.15, 17.17.1",
        paragraph("one", box(paragraph(deleted("b"), mark="del")), mark="del") + paragraph("two"),
        "one¶two¶",
        "oneb¶¶two¶",
    ),
    "inserted row": (
        "17.13.5.17",
        table(row(cell(paragraph("one"))), row(cell(paragraph("two")), mark="ins")),
        "one¶]/two¶]/",
        "one¶]/",
    ),
    "deleted row": (
        "17.13.5.12",
        table(row(cell(paragraph("one"))), row(cell(paragraph("two")), mark="del")),
        "one¶]/",
        "one¶]/two¶]/",
    ),
    "table without rows goes": (
        "17.13.5.12",
        paragraph("a") + table(row(cell(paragraph("t")), mark="del")) + paragraph("z"),
        "a¶z¶",
        "a¶t¶]/z¶",
    ),
    "row with deleted text stays": ("17.13.5.14", table(row(cell(paragraph(deleted("t"))))), "¶]/", "t¶]/"),
    "nested table goes with its row": (
        "17.13.5.12",
        table(row(cell(GRID, paragraph("x")), mark="del"), row(cell(paragraph("y")))),
        "y¶]/",
        f"{IN_GRID}x¶]/y¶]/",
    ),
    "nested row goes alone": (
        "17.13.5.12",
        table(row(cell(table(row(cell(paragraph("n")), mark="del")), paragraph("x")))),
        "x¶]/",
        "n¶]/x¶]/",
    ),
    "cell keeps a paragraph": (
        "17.4.65",
        table(row(cell(table(row(cell(paragraph("n")), mark="del"))))),
        "¶]/",
        "n¶]/]/",
    ),
    "inserted cell": (
        "17.13.5.2",
        table(row(cell(paragraph("one")), cell(paragraph("two"), mark="cellIns"))),
        "one¶]two¶]/",
        "one¶]/",
    ),
    "deleted cell": (
        "17.13.5.1",
        table(row(cell(paragraph("one")), cell(paragraph("two"), mark="cellDel"))),
        "one¶]/",
        "one¶]two¶]/",
    ),
    "row without cells goes": (
        "17.13.5.1",
        table(row(cell(paragraph("one"), mark="cellDel")), row(cell(paragraph("two")))),
        "two¶]/",
        "one¶]/two¶]/",
    ),
    "link text": (
        "17.16.22",
        paragraph("go ", f'<w:hyperlink w:anchor="x">{deleted("old")}{inserted("new")}</w:hyperlink>'),
        "go new¶",
        "go old¶",
    ),
    "field": (
        "17.13.5.13",
        paragraph("p. ", revised("del", "<w:r><w:delInstrText>PAGE</w:delInstrText></w:r>")),
        "p. ¶",
        "p. PAGE¶",
    ),
    "maths in an insertion": (
        "17.13.5.18",
        paragraph("= ", revised("ins", f"<m:oMath>{maths('x')}</m:oMath>")),
        "= x¶",
        "= ¶",
    ),
    "maths run in a deletion": (
        "17.13.5.14",
        paragraph(f"<m:oMath>{revised('del', maths('x'))}{maths('y')}</m:oMath>"),
        "y¶",
        "xy¶",
    ),
    "maths run deleted in its properties": (
        "17.13.5.13",
        paragraph(f"<m:oMath><m:r><w:del {WHO}><w:rPr/></w:del><m:t>x</m:t></m:r>{maths('y')}</m:oMath>"),
        "y¶",
        "xy¶",
    ),
    "maths run marked in its run properties": (
        "17.13.5.16",
        paragraph(f"<m:oMath><m:r><w:rPr><w:ins {WHO}/></w:rPr><m:t>x</m:t></m:r>{maths('y')}</m:oMath>"),
        "xy¶",
        "y¶",
    ),
    "deleted fraction bar": (
        "17.13.5.13",
        paragraph(f"<m:oMath>{maths('x')}{fraction('del')}</m:oMath>"),
        "x¶",
        "xpq¶",
    ),
    "inserted fraction bar": (
        "17.13.5.16",
        paragraph(f"<m:oMath>{maths('x')}{fraction('ins')}</m:oMath>"),
        "xpq¶",
        "x¶",
    ),
}


@pytest.mark.parametrize("name", RULES)
def test_rule(name: str) -> None:
    _, blocks, accepted, rejected = RULES[name]
    for accepting, expected in ((True, accepted), (False, rejected)):
        root = body(blocks)
        assert resolve_tree(root, accepting)
        assert outline(root) == expected
        assert next(root.iter(*REVISIONS), None) is None


WORDS = st.sampled_from(["alpha", "beta", "gamma"])
PIECES = st.tuples(st.sampled_from(["keep", "ins", "del"]), WORDS)
MARKED = st.tuples(st.lists(PIECES, max_size=4), st.sampled_from(["", "ins", "del"]))


@given(st.lists(MARKED, min_size=1, max_size=8))
def test_text_of_each_side_is_what_its_revisions_say(model: list[tuple[list[tuple[str, str]], str]]) -> None:
    """Characters never depend on how paragraphs are joined."""
    make: dict[str, Callable[[str], str]] = {"keep": run, "ins": inserted, "del": deleted}
    blocks = "".join(paragraph(*(make[kind](word) for kind, word in pieces), mark=mark) for pieces, mark in model)
    pieces = [piece for content, _ in model for piece in content]
    for way, gone in ((True, "del"), (False, "ins")):
        root = body(blocks + paragraph("end"))
        resolve_tree(root, way)
        text = outline(root)
        assert text.replace("¶", "") == "".join(word for kind, word in pieces if kind != gone) + "end"
        assert text.count("¶") == sum(mark != gone for _, mark in model) + 1


def test_a_header_goes_with_the_section_that_alone_refers_to_it() -> None:
    def one(*sections: str) -> bytes:
        body = "".join(builders.p(name, ppr=builders.section(header_default=name)) for name in sections)
        return builders.docx(
            body + builders.p("end"), headers={name: builders.p(f"Top of {name}") for name in sections}
        )

    before, after = one("first", "second", "third"), one("third")
    redline = compare(before, after).docx
    kept = {False: 3, True: 1}
    for accepted, resolved in ((False, reject(redline)), (True, accept(redline))):
        package = Package.open(resolved)
        assert len(package.related(package.main, "header")) == kept[accepted]
    assert verify(redline, before, after).ok
