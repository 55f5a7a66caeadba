"""Edits of what is not plain text: images, links, fields, bookmarks, controls, text boxes, equations, styles."""

from __future__ import annotations

import struct
import zlib
from copy import deepcopy

from lxml import etree

from redline.ooxml import RELATIONSHIP, WP, A, M, R, W

from .draft import (
    Draft,
    Element,
    drop,
    edit,
    is_whole,
    make,
    new_drawing_id,
    parent_of,
    properties,
    put,
    run_of,
    toggle,
)
from .words import split_run

_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/"


def png(shade: int) -> bytes:
    """A picture of one grey pixel (ISO/IEC 15948)."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes([0, shade])))
        + chunk(b"IEND", b"")
    )


def _new_image(draft: Draft) -> str:
    shade = draft.random.randrange(256)
    number = 1
    while f"word/media/new{number}.png" in draft.package:
        number += 1
    name = f"word/media/new{number}.png"
    draft.package.set_bytes(name, png(shade))
    draft.package.ensure_content_type(name, "image/png")
    return draft.package.add_relationship(draft.package.main, RELATIONSHIP + "image", name)


def _drawings(draft: Draft) -> list[Element]:
    return [
        d
        for d in draft.root.iter(f"{W}drawing")
        if next(d.iter(f"{A}blip"), None) is not None and run_of(d) is not None
    ]


@edit
def image_added(draft: Draft) -> str | None:
    text = draft.pick([t for t in draft.texts() if t.getroottree().getroot() is draft.root])
    second = None if text is None else split_run(text, len(text.text or "") // 2)
    if text is None or second is None:
        return None
    picture = (
        f'<pic:pic xmlns:pic="{_DRAWING}picture"><pic:nvPicPr><pic:cNvPr id="0" name="new"/><pic:cNvPicPr/>'
        "</pic:nvPicPr>"
        f'<pic:blipFill><a:blip r:embed="{_new_image(draft)}"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>'
        '<pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="90000" cy="90000"/></a:xfrm><a:prstGeom prst="rect">'
        "<a:avLst/></a:prstGeom></pic:spPr></pic:pic>"
    )
    second.addprevious(
        make(
            '<w:r><w:drawing><wp:inline><wp:extent cx="90000" cy="90000"/>'
            f'<wp:docPr id="{new_drawing_id(draft)}" name="New picture"/><a:graphic>'
            f'<a:graphicData uri="{_DRAWING}picture">{picture}'
            "</a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
        )
    )
    draft.touch(text)
    return "an image added"


@edit
def image_replaced(draft: Draft) -> str | None:
    drawing = draft.pick(_drawings(draft))
    blip = None if drawing is None else next(drawing.iter(f"{A}blip"), None)
    if blip is None or blip.get(f"{R}embed") is None:
        return None
    blip.set(f"{R}embed", _new_image(draft))
    draft.touch(blip)
    return "an image replaced by another part"


@edit
def image_bytes_replaced(draft: Draft) -> str | None:
    drawing = draft.pick(_drawings(draft))
    blip = None if drawing is None else next(drawing.iter(f"{A}blip"), None)
    relation = draft.package.rels(draft.package.main).get("" if blip is None else blip.get(f"{R}embed", ""))
    if relation is None or relation.external or relation.target not in draft.package:
        return None
    draft.package.set_bytes(relation.target, png(draft.random.randrange(256)))
    return "the bytes of an image replaced"


@edit
def image_resized(draft: Draft) -> str | None:
    extent = draft.pick([e for d in _drawings(draft) for e in d.iter(f"{WP}extent")])
    if extent is None:
        return None
    extent.set("cx", "123456")
    draft.touch(extent)
    return "an image resized"


@edit
def image_moved(draft: Draft) -> str | None:
    drawing = draft.pick(_drawings(draft))
    texts = [t for t in draft.texts() if t.getroottree().getroot() is draft.root and run_of(t) is not None]
    text = draft.pick(texts)
    if drawing is None or text is None or text.getparent() is drawing.getparent():
        return None
    if drawing in text.iterancestors():
        return None
    second = split_run(text, len(text.text or "") // 2)
    assert second is not None
    run = etree.Element(f"{W}r")
    run.append(drawing)
    second.addprevious(run)
    draft.touch(run)
    return "an image moved"


@edit
def image_deleted(draft: Draft) -> str | None:
    drawing = draft.pick(_drawings(draft))
    if drawing is None:
        return None
    drop(drawing)
    draft.touch(draft.body)
    return "an image deleted"


def _links(draft: Draft) -> list[Element]:
    return [link for link in draft.root.iter(f"{W}hyperlink") if link.get(f"{R}id") is not None]


@edit
def link_target_changed(draft: Draft) -> str | None:
    link = draft.pick(_links(draft))
    if link is None:
        return None
    url = f"https://example.org/{draft.random.randrange(1000)}"
    link.set(
        f"{R}id", draft.package.add_relationship(draft.package.main, RELATIONSHIP + "hyperlink", url, external=True)
    )
    draft.touch(link)
    return "a link's target"


@edit
def link_removed(draft: Draft) -> str | None:
    link = draft.pick(_links(draft))
    if link is None:
        return None
    for child in list(link):
        link.addprevious(child)
    drop(link)
    draft.touch(draft.body)
    return "a link removed, its text kept"


def _plain_run(draft: Draft) -> Element | None:
    """A run right in a paragraph of the body."""
    texts = [t for t in draft.texts() if t.getroottree().getroot() is draft.root]
    runs = [r for r in (run_of(t) for t in texts) if r is not None and parent_of(r).tag == f"{W}p"]
    return draft.pick([r for r in runs if is_whole(parent_of(r))])


def _wrap(run: Element, wrapper: Element, inner: Element | None = None) -> None:
    run.addprevious(wrapper)
    (wrapper if inner is None else inner).append(run)


@edit
def link_added(draft: Draft) -> str | None:
    run = _plain_run(draft)
    if run is None:
        return None
    rid = draft.package.add_relationship(
        draft.package.main, RELATIONSHIP + "hyperlink", "https://example.org/new", external=True
    )
    _wrap(run, etree.Element(f"{W}hyperlink", {f"{R}id": rid}))
    draft.touch(run)
    return "a link added"


@edit
def control_added(draft: Draft) -> str | None:
    run = _plain_run(draft)
    if run is None:
        return None
    control = make('<w:sdt><w:sdtPr><w:alias w:val="New"/><w:tag w:val="new"/></w:sdtPr><w:sdtContent/></w:sdt>')
    _wrap(run, control, control[1])
    draft.touch(run)
    return "an inline content control added"


@edit
def block_control_added(draft: Draft) -> str | None:
    block = draft.pick(draft.body_blocks())
    if block is None or block.getnext() is None:
        return None
    control = make('<w:sdt><w:sdtPr><w:tag w:val="block"/></w:sdtPr><w:sdtContent/></w:sdt>')
    _wrap(block, control, control[1])
    draft.touch(block)
    return "a block content control added"


@edit
def control_removed(draft: Draft) -> str | None:
    controls = [c for c in draft.root.iter(f"{W}sdt") if c.find(f"{W}sdtContent") is not None and is_whole(c)]
    control = draft.pick([c for c in controls if parent_of(c).tag in (f"{W}p", f"{W}body")])
    content = None if control is None else control.find(f"{W}sdtContent")
    if control is None or content is None:
        return None
    for child in list(content):
        control.addprevious(child)
    drop(control)
    draft.touch(draft.body)
    return "a content control removed, its content kept"


@edit
def field_instruction_changed(draft: Draft) -> str | None:
    fields = list(draft.root.iter(f"{W}fldSimple", f"{W}instrText"))
    found = draft.pick(fields)
    if found is None:
        return None
    if found.tag == f"{W}fldSimple":
        found.set(f"{W}instr", found.get(f"{W}instr", "") + r" \* MERGEFORMAT ")
    else:
        found.text = (found.text or "") + r" \* Upper "
    draft.touch(found)
    return "a field's instruction"


@edit
def field_added(draft: Draft) -> str | None:
    run = _plain_run(draft)
    if run is None:
        return None
    if draft.random.random() < 0.4:
        run.addprevious(make('<w:fldSimple w:instr=" AUTHOR "><w:r><w:t>Ann</w:t></w:r></w:fldSimple>'))
    else:
        for inside in (
            '<w:fldChar w:fldCharType="begin"/>',
            '<w:instrText xml:space="preserve"> DATE </w:instrText>',
            '<w:fldChar w:fldCharType="separate"/>',
            "<w:t>1 May</w:t>",
            '<w:fldChar w:fldCharType="end"/>',
        ):
            run.addprevious(make(f"<w:r>{inside}</w:r>"))
    draft.touch(run)
    return "a field added"


@edit
def field_removed(draft: Draft) -> str | None:
    field = draft.pick(list(draft.root.iter(f"{W}fldSimple")))
    if field is None:
        return None
    drop(field)
    draft.touch(draft.body)
    return "a simple field removed"


@edit
def bookmark_added(draft: Draft) -> str | None:
    run = _plain_run(draft)
    if run is None:
        return None
    number = draft.new_id(f"{W}bookmarkStart")
    run.addprevious(make(f'<w:bookmarkStart w:id="{number}" w:name="mark_{number}"/>'))
    run.addnext(make(f'<w:bookmarkEnd w:id="{number}"/>'))
    draft.touch(run)
    return "a bookmark added"


@edit
def bookmark_removed(draft: Draft) -> str | None:
    start = draft.pick(list(draft.root.iter(f"{W}bookmarkStart")))
    if start is None:
        return None
    number = start.get(f"{W}id")
    for mark in [m for m in draft.root.iter(f"{W}bookmarkStart", f"{W}bookmarkEnd") if m.get(f"{W}id") == number]:
        drop(mark)
    draft.touch(draft.body)
    return "a bookmark removed"


@edit
def equation_edited(draft: Draft) -> str | None:
    texts = [t for _, root in draft.stories() for t in root.iter(f"{M}t") if t.text]
    text = draft.pick(texts)
    if text is None:
        return None
    text.text = (text.text or "") + "+1"
    draft.touch(text)
    return "an equation edited"


@edit
def text_box_added(draft: Draft) -> str | None:
    run = _plain_run(draft)
    if run is None:
        return None
    shapes = "http://schemas.microsoft.com/office/word/2010/wordprocessingShape"
    content = "<w:txbxContent><w:p><w:r><w:t>New text in a box</w:t></w:r></w:p></w:txbxContent>"
    run.addprevious(
        make(
            f'<w:r><mc:AlternateContent><mc:Choice Requires="wps" xmlns:wps="{shapes}"><w:drawing><wp:inline>'
            f'<wp:extent cx="900000" cy="900000"/><wp:docPr id="{new_drawing_id(draft)}" name="Box"/>'
            f'<a:graphic><a:graphicData uri="{shapes}"><wps:wsp><wps:cNvSpPr txBox="1"/><wps:spPr/>'
            f"<wps:txbx>{content}</wps:txbx><wps:bodyPr/>"
            "</wps:wsp></a:graphicData></a:graphic></wp:inline></w:drawing></mc:Choice>"
            f"<mc:Fallback><w:pict><v:shape><v:textbox>{content}</v:textbox></v:shape></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
        )
    )
    draft.touch(run)
    return "a text box added"


def _related_tree(draft: Draft, kind: str) -> Element | None:
    parts = draft.package.related(draft.package.main, kind)
    return draft.package.tree(parts[0]) if parts else None


@edit
def style_definition_changed(draft: Draft) -> str | None:
    style = _style(draft, "paragraph")
    if style is None:
        return None
    put(_style_properties(style, "rPr"), "color", val="112233")
    return "a style's definition"


@edit
def style_paragraph_definition_changed(draft: Draft) -> str | None:
    style = _style(draft, "paragraph", "table")
    if style is None:
        return None
    if toggle(_style_properties(style, "pPr"), "keepNext"):
        put(_style_properties(style, "pPr"), "spacing", before="360")
    return "a style's paragraph properties"


@edit
def style_definition_emptied(draft: Draft) -> str | None:
    style = _style(draft, "paragraph", "character", "table")
    found = None if style is None else draft.pick([*style.iterchildren(f"{W}rPr", f"{W}pPr")])
    if found is None:
        return None
    drop(found)
    return "a style's properties taken away"


@edit
def style_definition_tracked(draft: Draft) -> str | None:
    style = _style(draft, "paragraph", "character")
    if style is None or style.find(f"{W}rPr/{W}rPrChange") is not None:
        return None
    props = _style_properties(style, "rPr")
    now = toggle(props, "b")
    change = make(
        f'<w:rPrChange w:id="{draft.new_id("")}" w:author="Ann" w:date="2026-01-01T00:00:00Z"><w:rPr/></w:rPrChange>'
    )
    change[0].extend(deepcopy(child) for child in props if child.tag != f"{W}b")
    if not now:
        put(change[0], "b")
    props.append(change)
    return "a style's definition, tracked"


def _style(draft: Draft, *kinds: str) -> Element | None:
    """A style of these types, in a part that is taken for changed."""
    root = _related_tree(draft, "styles")
    if root is None:
        return None
    draft.package.set_tree(draft.package.related(draft.package.main, "styles")[0], root)
    return draft.pick([style for style in root.iter(f"{W}style") if style.get(f"{W}type") in kinds])


def _style_properties(style: Element, name: str) -> Element:
    """Properties of a style, made in their place (CT_Style, 17.7.4.17) where they are missing."""
    found = style.find(f"{W}{name}")
    if found is None:
        found = etree.Element(f"{W}{name}")
        followers = [f"{W}{tag}" for tag in ("rPr", "tblPr", "trPr", "tcPr", "tblStylePr") if tag != name]
        first = next(style.iterchildren(*followers), None)
        style.append(found) if first is None else first.addprevious(found)
    return found


@edit
def style_added_and_used(draft: Draft) -> str | None:
    root = _related_tree(draft, "styles")
    paragraph = draft.pick(draft.paragraphs())
    if root is None or paragraph is None or any(s.get(f"{W}styleId") == "BrandNew" for s in root):
        return None
    root.append(
        make(
            '<w:style w:type="paragraph" w:customStyle="1" w:styleId="BrandNew"><w:name w:val="Brand New"/>'
            "<w:rPr><w:i/></w:rPr></w:style>"
        )
    )
    put(properties(paragraph, "pPr"), "pStyle", val="BrandNew")
    draft.package.set_tree(draft.package.related(draft.package.main, "styles")[0], root)
    draft.touch(paragraph)
    return "a style added and used"


@edit
def numbering_definition_changed(draft: Draft) -> str | None:
    root = _related_tree(draft, "numbering")
    text = None if root is None else draft.pick(list(root.iter(f"{W}lvlText")))
    if root is None or text is None:
        return None
    text.set(f"{W}val", text.get(f"{W}val", "") + ")")
    draft.package.set_tree(draft.package.related(draft.package.main, "numbering")[0], root)
    return "a numbering definition"


@edit
def properties_part_changed(draft: Draft) -> str | None:
    core = "docProps/core.xml"
    if core not in draft.package:
        return None
    root = draft.package.tree(core)
    root.append(
        etree.fromstring('<dc:subject xmlns:dc="http://purl.org/dc/elements/1.1/">Edited</dc:subject>')
    ) if next((e for e in root if str(e.tag).endswith("}subject")), None) is None else None
    draft.package.set_tree(core, root)
    return "the document's properties"
