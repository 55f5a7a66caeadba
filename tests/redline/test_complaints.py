"""What users of such tools complain about most; one test for each, so that none of them can be said of this one."""

from __future__ import annotations

import itertools
import tracemalloc
from random import Random

import pytest

from redline.comparer.compare import compare
from redline.ooxml import NS, W14, R, W
from redline.options import CompareOptions
from redline.resolver.resolve import accept, reject
from redline.verifier.verify import verify

from .builders import (
    PNG,
    docx,
    everything,
    field,
    footnote_ref,
    image,
    link,
    p,
    r,
    sdt,
    section,
    t,
    tbl,
    tc,
    textbox,
    tr,
)
from .judging import DATE, count, deleted, inserted, parts, redlined, revisions, root, roots, texts
from .mutate import mutate
from .mutate.damage import zipped

NUMBERING = (
    '<w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/>'
    '<w:lvlText w:val="%1."/></w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num>'
)
ITEM = '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'
CLAUSE = "The Supplier shall deliver the Services within thirty days of written notice by the Customer."


def test_changes_inside_a_text_box_do_not_corrupt_the_file() -> None:
    before, after = (p("Beside", textbox(p(f"The fee is {fee} euro"))) for fee in (100, 120))
    result = redlined(before, after).docx
    assert (deleted(result), inserted(result)) == (["100"], ["120"])
    for box in root(result).iter(f"{W}txbxContent"):
        assert box[-1].tag == f"{W}p"
        assert not [a for a in box.iterancestors() if a.tag in (f"{W}ins", f"{W}del")]


def test_both_faces_of_a_text_box_tell_the_same() -> None:
    before, after = (p("Beside", textbox(p(f"The fee is {fee} euro"))) for fee in (100, 120))
    boxes = [
        "".join(w.text or "" for w in box.iter(f"{W}t", f"{W}delText"))
        for box in root(redlined(before, after).docx).iter(f"{W}txbxContent")
    ]
    assert boxes == ["The fee is 100120 euro"] * 2


def test_tracked_inputs_give_a_readable_redline() -> None:
    mark = 'w:id="5" w:author="Old Hand" w:date="2020-01-01T00:00:00Z"'
    before = p(
        "The fee is ",
        f"<w:del {mark}><w:r><w:delText>90</w:delText></w:r></w:del>",
        f"<w:ins {mark}>{r('100')}</w:ins>",
        r(" euro"),
    )
    after = before.replace("100", "120")
    result = redlined(before, after).docx
    assert (deleted(result), inserted(result)) == (["100"], ["120"])
    assert "Old Hand" not in parts(result)["word/document.xml"].decode()


def test_ids_do_not_collide_with_bookmarks_or_comments() -> None:
    marked = "".join(f'<w:bookmarkStart w:id="{n}" w:name="b{n}"/><w:bookmarkEnd w:id="{n}"/>' for n in (1, 2))
    before, after = (p(marked, r("One word")), p(marked, r("Two words here")))
    result = root(redlined(before, after).docx)
    starts = [e.get(f"{W}id") for e in result.iter(f"{W}bookmarkStart")]
    marks = [e.get(f"{W}id") for e in result.iter(f"{W}ins", f"{W}del")]
    assert marks
    assert len(set(starts + marks)) == len(starts + marks)


def _with_header(text: str, target: bytes = PNG) -> bytes:
    """A document whose header shows a picture."""
    plain = docx(p("Body"), headers={"rId7": p(text, image("rIdPic"))}, sect=section(header_default="rId7"))
    held = parts(plain)
    held["word/media/logo.png"] = target
    held["word/_rels/header1.xml.rels"] = (
        f'<Relationships xmlns="{NS["pr"]}"><Relationship Id="rIdPic" Type="{NS["r"]}/image" Target="media/logo.png"/>'
        "</Relationships>"
    ).encode()
    return zipped(held)


def test_header_images_stay() -> None:
    result = redlined(_with_header("Draft"), _with_header("Final")).docx
    held = parts(result)
    headers = [name for name in held if name.startswith("word/header")]
    assert len(headers) == 1
    rid = next(root(result, headers[0]).iter(f"{{{NS['a']}}}blip")).get(f"{R}embed")
    assert f'Id="{rid}"' in held["word/_rels/header1.xml.rels"].decode()
    assert held["word/media/logo.png"] == PNG


