"""Beside the body: headers, footers, notes, comments, text boxes, content controls."""

from __future__ import annotations

from itertools import product

import pytest

from redline import CompareOptions, DocumentError, compare, verify
from redline.ooxml import W
from redline.resolver.resolve import accept
from schemas.changes import Story

from .builders import docx, footnote_ref, p, r, sdt, section, tbl, textbox, tr
from .judging import DATE, broken_rules, count, deleted, inserted, parts, redlined, root, roots
from .mutate.damage import zipped

BODY = p("The body of the agreement stays.")
TABLE = tbl(tr("a", "b"))
OLD, NEW = "The old text of this story", "The new text of this story"


@pytest.mark.parametrize("kind", ["header", "footer"])
@pytest.mark.parametrize("where", ["default", "first", "even"])
@pytest.mark.parametrize("what", ["edited", "added", "removed", "replaced by another part"])
def test_headers_and_footers(kind: str, where: str, what: str) -> None:
    def document(rid: str, text: str) -> bytes:
        stories = {kind + "s": {rid: p(text)}}
        return docx(BODY, sect=section(**{f"{kind}_{where}": rid}), **stories)  # type: ignore[arg-type]

    without = docx(BODY, sect=section())
    before = without if what == "added" else document("rId7", OLD)
    after = without if what == "removed" else document("rId9" if "another" in what else "rId7", NEW)
    result = redlined(before, after).docx
    expected = {"added": ([], [NEW]), "removed": ([OLD], [])}.get(what, (["old"], ["new"]))
    assert (deleted(result), inserted(result)) == expected
    assert len([name for name in parts(result) if name.startswith(f"word/{kind}")]) == 1


@pytest.mark.parametrize("kind", ["header", "footer"])
@pytest.mark.parametrize("text", [p(OLD), p(OLD) + p("goes"), TABLE + p(), tbl(tr("a", "b"), tr("c", "d")) + p()])
def test_one_part_beside_several(kind: str, text: str) -> None:
    """What the sections of before show alike is compared with each of those that they show now."""

    def document(first: str, second: str, **stories: str) -> bytes:
        sections = [section(**{f"{kind}_default": rid}) for rid in (first, second)]
        body = p("First section of it", ppr=sections[0]) + BODY
        return docx(body, sect=sections[1], **{kind + "s": stories})  # type: ignore[arg-type]

    before = document("rId7", "rId7", rId7=text)
    after = document("rId8", "rId9", rId8=p(NEW), rId9=p("Something else") + p("goes"))
    for pair in ((before, after), (after, before)):
        document = compare(*pair).docx
        assert verify(document, *pair).findings == ()
        assert not broken_rules(document, *pair)


@pytest.mark.parametrize("added", [True, False], ids=["added", "removed"])
def test_a_section_that_came_or_went_leaves_no_header_to_those_behind_it(added: bool) -> None:
    """The first page's header is in the section that goes; the one behind it, which shows none, must not get one.

    The same part is the other pages' header, too, and another stands for it after.
    """
    headers = {"rId5": p("The header of before"), "rId6": p("A header after")}

    def document(default: str, middle: str, first: str) -> bytes:
        head = p("The first part of the text", ppr=section(header_default=default))
        return docx(head + middle + p("The very end"), headers=headers, sect=section(header_first=first))

    before = document("rId5", p("Alpha beta gamma", ppr=section(header_first="rId5")), "rId5")
    after = document("rId6", p("Quite other words stand here", ppr=section()), "rId6")
    sides = (after, before) if added else (before, after)
    verdict = verify(compare(*sides, CompareOptions(date=DATE)).docx, *sides)
    assert verdict.ok, verdict.findings


