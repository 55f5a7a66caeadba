"""What comes, goes or stands in the middle of a word, or of white space, does not make that a change."""

from __future__ import annotations

import pytest

from redline import reject
from redline.ooxml import W

from .builders import docx, field, footnote_ref, link, p, r, sdt
from .judging import count, deleted, inserted, parts, redlined, revisions, root

NOTE = footnote_ref(2)
HYPHEN = r(xml="<w:softHyphen/>")
WITHIN = {
    "note": p("Please see the Vi", NOTE, "deo as it was shown"),
    "two notes": p("Please see the V", NOTE, "id", NOTE, "eo as it was shown"),
    "soft hyphen": p("Please see the Vi", HYPHEN, "deo as it was shown"),
    "tab": p("Please see the Vi", r(xml="<w:tab/>"), "deo as it was shown"),
    "index entry": p("Please see the Vi", field('XE "Video"').replace(r(), ""), "deo as it was shown"),
    "content control": p("Please see the ", sdt(r("Vi")), "deo as it was shown"),
    "paragraph mark": p("Please see the Vi") + p("deo as it was shown"),
}
WHOLE = p("Please see the Video as it was shown")


@pytest.mark.parametrize("case", WITHIN)
def test_a_word_is_not_marked_for_what_stands_in_it(case: str) -> None:
    notes = {2: p("A note")} if "note" in case else None
    parted, whole = docx(WITHIN[case], footnotes=notes), docx(WHOLE)
    for before, after in ((parted, whole), (whole, parted)):
        result = redlined(before, after).docx
        assert {*deleted(result), *inserted(result)} <= {"A note"}


def test_what_moves_within_a_word_is_alone_marked() -> None:
    before, after = (docx(p(*text), footnotes={2: p("N")}) for text in (("Vi", NOTE, "deo"), ("Vid", NOTE, "eo")))
    result = redlined(before, after).docx
    assert not {"Video", "Vi", "Vid", "deo", "eo", "d"} & {*deleted(result), *inserted(result)}


def test_the_same_word_elsewhere_stays_whole() -> None:
    before = docx(p("A Video and a Vi", NOTE, "deo more"), footnotes={2: p("N")})
    result = redlined(before, docx(p("A Video and a Video more"))).docx
    assert count(result, "del") == 1
    assert len(root(result).findall(f".//{W}t")) <= 3


@pytest.mark.parametrize("added", [True, False], ids=["added", "taken away"])
def test_spaces_on_both_sides_of_what_comes_or_goes_stay(added: bool) -> None:
    sides = [p("Here ", *held, r(" it is")) for held in ((), (HYPHEN,))]
    result = redlined(*(sides if added else sides[::-1])).docx
    assert [text for text in (*deleted(result), *inserted(result)) if text.isspace()] == []


def test_a_link_without_text_comes_and_goes() -> None:
    def document(url: str) -> bytes:
        return docx(p("See ", link("<w:r><w:t/></w:r>", rid="rId9"), " now"), links={"rId9": url})

    result = redlined(document("https://old.example"), document("https://new.example"))
    assert revisions(result.docx) == {"ins": 1, "del": 1}
    old = reject(result.docx)
    targets = parts(old)["word/_rels/document.xml.rels"]
    assert count(old, "hyperlink") == 1
    assert b"https://old.example" in targets
    assert b"https://new.example" not in targets
    assert not result.changes
