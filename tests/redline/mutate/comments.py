"""Edits of comments and of their threads: answers, what is done ([MS-DOCX] 2.5.3.1, 2.8.3.1, 2.10.3.1)."""

from __future__ import annotations

from copy import deepcopy
from typing import Final

from lxml import etree

from redline.ooxml import W14, W15, W
from redline.opc.parts import details_of_comments

from .draft import Draft, Element, drop, edit, make, parent_of, run_of
from .stories import new_part, new_root, takes_notes

_MICROSOFT: Final = "http://schemas.microsoft.com/office/"
_CID: Final = f"{{{_MICROSOFT}word/2016/wordml/cid}}"
_CEX: Final = f"{{{_MICROSOFT}word/2018/wordml/cex}}"
_PARTS: Final = {
    "commentsExtended": (f"{W15}commentsEx", "2011"),
    "commentsIds": (f"{_CID}commentsIds", "2016/09"),
    "commentsExtensible": (f"{_CEX}commentsExtensible", "2018/08"),
}
_TYPE: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.%s+xml"
_MARKS: Final = tuple(f"{W}comment{name}" for name in ("RangeStart", "RangeEnd", "Reference"))


def _comments(draft: Draft) -> list[Element]:
    parts = draft.package.related(draft.package.main, "comments")
    found = list(draft.package.tree(parts[0]).iter(f"{W}comment")) if parts else []
    return [comment for comment in found if comment.find(f"{W}p") is not None]


def _details(draft: Draft) -> list[Element]:
    """The roots of the three parts that tell more of comments, made where there are none."""
    package = draft.package
    if len(details_of_comments(package)) < len(_PARTS):
        for kind, (root, year) in _PARTS.items():
            name = package.unused(f"word/{kind}.xml")
            package.set_tree(name, etree.Element(root))
            package.ensure_content_type(name, _TYPE % kind)
            package.add_relationship(package.main, f"{_MICROSOFT}{year}/relationships/{kind}", name)
    return [package.tree(part) for part in details_of_comments(package)]


def _told(draft: Draft, comment: Element) -> Element:
    """What is told of a comment (w15:commentEx), said first where nothing is."""
    extended, ids, extensible = _details(draft)
    last = comment.findall(f"{W}p")[-1]
    if not last.get(f"{W14}paraId"):
        last.set(f"{W14}paraId", f"{draft.random.randrange(1, 1 << 31):08X}")
        draft.touch(comment)
    paragraph = last.get(f"{W14}paraId", "")
    for entry in extended:
        if entry.get(f"{W15}paraId") == paragraph:
            return entry
    durable = f"{draft.random.randrange(1, 0x7FFFFFFF):08X}"
    etree.SubElement(ids, f"{_CID}commentId", {f"{_CID}paraId": paragraph, f"{_CID}durableId": durable})
    etree.SubElement(extensible, f"{_CEX}commentExtensible", {f"{_CEX}durableId": durable})
    return etree.SubElement(extended, f"{W15}commentEx", {f"{W15}paraId": paragraph, f"{W15}done": "0"})


def _save(draft: Draft) -> None:
    for part in details_of_comments(draft.package):
        draft.package.set_tree(part, draft.package.tree(part))


@edit
def comment_added(draft: Draft) -> str | None:
    text = draft.pick([t for t in draft.texts() if t.getroottree().getroot() is draft.root and takes_notes(t)])
    if text is None:
        return None
    parts = draft.package.related(draft.package.main, "comments")
    root = draft.package.tree(parts[0]) if parts else new_root("comments")
    if not parts:
        new_part(draft, "comments", root)
    number = draft.new_id(f"{W}comment")
    root.append(
        make(
            f'<w:comment w:id="{number}" w:author="Ann" w:initials="A" w:date="2026-01-02T03:04:05Z">'
            "<w:p><w:r><w:t>Please check this.</w:t></w:r></w:p></w:comment>"
        )
    )
    run = run_of(text)
    assert run is not None
    run.addprevious(make(f'<w:commentRangeStart w:id="{number}"/>'))
    run.addnext(make(f'<w:r><w:commentReference w:id="{number}"/></w:r>'))
    run.addnext(make(f'<w:commentRangeEnd w:id="{number}"/>'))
    draft.touch(run)
    draft.touch(root)
    return "a comment added"


@edit
def comment_answered(draft: Draft) -> str | None:
    """A comment beside another one, with the same marks around the same text, that says whom it answers."""
    if not _comments(draft) and comment_added(draft) is None:
        return None
    comment = draft.pick(_comments(draft))
    if comment is None:
        return None
    asked = _told(draft, comment)
    answer = deepcopy(comment)
    for p in answer.iter(f"{W}p"):
        p.attrib.pop(f"{W14}paraId", "")
    answer.set(f"{W}id", draft.new_id(f"{W}comment"))
    comment.addnext(answer)
    told = _told(draft, answer)
    told.set(f"{W15}paraIdParent", asked.get(f"{W15}paraIdParent") or asked.get(f"{W15}paraId", ""))
    for _, root in list(draft.stories()):
        for mark in [m for m in root.iter(*_MARKS) if m.get(f"{W}id") == comment.get(f"{W}id")]:
            beside = parent_of(mark) if mark.tag == f"{W}commentReference" else mark
            copied = deepcopy(beside)
            for own in copied.iter(*_MARKS):
                own.set(f"{W}id", answer.get(f"{W}id", ""))
            copied.tail = None
            beside.addnext(copied)
            draft.touch(mark)
    draft.touch(answer)
    _save(draft)
    return "a comment answered"


@edit
def comment_done(draft: Draft) -> str | None:
    comment = draft.pick(_comments(draft))
    if comment is None:
        return None
    told = _told(draft, comment)
    told.set(f"{W15}done", "0" if told.get(f"{W15}done") == "1" else "1")
    _save(draft)
    return "a comment marked as done, or not"


def _forget_details(draft: Draft, comment: Element) -> None:
    """Remove what is told of a comment that goes."""
    gone = {p.get(f"{W14}paraId") for p in comment.iter(f"{W}p")} - {None}
    if not gone or len(details_of_comments(draft.package)) < len(_PARTS):
        return
    extended, ids, extensible = _details(draft)
    for entry in [e for e in extended if e.get(f"{W15}paraIdParent") in gone]:
        del entry.attrib[f"{W15}paraIdParent"]
    durable = {e.get(f"{_CID}durableId") for e in ids if e.get(f"{_CID}paraId") in gone}
    for entry in [*extended, *ids, *extensible]:
        if {entry.get(f"{W15}paraId"), entry.get(f"{_CID}paraId")} & gone or entry.get(f"{_CEX}durableId") in durable:
            drop(entry)
    _save(draft)


@edit
def comment_removed(draft: Draft) -> str | None:
    comment = draft.pick(_comments(draft))
    if comment is None:
        return None
    number = comment.get(f"{W}id")
    for _, root in list(draft.stories()):
        for mark in [m for m in root.iter(*_MARKS) if m.get(f"{W}id") == number]:
            draft.touch(mark)
            drop(mark)
    _forget_details(draft, comment)
    draft.touch(comment)
    drop(comment)
    return "a comment removed"
