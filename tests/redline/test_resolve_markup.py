"""Accepting and rejecting: properties, ranges and wrappers, and the parts of a package (ECMA-376-1, 17.13.5)."""

from __future__ import annotations

from unittest.mock import Mock

import pytest
from lxml import etree

from redline.ooxml import W
from redline.opc.package import Package
from redline.resolver import marks
from redline.resolver.resolve import accept, reject, resolve_tree
from redline.validator.validate import validate
from tests.redline.wml import (
    SEPARATORS,
    WHO,
    body,
    cell,
    control,
    deleted,
    docx,
    inserted,
    outline,
    paragraph,
    part,
    revised,
    row,
    run,
    table,
)


def changed(name: str, now: str, before: str) -> str:
    """A property container and what it was."""
    return f"<w:{name}>{now}<w:{name}Change {WHO}><w:{name}>{before}</w:{name}></w:{name}Change></w:{name}>"


def tracked_control(kind: str, content: str) -> str:
    """A content control whose two tags are tracked, as Word writes it: a range around each of them."""
    opening, closing = (f"w:customXml{kind}Range{end}" for end in ("Start", "End"))
    return (
        f'<{opening} w:id="71"/><w:sdt><w:sdtPr/><w:sdtContent><{closing} w:id="71"/>{content}'
        f'<{opening} w:id="72"/></w:sdtContent></w:sdt><{closing} w:id="72"/>'
    )


def resolved(blocks: str, accepting: bool) -> etree._Element:
    root = body(blocks)
    resolve_tree(root, accepting)
    return root


def tags(root: etree._Element, of: str) -> list[str]:
    """Local names and values of the children of each element named `of`."""
    return [f"{child.tag.partition('}')[2]}={child.get(f'{W}val', '')}" for e in root.iter(f"{W}{of}") for child in e]


def one_cell(properties: str) -> str:
    return f"<w:tbl><w:tr><w:tc>{properties}<w:p/></w:tc></w:tr></w:tbl>"


SECTION_HEADER = '<w:headerReference r:id="a" w:type="default"/>'
PROPERTY_RULES = {  # name: (section, blocks, container, what it holds once accepted, once rejected)
    "run": (
        "17.13.5.31",
        f"<w:p><w:r>{changed('rPr', '<w:b/>', '<w:i/>')}<w:t>x</w:t></w:r></w:p>",
        "rPr",
        ["b="],
        ["i="],
    ),
    "run that had none": (
        "17.13.5.31",
        f"<w:p><w:r>{changed('rPr', '<w:b/>', '')}<w:t>x</w:t></w:r></w:p>",
        "rPr",
        ["b="],
        [],
    ),
    "paragraph mark": (
        "17.13.5.30",
        f"<w:p><w:pPr>{changed('rPr', '<w:b/>', f'<w:ins {WHO}/><w:i/>')}</w:pPr></w:p>",
        "rPr",
        ["b="],
        ["i="],
    ),
    "paragraph": (
        "17.13.5.29",
        f"<w:p>{changed('pPr', '<w:jc/><w:rPr><w:b/></w:rPr>', '<w:keepNext/><w:bidi/>')}</w:p>",
        "pPr",
        ["jc=", "rPr="],
        ["keepNext=", "bidi=", "rPr="],
    ),
    "numbering": (
        "17.13.5.19",
        paragraph("x", properties=f'<w:jc w:val="left"/><w:numPr><w:numId w:val="3"/><w:ins {WHO}/></w:numPr>'),
        "pPr",
        ["jc=left", "numPr="],
        ["jc=left"],
    ),
    "section": (
        "17.13.5.32",
        paragraph(properties=changed("sectPr", f"{SECTION_HEADER}<w:titlePg/>", "<w:bidi/>")),
        "sectPr",
        ["headerReference=", "titlePg="],
        ["headerReference=", "bidi="],
    ),
    "table": ("17.13.5.34", f"<w:tbl>{changed('tblPr', '<w:jc/>', '<w:shd/>')}</w:tbl>", "tblPr", ["jc="], ["shd="]),
    "table exception": (
        "17.13.5.35",
        f"<w:tbl><w:tr>{changed('tblPrEx', '<w:jc/>', '')}<w:tc/></w:tr></w:tbl>",
        "tblPrEx",
        ["jc="],
        [],
    ),
    "row": (
        "17.13.5.37",
        f"<w:tbl><w:tr>{changed('trPr', '<w:cantSplit/>', '<w:tblHeader/>')}<w:tc/></w:tr></w:tbl>",
        "trPr",
        ["cantSplit="],
        ["tblHeader="],
    ),
    "cell": ("17.13.5.36", one_cell(changed("tcPr", "<w:noWrap/>", "<w:vAlign/>")), "tcPr", ["noWrap="], ["vAlign="]),
    "grid": (
        "17.13.5.33",
        f"<w:tbl>{changed('tblGrid', '<w:gridCol/><w:gridCol/>', '<w:gridCol/>')}</w:tbl>",
        "tblGrid",
        ["gridCol=", "gridCol="],
        ["gridCol="],
    ),
    "merged cell": (
        "17.13.5.3",
        one_cell(f'<w:tcPr><w:cellMerge {WHO} w:vMerge="rest"/><w:vAlign/></w:tcPr>'),
        "tcPr",
        ["vMerge=restart", "vAlign="],
        ["vAlign="],
    ),
    "split cell": (
        "17.13.5.3",
        one_cell(f'<w:tcPr><w:vAlign/><w:cellMerge {WHO} w:vMergeOrig="cont"/></w:tcPr>'),
        "tcPr",
        ["vAlign="],
        ["vMerge=", "vAlign="],
    ),
}


