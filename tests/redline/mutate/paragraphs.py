"""Edits of whole paragraphs and of their properties."""

from __future__ import annotations

from lxml import etree

from redline.ooxml import W14, W

from .draft import (
    EDITS,
    Draft,
    Edit,
    Element,
    copy_of,
    drop,
    edit,
    is_only_block,
    is_whole,
    make,
    parent_of,
    properties,
    put,
    toggle,
    without_drawings,
)
from .words import WORDS, change_a_word, split_run


def _sentence(draft: Draft, length: int) -> str:
    return " ".join(draft.random.choices(WORDS, k=length)).capitalize() + "."


def new_paragraph(draft: Draft, like: Element | None, words: int = 12) -> Element:
    """A paragraph of fresh text with the properties of another."""
    paragraph = make(f"<w:p><w:r><w:t>{_sentence(draft, words)}</w:t></w:r></w:p>" if words else "<w:p/>")
    props = None if like is None else like.find(f"{W}pPr")
    if props is not None:
        props = copy_of(props)
        for name in ("sectPr", "pPrChange"):
            for found in props.findall(f"{W}{name}"):
                props.remove(found)
        for found in props.findall(f"{W}rPr/*"):
            if found.tag in (f"{W}ins", f"{W}del", f"{W}moveFrom", f"{W}moveTo", f"{W}rPrChange"):
                drop(found)
        paragraph.insert(0, props)
    return paragraph


def _insert(words: int, name: str) -> None:
    def change(draft: Draft) -> str | None:
        neighbour = draft.pick(draft.paragraphs())
        if neighbour is None or neighbour.find(f"{W}pPr/{W}sectPr") is not None:
            return None
        neighbour.addprevious(new_paragraph(draft, neighbour, words))
        draft.touch(neighbour)
        return name

    EDITS[name] = change


_insert(12, "paragraph-inserted")
_insert(0, "empty-paragraph-inserted")
_insert(2, "short-paragraph-inserted")


@edit
def paragraph_deleted(draft: Draft) -> str | None:
    return _delete(draft, 1)


@edit
def paragraphs_deleted(draft: Draft) -> str | None:
    return _delete(draft, draft.random.randrange(2, 6))


def _delete(draft: Draft, count: int) -> str | None:
    first = draft.pick(draft.paragraphs(whole=True))
    if first is None:
        return None
    parent = first.getparent()
    assert parent is not None
    draft.touch(first)
    doomed = [first, *(e for e in first.itersiblings() if e.tag == f"{W}p")][:count]
    for paragraph in doomed:
        if is_whole(paragraph) and not is_only_block(paragraph):
            parent.remove(paragraph)
    draft.touch(parent)
    return f"{len(doomed)} paragraphs deleted"


@edit
def paragraph_split(draft: Draft) -> str | None:
    texts = [t for t in draft.texts() if len(t.text or "") > 3 and parent_of(parent_of(t)).tag == f"{W}p"]
    text = draft.pick([t for t in texts if is_whole(parent_of(parent_of(t)))])
    if text is None:
        return None
    paragraph = parent_of(parent_of(text))
    second_run = split_run(text, draft.random.randrange(1, len(text.text or "")))
    assert second_run is not None
    head, tail = _parts(paragraph, second_run)
    if not (is_whole(head) and is_whole(tail)):
        return "a run split, unseen"
    paragraph.addprevious(head)
    for child in [c for c in paragraph if c.tag != f"{W}pPr" and paragraph.index(c) < paragraph.index(second_run)]:
        paragraph.remove(child)
    draft.touch(paragraph)
    return "a paragraph split"


def _parts(paragraph: Element, second_run: Element) -> tuple[Element, Element]:
    """What a paragraph holds before a run, as a paragraph of its own, and what it holds from there on."""
    at = paragraph.index(second_run)
    head, tail = copy_without_ids(paragraph), copy_without_ids(paragraph)
    for child in list(head)[at:]:
        head.remove(child)
    for child in [c for c in list(tail)[:at] if c.tag != f"{W}pPr"]:
        tail.remove(child)
    return head, tail


def copy_without_ids(element: Element) -> Element:
    new = etree.fromstring(etree.tostring(element, with_tail=False))
    for e in new.iter(etree.Element):
        e.attrib.pop(f"{W14}paraId", "")
        e.attrib.pop(f"{W14}textId", "")
    return new


@edit
def paragraphs_merged(draft: Draft) -> str | None:
    pairs = [p for p in draft.paragraphs(whole=True) if (n := p.getnext()) is not None and n.tag == f"{W}p"]
    first = draft.pick(pairs)
    if first is None:
        return None
    second = first.getnext()
    parent = first.getparent()
    assert second is not None
    assert parent is not None
    at = 1 if second.find(f"{W}pPr") is not None else 0
    for child in reversed([c for c in first if c.tag != f"{W}pPr"]):
        second.insert(at, child)
    draft.touch(second)
    parent.remove(first)
    return "two paragraphs merged"


def _move(draft: Draft) -> Element | None:
    """Take a paragraph of the body elsewhere in the body."""
    movable = [
        b for b in draft.body_blocks() if b.tag == f"{W}p" and sum(len(t.text or "") for t in b.iter(f"{W}t")) > 20
    ]
    moved = draft.pick(movable)
    others = [b for b in draft.body if b.tag in (f"{W}p", f"{W}tbl") and b is not moved]
    if moved is None or is_only_block(moved) or not others:
        return None
    draft.random.choice(others).addprevious(moved)
    draft.touch(moved)
    return moved


