"""Inputs that are written in ways one may not expect, and what a redline carries beside its tracked changes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from redline import CompareOptions, compare, render_html, verify
from redline.ooxml import WP, W
from redline.opc.package import Package

from .builders import PNG, docx, footnote_ref, image, p, r, section, tbl, tc, tr
from .judging import DATE, deleted, inserted, redlined, root

OPTIONS = CompareOptions(date=DATE)


def test_changes_and_summary_come_with_the_redline() -> None:
    redline = redlined(p("pays 12%"), p("pays 18%"))
    assert [(c.before, c.after) for c in redline.changes] == [("12%", "18%")]
    assert redline.summary.replacements == 1
    assert redline.summary.revisions == 2


def test_unchanged_parts_are_copied_raw() -> None:
    before, after = docx(p("one"), footnotes={2: p("n")}), docx(p("two"), footnotes={2: p("n")})
    result = Package.open(redlined(before, after).docx)
    assert result.raw_equal(Package.open(after), "word/footnotes.xml")
    assert result.tree(result.main).tag == W + "document"


def test_bookmark_in_the_codes_of_a_field_stays() -> None:
    begin, mark = '<w:fldChar w:fldCharType="begin"/>', '<w:bookmarkStart w:id="1" w:name="Check1"/>'
    rest = r(xml="<w:instrText> FORMCHECKBOX </w:instrText>") + r(xml='<w:fldChar w:fldCharType="end"/>')
    before, after = (docx(p(r(xml=begin) + mark + rest, '<w:bookmarkEnd w:id="1"/>', x)) for x in ("old", "new"))
    redline = redlined(before, after)
    assert [mark.get(f"{W}name") for mark in root(redline.docx).iter(f"{W}bookmarkStart")] == ["Check1"]


@pytest.mark.parametrize("sides", [("", section()), (section(), "")])
def test_the_last_section_may_go_without_saying(sides: tuple[str, str]) -> None:
    before, after = (docx(p("The same words."), sect=sect) for sect in sides)
    assert not deleted(redlined(before, after).docx)


def test_comments_in_the_xml_say_nothing() -> None:
    before = docx(p(r(xml="<w:t>one<!-- no --> two</w:t>")) + "<?tool x?>")
    after = docx(p("one two"))
    redline = compare(before, after, OPTIONS)
    assert not redline.changes
    assert verify(redline.docx, before, after).ok


def test_comments_among_the_properties_of_a_style_say_nothing() -> None:
    defaults = "<w:docDefaults><w:pPrDefault><w:pPr>%s<w:keepNext/></w:pPr></w:pPrDefault></w:docDefaults>"
    before, after = (docx(p("one"), styles=defaults % remark) for remark in ("", "<!-- no -->"))
    assert not redlined(before, after).coverage.not_tracked


@pytest.mark.parametrize("spelling", [lambda xml: xml.replace('"', "'").encode(), lambda xml: xml.encode("utf-16")])
def test_revisions_are_settled_however_the_xml_is_spelled(spelling: Callable[[str], bytes]) -> None:
    tracked = p("kept", '<w:ins w:id="7" w:author="X">' + r(" came") + "</w:ins>")
    package = Package.open(docx(tracked))
    xml = package.read(package.main).decode().replace(' encoding="UTF-8"', "")
    package.set_bytes(package.main, spelling(xml))
    before, after = package.save(), docx(p("kept went"))
    redline = redlined(before, after)
    assert (deleted(redline.docx), inserted(redline.docx)) == (["came"], ["went"])
    redline = redlined(after, before)
    assert (deleted(redline.docx), inserted(redline.docx)) == (["went"], ["came"])


def test_names_of_parts_differ_in_more_than_case() -> None:
    before, after = (docx(p(image("rIdI")), images={"rIdI": PNG + tail}) for tail in (b"1", b"2"))
    package = Package.open(after)
    package.set_bytes("word/media/image1.PNG", package.read("word/media/image1.png"))
    package.remove("word/media/image1.png")
    rels = package.read("word/_rels/document.xml.rels")
    package.set_bytes("word/_rels/document.xml.rels", rels.replace(b"image1.png", b"image1.PNG"))
    redlined(before, package.save())


HUGE = "9" * 5000


def test_numbers_that_are_none_do_no_harm() -> None:
    numbered = f'<w:numPr><w:ilvl w:val="{HUGE}"/><w:numId w:val="²"/></w:numPr><w:outlineLvl w:val="{HUGE}"/>'
    revised = f'<w:ins w:id="{HUGE}" w:author="X"><w:r><w:t>came</w:t></w:r></w:ins>'
    before = docx(p("one two", footnote_ref(2), ppr=numbered), footnotes={2: p("n")})
    body = p("one", ppr=numbered) + tbl(tr(tc("x", tcpr=f'<w:gridSpan w:val="{HUGE}"/>'))) + p(revised)
    after = docx(body, footnotes={2: p("n")})
    package = Package.open(after)
    notes = package.read("word/footnotes.xml").replace(b'w:id="2"', b'w:id="two"')
    package.set_bytes("word/footnotes.xml", notes)
    after = package.save()
    redline = compare(before, after, OPTIONS)
    assert verify(redline.docx, before, after).ok
    assert redline.changes
    assert render_html(after)


def test_ids_of_drawings_are_new_also_where_a_redline_is_compared() -> None:
    pictures = {"rIdI": PNG}
    first, second = docx(p("a ", image("rIdI")), images=pictures), docx(p("a "), images=pictures)
    tracked = compare(first, second, OPTIONS).docx
    options = CompareOptions(date=DATE, existing_revisions="reject")
    redline = compare(docx(p("b ", image("rIdI", 200), image("rIdI", 300, 2)), images=pictures), tracked, options)
    ids = [drawing.get("id") for drawing in root(redline.docx).iter(f"{WP}docPr")]
    assert len(ids) == len(set(ids)) == 3