@pytest.mark.parametrize("name", PROPERTY_RULES)
def test_property_change(name: str) -> None:
    _, blocks, container, accepted, rejected = PROPERTY_RULES[name]
    assert tags(resolved(blocks, True), container) == accepted
    assert tags(resolved(blocks, False), container) == rejected


def test_move_range_markers_go_both_ways() -> None:  # 17.13.5.23, .24, .27, .28
    blocks = paragraph(
        f'<w:moveFromRangeStart w:id="1" w:name="m" {WHO}/>',
        revised("moveFrom", run("x")),
        '<w:moveFromRangeEnd w:id="1"/>',
    )
    assert [outline(resolved(blocks, way)) for way in (True, False)] == ["¶", "x¶"]
    assert not list(resolved(blocks, True).iter(f"{W}moveFromRangeStart", f"{W}moveFromRangeEnd"))


@pytest.mark.parametrize(
    ("kind", "controls"), [("Ins", (1, 0)), ("MoveTo", (1, 0)), ("Del", (0, 1)), ("MoveFrom", (0, 1))]
)
def test_tracked_content_control(kind: str, controls: tuple[int, int]) -> None:  # 17.13.5.4 to .11
    trees = [resolved(paragraph(tracked_control(kind, run("kept"))), way) for way in (True, False)]
    assert tuple(len(list(tree.iter(f"{W}sdt"))) for tree in trees) == controls
    assert [outline(tree) for tree in trees] == ["kept¶", "kept¶"]


BOOKMARK = '<w:bookmarkStart w:id="1" w:name="n"/>'
BOOKMARK_END = '<w:bookmarkEnd w:id="1"/>'


def test_range_marker_whose_partner_stays_is_kept() -> None:  # 17.13.6: bookmarks stay paired
    root = resolved(paragraph(BOOKMARK, revised("del", run("x", tag="delText") + BOOKMARK_END)), True)
    assert len(list(root.iter(f"{W}bookmarkStart"))) == len(list(root.iter(f"{W}bookmarkEnd"))) == 1


def test_range_within_a_deletion_goes_with_it() -> None:  # 17.13.6
    blocks = paragraph(revised("del", BOOKMARK + run("x", tag="delText") + BOOKMARK_END))
    assert not list(resolved(blocks, True).iter(f"{W}bookmarkStart", f"{W}bookmarkEnd"))


def test_joined_paragraph_has_the_properties_of_the_mark_that_stays() -> None:  # 17.13.5.15
    blocks = paragraph("a", mark="del", properties='<w:jc w:val="left"/>') + paragraph(
        "b", properties='<w:jc w:val="right"/>'
    )
    assert tags(resolved(blocks, True), "pPr") == ["jc=right"]