@pytest.mark.parametrize("last", ["", section(), section(header_default="rId5")], ids=["unsaid", "bare", "with header"])
def test_what_a_last_section_shows_that_goes_without_saying(last: str) -> None:
    """Its headers are those of the section before it (17.6.17, 17.10.1), which may come, go or be another."""
    headers = {"rId5": p("The header of before"), "rId6": p("A header after")}
    starts = [
        "",
        p("Alpha beta gamma", ppr=section()),
        p("Alpha beta gamma", ppr=section(header_default="rId5")),
        p("Quite other words stand here", ppr=section(header_default="rId6")),
        p("Alpha beta", ppr=section(header_default="rId6")) + p("Gamma delta", ppr=section(header_default="rId5")),
    ]
    before = [docx(start + BODY, headers=headers, sect=last) for start in starts]
    after = [docx(start + BODY, headers=headers, sect=sect) for start in starts for sect in ("", last)]
    for pair in product(before, after):
        for sides in (pair, pair[::-1]):
            document = compare(*sides, CompareOptions(date=DATE)).docx
            verdict = verify(document, *sides)
            assert verdict.ok, (starts[before.index(pair[0])], starts[after.index(pair[1]) // 2], verdict.findings)
            assert not broken_rules(document, *sides)


def noted(notes: dict[int, str] | None, kind: str) -> bytes:
    """A text with a note of a kind; None: there is no part for notes."""
    reference = footnote_ref(next(iter(notes))) if notes else ""
    document = docx(p("Text", reference, r(" on.")), footnotes=notes)
    held = parts(document)
    return zipped({n.replace("footnote", kind): data.replace(b"footnote", kind.encode()) for n, data in held.items()})


@pytest.mark.parametrize("kind", ["footnote", "endnote"])
@pytest.mark.parametrize(
    ("before", "after", "gone", "come"),
    [
        pytest.param({2: p("A note")}, {2: p("A remark")}, ["note"], ["remark"], id="edited"),
        pytest.param({2: p("A note")}, {2: p("A note") + p("And more")}, [], ["And more"], id="paragraph added"),
        pytest.param({2: p("A note")}, {5: p("A note")}, [], [], id="renumbered"),
        pytest.param({2: p("A note") + p()}, {2: p("A note") + p()}, [], [], id="empty paragraph"),
    ],
)
def test_notes(before: dict[int, str], after: dict[int, str], gone: list[str], come: list[str], kind: str) -> None:
    result = redlined(noted(before, kind), noted(after, kind)).docx
    assert (deleted(result), inserted(result)) == (gone, come)


@pytest.mark.parametrize("kind", ["footnote", "endnote"])
@pytest.mark.parametrize("part_before", [True, False], ids=["the part exists", "the first note"])
@pytest.mark.parametrize("added", [True, False], ids=["added", "removed"])
def test_notes_come_and_go(part_before: bool, added: bool, kind: str) -> None:
    without = noted({} if part_before else None, kind)
    with_note = noted({2: p("A note")}, kind)
    result = redlined(*((without, with_note) if added else (with_note, without))).docx
    (reference,) = root(result).iter(f"{W}{kind}Reference")
    assert any(a.tag == (f"{W}ins" if added else f"{W}del") for a in reference.iterancestors())
    notes = [n.get(f"{W}id") for tree in roots(result) for n in tree.iter(f"{W}{kind}")]
    assert reference.get(f"{W}id") in notes


@pytest.mark.parametrize("kind", ["footnote", "endnote"])
def test_notes_take_no_id_of_the_separators_that_come_with_them(kind: str) -> None:
    held = parts(noted({2: p("A note")}, kind))
    name = f"word/{kind}s.xml"
    held[name] = held[name].replace(b'w:id="0"', b'w:id="1"').replace(b'w:id="-1"', b'w:id="0"')
    result = redlined(zipped(held), noted(None, kind)).docx
    assert sorted(n.get(f"{W}id", "") for n in root(result, name)) == ["0", "1", "2"]


@pytest.mark.parametrize("kind", ["footnote", "endnote"])
def test_separators_of_notes_stay(kind: str) -> None:
    result = redlined(noted({2: p("A note")}, kind), noted({2: p("A remark")}, kind)).docx
    kinds = [n.get(f"{W}type") for n in root(result, f"word/{kind}s.xml")]
    assert kinds == ["separator", "continuationSeparator", None]


def test_a_second_note_takes_another_id() -> None:
    before = docx(p("One", footnote_ref(2), r(" two.")), footnotes={2: p("First")})
    after = docx(
        p("One", footnote_ref(2), r(" two", ""), footnote_ref(3), r(".")), footnotes={2: p("New"), 3: p("First")}
    )
    document = redlined(before, after).docx
    ids = [element.get(f"{W}id") for element in root(document).iter(f"{W}footnoteReference")]
    assert len(set(ids)) == len(ids)
    notes = {n.get(f"{W}id"): "".join(n.itertext(f"{W}t", f"{W}delText")) for n in root(document, "word/footnotes.xml")}
    assert sorted(notes[identity] for identity in ids) == ["First", "FirstNew"]


_NOTES = (
    {},
    {1: ""},
    {1: p()},
    {1: p("First note")},
    {1: p("First note"), 2: p("Second remark")},
    {1: "", 2: p("First note")},
)


@pytest.mark.parametrize("references", [(1, 0), (1, 1), (1, 2), (2, 1), (2, 2)])
@pytest.mark.parametrize(
    "notes", _NOTES, ids=["none", "no paragraph", "no text", "one", "two", "one without paragraph"]
)
def test_two_references_to_whatever_notes(references: tuple[int, int], notes: dict[int, str]) -> None:
    """Two places that refer to one note, to none, or to one without text, beside any others."""

    def document(first: int, second: int, notes: dict[int, str]) -> bytes:
        return docx(p("One", *(f"{footnote_ref(n)}{r(' and on')}" for n in (first, second) if n)), footnotes=notes)

    before = document(*references, notes)
    for other in _NOTES:
        for places in ((0, 0), (1, 0), (1, 1), (1, 2)):
            after = document(*places, other)
            result = compare(before, after, CompareOptions(date=DATE)).docx
            verdict = verify(result, before, after)
            assert verdict.ok, verdict.findings
            assert not broken_rules(result, before, after)
            assert b"hollow" not in parts(result)["word/document.xml"]


def test_one_note_may_stand_for_few_others_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("redline.comparer.notes._MOST_COPIED", 3)
    one = docx(p("One", footnote_ref(1), r(" two"), footnote_ref(1)), footnotes={1: p("A note")})
    two = docx(p("One", footnote_ref(1), r(" two"), footnote_ref(2)), footnotes={1: p("A note"), 2: p("Another")})
    with pytest.raises(DocumentError) as refused:
        compare(two, one)
    assert refused.value.code == "too-complex"


def _commented(*comments: str) -> bytes:
    marks = "".join(
        f'<w:commentRangeStart w:id="{n}"/>{r(f"Word{n} ")}<w:commentRangeEnd w:id="{n}"/>'
        f'<w:r><w:commentReference w:id="{n}"/></w:r>'
        for n in range(len(comments))
    )
    held = "".join(
        f'<w:comment w:id="{n}" w:author="Ann" w:date="2026-01-01T00:00:00Z">{p(c)}</w:comment>'
        for n, c in enumerate(comments)
    )
    return docx(p("Text ", *([marks] if marks else []), r("Word0 " * (not comments)), r("on.")), comments=held)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(("Why?",), ("Why?",), id="kept"),
        pytest.param((), ("Why?",), id="added"),
        pytest.param(("Why?",), (), id="removed"),
        pytest.param(("Why?",), ("Why not?",), id="edited"),
    ],
)
def test_comments(before: tuple[str, ...], after: tuple[str, ...]) -> None:
    result = redlined(_commented(*before), _commented(*after)).docx
    assert count(result, "commentReference") >= len(after)
    kept = {"".join(t.text or "" for t in c.iter(f"{W}t")) for tree in roots(result) for c in tree.iter(f"{W}comment")}
    assert set(after) <= kept


