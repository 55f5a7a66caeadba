"""Tiny WordprocessingML, for tests that state rules of tracked changes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from lxml import etree

from redline.ooxml import NS, RELATIONSHIP, M, W

DECLARATIONS = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NS.items() if prefix not in ("xml", "pr", "ct"))
TYPES = "application/vnd.openxmlformats-officedocument.wordprocessingml."
SEPARATORS = (
    '<w:footnote w:type="separator" w:id="-1"><w:p><w:r><w:separator/></w:r></w:p></w:footnote>'
    '<w:footnote w:type="continuationSeparator" w:id="0"><w:p><w:r><w:continuationSeparator/></w:r></w:p></w:footnote>'
)
WHO = 'w:author="A" w:date="2026-01-01T00:00:00Z"'


def run(text: str, properties: str = "", tag: str = "t") -> str:
    """A run of text."""
    rpr = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r>{rpr}<w:{tag} xml:space="preserve">{text}</w:{tag}></w:r>'


def revised(kind: str, content: str, number: int = 9001) -> str:
    """Content in a revision container."""
    return f'<w:{kind} w:id="{number}" {WHO}>{content}</w:{kind}>'


def inserted(text: str, properties: str = "", number: int = 9001) -> str:
    return revised("ins", run(text, properties), number)


def deleted(text: str, properties: str = "", number: int = 9002) -> str:
    return revised("del", run(text, properties, "delText"), number)


def paragraph(*content: str, mark: str = "", properties: str = "") -> str:
    """A paragraph; content that is no XML becomes a run; `mark` names revisions of its mark."""
    marks = "".join(f'<w:{kind} w:id="90{n}" {WHO}/>' for n, kind in enumerate(mark.split(), 10))
    rpr = f"<w:rPr>{marks}</w:rPr>" if marks else ""
    ppr = f"<w:pPr>{properties}{rpr}</w:pPr>" if properties or rpr else ""
    return f"<w:p>{ppr}{''.join(c if c.startswith('<') else run(c) for c in content)}</w:p>"


def cell(*blocks: str, mark: str = "") -> str:
    tcpr = f'<w:tcPr><w:{mark} w:id="9030" {WHO}/></w:tcPr>' if mark else ""
    return f"<w:tc>{tcpr}{''.join(blocks)}</w:tc>"


def row(*cells: str, mark: str = "") -> str:
    trpr = f'<w:trPr><w:{mark} w:id="9040" {WHO}/></w:trPr>' if mark else ""
    return f"<w:tr>{trpr}{''.join(cells)}</w:tr>"


def table(*rows: str) -> str:
    return f"<w:tbl><w:tblPr/><w:tblGrid/>{''.join(rows)}</w:tbl>"


def control(content: str) -> str:
    return f"<w:sdt><w:sdtPr/><w:sdtContent>{content}</w:sdtContent></w:sdt>"


def body(*blocks: str, section: str = "") -> etree._Element:
    """The root of a main document part."""
    return etree.fromstring(document(*blocks, section=section))


def document(*blocks: str, section: str = "") -> bytes:
    """The main document part."""
    content = "".join(blocks)
    return f"<w:document {DECLARATIONS}><w:body>{content}<w:sectPr>{section}</w:sectPr></w:body></w:document>".encode()


def part(root: str, content: str) -> bytes:
    """Another part: hdr, ftr, footnotes..."""
    return f"<w:{root} {DECLARATIONS}>{content}</w:{root}>".encode()


def docx(
    *blocks: str,
    section: str = "",
    parts: Mapping[str, bytes] | None = None,
    links: Mapping[str, tuple[str, str]] | None = None,
) -> bytes:
    """A package.

    `parts` are files beside the main part by name ('header1.xml'); their kind, and their relationship 'rId-header1',
    come from the name. `links` are external relationships of the main part: id -> (kind, URL).
    """
    parts = parts or {}
    relationships = "".join(_relationship(f"rId-{_stem(name)}", _kind(name), name) for name in parts)
    for rid, (kind, url) in (links or {}).items():
        relationships += _relationship(rid, kind, url, ' TargetMode="External"')
    overrides = "".join(
        _override(f"word/{name}", f"{TYPES}{_kind(name)}+xml") for name in parts if name.endswith(".xml")
    )
    files: dict[str, str | bytes] = {
        "[Content_Types].xml": f'<Types xmlns="{NS["ct"]}">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/>'
        f"{_override('word/document.xml', f'{TYPES}document.main+xml')}{overrides}</Types>",
        "_rels/.rels": _relationships(_relationship("rId1", "officeDocument", "word/document.xml")),
        "word/document.xml": document(*blocks, section=section),
        "word/_rels/document.xml.rels": _relationships(relationships),
        **{f"word/{name}": content for name, content in parts.items()},
    }
    return zipped(files)


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    """An archive of these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)  # the same at any time
    return buffer.getvalue()


def repacked(data: bytes, change: Mapping[str, bytes | None]) -> bytes:
    """The archive with members replaced, added, or (None) taken out."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    for name, content in change.items():
        if content is None:
            files.pop(name)
        else:
            files[name] = content
    return zipped(files)


def _stem(name: str) -> str:
    return name.rpartition("/")[2].partition(".")[0]


def _kind(name: str) -> str:
    return "image" if name.endswith(".png") else _stem(name).rstrip("0123456789")


def _override(name: str, content_type: str) -> str:
    return f'<Override PartName="/{name}" ContentType="{content_type}"/>'


def _relationship(rid: str, kind: str, target: str, mode: str = "") -> str:
    return f'<Relationship Id="{rid}" Type="{RELATIONSHIP}{kind}" Target="{target}"{mode}/>'


def _relationships(content: str) -> str:
    return f'<Relationships xmlns="{NS["pr"]}">{content}</Relationships>'


def outline(root: etree._Element) -> str:
    """Text of a part: '¶' ends a paragraph, ']' a cell, '/' a row."""
    pieces: list[str] = []
    for event, element in etree.iterwalk(root, ("start", "end")):
        if event == "start" and element.tag in (f"{W}t", f"{M}t", f"{W}instrText"):
            pieces.append(element.text or "")
        elif event == "end":
            pieces.append({f"{W}p": "¶", f"{W}tc": "]", f"{W}tr": "/"}.get(str(element.tag), ""))
    return "".join(pieces)
