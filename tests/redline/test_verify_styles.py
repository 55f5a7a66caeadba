"""The verifier on definitions of styles: what is tracked of them is held to both documents, the rest is noted."""

from __future__ import annotations

import pytest

from redline.options import CompareOptions
from redline.verifier.verify import verify
from tests.redline.judging import codes
from tests.redline.wml import WHO, docx, paragraph, part


def in_styles(content: str) -> bytes:
    return docx(paragraph("x"), parts={"styles.xml": part("styles", content)})


LATENT = '<w:latentStyles w:count="{}"><w:lsdException w:name="Normal"/></w:latentStyles>'
STYLE = '<w:style w:styleId="S"><w:name w:val="S"/><w:rPr>{}</w:rPr></w:style>'


def test_latent_styles_make_no_difference() -> None:
    one, other = (in_styles(LATENT.format(count) + STYLE.format("<w:b/>")) for count in (1, 2))
    assert verify(one, other, one).findings == ()


@pytest.mark.parametrize("hidden", ["{}", "<!-- {} -->" + "{}", "<w:lsdException>{}</w:lsdException>" + "{}"])
def test_a_style_between_latent_styles_is_looked_at(hidden: str) -> None:
    style = hidden.replace("{}", STYLE)
    one, other = (
        in_styles(f'<w:latentStyles w:count="1"/>{style.format(*[look] * 2)}{LATENT}') for look in ("<w:b/>", "<w:i/>")
    )
    assert codes(one, other, one) == {"reject style-definition error"}


BOLD_WAS = f'<w:b/><w:rPrChange w:id="1" {WHO}><w:rPr>{{}}</w:rPr></w:rPrChange>'


def test_a_style_is_resolved_as_the_rest_is() -> None:
    tracked = in_styles(STYLE.format(BOLD_WAS.format("<w:i/>")))
    bold, italic, plain = (in_styles(STYLE.format(look)) for look in ("<w:b/>", "<w:i/>", ""))
    assert codes(tracked, italic, bold) == set()
    assert codes(tracked, plain, bold) == {"reject style-definition error"}
    assert codes(tracked, italic, plain) == {"accept style-definition error"}
    assert codes(tracked, tracked, tracked) == {"reject style-definition error"}
    assert verify(tracked, tracked, tracked, existing_revisions="keep").findings == ()


def test_a_style_whose_formatting_was_not_to_be_tracked_is_noted() -> None:
    one, other = (in_styles(STYLE.format(look)) for look in ("<w:b/>", "<w:i/>"))
    verdict = verify(one, other, one, options=CompareOptions(track_formatting=False))
    assert [(finding.side, finding.severity) for finding in verdict.findings] == [("reject", "note")]


@pytest.mark.parametrize("kind", ["", "<w:name w:val='s'/>"], ids=["without a name", "of one name"])
def test_a_style_that_cannot_be_told_from_another_is_noted(kind: str) -> None:
    one, other = (
        in_styles(f'<w:style w:styleId="S2">{kind}<w:rPr><w:b/></w:rPr></w:style>' + STYLE.format(look))
        for look in ("<w:b/>", "<w:i/>")
    )
    assert codes(one, other, one) == {f"reject style-definition {'note' if kind else 'error'}"}


def test_a_style_that_is_spelled_alike_but_based_on_another_is_found() -> None:
    def based(base: str) -> bytes:
        return in_styles(
            '<w:style w:styleId="S"><w:name w:val="S"/><w:basedOn w:val="B"/></w:style>'
            f'<w:style w:styleId="B"><w:name w:val="{base}"/></w:style>'
        )

    assert codes(based("one"), based("two"), based("one")) == {"reject style-definition note"}
