"""Paragraph marks that go (ECMA-376-1, 17.13.5.15, .20, .21, .26): what is left joins the following paragraph."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from lxml import etree

from redline.ooxml import M, W

P: Final = f"{W}p"
TBL: Final = f"{W}tbl"
_PPR: Final = f"{W}pPr"
_SECT: Final = f"{W}sectPr"
_WRAPPERS: Final = frozenset((f"{W}sdt", f"{W}sdtContent", f"{W}customXml"))
_WRAPPER_PROPERTIES: Final = frozenset(f"{W}{name}" for name in ("sdtPr", "sdtEndPr", "customXmlPr"))
_NO_CONTENT: Final = frozenset((f"{W}rPr", f"{M}rPr", f"{W}lastRenderedPageBreak"))
_TEXTS: Final = frozenset((f"{W}t", f"{M}t", f"{W}delText"))
_REFERENCES: Final = (f"{W}headerReference", f"{W}footerReference")


def join_paragraphs(gone: Sequence[etree._Element]) -> None:
    """Join each paragraph of `gone`, given in document order, to the one that follows it.

    The following paragraph's mark stays, and with it its properties. The last mark of a story or cell cannot go; text
    before a table stays a paragraph of its own, an emptied paragraph there goes. From the last to the first, so that
    each child is moved once however long the chain is.
    """
    for paragraph in reversed(gone):
        parent = paragraph.getparent()
        if parent is None:
            continue
        following = _following_block(paragraph)
        if following is None:
            continue
        if following.tag == P:
            _put_first([child for child in paragraph if child.tag != _PPR], following)
        elif has_content(paragraph):
            continue
        else:
            for marker in [child for child in paragraph if child.tag not in (_PPR, f"{W}r")]:
                paragraph.addprevious(marker)
        _hand_on_headers(paragraph)
        parent.remove(paragraph)
        _drop_emptied_wrappers(parent)


def _put_first(content: Sequence[etree._Element], paragraph: etree._Element) -> None:
    """Put content before that of a paragraph; not by places, to find which lxml counts thousands of children."""
    first = next(paragraph.iterchildren(), None)
    if first is None:
        paragraph.extend(content)
    elif first.tag == _PPR:
        for child in reversed(content):
            first.addnext(child)
    else:
        for child in content:
            first.addprevious(child)


def _following_block(paragraph: etree._Element) -> etree._Element | None:
    """The paragraph or table right after, in the same story or cell, looked for into and out of content controls."""
    at: etree._Element | None = paragraph
    while at is not None:
        for sibling in at.itersiblings():
            if sibling.tag in (P, TBL):
                return sibling
            if sibling.tag in _WRAPPERS:
                inner = next(sibling.iter(P, TBL), None)
                if inner is not None:
                    return inner
        at = at.getparent()
        if at is None or at.tag not in _WRAPPERS:
            return None
    return None


def has_content(paragraph: etree._Element) -> bool:
    """Whether anything would be lost with this paragraph: text, a picture, a field, a reference."""
    return any(
        child.tag not in _NO_CONTENT and (child.tag not in _TEXTS or bool(child.text))
        for run in paragraph.iter(f"{W}r", f"{M}r")
        for child in run
    )


def _drop_emptied_wrappers(wrapper: etree._Element) -> None:
    """A block content control that lost its last paragraph goes: it may not be empty (17.5.2.34)."""
    parent = wrapper.getparent()
    while parent is not None and wrapper.tag in _WRAPPERS:
        if any(child.tag not in _WRAPPER_PROPERTIES for child in wrapper):
            return
        parent.remove(wrapper)
        wrapper, parent = parent, parent.getparent()


def _hand_on_headers(paragraph: etree._Element) -> None:
    """A section break goes with its paragraph: the next section goes on showing the headers it inherited (17.10.1)."""
    section = paragraph.find(f"{_PPR}/{_SECT}")
    following = next(_sections_after(paragraph), None) if section is not None else None
    if section is None or following is None:
        return
    own = {_reference_key(reference) for reference in following.iterchildren(*_REFERENCES)}
    inherited = [r for r in section.iterchildren(*_REFERENCES) if _reference_key(r) not in own]
    following[0:0] = inherited


def _reference_key(reference: etree._Element) -> tuple[str, str]:
    return str(reference.tag), reference.get(f"{W}type", "default")


def _sections_after(paragraph: etree._Element) -> Iterator[etree._Element]:
    at: etree._Element | None = paragraph
    while at is not None and at.tag != f"{W}body":
        for sibling in at.itersiblings():
            yield from (s for s in sibling.iter(_SECT) if _is_current(s))
        at = at.getparent()


def _is_current(section: etree._Element) -> bool:
    parent = section.getparent()
    return parent is not None and parent.tag != f"{W}sectPrChange"
