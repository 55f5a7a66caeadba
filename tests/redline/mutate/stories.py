"""Edits beside the body: notes, headers and footers, sections."""

from __future__ import annotations

from lxml import etree

from redline.ooxml import NS, RELATIONSHIP, R, W

from .draft import EDITS, Draft, Edit, Element, drop, edit, is_whole, make, parent_of, put, run_of
from .words import split_run

TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml."
_SEPARATORS = (("separator", "-1", "separator"), ("continuationSeparator", "0", "continuationSeparator"))


def new_part(draft: Draft, kind: str, root: Element) -> str:
    """Add a part of a kind that the main part may refer to; returns the relationship's id."""
    number = 1
    while f"word/{kind}{number}.xml" in draft.package or f"word/{kind}.xml" == f"word/{kind}{number}.xml":
        number += 1
    name = f"word/{kind}{number}.xml"
    draft.package.set_tree(name, root)
    draft.package.ensure_content_type(name, f"{TYPE}{kind}+xml")
    return draft.package.add_relationship(draft.package.main, RELATIONSHIP + kind, name)


def new_root(tag: str) -> Element:
    names = {prefix: NS[prefix] for prefix in ("w", "r", "m", "w14")}
    return etree.Element(f"{W}{tag}", nsmap=names)


def _notes(draft: Draft, kind: str, create: bool) -> Element | None:
    parts = draft.package.related(draft.package.main, kind)
    if parts:
        return draft.package.tree(parts[0])
    if not create:
        return None
    root = new_root(kind)
    for note_type, number, mark in _SEPARATORS:
        root.append(
            make(
                f'<w:{kind[:-1]} w:type="{note_type}" w:id="{number}"><w:p><w:r><w:{mark}/></w:r></w:p></w:{kind[:-1]}>'
            )
        )
    new_part(draft, kind, root)
    return root


