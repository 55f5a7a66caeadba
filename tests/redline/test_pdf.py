"""The PDF: both versions can be read in it, and what one reader cannot lay out is an error with a code."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from pypdf import PdfReader

from redline import DocumentError, compare, render_pdf
from redline.opc.package import CONTENT_TYPES, Package
from runtime.demo.contract import documents

from .builders import docx, footnote_ref, p, r, tbl, tr
from .judges.samples import real_pairs


def text(pdf: bytes) -> str:
    """All text of a PDF, without the white space that a layout puts between it."""
    return "".join("".join(page.extract_text().split()) for page in PdfReader(io.BytesIO(pdf)).pages)


def shown(before: bytes, after: bytes) -> str:
    return text(render_pdf(compare(before, after).docx))


def test_what_went_and_what_came_are_both_shown() -> None:
    found = shown(docx(p("Pay within 30 days.")), docx(p("Pay within 45 working days.")))
    assert found == "Paywithin3045workingdays."


def test_tables_notes_and_headers_are_shown() -> None:
    before = docx(p("Text", footnote_ref(2)) + tbl(tr("Fee", "100")), footnotes={2: p("The old note.")})
    after = docx(p("Text", footnote_ref(2)) + tbl(tr("Fee", "200")), footnotes={2: p("The new note.")})
    found = shown(before, after)
    assert re.search("100.*200", found)
    assert "oldnew" in found


def test_a_contract_has_as_many_pages_as_it_should() -> None:
    pdf = render_pdf(compare(*documents()).docx)
    assert len(PdfReader(io.BytesIO(pdf)).pages) == 10


def test_a_main_part_that_only_a_default_declares() -> None:
    package = Package.open(docx(p("Declared by default.")))
    types = package.tree(CONTENT_TYPES)
    for override in [each for each in types if each.get("PartName", "").endswith("/document.xml")]:
        kind = override.get("ContentType", "")
        types.remove(override)
    next(each for each in types if each.get("Extension") == "xml").set("ContentType", kind)
    package.set_tree(CONTENT_TYPES, types)
    assert text(render_pdf(package.save())) == "Declaredbydefault."


def test_a_note_without_a_paragraph() -> None:
    assert "Text" in text(render_pdf(docx(p("Text", footnote_ref(2)), footnotes={2: ""})))


def test_how_a_text_was_cut_into_runs_makes_no_difference() -> None:
    look = "<w:b/>"
    cut = p(r("Pay", look), r(" within ", look), r("30 days", look), r(" of notice."))
    assert render_pdf(docx(cut)) == render_pdf(docx(p(r("Pay within 30 days", look), r(" of notice."))))


def test_white_space_that_word_does_not_show_is_not_shown() -> None:
    cut = p('<w:r><w:t>one </w:t></w:r><w:r><w:t xml:space="preserve"> two </w:t></w:r><w:r><w:t>\xa0three</w:t></w:r>')
    assert render_pdf(docx(cut)) == render_pdf(docx(p(r("one two \xa0three"))))


def test_runs_that_look_otherwise_stay_as_they_are() -> None:
    mixed = PdfReader(io.BytesIO(render_pdf(docx(p(r("plain"), r("bold", "<w:b/>"))))))
    assert len(mixed.pages[0]["/Resources"]["/Font"]) == 2


@pytest.mark.parametrize("damaged", [b"", b"no zip", docx(p("Text"))[:200]], ids=["empty", "text", "cut off"])
def test_what_is_no_document_is_refused(damaged: bytes) -> None:
    with pytest.raises(DocumentError):
        render_pdf(damaged)


def test_what_the_renderer_cannot_read_has_a_code() -> None:
    with pytest.raises(DocumentError) as caught:
        render_pdf(docx(p("Text", ppr='<w:spacing w:line="abc"/>')))
    assert caught.value.code == "not-rendered"


def test_real_redlines_are_rendered(corpus: Path) -> None:
    for sample in real_pairs(corpus, 24, largest=60_000):
        assert render_pdf(sample.redline).startswith(b"%PDF-"), sample.name
