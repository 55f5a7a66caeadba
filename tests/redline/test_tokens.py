"""How a paragraph is cut into tokens."""

from __future__ import annotations

from dataclasses import fields
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from redline.diff import reader
from redline.diff.reader import Reader
from redline.diff.tokens import Token
from redline.diff.words import WORDS
from redline.ooxml import W
from tests.redline.builders import XMLNS, field, footnote_ref, link, p, r, sdt, textbox


def tokens(xml: str, *, characters: bool = False) -> list[Token]:
    root = etree.fromstring(f"<w:body {XMLNS}>{xml}</w:body>")
    return Reader(lambda rid: rid, characters=characters).paragraph(root[0])


@given(st.text(st.one_of(st.sampled_from("a1.,:/-–'’_%$€(iv) \tสา์เကြ္ក្ក甲"), st.characters(exclude_categories=("Cs",)))))
def test_no_letter_is_lost_by_cutting(text: str) -> None:
    words = WORDS.findall(text)
    assert "".join(words) == text
    assert "" not in words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("pays 12% now.", ["pays", " ", "12%", " ", "now", "."]),
        ("1,234.50", ["1,234.50"]),
        ("€1,234.50, 7.5%", ["€1,234.50", ",", " ", "7.5%"]),
        ("$5m 5-6 2026-1", ["$5m", " ", "5-6", " ", "2026-1"]),
        ("2026-01-31", ["2026-01-31"]),
        ("don't, it’s", ["don't", ",", " ", "it’s"]),
        ("non-compete", ["non", "-", "compete"]),
        ("甲方 A", ["甲", "方", " ", "A"]),
        ("हिन्दी भाषा", ["हिन्दी", " ", "भाषा"]),
        ("e\u0301te\u0301", ["e\u0301te\u0301"]),
        ("____  ....", ["____", " ", " ", "...."]),
        ("{party_1_name}: ___", ["{", "party_1_name", "}", ":", " ", "___"]),
        ("a\u00a0b", ["a", "\u00a0", "b"]),
        ("👍🏽!", ["👍🏽", "!"]),
        ("(a) (ix) (12) (v1.2)", ["(a)", " ", "(ix)", " ", "(12)", " ", "(v1.2)"]),
        ("(if any) person(s)", ["(", "if", " ", "any", ")", " ", "person", "(s)"]),
        ("7.1(a)(ii), 24-2-3", ["7.1(a)(ii)", ",", " ", "24-2-3"]),
        ("v1.2 10:30 1/2", ["v1.2", " ", "10:30", " ", "1/2"]),
        ("1. 2, 3-", ["1", ".", " ", "2", ",", " ", "3", "-"]),
        ("ส่งมอบ ថ្ងៃ", ["ส่", "ง", "ม", "อ", "บ", " ", "ថ្ងៃ"]),
    ],
)
def test_words(text: str, words: list[str]) -> None:
    assert [t.key for t in tokens(p(text))] == words


def test_characters_keep_their_marks() -> None:
    assert [t.key for t in tokens(p("e\u0301a"), characters=True)] == ["e\u0301", "a"]


def test_a_word_goes_on_over_runs_and_keeps_its_formats() -> None:
    (token,) = tokens(p(r("con"), r("tract", "<w:b/>")))
    assert token.key == "contract"
    assert [text for text, _ in token.pieces] == ["con", "tract"]


def test_field_and_link_are_containers() -> None:
    found = tokens(p(field("PAGE", "12"), link("a b", anchor="x")))
    assert [t.key for t in found] == [("field", "PAGE", True), ("link", "", "x")]
    assert [[i.key for i in t.inner or ()] for t in found] == [["12"], ["a", " ", "b"]]


def test_simple_and_complex_fields_have_one_key() -> None:
    simple = '<w:fldSimple w:instr=" PAGE "><w:r><w:t>1</w:t></w:r></w:fldSimple>'
    assert tokens(p(simple))[0].key == tokens(p(field("PAGE", "1")))[0].key


def test_field_that_ends_elsewhere_is_an_atom() -> None:
    begin, separate = (f'<w:fldChar w:fldCharType="{kind}"/>' for kind in ("begin", "separate"))
    opened = r(xml=f"{begin}<w:instrText>TOC</w:instrText>{separate}")
    found = tokens(p(opened, "text"))
    assert [t.key for t in found] == [("open", "{TOC|"), "text"]


def nested(depth: int, separators: int = 1) -> str:
    inner = r("text")
    for _ in range(depth):
        begin, separate, end = (r(xml=f'<w:fldChar w:fldCharType="{k}"/>') for k in ("begin", "separate", "end"))
        inner = f"{begin}{r(xml='<w:instrText>REF x</w:instrText>')}{separate * separators}{inner}{end}"
    return p(inner)


def test_fields_in_results_of_fields_are_looked_into_and_the_innermost_are_atoms() -> None:
    found = tokens(nested(6))
    for _ in range(4):
        (token,) = found
        assert token.key == ("field", "REFx", True)
        found = token.inner or []
    assert [t.key for t in found] == [
        *[("open", "{REF x|")] * 2,
        "text",
        *[("code", "}")] * 2,
    ]


def test_the_parts_of_fields_are_looked_for_once_however_they_are_nested(monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at = Mock(side_effect=reader._field_char)
    monkeypatch.setattr(reader, "_field_char", looked_at)
    tokens(nested(4))
    assert looked_at.call_count == 4 * 4 + 1


def test_a_field_that_is_separated_again_has_the_code_before_the_first_separator() -> None:
    (token,) = tokens(nested(1, separators=3))
    assert token.key == ("field", "REFx", True)
    assert [t.key for t in token.inner or ()] == [("code", "|"), ("code", "|"), "text"]


def test_markers_hang_on_the_next_token() -> None:
    mark = '<w:bookmarkStart w:id="1" w:name="x"/>'
    found = tokens(p("a", mark, "b c", '<w:bookmarkEnd w:id="1"/>'))
    assert [(t.key, len(t.lead)) for t in found] == [("ab", 0), (" ", 1), ("c", 0), (("end",), 1)]


def test_wrappers_are_the_path_of_their_tokens() -> None:
    found = tokens(p("a ", sdt(r("b"))))
    assert [[e.tag for e in t.path] for t in found] == [[], [], [W + "sdt"]]


def test_note_and_text_box() -> None:
    note, box = tokens(p(footnote_ref(4), textbox(p("x"))))
    assert note.note is not None
    assert len(box.boxes) == 1


def test_a_token_under_another_key_is_the_same_otherwise() -> None:
    mark = '<w:bookmarkStart w:id="1" w:name="x"/>'
    found = tokens(p("a", mark, footnote_ref(4), textbox(p("x")), sdt(field("PAGE", "1")), link("b", anchor="x")))
    for token in found:
        other = token.under("key")
        assert other.key == "key"
        rest = [each.name for each in fields(token) if each.name != "key"]
        assert all(getattr(other, name) is getattr(token, name) for name in rest)