def test_header_parts_are_not_duplicated() -> None:
    before, after = (
        docx(
            p(CLAUSE + fee),
            headers={"rId7": p("Agreement")},
            footers={"rId8": p("Page")},
            sect=section(header_default="rId7", footer_default="rId8"),
        )
        for fee in ("1", "2")
    )
    names = parts(redlined(before, after).docx)
    assert sorted(names) == sorted(parts(after))


def test_empty_footnote_paragraphs_stay() -> None:
    note = p("First.") + p() + p("Third.")
    before, after = (
        docx(p("See", footnote_ref(2)), footnotes={2: note.replace("Third", word)}) for word in ("Third", "Last")
    )
    result = redlined(before, after).docx
    notes = [n for n in root(result, "word/footnotes.xml") if n.get(f"{W}id") == "2"]
    assert [len(n.findall(f"{W}p")) for n in notes] == [3]


@pytest.mark.parametrize("orphan", ["in the note part", "in the text"])
def test_orphan_notes_do_not_crash(orphan: str) -> None:
    notes = {2: p("A note."), 9: p("Nobody refers to me.")} if orphan == "in the note part" else {2: p("A note.")}
    extra = footnote_ref(77) if orphan == "in the text" else ""
    before, after = (docx(p(f"See {word}", footnote_ref(2), extra), footnotes=notes) for word in ("this", "that"))
    result = compare(before, after)
    assert (deleted(result.docx), inserted(result.docx)) == (["this"], ["that"])


def test_numbering_is_not_lost() -> None:
    before = docx(p("Alpha", ppr=ITEM) + p("Beta", ppr=ITEM), numbering=NUMBERING)
    after = docx(p("Alpha", ppr=ITEM) + p("Beta two", ppr=ITEM), numbering=NUMBERING)
    result = redlined(before, after).docx
    assert count(result, "numPr") == 2
    assert parts(result)["word/numbering.xml"] == parts(after)["word/numbering.xml"]


def test_numbering_of_a_deleted_list_comes_along() -> None:
    before = docx(p("Alpha item of the list", ppr=ITEM) + p("Text"), numbering=NUMBERING)
    after = docx(p("Text"))
    result = redlined(before, after).docx
    numbering = [name for name in parts(result) if "numbering" in name]
    assert numbering
    used = {e.get(f"{W}val") for e in root(result).iter(f"{W}numId")}
    assert used <= {e.get(f"{W}numId") for e in root(result, numbering[0]).iter(f"{W}num")}


def _silently(before: bytes, after: bytes) -> None:
    """No change to list, although rejecting gives the very result of before; without any mark where that is asked."""
    assert not redlined(before, after).changes
    options = CompareOptions(track_computed=False)
    result = compare(before, after, options)
    assert not revisions(result.docx)
    assert texts(result.docx) == texts(after)
    assert verify(result.docx, before, after, options=options).ok


def test_toc_results_are_not_shown_as_changes() -> None:
    def toc(page: int) -> str:
        return p(field('TOC \\o "1-3"', f"Payment {page}")) + p("Payment", style="Heading1")

    _silently(docx(toc(3)), docx(toc(5)))


@pytest.mark.parametrize("instr", ["PAGE", "NUMPAGES", "PAGEREF _Toc1 \\h"])
def test_page_numbers_are_not_shown_as_changes(instr: str) -> None:
    before, after = (
        docx(p("Body"), footers={"rId8": p("Page ", field(instr, number))}, sect=section(footer_default="rId8"))
        for number in ("3", "4")
    )
    _silently(before, after)


def test_the_same_toc_after_other_edits_is_no_change() -> None:
    toc = p(field('TOC \\o "1-3"', "Payment 3"))
    result = redlined(docx(toc + p(CLAUSE)), docx(toc + p(CLAUSE.replace("thirty", "sixty")))).docx
    assert (deleted(result), inserted(result)) == (["thirty"], ["sixty"])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(r("One two three"), r("One ") + r("two ") + r("three"), id="runs split"),
        pytest.param(r("One two"), '<w:r w:rsidR="00AA00BB"><w:t>One two</w:t></w:r>', id="rsid"),
        pytest.param(
            r("One two"),
            '<w:proofErr w:type="spellStart"/>' + r("One two") + '<w:proofErr w:type="spellEnd"/>',
            id="proofing",
        ),
        pytest.param(
            r("One two"), r("One ") + "<w:r><w:lastRenderedPageBreak/></w:r>" + r("two"), id="rendered page break"
        ),
        pytest.param(r("One two", "<w:b/>"), r("One two", '<w:b w:val="1"/>'), id="switch written out"),
        pytest.param(r("One two"), r("One two", ""), id="no properties"),
        pytest.param(r("One two"), "<w:r><w:rPr/>" + t("One two") + "</w:r>", id="empty properties"),
        pytest.param(r("One two", "<w:b/><w:i/>"), r("One two", "<w:i/><w:b/>"), id="order of properties"),
    ],
)
def test_no_spurious_formatting_changes(before: str, after: str) -> None:
    assert not revisions(redlined(f"<w:p>{before}</w:p>", f"<w:p>{after}</w:p>").docx)


