"""Small .docx packages in memory for the engine's tests: XML snippets in, bytes out."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from xml.sax.saxutils import escape

from redline.ooxml import NS, RELATIONSHIP

XMLNS = " ".join(f'xmlns:{k}="{v}"' for k, v in NS.items() if k not in ("pr", "ct", "xml"))
XMLNS += ' xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
XMLNS += ' xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture"'
HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml."
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c636060606000000005000146a7e8ff0000000049454e44ae426082"
)


def t(text: str) -> str:
    return f'<w:t xml:space="preserve">{escape(text)}</w:t>'


def r(text: str = "", rpr: str = "", *, xml: str = "") -> str:
    """A run: text, the inside of its w:rPr, and further XML after the text."""
    return f"<w:r>{f'<w:rPr>{rpr}</w:rPr>' if rpr else ''}{t(text) if text else ''}{xml}</w:r>"


def p(*content: str, ppr: str = "", style: str = "") -> str:
    """A paragraph: each content is text, or inline XML when it starts with '<'."""
    props = (f'<w:pStyle w:val="{style}"/>' if style else "") + ppr
    inside = "".join(c if c.startswith("<") else r(c) for c in content if c)
    return f"<w:p>{f'<w:pPr>{props}</w:pPr>' if props else ''}{inside}</w:p>"


def tc(*content: str, tcpr: str = "") -> str:
    """A cell: each content is a block, or the text of a paragraph."""
    blocks = "".join(c if c.startswith("<") else p(c) for c in content) or p()
    return f"<w:tc><w:tcPr>{tcpr}</w:tcPr>{blocks}</w:tc>"


def tr(*cells: str, trpr: str = "") -> str:
    props = f"<w:trPr>{trpr}</w:trPr>" if trpr else ""
    return f"<w:tr>{props}{''.join(c if c.startswith('<') else tc(c) for c in cells)}</w:tr>"


def tbl(*rows: str, columns: int = 2, tblpr: str = "") -> str:
    grid = '<w:gridCol w:w="2000"/>' * columns
    return f"<w:tbl><w:tblPr>{tblpr}</w:tblPr><w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"


def link(*content: str, rid: str = "", anchor: str = "") -> str:
    target = f' r:id="{rid}"' if rid else f' w:anchor="{anchor}"'
    return f"<w:hyperlink{target}>{''.join(c if c.startswith('<') else r(c) for c in content)}</w:hyperlink>"


def field(instr: str, result: str = "") -> str:
    """A complex field (17.16.18)."""
    return (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        f'<w:r><w:instrText xml:space="preserve"> {escape(instr)} </w:instrText></w:r>'
        f'<w:r><w:fldChar w:fldCharType="separate"/></w:r>{r(result)}<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


def footnote_ref(note_id: int) -> str:
    return f'<w:r><w:footnoteReference w:id="{note_id}"/></w:r>'


def image(rid: str, extent: int = 100, doc_id: int = 1) -> str:
    """An inline picture (20.4.2.8)."""
    return (
        f'<w:r><w:drawing><wp:inline><wp:extent cx="{extent}" cy="{extent}"/><wp:docPr id="{doc_id}" name="Picture"/>'
        f'<a:graphic><a:graphicData uri="{NS["a"]}/picture"><pic:pic><pic:blipFill><a:blip r:embed="{rid}"/>'
        "</pic:blipFill></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>"
    )


def textbox(*blocks: str, fallback: bool = True) -> str:
    """A DrawingML text box with its VML fallback (Part 3, 10.2)."""
    inside = f"<w:txbxContent>{''.join(blocks)}</w:txbxContent>"
    choice = (
        '<mc:Choice Requires="wps"><w:drawing><wp:anchor><wp:extent cx="9" cy="9"/><wp:docPr id="7" name="Box"/>'
        f'<a:graphic><a:graphicData uri="{NS["a"]}"><wps:wsp><wps:txbx>{inside}</wps:txbx></wps:wsp></a:graphicData>'
        "</a:graphic></wp:anchor></w:drawing></mc:Choice>"
    )
    vml = f"<mc:Fallback><w:pict><v:shape><v:textbox>{inside}</v:textbox></v:shape></w:pict></mc:Fallback>"
    return f"<w:r><mc:AlternateContent>{choice}{vml if fallback else ''}</mc:AlternateContent></w:r>"


def sdt(content: str, tag: str = "field") -> str:
    return f'<w:sdt><w:sdtPr><w:tag w:val="{tag}"/></w:sdtPr><w:sdtContent>{content}</w:sdtContent></w:sdt>'


def section(**references: str) -> str:
    """A w:sectPr whose references are given as header_default='rId7', footer_first='rId8'..."""
    refs = ""
    for name, rid in references.items():
        kind, where = name.split("_")
        refs += f'<w:{kind}Reference w:type="{where}" r:id="{rid}"/>'
    return f'<w:sectPr>{refs}<w:pgSz w:w="12240" w:h="15840"/></w:sectPr>'


def _relationships(rows: list[tuple[str, str, str]]) -> str:
    inside = "".join(
        f'<Relationship Id="{i}" Type="{RELATIONSHIP}{kind}" Target="{escape(target)}"'
        f"{' TargetMode=' + chr(34) + 'External' + chr(34) if '://' in target else ''}/>"
        for i, kind, target in rows
    )
    return f'{HEAD}<Relationships xmlns="{NS["pr"]}">{inside}</Relationships>'


def docx(
    body_xml: str,
    *,
    footnotes: Mapping[int, str] | None = None,
    headers: Mapping[str, str] | None = None,
    footers: Mapping[str, str] | None = None,
    links: Mapping[str, str] | None = None,
    images: Mapping[str, bytes] | None = None,
    numbering: str = "",
    styles: str = "",
    comments: str = "",
    sect: str = "<w:sectPr/>",
) -> bytes:
    """A .docx: body blocks, note id -> blocks, header/footer rId -> blocks, rId -> URL, rId -> image bytes."""
    rows: list[tuple[str, str, str]] = []
    parts: dict[str, str | bytes] = {}
    types: dict[str, str] = {"word/document.xml": "document.main"}

    def add(rid: str, kind: str, name: str, xml: str) -> None:
        rows.append((rid, kind, name))
        parts["word/" + name] = HEAD + xml
        types["word/" + name] = kind

    if footnotes is not None:
        separators = "".join(
            f'<w:footnote w:type="{kind}" w:id="{i}"><w:p><w:r><w:{kind}/></w:r></w:p></w:footnote>'
            for i, kind in ((-1, "separator"), (0, "continuationSeparator"))
        )
        notes = "".join(f'<w:footnote w:id="{i}">{x}</w:footnote>' for i, x in footnotes.items())
        add("rIdFn", "footnotes", "footnotes.xml", f"<w:footnotes {XMLNS}>{separators}{notes}</w:footnotes>")
    for kind, tag, stories in (("header", "hdr", headers), ("footer", "ftr", footers)):
        for n, (rid, xml) in enumerate((stories or {}).items(), 1):
            add(rid, kind, f"{kind}{n}.xml", f"<w:{tag} {XMLNS}>{xml}</w:{tag}>")
    for kind, tag, xml in (
        ("numbering", "numbering", numbering),
        ("styles", "styles", styles),
        ("comments", "comments", comments),
    ):
        if xml:
            add("rId" + kind, kind, f"{kind}.xml", f"<w:{tag} {XMLNS}>{xml}</w:{tag}>")
    rows += [(rid, "hyperlink", url) for rid, url in (links or {}).items()]
    for n, (rid, data) in enumerate((images or {}).items(), 1):
        rows.append((rid, "image", f"media/image{n}.png"))
        parts[f"word/media/image{n}.png"] = data
    overrides = "".join(f'<Override PartName="/{n}" ContentType="{TYPE}{k}+xml"/>' for n, k in types.items())
    parts = {
        "[Content_Types].xml": f'{HEAD}<Types xmlns="{NS["ct"]}">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Default Extension="png" ContentType="image/png"/>{overrides}</Types>',
        "_rels/.rels": _relationships([("rId1", "officeDocument", "word/document.xml")]),
        "word/document.xml": f"{HEAD}<w:document {XMLNS}><w:body>{body_xml}{sect}</w:body></w:document>",
        "word/_rels/document.xml.rels": _relationships(rows),
        **parts,
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)  # the same at any time
    return buffer.getvalue()


def everything() -> bytes:
    """A small document with a bit of all."""
    mark = 'w:id="90" w:author="A" w:date="2020-01-01T00:00:00Z"'
    blocks = [
        p("Agreement between the parties", style="Heading1"),
        p("See ", footnote_ref(2), link("the terms", rid="rId9"), r(" and "), field("REF x", "clause 4")),
        tbl(tr("Name", "Fee"), tr("Ann", "100"), tr("Bob", "200")),
        p("Item", ppr='<w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr>'),
        p("Picture ", image("rId5"), r(" and box "), textbox(p("In the box"))),
        sdt(p("Controlled text of the agreement")),
        p("Tracked ", f"<w:ins {mark}>{r('already')}</w:ins>"),
        p("<m:oMath><m:r><m:t>x+y</m:t></m:r></m:oMath>"),
    ]
    numbering = (
        '<w:abstractNum w:abstractNumId="1"><w:lvl w:ilvl="0"><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/>'
        '</w:lvl></w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="1"/></w:num>'
    )
    return docx(
        "".join(blocks),
        footnotes={2: p("A note.")},
        headers={"rId7": p("Header")},
        footers={"rId8": p("Page ", field("PAGE", "1"))},
        links={"rId9": "https://example.org"},
        images={"rId5": PNG},
        numbering=numbering,
        styles='<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/></w:style>',
        sect=section(header_default="rId7", footer_default="rId8"),
    )
