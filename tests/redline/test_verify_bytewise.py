"""Revisions settled by the bytes of a block give what resolving its tree gives, or are left to the tree."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redline.ooxml import NS
from redline.verifier.items import Item, Itemizer
from redline.verifier.read import Version
from redline.verifier.resolve import Resolved, resolve_story
from redline.verifier.spelling import with_joined_runs
from tests.redline.wml import WHO, cell, control, deleted, docx, inserted, paragraph, part, revised, row, run, table

MAIN = "word/document.xml"
BOLD = "<w:b/>"


def changed(kind: str, was: str = "", now: str = "", tag: str = "") -> str:
    """Properties with a change of them."""
    old = f"<w:{tag or kind}>{was}</w:{tag or kind}>"
    return f'<w:{kind}>{now}<w:{kind}Change w:id="7" {WHO}>{old}</w:{kind}Change></w:{kind}>'


def linked(*content: str) -> str:
    return f'<w:hyperlink w:anchor="a">{"".join(content)}</w:hyperlink>'


def boxed(*blocks: str) -> str:
    inside = f"<w:txbxContent>{''.join(blocks)}</w:txbxContent>"
    return f"<w:r><w:drawing><wp:anchor>{inside}</wp:anchor></w:drawing></w:r>"


def mark(kind: str) -> str:
    return f'<w:{kind} w:id="9" {WHO}/>'


def moved(kind: str, text: str) -> str:
    start, end = (f'<w:{kind}Range{place} w:id="8" {WHO} w:name="m"/>' for place in ("Start", "End"))
    return start + revised(kind, run(text)) + end


COLUMN = "<w:gridCol/>"
MARK = f"<w:rPr>{mark('ins')}</w:rPr>"
SETTLED = {
    "words": paragraph("a", inserted("b"), deleted("c"), run("d", BOLD)),
    "words that moved": paragraph(moved("moveFrom", "a"), moved("moveTo", "b")),
    "field that is deleted": paragraph("a", revised("del", "<w:r><w:delInstrText>PAGE</w:delInstrText></w:r>")),
    "look": paragraph(f"<w:r>{changed('rPr', '<w:i/>', BOLD)}<w:t>a</w:t></w:r>"),
    "look where there was none": paragraph(f"<w:r>{changed('rPr', '', BOLD)}<w:t>a</w:t></w:r>"),
    "properties": f"<w:p>{changed('pPr', '<w:keepNext/>', '<w:jc/>')}{run('a')}</w:p>",
    "properties with a mark": f"<w:p>{changed('pPr', '', f'<w:jc/>{MARK}')}{run('a')}</w:p>",
    "section": f"<w:p><w:pPr>{changed('sectPr', '<w:cols/>', '<w:pgSz/>')}</w:pPr></w:p>",
    "mark that goes": paragraph("a", mark="ins"),
    "paragraph that goes": paragraph(inserted("a"), mark="ins"),
    "section that goes": paragraph(deleted("a"), mark="del", properties="").replace("</w:pPr>", "<w:sectPr/></w:pPr>"),
    "link that goes": paragraph("a", linked(deleted("b")), linked(inserted("c"), deleted("d"), run("e"))),
    "in a text box": paragraph(boxed(paragraph("a", inserted("b")))),
    "row": table(row(cell(paragraph(inserted("a"))), mark="ins"), row(cell(paragraph("b")))),
    "table that goes": table(row(cell(paragraph(deleted("a"), mark="del")), mark="del")),
    "marks in a cell": table(
        row(cell(paragraph("a", mark="ins"), paragraph(deleted("b"), mark="del"), paragraph(), paragraph("c")))
    ),
    "last mark of a cell": table(row(cell(paragraph("a", mark="del")), cell(paragraph(inserted("b"), mark="ins")))),
    "grid": table(row(cell(paragraph("a")))).replace(
        "<w:tblGrid/>",
        f'<w:tblGrid>{COLUMN}<w:tblGridChange w:id="1"><w:tblGrid>{COLUMN * 2}</w:tblGrid></w:tblGridChange>'
        "</w:tblGrid>",
    ),
    "table properties": table(row(cell(paragraph("a")))).replace(
        "<w:tblPr/>", changed("tblPr", "<w:jc/>", "<w:bidiVisual/>")
    ),
    "cell properties": table(f"<w:tr><w:tc>{changed('tcPr', '<w:noWrap/>')}{paragraph('a')}</w:tc></w:tr>"),
    "row properties": table(f"<w:tr>{changed('trPr', '<w:hidden/>')}{cell(paragraph('a'))}</w:tr>"),
    "empty": "<w:p/>",
    "text": paragraph("Change of control"),
}
LEFT_TO_THE_TREE = {
    "one in another": paragraph(revised("ins", deleted("a"))),
    "cells": table(row(cell(paragraph("a"), mark="cellIns"), cell(paragraph("b")))),
    "another name of the namespace": f'<w:p><x:ins xmlns:x="{NS["w"]}" {WHO}>{run("a")}</x:ins>{inserted("b")}</w:p>',
    "another name of the namespace alone": f'<w:p><x:ins xmlns:x="{NS["w"]}" {WHO}>{run("a")}</x:ins></w:p>',
    "another namespace of the name": paragraph(
        inserted("a"), f'<x:y xmlns:x="urn:x" xmlns:w="urn:w">{inserted("b")}</x:y>'
    ),
    "deleted text in nothing that is deleted": paragraph("<w:r><w:delText>t</w:delText></w:r>"),
    "custom XML": f"<w:customXml>{paragraph(inserted('a'))}</w:customXml>",
    "around blocks": revised("ins", paragraph("a")),
    "run in a cell": table(row(f"<w:tc>{run('a')}{deleted('b')}</w:tc>")),
    "mark of a run": paragraph(f"<w:r><w:rPr>{mark('ins')}</w:rPr><w:t>a</w:t></w:r>"),
    "mark of a numbering": paragraph("a", properties=f'<w:numPr><w:numId w:val="1"/>{mark("ins")}</w:numPr>'),
    "mark with content": f"<w:p><w:pPr><w:rPr>{revised('ins', BOLD)}</w:rPr></w:pPr>{run('a')}</w:p>",
    "mark that is deep": f"<w:p><w:pPr><w:x><w:rPr>{mark('ins')}</w:rPr></w:x></w:pPr>{run('a')}</w:p>",
    "mark in a text box": paragraph(boxed(paragraph("a", mark="ins"), paragraph("b"))),
    "two marks": paragraph("a", mark="ins del"),
    "revision of nothing": f"<w:p>{run('a')}{mark('ins')}</w:p>",
    "change that is misplaced": paragraph(f"<w:r>{changed('rPr', BOLD).replace('rPrChange', 'pPrChange')}</w:r>"),
    "change before other properties": paragraph(
        f"<w:r>{changed('rPr', '<w:i/>').replace('Change></w:rPr>', f'Change>{BOLD}</w:rPr>')}<w:t>a</w:t></w:r>"
    ),
    "change of a look with a mark": f"<w:p><w:pPr>{changed('rPr', BOLD, mark('ins'))}</w:pPr>{run('a')}</w:p>",
    "change that holds another thing": paragraph(f"<w:r>{changed('rPr', BOLD, tag='x')}<w:t>a</w:t></w:r>"),
    "maths": paragraph(f"<m:oMath>{revised('ins', '<m:r><m:t>a</m:t></m:r>')}</m:oMath>"),
    "table in a table": table(row(cell(table(row(cell(paragraph("a")), mark="ins")), paragraph("b")))),
    "tag that falls": paragraph("a", f"<w:smartTag>{deleted('b')}</w:smartTag>"),
    "tag around what is inserted": paragraph(f"<w:smartTag>{inserted('b')}</w:smartTag>"),
}
CONTROLS = {
    "control": control(paragraph("a", inserted("b"), mark="ins")),
    "control of a table": control(SETTLED["row"]),
}
ANY = {**SETTLED, **LEFT_TO_THE_TREE, **CONTROLS}


def by_bytes(*blocks: str, accept: bool) -> Resolved | None:
    """What the bytes tell; None when they do not."""
    story = Version(docx(*blocks), None).story(MAIN)
    resolved = resolve_story(story, accept, spent=True)
    return None if story.spent else resolved


def by_tree(*blocks: str, accept: bool) -> Resolved:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("redline.verifier.read.can_be_settled", lambda *args: False)
        return resolve_story(Version(docx(*blocks), None).story(MAIN), accept, spent=True)


def items(resolved: Resolved) -> list[list[Item]]:
    """The items of each block."""
    version = Version(docx(), None)
    return [Itemizer(version, lambda note: note).items([block]) for block in resolved.blocks.elements]


@pytest.mark.parametrize("accept", [True, False])
@pytest.mark.parametrize("name", SETTLED)
def test_what_is_usual_is_settled_as_its_tree_is(name: str, accept: bool) -> None:
    blocks = paragraph("before"), SETTLED[name], paragraph("after")
    settled, resolved = by_bytes(*blocks, accept=accept), by_tree(*blocks, accept=accept)
    assert settled is not None
    assert [*map(with_joined_runs, settled.blocks.chunks)] == [*map(with_joined_runs, resolved.blocks.chunks)]
    assert items(settled) == items(resolved)
    assert settled.gone == resolved.gone


@pytest.mark.parametrize("name", LEFT_TO_THE_TREE)
def test_what_is_not_that_simple_is_left_to_the_tree(name: str) -> None:
    blocks = paragraph("before"), LEFT_TO_THE_TREE[name], paragraph("after")
    assert any(by_bytes(*blocks, accept=accept) is None for accept in (True, False))


@given(st.lists(st.sampled_from(sorted(ANY)), min_size=1, max_size=5), st.booleans())
@settings(max_examples=150, deadline=None)
def test_blocks_in_any_order_are_settled_as_their_tree_is_or_not_at_all(names: list[str], accept: bool) -> None:
    blocks = [ANY[name] for name in names]
    settled, resolved = by_bytes(*blocks, accept=accept), by_tree(*blocks, accept=accept)
    if settled is not None:
        assert items(settled) == items(resolved)
        assert settled.gone == resolved.gone


def note_names(data: bytes, accept: bool) -> dict[bytes, bytes]:
    version = Version(data, None)
    version.story(MAIN)
    return version.note_names(accept)


@pytest.mark.parametrize("accept", [True, False])
@pytest.mark.parametrize("name", ["words", "look", "link that goes", "mark that goes", "one in another", "cells"])
def test_notes_with_revisions_are_named_as_their_trees_would_be(name: str, accept: bool) -> None:
    notes = f'<w:footnote w:id="1">{ANY[name]}{paragraph("b")}</w:footnote><w:footnote w:id="2"><w:p/></w:footnote>'
    references = [f'<w:r><w:footnoteReference w:id="{number}"/></w:r>' for number in (1, 2)]
    data = docx(paragraph("a", *references), parts={"footnotes.xml": part("footnotes", notes)})
    names = note_names(data, accept)
    assert len(names) == 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("redline.verifier.read.can_be_settled", lambda *args: False)
        assert names == note_names(data, accept)


PIECES = st.sampled_from(
    [
        *(run("a"), run("b", BOLD), inserted("c"), deleted("d"), "<w:r/>", "<w:r><w:tab/></w:r>", "\n "),
        *(
            linked(deleted("e")),
            linked(run("f"), inserted("g")),
            linked(),
            moved("moveTo", "h"),
            moved("moveFrom", "i"),
        ),
        f"<w:r>{changed('rPr', BOLD)}<w:t>j</w:t></w:r>",
        revised("ins", f"<w:r>{changed('rPr', BOLD, '<w:i/>')}<w:t>k</w:t></w:r>"),
        revised("del", boxed(paragraph("l"))),
        boxed(paragraph(deleted("m")), paragraph("n")),
        boxed(table(row(cell(paragraph("o")), mark="del")), "<w:p/>"),
        mark("ins"),
        revised("del", ""),
        revised("ins", deleted("p")),
        control(inserted("q")),
        f"<w:fldSimple w:instr='PAGE'>{deleted('r')}</w:fldSimple>",
        f"<m:oMath>{deleted('s')}</m:oMath>",
        "<w:r><w:delText>t</w:delText></w:r>",
    ]
)
PROPERTIES = st.sampled_from(
    [
        "",
        "<w:pPr/>",
        *(f"<w:pPr><w:rPr>{mark(kind)}{BOLD}</w:rPr></w:pPr>" for kind in ("ins", "del", "moveFrom", "moveTo")),
        f"<w:pPr><w:jc/>{MARK}<w:sectPr/></w:pPr>",
        f"<w:pPr><w:rPr>{mark('del')}</w:rPr><w:sectPr/></w:pPr>",
        changed("pPr", "<w:jc/>"),
        changed("pPr", "<w:jc/>", MARK),
        changed("pPr", "", f"<w:jc/><w:rPr>{mark('del')}</w:rPr>"),
        f"<w:pPr>{changed('rPr', BOLD)}</w:pPr>",
        "<w:pPr><w:sectPr/></w:pPr>",
    ]
)
PARAGRAPHS = st.builds(
    lambda ppr, pieces: f"<w:p>{ppr}{''.join(pieces)}</w:p>", PROPERTIES, st.lists(PIECES, max_size=4)
)
CELLS = st.lists(PARAGRAPHS, min_size=1, max_size=3).map(lambda blocks: cell(*blocks))
ROWS = st.builds(
    lambda cells, kind: row(*cells, mark=kind),
    st.lists(CELLS, min_size=1, max_size=2),
    st.sampled_from(["", "", "ins", "del"]),
)
TABLES = st.lists(ROWS, min_size=1, max_size=3).map(lambda rows: table(*rows))
BLOCKS = st.lists(st.one_of(PARAGRAPHS, PARAGRAPHS, TABLES), min_size=1, max_size=4)


@given(BLOCKS, st.booleans())
@settings(max_examples=300, deadline=None)
def test_any_blocks_are_settled_as_their_tree_is_or_not_at_all(blocks: list[str], accept: bool) -> None:
    blocks = [*blocks, paragraph("end")]
    settled, resolved = by_bytes(*blocks, accept=accept), by_tree(*blocks, accept=accept)
    if settled is not None:
        assert items(settled) == items(resolved)
        assert settled.gone == resolved.gone
