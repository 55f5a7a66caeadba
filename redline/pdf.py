"""The redline as a PDF: deletions red and struck, insertions blue and underlined twice, bars at the margin.

Laid out by rdocx, which needs no office program and brings fonts that are as wide as those of Word.
"""

from __future__ import annotations

from typing import Final

from lxml import etree

from redline.errors import DocumentError
from redline.ooxml import CT, XML_SPACE, W
from redline.opc.package import CONTENT_TYPES, Package

_PANIC: Final = "pyo3_runtime"
"""Module of the one exception by which the renderer says that it broke; it is no `Exception`."""
_ONE_TEXT: Final = [[*properties, f"{W}{text}"] for text in ("t", "delText") for properties in ([], [f"{W}rPr"])]
"""Children of the runs that can be joined."""
_WHITE: Final = " \t\r\n"
_NOTES: Final = {"footnotes": f"{W}footnote", "endnotes": f"{W}endnote"}


def render_pdf(docx: bytes) -> bytes:
    """The document with its tracked changes shown, on pages as it is laid out for print.

    Raises DocumentError: not-rendered, where the renderer cannot read what Word can; the Word file is as good as ever.
    What is no Word file at all is refused as `Package.open` does.
    """
    import rdocx  # 36 MB of machine code, for those who want a PDF

    readable = _as_the_renderer_reads(docx)
    try:
        document = rdocx.Document.from_bytes(readable)
        return document.to_pdf(revision_view="tracked", revision_style="legal")
    except Exception as error:
        raise _not_rendered() from error
    except BaseException as error:
        if type(error).__module__ == _PANIC:
            raise _not_rendered() from error
        raise


def _not_rendered() -> DocumentError:
    return DocumentError(
        "not-rendered", "The redline cannot be laid out as a PDF; print the Word file or the page instead."
    )


def _as_the_renderer_reads(docx: bytes) -> bytes:
    """The same document without two things that the standard allows and rdocx 0.16 does not read, and in fewer runs.

    The two are a main part whose content type is that of all .xml files (ECMA-376-2, 7.2.3.3), and a note without a
    paragraph.
    """
    package = Package.open(docx)
    _declare_main_part(package)
    body = package.tree(package.main)
    _join_runs(body)
    package.set_tree(package.main, body)
    for kind, tag in _NOTES.items():
        for name in package.related(package.main, kind):
            empty = [note for note in package.tree(name).iter(tag) if len(note) == 0]
            for note in empty:
                etree.SubElement(note, f"{W}p")
            if empty:
                package.set_tree(name, package.tree(name))
    return package.save()


def _join_runs(body: etree._Element) -> None:
    """Join neighbours of one look, which Word leaves apart where they were typed at different times.

    Most of the time that a page takes goes by the run.
    """
    first, look = body, b""
    for run in list(body.iter(f"{W}r")):
        found = _look_of_text(run)
        parent = run.getparent()
        if found and found == look and run.getprevious() is first and parent is not None:
            first[-1].text = _text(first[-1]) + _text(run[-1])
            first[-1].set(XML_SPACE, "preserve")
            parent.remove(run)
        else:
            first, look = run, found


def _look_of_text(run: etree._Element) -> bytes:
    """What a run of a single text looks like, spelled out; empty where it holds anything else."""
    if [child.tag for child in run] not in _ONE_TEXT:
        return b""
    properties = [etree.tostring(each, with_tail=False) for each in run.iterchildren(f"{W}rPr")]
    return b"".join([run[-1].tag.encode(), *properties])


def _text(element: etree._Element) -> str:
    """What is shown of a text (ECMA-376-1, 17.3.3.31): white space around it only where that is to be kept."""
    text = element.text or ""
    return text if element.get(XML_SPACE) == "preserve" else text.strip(_WHITE)


def _declare_main_part(package: Package) -> None:
    name = package.find(CONTENT_TYPES) or CONTENT_TYPES
    types = package.tree(name)
    parts = {override.get("PartName", "").lstrip("/").casefold() for override in types.iterchildren(f"{CT}Override")}
    if package.main.casefold() not in parts:
        declared = {"PartName": f"/{package.main}", "ContentType": package.content_type(package.main)}
        etree.SubElement(types, f"{CT}Override", declared)
        package.set_tree(name, types)
