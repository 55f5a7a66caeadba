"""Edits of a subject: what `subjects` describes is planted, and what a document has of it goes, moves and is copied."""

from __future__ import annotations

from collections.abc import Callable
from string import Template

from lxml import etree

from redline.ooxml import MC, NS, RELATIONSHIP, WP, M, W

from .draft import (
    EDITS,
    Draft,
    Edit,
    Element,
    copy_of,
    drop,
    is_only_block,
    is_separator,
    is_whole,
    make,
    new_drawing_id,
    parent_of,
    run_of,
)
from .objects import png
from .subjects import SUBJECTS, Subject
from .words import change_a_word, cut_run

_BLOCK_HOSTS = frozenset(f"{W}{name}" for name in ("body", "tc", "hdr", "ftr"))
_INLINE_HOSTS = frozenset(f"{W}{name}" for name in ("p", "smartTag", "sdtContent"))
_BOX = f"{W}txbxContent"
_WRAPPERS = frozenset(f"{W}{name}" for name in ("sdt", "smartTag", "customXml", "dir", "bdo", "hyperlink", "fldSimple"))
_PROPERTIES = frozenset(f"{W}{name}" for name in ("sdtPr", "sdtEndPr", "smartTagPr", "customXmlPr"))
_LIST = (
    '<w:abstractNum w:abstractNumId="$id"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/>'
    '<w:lvlText w:val="%1."/></w:lvl></w:abstractNum>'
)


class _Values(dict[str, str]):
    """What the names in a piece of XML stand for, made when they are first asked for."""

    def __init__(self, draft: Draft, part: str) -> None:
        super().__init__()
        self._draft = draft
        self._part = part
        self._ids = 0

    def __missing__(self, name: str) -> str:
        makers: dict[str, Callable[[], str]] = {
            "doc": lambda: new_drawing_id(self._draft),
            "link": lambda: self._relation("hyperlink", f"https://example.org/{self._draft.random.randrange(99)}"),
            "linked": lambda: self._relation("image", "https://example.org/picture.png"),
            "image": lambda: self._file("image", "png", "image/png", png(self._draft.random.randrange(256))),
            "chart": lambda: self._file(
                "chart", "xml", "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
            ),
            "diagram": lambda: self._file("diagramData", "xml", "application/xml"),
            "package": lambda: self._file("package", "bin", "application/octet-stream"),
            "list": lambda: _new_list(self._draft, ""),
            "restart": lambda: _new_list(
                self._draft, '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="3"/></w:lvlOverride>'
            ),
        }
        self[name] = makers[name]() if name in makers else self._id()
        return self[name]

    def _id(self) -> str:
        self._ids += 1
        return str(int(self._draft.new_id("")) + self._ids)

    def _relation(self, kind: str, url: str) -> str:
        return self._draft.package.add_relationship(self._part, RELATIONSHIP + kind, url, external=True)

    def _file(self, kind: str, extension: str, content_type: str, data: bytes = b"") -> str:
        package = self._draft.package
        name = package.unused(f"word/media/planted1.{extension}")
        package.set_bytes(name, data or f"<x>{self._draft.random.randrange(99)}</x>".encode())
        package.ensure_content_type(name, content_type)
        return package.add_relationship(self._part, RELATIONSHIP + kind, name)


def _new_list(draft: Draft, override: str) -> str:
    parts = draft.package.related(draft.package.main, "numbering")
    if not parts:
        name = draft.package.unused("word/numbering.xml")
        draft.package.ensure_content_type(
            name, "application/vnd.openxmlformats-officedocument.wordprocessingml.numbering+xml"
        )
        draft.package.add_relationship(draft.package.main, RELATIONSHIP + "numbering", name)
        draft.package.set_tree(name, make("<w:numbering/>"))
        parts = [name]
    root = draft.package.tree(parts[0])
    used = [int(n.get(f"{W}{a}", "0")) for a in ("numId", "abstractNumId") for n in root if n.get(f"{W}{a}")]
    new = str(max(used, default=0) + 1)
    at = sum(1 for child in root if child.tag in (f"{W}numPicBullet", f"{W}abstractNum"))
    root.insert(at, make(Template(_LIST).substitute(id=new)))
    root.insert(
        at + 1 + len(root.findall(f"{W}num")),
        make(f'<w:num w:numId="{new}"><w:abstractNumId w:val="{new}"/>{override}</w:num>'),
    )
    draft.package.set_tree(parts[0], root)
    return new