def test_a_split_paragraph_does_not_repeat_its_text() -> None:
    first, second = "The fee is due at once. ", "It is not refundable in any case."
    result = redlined(p(first + second), p(first) + p(second)).docx
    assert not inserted(result)
    assert not deleted(result)
    assert revisions(result) == {"ins": 1}


def test_merged_paragraphs_do_not_repeat_their_text() -> None:
    first, second = "The fee is due at once. ", "It is not refundable in any case."
    result = redlined(p(first) + p(second), p(first + second)).docx
    assert not inserted(result)
    assert not deleted(result)
    assert revisions(result) == {"del": 1}


def test_an_unchanged_amount_is_not_deleted_and_added_again() -> None:
    before = p("The Buyer pays $1,250,000.00 on closing.")
    after = p("The Purchaser pays $1,250,000.00 upon completion.")
    result = redlined(before, after).docx
    assert not [text for text in inserted(result) + deleted(result) if "1,250,000" in text]


def test_an_amount_is_replaced_as_a_whole() -> None:
    result = redlined(p("A fee of 12% applies."), p("A fee of 18% applies.")).docx
    assert (deleted(result), inserted(result)) == (["12%"], ["18%"])


def test_one_long_paragraph_does_not_blow_the_memory() -> None:
    random = Random(4)
    words = [f"word{random.randrange(400)}" for _ in range(20_000)]
    changed = [w if random.random() > 0.05 else "other" for w in words]
    before, after = (docx(p(" ".join(side))) for side in (words, changed))
    tracemalloc.start()
    result = compare(before, after)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60e6
    assert verify(result.docx, before, after).ok


def test_a_pure_move_is_reported() -> None:
    matters = ("alpha", "beta", "gamma", "delta")
    clauses = [f"Clause {word} says that the parties agree on the matter of {word} in full." for word in matters]
    before = "".join(map(p, clauses))
    after = "".join(map(p, [clauses[1], clauses[2], clauses[0], clauses[3]]))
    result = redlined(before, after).docx
    assert deleted(result) == inserted(result) == [clauses[0]]
    found = revisions(result)
    assert found["moveFrom"]
    assert found["moveTo"]


@pytest.mark.parametrize("drop", [False, True], ids=["added", "deleted"])
def test_a_column_change_does_not_refuse_the_document(drop: bool) -> None:
    narrow = tbl(tr("Name", "Fee"), tr("Ann", "100"))
    wide = tbl(tr("Name", "Date", "Fee"), tr("Ann", "May", "100"), columns=3)
    before, after = (wide, narrow) if drop else (narrow, wide)
    result = redlined(p("Fees") + before + p("End"), p("Fees") + after + p("End")).docx
    column = ["Date", "May"]
    assert (deleted(result), inserted(result)) == ((column, []) if drop else ([], column))


def test_a_one_word_edit_does_not_rewrite_the_paragraph() -> None:
    result = redlined(p(CLAUSE), p(CLAUSE.replace("thirty", "sixty"))).docx
    assert (deleted(result), inserted(result)) == (["thirty"], ["sixty"])


def test_bookmarks_are_not_removed() -> None:
    def body(word: str) -> str:
        return p('<w:bookmarkStart w:id="3" w:name="fee"/>', r(f"The fee is {word}"), '<w:bookmarkEnd w:id="3"/>')

    result = root(redlined(body("low"), body("high")).docx)
    assert [e.get(f"{W}name") for e in result.iter(f"{W}bookmarkStart")] == ["fee"]
    assert len(list(result.iter(f"{W}bookmarkEnd"))) == 1


