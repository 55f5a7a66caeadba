"""The floor: what unzip, parse, hash, serialize and zip cost by themselves, the measure of every figure."""

from __future__ import annotations

import zipfile
from io import BytesIO
from typing import Final

from lxml import etree

from redline.ooxml import W

_DOCUMENT: Final = "word/document.xml"


def floor(before: bytes, after: bytes) -> bytes:
    """The work that no comparer in Python can leave out, with nothing compared.

    Read and parse both main parts, hash the text of every paragraph, serialize one side, zip it at the default level.
    """
    with zipfile.ZipFile(BytesIO(before)) as old, zipfile.ZipFile(BytesIO(after)) as new:
        trees = [_parse(package) for package in (old, new)]
        for tree in trees:
            {hash("".join(text.text or "" for text in paragraph.iter(f"{W}t"))) for paragraph in tree.iter(f"{W}p")}
        written = etree.tostring(trees[1], encoding="UTF-8", xml_declaration=True, standalone=True)
        result = BytesIO()
        with zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as package:
            for name in new.namelist():
                package.writestr(name, written if name == _DOCUMENT else new.read(name))
    return result.getvalue()


def _parse(package: zipfile.ZipFile) -> etree._Element:
    return etree.fromstring(package.read(_DOCUMENT), etree.XMLParser(resolve_entities=False, huge_tree=True))
