"""Paragraph marks that go (ECMA-376-1, 17.13.5.15, .20, .21, .26): what is left joins the following paragraph."""

from __future__ import annotations

from collections.abc import Sequence
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


def join_paragraphs(root: etree._Element, gone: Sequence[etree._Element]) -> None:
    """Join each paragraph of `gone`, given in document order, to the one that follows it.

    The following paragraph's mark stays, and with it its properties. The last mark of a story or cell cannot go; text
    before a table stays a paragraph of its own, an emptied paragraph there goes. From the last to the first, so that
    each child is moved once however long the chain is; and those that went are taken out in the end, so that what
    follows one of them, or several, is looked for once.
    """
    joined: dict[etree._Element, etree._Element] = {}
    headers: _Headers | None = None
    for paragraph in reversed(gone):
        following = _following_block(paragraph)
        following = following if following is None else joined.get(following, following)
        if following is None or not _join(paragraph, following):
            continue
        joined[paragraph] = following
        if paragraph.find(f"{_PPR}/{_SECT}") is not None:
            headers = headers or _Headers(root)
            headers.hand_on(paragraph)
    for paragraph in joined:
        parent = paragraph.getparent()
        if parent is not None:
            parent.remove(paragraph)
            _drop_emptied_wrappers(parent)


def _join(paragraph: etree._Element, following: etree._Element) -> bool:
    """Move what a paragraph holds to the block that follows; False where it cannot go."""
    if following.tag == P:
        _put_first([child for child in paragraph if child.tag != _PPR], following)
    elif has_content(paragraph):
        return False
    else:
        for marker in [child for child in paragraph if child.tag not in (_PPR, f"{W}r")]:
            paragraph.addprevious(marker)
    return True


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


class _Headers:
    """Hands on what sections show that go with their paragraphs, from the last of a body to the first."""

    def __init__(self, root: etree._Element) -> None:
        self._before = [section for section in root.iter(_SECT) if _is_current(section)]
        self._places = {section: place for place, section in enumerate(self._before)}
        self._following: etree._Element | None = None

    def hand_on(self, paragraph: etree._Element) -> None:
        """The section after that of a paragraph goes on showing the headers it inherited (17.10.1)."""
        section = paragraph.find(f"{_PPR}/{_SECT}")
        place = self._places.get(section) if section is not None else None
        if section is None or place is None:
            return  # what was dropped with all around it
        if len(self._before) > place + 1:
            self._following = self._before[place + 1]
        del self._before[place:]
        if self._following is None:
            return
        own = {_reference_key(reference) for reference in self._following.iterchildren(*_REFERENCES)}
        inherited = [r for r in section.iterchildren(*_REFERENCES) if _reference_key(r) not in own]
        self._following[0:0] = inherited


def _reference_key(reference: etree._Element) -> tuple[str, str]:
    return str(reference.tag), reference.get(f"{W}type", "default")


def _is_current(section: etree._Element) -> bool:
    parent = section.getparent()
    return parent is not None and parent.tag != f"{W}sectPrChange"