def test_section_hands_on_its_headers() -> None:  # 17.10.1, 17.6.18
    first = '<w:headerReference w:type="default" r:id="one"/><w:footerReference w:type="default" r:id="f"/>'
    blocks = paragraph("a", mark="del", properties=f"<w:sectPr>{first}</w:sectPr>") + paragraph("b")
    root = body(blocks, section='<w:headerReference w:type="default" r:id="two"/>')
    resolve_tree(root, True)
    references = [e.values()[-1] for e in root.iter(f"{W}headerReference", f"{W}footerReference")]
    assert references == ["f", "two"]


def section(*kinds: str, gone: bool = True) -> str:
    headers = "".join(f'<w:headerReference w:type="{kind}" r:id="{kind}-{len(kinds)}"/>' for kind in kinds)
    return paragraph("a", mark="del" if gone else "", properties=f"<w:sectPr>{headers}</w:sectPr>")


def test_sections_that_go_hand_on_the_headers_of_the_nearest_each() -> None:  # 17.10.1
    blocks = section("default", "first", "even") + section("default", "even") + paragraph("b") + section("default")
    root = body(blocks + paragraph("c") + section("even", gone=False) + section(gone=False))
    resolve_tree(root, True)
    references = [[e.values()[-1] for e in s.iter(f"{W}headerReference")] for s in root.iter(f"{W}sectPr")]
    assert references == [["first-3", "default-1", "even-1"], [], []]