def _made(draft: Draft, xml: str, near: Element) -> list[Element]:
    """The elements of a piece of XML, to stand in the part of an element."""
    top = near.getroottree().getroot()
    part = next(part for part, root in draft.stories() if root is top)
    filled = Template(xml).substitute(_Values(draft, part))
    return list(make(f"<w:p>{filled}</w:p>"))


def _gap(draft: Draft) -> Element | None:
    """A run before which something may be put in a line."""
    run = cut_run(draft)
    if run is None or parent_of(run).tag not in _INLINE_HOSTS or _is_planted_in(run, _BOX, f"{W}comment"):
        return None
    return run


def _is_planted_in(element: Element, *tags: str) -> bool:
    return next(element.iterancestors(*tags), None) is not None


def _block_gap(draft: Draft) -> Element | None:
    hosts = [p for p in draft.paragraphs() if parent_of(p).tag in _BLOCK_HOSTS and not is_separator(p)]
    return draft.pick(hosts)


def _plant_inline(draft: Draft, xml: str) -> str | None:
    run = _gap(draft)
    if run is None:
        return None
    for element in _made(draft, xml, run):
        run.addprevious(element)
    draft.touch(run)
    return "planted in a line"


def _plant_around(draft: Draft, xml: str) -> str | None:
    run = _gap(draft)
    if run is None:
        return None
    (wrapper,) = _made(draft, xml, run)
    place = next(r for r in wrapper.iter(f"{W}r") if not len(r))
    run.addprevious(wrapper)
    parent_of(place).replace(place, run)
    draft.touch(run)
    return "planted around a run"


def _plant_block(draft: Draft, xml: str) -> str | None:
    block = _block_gap(draft)
    if block is None or ("sectPr" in xml and parent_of(block) is not draft.body):
        return None
    for element in _made(draft, xml, block):
        block.addprevious(element)
    draft.touch(block)
    return "planted as a block"


def _plant_across(draft: Draft, ends: tuple[str, str]) -> str | None:
    blocks = [b for b in draft.body if b.tag == f"{W}p" and b.find(f"{W}pPr/{W}sectPr") is None and is_whole(b)]
    if len(blocks) < 3:
        return None
    first = draft.random.randrange(len(blocks) - 1)
    last = min(first + draft.random.randint(1, 3), len(blocks) - 1)
    values = _Values(draft, draft.package.main)
    start, end = (list(make(f"<w:p>{Template(xml).substitute(values)}</w:p>")) for xml in ends)
    between = start[0].tag != f"{W}r" and draft.random.random() < 0.5
    for element in start:
        (blocks[first].addprevious if between else blocks[first].append)(element)
    for element in reversed(end):
        if between:
            blocks[last].addnext(element)
        else:
            blocks[last].insert(1 if blocks[last].find(f"{W}pPr") is not None else 0, element)
    draft.touch(draft.body)
    return "planted across blocks"


def _plant(subject: Subject) -> Edit:
    ways: list[Edit] = [
        *((lambda draft, xml=xml: _plant_inline(draft, xml)) for xml in subject.inline),
        *((lambda draft, xml=xml: _plant_around(draft, xml)) for xml in subject.around),
        *((lambda draft, xml=xml: _plant_block(draft, xml)) for xml in subject.block),
        *((lambda draft, ends=ends: _plant_across(draft, ends)) for ends in subject.across),
    ]
    return lambda draft: draft.random.choice(ways)(draft)