@pytest.mark.parametrize("fallback", [True, False], ids=["with its VML twin", "alone"])
@pytest.mark.parametrize(
    ("before", "after", "gone", "come"),
    [
        pytest.param(p(OLD), p(NEW), ["old"], ["new"], id="edited"),
        pytest.param(p(OLD), p(OLD) + p(NEW), [], [NEW], id="paragraph added"),
        pytest.param(p(OLD) + p(NEW), p(OLD), [NEW], [], id="paragraph deleted"),
        pytest.param(p(OLD), p(OLD) + TABLE + p(), [], ["a", "b"], id="table added"),
        pytest.param(TABLE + p(), tbl(tr("a", "b"), tr("c", "d")) + p(), [], ["c", "d"], id="row added"),
        pytest.param(tbl(tr("a", "b"), tr("c", "d")) + p(), TABLE + p(), ["c", "d"], [], id="row deleted"),
    ],
)
def test_text_boxes(before: str, after: str, gone: list[str], come: list[str], fallback: bool) -> None:
    redline = redlined(*(p("Beside ", textbox(x, fallback=fallback), r(" it")) for x in (before, after)))
    assert (deleted(redline.docx), inserted(redline.docx)) == (gone, come)
    assert {change.location.story for change in redline.changes} == {Story.TEXTBOX}