def _commented(word: str, comment: str = "Why?") -> bytes:
    inside = p(
        '<w:commentRangeStart w:id="0"/>',
        r(f"The fee is {word}"),
        '<w:commentRangeEnd w:id="0"/>',
        '<w:r><w:commentReference w:id="0"/></w:r>',
    )
    return docx(
        inside,
        comments=f'<w:comment w:id="0" w:author="Ann" w:date="2026-01-01T00:00:00Z">{p(comment)}</w:comment>',
    )


def test_comments_are_not_removed() -> None:
    result = redlined(_commented("low"), _commented("high")).docx
    for name in ("commentRangeStart", "commentRangeEnd", "commentReference", "comment"):
        assert count(result, name) == 1


def test_cjk_is_not_one_word() -> None:
    before, after = p("本協議自簽署之日起生效，有效期為三年。"), p("本協議自簽署之日起生效，有效期為五年。")
    result = redlined(before, after).docx
    assert (deleted(result), inserted(result)) == (["三"], ["五"])


def test_nested_tables_are_not_lost() -> None:
    def body(fee: str) -> str:
        return tbl(tr("Terms", tc(tbl(tr("Fee", fee)), p()))) + p("End")

    result = redlined(body("100"), body("120")).docx
    assert count(result, "tbl") == 2
    assert (deleted(result), inserted(result)) == (["100"], ["120"])


def test_texts_of_links_are_not_lost() -> None:
    links = {"rId9": "https://example.org/terms"}
    before, after = (
        docx(p("See ", link(f"the {word} terms", rid="rId9"), r(" now.")), links=links) for word in ("old", "new")
    )
    result = redlined(before, after).docx
    assert (deleted(result), inserted(result)) == (["old"], ["new"])
    hyperlink = next(root(result).iter(f"{W}hyperlink"))
    assert hyperlink.getparent() is not None
    assert hyperlink.getparent().tag == f"{W}p"  # type: ignore[union-attr]


def test_yes_and_no_do_not_move() -> None:
    questions = ["Is there a lease?", "Is there a lien?", "Is there a claim?"]
    before = "".join(p(q) + p(a) for q, a in zip(questions, ("Yes", "No", "Yes"), strict=True))
    after = "".join(p(q) + p(a) for q, a in zip(questions, ("No", "Yes", "No"), strict=True))
    found = revisions(redlined(before, after).docx)
    assert not found["moveFrom"]
    assert not found["moveTo"]


@pytest.mark.parametrize(
    ("before", "after"),
    [("the Services", "the services"), ("one two", "one  two"), ("one two", "one\u00a0two"), ("a-b", "a\u2011b")],
    ids=["case", "double space", "no-break space", "no-break hyphen"],
)
def test_small_changes_are_not_overlooked(before: str, after: str) -> None:
    result = redlined(p(before), p(after)).docx
    assert inserted(result)


def test_a_rewritten_sentence_is_not_confetti() -> None:
    before = p("The Supplier shall use reasonable efforts to restore the service after an outage.")
    after = p("If an incident occurs, our team will work around the clock until every system runs again.")
    result = redlined(before, after).docx
    assert len(inserted(result)) <= 4
    assert len(deleted(result)) <= 4


def test_unrelated_documents_are_not_confetti() -> None:
    random = Random(9)
    one, other = (
        [" ".join(random.choices([f"{side}{n}" for n in range(300)] + ["the", "of", "and"], k=40)) for _ in range(30)]
        for side in "ab"
    )
    result = redlined("".join(map(p, one)), "".join(map(p, other))).docx
    assert len(inserted(result)) < 100


def test_deleted_text_is_never_plain_text() -> None:
    before, after = p("One two three") + p("A paragraph that goes away entirely"), p("One three")
    for mark in root(redlined(before, after).docx).iter(f"{W}del"):
        assert not list(mark.iter(f"{W}t"))


def test_fields_stay_balanced_when_one_goes() -> None:
    before, after = p("On ", field("DATE", "1 May"), r(" we met.")), p("On that day we met.")
    document = redlined(before, after).docx
    for side in (document, accept(document), reject(document)):
        kinds = [e.get(f"{W}fldCharType") for e in root(side).iter(f"{W}fldChar")]
        assert kinds.count("begin") == kinds.count("end")