def _add_note(kind: str) -> Edit:
    def change(draft: Draft) -> str | None:
        texts = [t for t in draft.texts() if t.getroottree().getroot() is draft.root and takes_notes(t)]
        text = draft.pick(texts)
        if text is None:
            return None
        notes = _notes(draft, kind, create=True)
        assert notes is not None
        number = draft.new_id(f"{W}{kind[:-1]}")
        notes.append(
            make(
                f'<w:{kind[:-1]} w:id="{number}"><w:p><w:r><w:{kind[:-1]}Ref/></w:r><w:r>'
                f'<w:t xml:space="preserve"> A new note.</w:t></w:r></w:p>'
                f"</w:{kind[:-1]}>"
            )
        )
        second = split_run(text, len(text.text or "") // 2)
        assert second is not None
        second.addprevious(make(f'<w:r><w:{kind[:-1]}Reference w:id="{number}"/></w:r>'))
        draft.touch(text)
        draft.touch(notes)
        return f"a {kind[:-1]} added"

    return change


def takes_notes(text: Element) -> bool:
    above = {ancestor.tag for ancestor in text.iterancestors()}
    return run_of(text) is not None and not above & {f"{W}txbxContent", f"{W}hyperlink", f"{W}fldSimple", f"{W}sdt"}


def _remove_note(kind: str) -> Edit:
    def change(draft: Draft) -> str | None:
        notes = _notes(draft, kind, create=False)
        reference = draft.pick(list(draft.root.iter(f"{W}{kind[:-1]}Reference")))
        if notes is None or reference is None:
            return None
        number = reference.get(f"{W}id")
        run = reference.getparent()
        assert run is not None
        run.remove(reference)
        if draft.random.random() < 0.7:  # Word takes the note away, other programs leave it behind
            for note in [n for n in notes if n.get(f"{W}id") == number]:
                notes.remove(note)
        draft.touch(run)
        draft.touch(notes)
        return f"a {kind[:-1]} removed"

    return change


for _kind in ("footnotes", "endnotes"):
    EDITS[f"{_kind[:-1]}-added"] = _add_note(_kind)
    EDITS[f"{_kind[:-1]}-removed"] = _remove_note(_kind)


@edit
def note_paragraph_added(draft: Draft) -> str | None:
    notes = [n for kind in ("footnotes", "endnotes") if (r := _notes(draft, kind, False)) is not None for n in r]
    note = draft.pick([n for n in notes if n.get(f"{W}type") is None])
    if note is None:
        return None
    note.append(
        make(
            "<w:p><w:r><w:t>One more paragraph of the note.</w:t></w:r></w:p>"
            if draft.random.random() < 0.6
            else "<w:p/>"
        )
    )
    draft.touch(note)
    return "a paragraph added to a note"


def _add_header(kind: str, tag: str, where: str) -> Edit:
    def change(draft: Draft) -> str | None:
        sections = [
            s
            for s in draft.sections()
            if not any(h.get(f"{W}type", "default") == where for h in s.iterfind(f"{W}{kind}Reference"))
        ]
        section = draft.pick(sections)
        if section is None:
            return None
        root = new_root(tag)
        root.append(make(f"<w:p><w:r><w:t>New {where} {kind} of the agreement</w:t></w:r></w:p>"))
        section.insert(
            0, etree.Element(f"{W}{kind}Reference", {f"{W}type": where, f"{R}id": new_part(draft, kind, root)})
        )
        if where == "first" and section.find(f"{W}titlePg") is None:
            put(section, "titlePg")
        draft.touch(section)
        return f"a {where} {kind} added"

    return change


for _kind, _tag in (("header", "hdr"), ("footer", "ftr")):
    for _where in ("default", "first", "even"):
        EDITS[f"{_where}-{_kind}-added"] = _add_header(_kind, _tag, _where)


@edit
def header_removed(draft: Draft) -> str | None:
    reference = draft.pick([r for s in draft.sections() for r in s.iterfind(f"{W}headerReference")])
    section = None if reference is None else reference.getparent()
    if reference is None or section is None:
        return None
    section.remove(reference)
    draft.touch(section)
    return "a header removed"


@edit
def header_paragraph_added(draft: Draft) -> str | None:
    roots = [root for _, root in draft.stories() if root.tag in (f"{W}hdr", f"{W}ftr")]
    root = draft.pick(roots)
    if root is None:
        return None
    root.append(make("<w:p><w:r><w:t>Confidential draft</w:t></w:r></w:p>"))
    draft.touch(root)
    return "a paragraph added to a header or footer"


@edit
def section_break_added(draft: Draft) -> str | None:
    blocks = [b for b in draft.body_blocks() if b.tag == f"{W}p" and next(b.itersiblings(f"{W}p"), None) is not None]
    paragraph = draft.pick(blocks)
    last = draft.body.find(f"{W}sectPr")
    if paragraph is None or last is None:
        return None
    new = etree.fromstring(etree.tostring(last, with_tail=False))
    for change in new.findall(f"{W}sectPrChange"):
        new.remove(change)
    put(new, "type", val=draft.random.choice(["continuous", "nextPage"]))
    props = paragraph.find(f"{W}pPr")
    if props is None:
        props = etree.Element(f"{W}pPr")
        paragraph.insert(0, props)
    props.replace(put(props, "sectPr"), new)
    draft.touch(paragraph)
    return "a section break added"


@edit
def section_break_removed(draft: Draft) -> str | None:
    section = draft.pick([s for s in draft.sections() if parent_of(s).tag == f"{W}pPr"])
    if section is None:
        return None
    drop(section)
    draft.touch(draft.body)
    return "a section break removed"


@edit
def section_paragraph_removed(draft: Draft) -> str | None:
    """Delete the paragraph that holds a section break, as one does with the backspace key."""
    section = draft.pick([s for s in draft.sections() if parent_of(s).tag == f"{W}pPr"])
    if section is None:
        return None
    props = parent_of(section)
    paragraph = parent_of(props)
    props.remove(section)
    following = paragraph.getnext()
    if is_whole(paragraph) and following is not None and following.tag == f"{W}p":
        drop(paragraph)
    draft.touch(draft.body)
    return "a section break removed with its paragraph"


def _section_property(name: str, **attributes: str) -> Edit:
    def change(draft: Draft) -> str | None:
        section = draft.pick(draft.sections())
        if section is None:
            return None
        put(section, name, **attributes)
        draft.touch(section)
        return f"section property {name}"

    return change


for _name, _attributes in {
    "pgSz": {"w": "15840", "h": "12240", "orient": "landscape"},
    "pgMar": {
        "top": "999",
        "right": "999",
        "bottom": "999",
        "left": "999",
        "header": "500",
        "footer": "500",
        "gutter": "0",
    },
    "cols": {"num": "2", "space": "708"},
    "titlePg": {},
    "pgNumType": {"start": "5"},
}.items():
    EDITS[f"section-{_name}"] = _section_property(_name, **_attributes)