def _vml(text: str) -> str:
    content = f"<w:txbxContent>{p(text)}</w:txbxContent>"
    return f"<w:r><w:pict><v:shape><v:textbox>{content}</v:textbox></v:shape></w:pict></w:r>"


def test_vml_text_boxes() -> None:
    result = redlined(p("Beside ", _vml(OLD)), p("Beside ", _vml(NEW))).docx
    assert (deleted(result), inserted(result)) == (["old"], ["new"])


@pytest.mark.parametrize("added", [True, False], ids=["added", "deleted"])
def test_text_boxes_come_and_go(added: bool) -> None:
    sides = [p("Beside ", r("it")), p("Beside ", textbox(p(NEW)), r("it"))]
    result = redlined(*(sides if added else sides[::-1])).docx
    assert count(result, "drawing") == 1


@pytest.mark.parametrize(
    ("before", "after", "gone", "come"),
    [
        pytest.param(p("By ", sdt(r("Ann"))), p("By ", sdt(r("Bob"))), ["Ann"], ["Bob"], id="inline, edited"),
        pytest.param(p("By ", sdt(r("Ann"))), p("By "), ["Ann"], [], id="inline, deleted"),
        pytest.param(p("By "), p("By ", sdt(r("Ann"))), [], ["Ann"], id="inline, added"),
        pytest.param(p("By ", r("Ann")), p("By ", sdt(r("Ann")), r(" also")), [], [" also"], id="inline, wrapped"),
        pytest.param(sdt(p(OLD)), sdt(p(NEW)), ["old"], ["new"], id="block, edited"),
        pytest.param(sdt(p(OLD)), sdt(p(OLD) + p(NEW)), [], [NEW], id="block, paragraph added"),
        pytest.param(sdt(p(OLD)) + p("x"), p("x"), [OLD], [], id="block, deleted"),
        pytest.param(p("x"), sdt(p(OLD)) + p("x"), [], [OLD], id="block, added"),
        pytest.param(sdt(tbl(tr("a", "b"))), sdt(tbl(tr("a", "c"))), ["b"], ["c"], id="block, with a table"),
        pytest.param(sdt(sdt(p(OLD))), sdt(sdt(p(NEW))), ["old"], ["new"], id="one in another"),
    ],
)
def test_content_controls(before: str, after: str, gone: list[str], come: list[str]) -> None:
    redline = redlined(before + p("End"), after + p("End"))
    assert (deleted(redline.docx), inserted(redline.docx)) == (gone, come)
    assert count(accept(redline.docx), "sdt") == after.count("<w:sdt>")
    named = "content-control" in {entry.code for entry in redline.coverage.not_tracked}
    assert named == (before.count("<w:sdt>") != after.count("<w:sdt>"))
