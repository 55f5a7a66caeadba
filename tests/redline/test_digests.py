"""What is told of blocks before they are aligned: equal keys for equal ones, and whether they are long."""

from __future__ import annotations

from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from redline.diff.canon import canonical
from redline.diff.digests import _written_together, digests
from redline.diff.fields import is_longer, words_of
from redline.ooxml import NS, Element

_NOISE = st.sampled_from(("", ' w:rsidR="00A1"', ' w:rsidR="00A2"'))
_RUN = st.sampled_from(("", "<w:rPr/>", "<w:rPr><w:b/></w:rPr>"))
_TEXT = st.sampled_from(("", "one", "two", "a &lt; b"))
_SPACE = st.sampled_from(("", ' xml:space="preserve"'))
_PARAGRAPH = st.builds(
    lambda noise, run, text, space: f"<w:p{noise}><w:r>{run}<w:t{space}>{text}</w:t></w:r></w:p>",
    *(_NOISE, _RUN, _TEXT, _SPACE),
)


@given(st.lists(_PARAGRAPH, max_size=4), st.lists(_PARAGRAPH, max_size=4))
def test_blocks_with_equal_keys_differ_in_noise_at_most(before: list[str], after: list[str]) -> None:
    old, now = _blocks(before), _blocks(after)
    old_keys, new_keys = digests(old, str, now, str)
    for block, key in zip(old, old_keys, strict=True):
        for other, other_key in zip(now, new_keys, strict=True):
            assert key != other_key or canonical(block, str) == canonical(other, str)


@given(_PARAGRAPH, _PARAGRAPH)
def test_two_blocks_have_equal_keys_where_only_noise_differs(before: str, after: str) -> None:
    [old], [now] = _blocks([before]), _blocks([after])
    [key], [other] = digests([old], str, [now], str)
    assert (key == other) == (canonical(old, str) == canonical(now, str))


@given(_PARAGRAPH, st.integers(0, 8))
def test_a_block_is_longer_than_a_size_where_its_words_are(paragraph: str, size: int) -> None:
    [block] = _blocks([paragraph])
    assert is_longer(block, size) == (len(words_of(block).strip()) > size)


def test_few_of_very_many_blocks_are_written_by_themselves_and_equal_those_written_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old, now = (_blocks([f"<w:p><w:r><w:t>{word}</w:t></w:r></w:p>" for word in words]) for words in ("abc", "xa" * 20))
    together = Mock(side_effect=_written_together)
    monkeypatch.setattr("redline.diff.digests._written_together", together)
    old_keys, new_keys = digests(old, str, now[:2], str)
    assert [parent for (parent, _), _ in together.call_args_list] == [old[0].getparent()]
    assert [key in old_keys for key in new_keys] == [False, True]


def test_references_are_told_by_what_they_refer_to() -> None:
    link = '<w:p><w:hyperlink r:id="{}"><w:r><w:t>here</w:t></w:r></w:hyperlink></w:p>'
    old, now = _blocks([link.format("rId1")]), _blocks([link.format("rId2")])
    targets = {"rId1": "target", "rId2": "target"}.__getitem__
    old_keys, new_keys = digests(old, targets, now, targets)
    assert old_keys == new_keys
    old_keys, new_keys = digests(old, str, now, str)
    assert old_keys != new_keys


def _blocks(paragraphs: list[str]) -> list[Element]:
    names = " ".join(f'xmlns:{prefix}="{NS[prefix]}"' for prefix in ("w", "r"))
    return list(etree.fromstring(f"<w:body {names}>{''.join(paragraphs)}</w:body>"))


def test_blocks_under_other_namespaces_have_other_keys() -> None:
    def key(declared: str) -> bytes:
        block = etree.fromstring(f"<w:body {declared}><w:p><x:y/></w:p><w:p/></w:body>")[0]
        ([found], []) = digests([block], str, [], str)
        return found

    w, x, other = f'xmlns:w="{NS["w"]}"', 'xmlns:x="urn:x"', 'xmlns:x="urn:other"'
    assert key(f"{w} {x}") == key(f"{x} {w}") != key(f"{w} {other}")