def _found(draft: Draft, subject: Subject) -> Element | None:
    """Something of a subject that may go as a whole."""
    names = [f"{{{NS[prefix]}}}{local}" for prefix, local in (tag.split(":") for tag in subject.tags)]
    found = [e for _, root in draft.stories() for e in root.iter(*names)]
    return draft.pick([e for e in found if _may_go(e)])


def _may_go(element: Element) -> bool:
    parent = parent_of(element)
    if (
        not is_whole(element)
        or _is_planted_in(element, f"{MC}Fallback", f"{W}del", f"{W}moveFrom")
        or is_separator(element)
    ):
        return False
    if parent.tag in (f"{W}sdtContent", f"{W}customXml", f"{W}ins", f"{M}num", f"{M}den", f"{M}e") and len(parent) == 1:
        return False
    if element.tag == f"{W}tbl" or (
        next(element.iter(f"{W}p", f"{W}tc"), None) is not None and run_of(element) is None
    ):
        return parent.tag in _BLOCK_HOSTS and not is_only_block(element)
    return True


def _take(subject: Subject) -> Edit:
    def change(draft: Draft) -> str | None:
        element = _found(draft, subject)
        if element is None:
            return None
        top = parent_of(element)
        if element.tag in _WRAPPERS and draft.random.random() < 0.4:
            content = element.find(f"{W}sdtContent")
            for child in [c for c in (element if content is None else content) if c.tag not in _PROPERTIES]:
                element.addprevious(child)
        drop(element)
        draft.touch(top)
        return f"{etree.QName(element).localname} taken away"

    return change


def _copy(subject: Subject, *, move: bool) -> Edit:
    def change(draft: Draft) -> str | None:
        element = _found(draft, subject)
        is_block = element is not None and parent_of(element).tag in _BLOCK_HOSTS
        target = _block_gap(draft) if is_block else _gap(draft)
        if element is None or target is None or element in (target, *target.iterancestors()):
            return None
        if element.getroottree().getroot() is not target.getroottree().getroot():
            return None  # its relationships are those of its part
        if _is_planted_in(target, _BOX) or _is_planted_in(element, f"{M}oMath", f"{M}oMathPara"):
            return None
        new = element if move else _with_new_ids(draft, element)
        if parent_of(element).tag == f"{W}r":
            run = etree.Element(f"{W}r")
            run.append(new)
            new = run
        target.addprevious(new)
        draft.touch(target)
        return f"{etree.QName(element).localname} {'moved' if move else 'copied'}"

    return change


def _with_new_ids(draft: Draft, element: Element) -> Element:
    new = copy_of(element)
    for drawing in new.iter(f"{WP}docPr"):
        drawing.set("id", draft.new_id(f"{WP}docPr", "id"))
    for control in list(new.iter(f"{W}sdtPr")):
        for identity in control.findall(f"{W}id"):
            control.remove(identity)
    return new


def _word(subject: Subject) -> Edit:
    def change(draft: Draft) -> str | None:
        element = _found(draft, subject)
        if element is None or not change_a_word(draft, [t for t in element.iter(f"{W}t", f"{M}t") if t.text]):
            return None
        return "a word in it"

    return change


for _name, _subject in SUBJECTS.items():
    if _subject.inline or _subject.around or _subject.block or _subject.across:
        EDITS[f"{_name}-planted"] = _plant(_subject)
    if _subject.tags:
        EDITS[f"{_name}-taken"] = _take(_subject)
        EDITS[f"{_name}-copied-whole"] = _copy(_subject, move=False)
        EDITS[f"{_name}-moved-whole"] = _copy(_subject, move=True)
        EDITS[f"{_name}-word"] = _word(_subject)


def edits_of(subject: str) -> list[str]:
    """The names of all edits that belong to a subject."""
    return sorted(name for name in EDITS if name.startswith((f"{subject}-", *SUBJECTS[subject].edits)))