@edit
def paragraph_moved(draft: Draft) -> str | None:
    return None if _move(draft) is None else "a paragraph moved"


@edit
def paragraph_moved_and_edited(draft: Draft) -> str | None:
    moved = _move(draft)
    if moved is None or not change_a_word(draft, [t for t in moved.iter(f"{W}t") if (t.text or "").strip()]):
        return None
    return "a paragraph moved and edited"


@edit
def several_paragraphs_moved(draft: Draft) -> str | None:
    blocks = draft.body_blocks()
    if len(blocks) < 8:
        return None
    at = draft.random.randrange(len(blocks) - 4)
    moved = [b for b in blocks[at : at + 3] if not is_only_block(b)]
    target = draft.random.choice([b for b in blocks if b not in moved])
    for block in moved:
        target.addprevious(block)
    draft.touch(draft.body)
    return "several blocks moved together"


@edit
def paragraph_copied(draft: Draft) -> str | None:
    blocks = [b for b in draft.body_blocks() if b.tag == f"{W}p"]
    source, target = draft.pick(blocks), draft.pick(blocks)
    if source is None or target is None:
        return None
    target.addprevious(without_drawings(copy_of(source)))
    draft.touch(target)
    return "a paragraph copied"


def _property_edit(name: str, **attributes: str) -> Edit:
    def change(draft: Draft) -> str | None:
        paragraph = draft.pick(draft.paragraphs())
        if paragraph is None:
            return None
        props = properties(paragraph, "pPr")
        if attributes:
            put(props, name, **attributes)
        else:
            toggle(props, name)
        draft.touch(paragraph)
        return f"paragraph property {name}"

    return change


for _name, _attributes in {
    "jc": {"val": "center"},
    "ind": {"left": "777", "firstLine": "99"},
    "keepNext": {},
    "pageBreakBefore": {},
    "spacing": {"before": "133", "after": "77"},
    "bidi": {},
    "outlineLvl": {"val": "3"},
    "shd": {"val": "clear", "color": "auto", "fill": "DDEEFF"},
}.items():
    EDITS[f"paragraph-{_name}"] = _property_edit(_name, **_attributes)


@edit
def paragraph_mark_formatting(draft: Draft) -> str | None:
    paragraph = draft.pick(draft.paragraphs())
    if paragraph is None:
        return None
    props = properties(paragraph, "pPr")
    mark = props.find(f"{W}rPr")
    mark = put(props, "rPr") if mark is None else mark
    toggle(mark, "b")
    draft.touch(paragraph)
    return "the formatting of a paragraph mark"


@edit
def paragraph_style(draft: Draft) -> str | None:
    styles = [
        style.get(f"{W}styleId", "")
        for part in draft.package.related(draft.package.main, "styles")
        for style in draft.package.tree(part).iter(f"{W}style")
        if style.get(f"{W}type") == "paragraph"
    ]
    paragraph = draft.pick(draft.paragraphs())
    if paragraph is None or not styles:
        return None
    put(properties(paragraph, "pPr"), "pStyle", val=draft.random.choice(styles))
    draft.touch(paragraph)
    return "a paragraph's style"


def _listed(draft: Draft) -> Element | None:
    return draft.pick([p for p in draft.paragraphs() if p.find(f"{W}pPr/{W}numPr/{W}numId") is not None])


@edit
def list_level_changed(draft: Draft) -> str | None:
    paragraph = _listed(draft)
    numbering = None if paragraph is None else paragraph.find(f"{W}pPr/{W}numPr")
    if paragraph is None or numbering is None:
        return None
    level = numbering.find(f"{W}ilvl")
    if level is None:
        level = etree.Element(f"{W}ilvl")
        numbering.insert(0, level)
    level.set(f"{W}val", str((int(level.get(f"{W}val", "0")) + 1) % 9))
    draft.touch(paragraph)
    return "a list level"


@edit
def numbering_removed(draft: Draft) -> str | None:
    paragraph = _listed(draft)
    props = None if paragraph is None else paragraph.find(f"{W}pPr")
    numbering = None if props is None else props.find(f"{W}numPr")
    if paragraph is None or props is None or numbering is None:
        return None
    props.remove(numbering)
    draft.touch(paragraph)
    return "numbering removed"


@edit
def numbering_added(draft: Draft) -> str | None:
    like = _listed(draft)
    numbering = None if like is None else like.find(f"{W}pPr/{W}numPr")
    paragraph = draft.pick([p for p in draft.paragraphs() if p.find(f"{W}pPr/{W}numPr") is None])
    if numbering is None or paragraph is None:
        return None
    slot = put(properties(paragraph, "pPr"), "numPr")
    slot[:] = [copy_of(e) for e in numbering if e.tag in (f"{W}ilvl", f"{W}numId")]
    draft.touch(paragraph)
    return "numbering added"


@edit
def list_item_inserted(draft: Draft) -> str | None:
    item = _listed(draft)
    if item is None or item.find(f"{W}pPr/{W}sectPr") is not None:
        return None
    item.addprevious(new_paragraph(draft, item))
    draft.touch(item)
    return "a list item inserted"