def test_a_deleted_list_item_does_not_shift_the_live_numbers() -> None:
    before = docx(
        "".join(p(f"Item {name} of the list", ppr=ITEM) for name in ("one", "two", "three")), numbering=NUMBERING
    )
    after = docx("".join(p(f"Item {name} of the list", ppr=ITEM) for name in ("one", "three")), numbering=NUMBERING)
    document = redlined(before, after).docx
    lists = [e.get(f"{W}val") for e in root(document).iter(f"{W}numId")]
    live = [
        q.find(f"{W}pPr/{W}numPr/{W}numId").get(f"{W}val")  # type: ignore[union-attr]
        for q in root(document).iter(f"{W}p")
        if q.find(f"{W}pPr/{W}rPr/{W}del") is None
    ]
    assert len(lists) == 3
    assert live == ["1", "1"]


def test_an_emoji_is_not_cut_in_half() -> None:
    before, after = p("Signed 👩‍⚖️ today"), p("Signed 👩‍🔬 today")
    result = redlined(before, after).docx
    assert (deleted(result), inserted(result)) == (["👩‍⚖️"], ["👩‍🔬"])


def test_a_letter_is_not_parted_from_its_accent() -> None:
    result = redlined(p("the re\u0301sume\u0301 here"), p("the resume here"), granularity="character").docx
    for text in inserted(result) + deleted(result):
        assert not text.startswith("\u0301")


def test_a_picture_under_another_relationship_is_the_same_picture() -> None:
    before = docx(p("Logo", image("rId5")), images={"rId5": PNG})
    after = docx(p("Logo", image("rId8")), images={"rId8": PNG})
    assert not revisions(redlined(before, after).docx)


def test_a_deleted_picture_comes_along() -> None:
    before = docx(p("Logo ", image("rId5"), r(" here")), images={"rId5": PNG})
    after = docx(p("Logo  here"))
    document = redlined(before, after).docx
    assert PNG in [data for name, data in parts(document).items() if name.startswith("word/media/")]


def test_paragraph_ids_are_not_doubled() -> None:
    def body(order: str) -> str:
        return "".join(
            f"<w:p {_paragraph_id(c)}>{r(f'Clause {c} of this agreement stays as it was agreed.')}</w:p>" for c in order
        )

    document = redlined(body("abcd"), body("bcda")).docx
    ids = [e.get(f"{W14}paraId") for e in root(document).iter(f"{W}p") if e.get(f"{W14}paraId")]
    assert len(ids) == len(set(ids))


def _paragraph_id(letter: str) -> str:
    return f'w14:paraId="0000000{letter.upper()}"'


def test_content_controls_are_not_lost() -> None:
    before, after = (p("Party: ", sdt(r(name)), r(" signs.")) for name in ("Ann", "Bob"))
    document = redlined(before, after).docx
    assert count(document, "sdt") == 1
    assert (deleted(document), inserted(document)) == (["Ann"], ["Bob"])


def test_the_same_inputs_give_the_same_bytes() -> None:
    before, after = docx(p(CLAUSE) + tbl(tr("a", "b"))), docx(p(CLAUSE[:40]) + tbl(tr("a", "c")))
    results = {compare(before, after, CompareOptions(date=DATE)).docx for _ in range(3)}
    assert len(results) == 1


@pytest.mark.parametrize("edits", range(0, 30, 3))
def test_a_document_against_itself_has_no_changes(edits: int) -> None:
    document = accept(mutate(everything(), edits, edits)[0])
    result = compare(document, document)
    assert not revisions(result.docx)
    assert result.coverage.complete
    assert parts(result.docx)["word/document.xml"] == parts(document)["word/document.xml"]


def test_no_story_is_left_out() -> None:
    def document(word: str) -> bytes:
        return docx(
            p(f"Body {word}", footnote_ref(2))
            + tbl(tr(f"Cell {word}", "x"))
            + p("Box", textbox(p(f"Box {word}")))
            + sdt(p(f"Control {word}")),
            footnotes={2: p(f"Note {word}")},
            headers={"rId7": p(f"Header {word}")},
            footers={"rId8": p(f"Footer {word}")},
            sect=section(header_default="rId7", footer_default="rId8"),
        )

    result = redlined(document("old"), document("new")).docx
    assert len(deleted(result)) == len(inserted(result)) == 7
    assert set(itertools.chain(deleted(result), inserted(result))) == {"old", "new"}
    assert all("old" not in line for line in texts(accept(result)))
    assert len(roots(result)) == 4