def test_each_section_is_looked_at_once_however_many_go(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at = Mock(side_effect=marks._is_current)
    monkeypatch.setattr(marks, "_is_current", looked_at)
    resolve_tree(body((section("default") + paragraph("b")) * 50), True)
    assert looked_at.call_count == 51


def test_paragraphs_join_over_what_stands_between_them_one_and_all() -> None:  # 17.13.5.15
    between = BOOKMARK + BOOKMARK_END
    blocks = paragraph("a", mark="del") + between + control(paragraph("b", mark="del")) + between
    root = resolved(blocks * 3 + paragraph("c"), True)
    assert outline(root) == "abababc¶"
    assert not list(root.iter(f"{W}sdt"))
    assert len(list(root.iter(f"{W}bookmarkStart"))) == 6


def test_emptied_link_goes() -> None:  # 17.16.22
    blocks = paragraph("a", f'<w:hyperlink w:anchor="x">{deleted("b")}</w:hyperlink>')
    assert not list(resolved(blocks, True).iter(f"{W}hyperlink"))
    assert len(list(resolved(blocks, False).iter(f"{W}hyperlink"))) == 1


def test_emptied_block_control_goes_and_an_inline_one_stays() -> None:  # 17.5.2
    blocks = control(paragraph(deleted("x"), mark="del")) + paragraph("y", control(deleted("z")))
    assert len(list(resolved(blocks, True).iter(f"{W}sdt"))) == 1


def test_no_revision_changes_nothing() -> None:
    root = body(paragraph("x"), table(row(cell(paragraph("y")))))
    before = etree.tostring(root)
    assert not resolve_tree(root, True)
    assert etree.tostring(root) == before


def test_all_stories_are_resolved() -> None:
    tracked = paragraph("kept", inserted("new"), deleted("old"))
    data = docx(
        paragraph("x", '<w:r><w:footnoteReference w:id="1"/></w:r>'),
        section='<w:headerReference w:type="default" r:id="rId-header1"/>',
        parts={
            "header1.xml": part("hdr", tracked),
            "footer1.xml": part("ftr", tracked),
            "comments.xml": part("comments", f'<w:comment w:id="5" {WHO}>{tracked}</w:comment>'),
            "footnotes.xml": part("footnotes", f'{SEPARATORS}<w:footnote w:id="1">{tracked}</w:footnote>'),
        },
    )
    for package, text in ((Package.open(accept(data)), "keptnew¶"), (Package.open(reject(data)), "keptold¶")):
        for name in ("header1", "footer1", "comments", "footnotes"):
            assert outline(package.tree(f"word/{name}.xml")).endswith(text)


def test_deleted_note_picture_and_comment_are_gone_from_the_package() -> None:
    drawing = '<w:r><w:drawing><a:blip r:embed="rId-image1"/></w:drawing></w:r>'
    comment = '<w:r><w:commentReference w:id="5"/></w:r>'
    data = docx(
        paragraph(
            "x",
            '<w:commentRangeStart w:id="5"/>',
            revised("del", f'<w:r><w:footnoteReference w:id="1"/></w:r>{drawing}{comment}'),
        ),
        parts={
            "footnotes.xml": part("footnotes", f'{SEPARATORS}<w:footnote w:id="1">{paragraph("n")}</w:footnote>'),
            "comments.xml": part("comments", f'<w:comment w:id="5" {WHO}>{paragraph("c")}</w:comment>'),
            "media/image1.png": b"\x89PNG",
        },
    )
    accepted, rejected = Package.open(accept(data)), Package.open(reject(data))
    assert outline(accepted.tree("word/footnotes.xml")) == "¶¶"
    assert outline(rejected.tree("word/footnotes.xml")) == "¶¶n¶"
    assert "word/media/image1.png" not in accepted
    assert "word/media/image1.png" in rejected
    assert outline(accepted.tree("word/comments.xml")) == ""
    assert not list(accepted.tree("word/document.xml").iter(f"{W}commentRangeStart"))


def test_what_is_told_of_a_deleted_comment_is_gone_too() -> None:
    def comment(number: int) -> str:
        return f'<w:comment w:id="{number}" {WHO}><w:p w14:paraId="1000000{number}"/></w:comment>'

    said = (
        '<w15:commentEx w15:paraId="10000001"/><w15:commentEx w15:paraId="10000002" w15:paraIdParent="10000001"/>'
        '<w15:commentEx w15:paraId="10000003" w15:paraIdParent="10000002" w15:done="1"/>'
    )
    refs = [f'<w:r><w:commentReference w:id="{number}"/></w:r>' for number in (1, 2, 3)]
    ids = "".join(f'<w15:id w15:paraId="1000000{n}" w15:durableId="B{n}"/>' for n in (1, 2, 3))
    data = docx(
        paragraph("x", revised("del", refs[0]), revised("del", refs[1], 9002), refs[2]),
        parts={
            "comments.xml": part("comments", comment(1) + comment(2) + comment(3)),
            "commentsExtended.xml": part("commentsEx", said),
            "commentsIds.xml": part("commentsIds", ids),
            "commentsExtensible.xml": part("more", "".join(f'<w15:at w15:durableId="B{n}"/>' for n in (1, 2, 3))),
        },
    )
    left = Package.open(accept(data))
    told = [
        [sorted(e.attrib.values()) for e in left.tree(f"word/comments{kind}.xml")]
        for kind in ("Extended", "Ids", "Extensible")
    ]
    assert told == [[["1", "10000003"]], [["10000003", "B3"]], [["B3"]]]
    assert not validate(accept(data))
    assert Package.open(reject(data)).raw_equal(Package.open(data), "word/commentsExtended.xml")


def test_untouched_package_is_equal_part_by_part() -> None:
    data = docx(paragraph("x"), parts={"media/image1.png": b"\x89PNG"})
    package, accepted = Package.open(data), Package.open(accept(data))
    assert package.names == accepted.names
    assert all(package.raw_equal(accepted, name) for name in package.names)


def test_definitions_of_styles_are_resolved() -> None:
    style = (
        f'<w:style w:type="table" w:styleId="S">{changed("pPr", "<w:keepNext/>", "<w:keepLines/>")}'
        f"{changed('rPr', '', '<w:i/>')}<w:tblPr/></w:style>"
        f'<w:style w:styleId="T">{changed("rPr", "<w:b/>", "")}</w:style>'
    )
    document = docx(paragraph("x"), parts={"styles.xml": part("styles", style)})
    accepted, rejected = (Package.open(resolve(document)).tree("word/styles.xml") for resolve in (accept, reject))
    assert [[etree.QName(child).localname for child in style] for style in accepted] == [["pPr", "tblPr"], ["rPr"]]
    assert [[etree.QName(child).localname for child in style] for style in rejected] == [["pPr", "rPr", "tblPr"], []]
    assert (tags(accepted, "pPr"), tags(accepted, "rPr")) == (["keepNext="], ["b="])
    assert (tags(rejected, "pPr"), tags(rejected, "rPr")) == (["keepLines="], ["i="])
