"""What other readers need beyond what the standard asks for."""

from __future__ import annotations

from lxml import etree

from redline.ooxml import W

from .builders import docx, footnote_ref, p, r, textbox
from .judging import redlined, root


def ids(tree: etree._Element, *names: str) -> list[str]:
    return [element.get(f"{W}id", "") for element in tree.iter(*(W + name for name in names))]


def test_notes_stand_in_the_order_of_their_references() -> None:
    after = docx(p("A text", footnote_ref(1)), footnotes={1: p("The note that stays.")})
    before = docx(
        p("Gone entirely", footnote_ref(1)) + p("A text", footnote_ref(2)),
        footnotes={1: p("The note that goes."), 2: p("The note that stays.")},
    )
    result = redlined(before, after).docx
    notes = root(result, "word/footnotes.xml")
    assert ids(notes, "footnote")[:2] == ["-1", "0"]
    assert ids(notes, "footnote")[2:] == ids(root(result), "footnoteReference")


def test_a_note_reference_has_a_run_of_its_own() -> None:
    notes = {2: p("The note.")}
    before = docx(p("personal data"))
    after = docx(p("person", footnote_ref(2), "al data"), footnotes=notes)
    for reference in root(redlined(before, after).docx).iter(f"{W}footnoteReference"):
        assert [child.tag for child in reference.getparent()] == [f"{W}footnoteReference"]


def test_ranges_in_the_fallback_of_a_text_box_have_ids_of_their_own() -> None:
    start, end = '<w:bookmarkStart w:id="1" w:name="Here"/>', '<w:bookmarkEnd w:id="1"/>'
    before, after = (docx(p("By ", textbox(p(start, f"the {x} box", end), p(r("Next"))))) for x in ("old", "new"))
    tree = root(redlined(before, after).docx)
    starts = ids(tree, "bookmarkStart")
    assert len(set(starts)) == len(starts) == 2
    assert ids(tree, "bookmarkEnd") == starts
