import pytest
from hypothesis import given
from hypothesis import strategies as st

from redline import DocumentError, Paragraph, accept, compare, read_text
from redline.plain.markdown import markdown_to_docx
from redline.plain.text import text_to_docx
from schemas.changes import Story
from tests.redline.builders import field, footnote_ref, p, r, sdt, tbl, textbox, tr
from tests.redline.tracked import gone, moved, new, tracked


def texts(docx: bytes) -> list[str]:
    return [paragraph.text for paragraph in read_text(docx)]


def test_every_story_is_read_in_order_and_named() -> None:
    docx = tracked(
        p("Body", footnote_ref(2), " goes on.") + p(textbox(p("In a box")), "beside it"),
        header=p("Head"),
        footnotes=p("A note"),
    )
    assert read_text(docx) == (
        Paragraph("Body goes on.", Story.BODY),
        Paragraph("beside it", Story.BODY),
        Paragraph("In a box", Story.BODY),
        Paragraph("Head", Story.HEADER),
        Paragraph("A note", Story.FOOTNOTE),
    )


def test_cells_controls_fields_and_signs_are_text() -> None:
    body = tbl(tr("left", "right")) + sdt(p("controlled")) + p("page ", field("PAGE", "7"), r("a", xml="<w:tab/>"), "b")
    assert texts(tracked(body)) == ["left", "right", "controlled", "page 7a\tb"]


def test_headings_have_their_level() -> None:
    found = read_text(markdown_to_docx("# Title\n\nBody.\n\n## Section\n\nMore."))
    assert [(each.text, each.heading) for each in found] == [
        ("Title", 0),
        ("Body.", None),
        ("Section", 1),
        ("More.", None),
    ]


def test_tracked_changes_read_as_accepted() -> None:
    body = p("pay ", gone("12%"), new("18%"), " now") + moved("moveFrom", "m", "Gone.") + moved("moveTo", "m", "Here.")
    docx = tracked(body)
    assert texts(docx) == ["pay 18% now", "Here."] == texts(accept(docx))


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=("C",)), min_size=1)))
def test_plain_text_is_given_back(lines: list[str]) -> None:
    assert texts(text_to_docx("\n".join(lines))) == [line for line in lines if line.strip()]


def test_the_text_of_a_redline_is_that_of_its_after_document() -> None:
    before, after = text_to_docx("One two three.\nGoes.\nFour."), text_to_docx("One 2 three.\nFour.\nComes.")
    assert texts(compare(before, after).docx) == texts(after)


def test_what_is_no_document_is_refused() -> None:
    with pytest.raises(DocumentError, match="damaged"):
        read_text(text_to_docx("text")[:-100])
