"""References to nothing: they stay so, and never come to mean what the other document has under the same id."""

from __future__ import annotations

import pytest

from redline.ooxml import W
from redline.resolver.resolve import accept, reject

from .builders import PNG, docx, footnote_ref, image, link, p, r, tbl, tr
from .judging import parts, redlined, revisions, root
from .test_features_formatting import NUMBERING, STYLES, item

TEXT = "The Supplier shall deliver the Services."
STAYS = p("Stays here as it is")
WITHOUT_CLAUSE = STYLES.replace('"Clause"', '"Other"')
WITHOUT_TERM = STYLES.replace('"Term"', '"Other"')
GRID = '<w:style w:type="table" w:styleId="Grid"><w:name w:val="Grid"/></w:style>'
ROMAN = NUMBERING.replace("decimal", "upperRoman")
IN_TERM = p(r(TEXT, '<w:rStyle w:val="Term"/>'))
IN_GRID = tbl(tr("a", "b"), tblpr='<w:tblStyle w:val="Grid"/>')


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(
            docx(STAYS + p(TEXT, style="Clause"), styles=STYLES),
            docx(STAYS + p(TEXT, style="Clause"), styles=WITHOUT_CLAUSE),
            id="paragraph style",
        ),
        pytest.param(docx(STAYS + p(TEXT, style="Clause")), docx(STAYS, styles=STYLES), id="no styles at all"),
        pytest.param(docx(STAYS + IN_TERM, styles=STYLES), docx(STAYS + IN_TERM, styles=WITHOUT_TERM), id="run style"),
        pytest.param(
            docx(STAYS + IN_GRID, styles=STYLES), docx(STAYS + IN_GRID, styles=STYLES + GRID), id="table style"
        ),
        pytest.param(
            docx(STAYS + p(link("see this", rid="rId9"))),
            docx(STAYS + p(link("see this", rid="rId9")), links={"rId9": "https://example.org"}),
            id="link",
        ),
        pytest.param(
            docx(STAYS + p(*(link("see this", rid=f"rId{n}") for n in range(9)))),
            docx(STAYS + p(link("gone", rid="rIdX")), links={"rIdX": "https://example.org"}),
            id="links with the ids that come next",
        ),
        pytest.param(
            docx(STAYS + p(image("rId9"))), docx(STAYS + p(image("rId9")), images={"rId9": PNG}), id="picture"
        ),
        pytest.param(
            docx(STAYS + p(TEXT, footnote_ref(2)), footnotes={}),
            docx(p("With ", footnote_ref(2)) + STAYS, footnotes={2: p("A note")}),
            id="note",
        ),
        pytest.param(
            docx(STAYS + p(TEXT, footnote_ref(2))),
            docx(p("With ", footnote_ref(2)) + STAYS, footnotes={2: p("A note")}),
            id="no notes at all",
        ),
        pytest.param(
            docx(p("Of no list", ppr=item(0, 3)) + STAYS, numbering=ROMAN),
            docx(STAYS + p("Of a list", ppr=item(0, 1)), numbering=NUMBERING),
            id="list with the id that comes next",
        ),
        pytest.param(
            docx(p("Of no list", ppr=item(0, 1)) + STAYS), docx(STAYS, numbering=NUMBERING), id="no lists at all"
        ),
    ],
)
@pytest.mark.parametrize("swapped", [False, True], ids=["there", "back"])
def test_references_to_nothing(one: bytes, other: bytes, swapped: bool) -> None:
    before, after = (other, one) if swapped else (one, other)
    document = redlined(before, after).docx
    for resolved, original in ((reject(document), before), (accept(document), after)):
        assert _lists(resolved) == _lists(original)


def _lists(document: bytes) -> list[bool]:
    """For each paragraph of a list whether there is such a list."""
    name = "word/numbering.xml"
    known = {num.get(f"{W}numId") for num in root(document, name).iter(f"{W}num")} if name in parts(document) else ()
    return [use.get(f"{W}val") in known for use in root(document).iter(f"{W}numId")]


def test_a_style_that_only_one_side_has_changes_the_look_of_text_that_names_it_on_both() -> None:
    before = docx(p(TEXT, style="Clause") + STAYS, styles=STYLES)
    after = docx(p(TEXT, style="Clause") + STAYS, styles=WITHOUT_CLAUSE)
    assert revisions(redlined(before, after).docx) == {"pPrChange": 1}
    assert revisions(redlined(after, before).docx) == {"pPrChange": 1}


@pytest.mark.parametrize("base", ["Normal", "Term"], ids=["a base that is missing", "a base of another type"])
def test_a_style_that_comes_along_is_no_base_of_other_styles(base: str) -> None:
    brought = STYLES.replace('"Normal"/>', '"Normal"/><w:rPr><w:i/></w:rPr>')
    kept = f'<w:style w:type="paragraph" w:styleId="Own"><w:name w:val="Own"/><w:basedOn w:val="{base}"/></w:style>'
    before = docx(p(TEXT, style="Normal") + p(r(TEXT + " Stays.", '<w:rStyle w:val="Term"/>')), styles=brought)
    redlined(before, docx(p("Stays", style="Own"), styles=kept))
