"""Damage a package as bad disks, bad programs and bad people do; the same way for the same seed."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from copy import deepcopy
from random import Random
from typing import Final

from lxml import etree

from redline.ooxml import W

Parts = dict[str, bytes]
Damage = Callable[[Parts, Random], str | None]

DAMAGES: Final[dict[str, Damage]] = {}
MAIN: Final = "word/document.xml"
_ODD_NAMES: Final = ("../../etc/passwd", "/word/document.xml", "C:\\x.xml", "a" * 3000)
_ODD_VALUES: Final = ("", "-1", "99999999999999999999", "NaN", "\u202e", "x" * 100_000, "rId1", "1.5")
_OTHER_WORDS: Final = (
    (b"image", b"header"),
    (b"header", b"footnotes"),
    (b"styles", b"comments"),
    (b'Id="rId', b'Id="x'),
    (b'Target="', b'Target="../'),
)


def damage(function: Damage) -> Damage:
    DAMAGES[function.__name__.replace("_", "-")] = function
    return function


def spoil(document: bytes, seed: int) -> tuple[bytes, str]:
    """A damaged copy of a document, and what was done: to the bytes of the archive, or to its parts."""
    random = Random(seed)
    held = _members(document)
    if random.random() < 0.3 or not held:
        kind = random.choice(sorted(_RAW))
        return _RAW[kind](document, random), kind
    done = []
    for _ in range(random.choice((1, 1, 2, 4))):
        kind = random.choice(sorted(DAMAGES))
        what = DAMAGES[kind](held, random)
        if what is not None:
            done.append(f"{kind} {what}")
    return zipped(held), ", ".join(done)


def _members(document: bytes) -> Parts:
    """The members of an archive; none of one that is damaged already."""
    try:
        with zipfile.ZipFile(io.BytesIO(document)) as archive:
            return {name: archive.read(name) for name in archive.namelist()}
    except (zipfile.BadZipFile, zlib.error):
        return {}


def zipped(held: Parts) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in held.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)  # the same at any time
    return buffer.getvalue()


# -- the archive as bytes


def flip_bytes(document: bytes, random: Random) -> bytes:
    data = bytearray(document)
    for _ in range(random.choice((1, 3, 30))):
        data[random.randrange(len(data))] ^= 1 << random.randrange(8)
    return bytes(data)


def flip_directory(document: bytes, random: Random) -> bytes:
    """Lie about sizes, offsets, methods and names: the directory is at the end (APPNOTE 4.3.12)."""
    data = bytearray(document)
    start = document.rfind(b"PK\x01\x02") - random.randrange(300)
    for _ in range(random.choice((1, 2, 8))):
        data[random.randrange(max(0, start), len(data))] = random.randrange(256)
    return bytes(data)


def truncate(document: bytes, random: Random) -> bytes:
    return document[: random.randrange(len(document))]


def cut_out(document: bytes, random: Random) -> bytes:
    at = random.randrange(len(document))
    return document[:at] + document[at + random.randrange(1, 200) :]


def append_junk(document: bytes, random: Random) -> bytes:
    return document + random.randbytes(random.randrange(1, 4000))


def huge_sizes(document: bytes, random: Random) -> bytes:
    """Members that claim to hold four gigabytes."""
    data, at = bytearray(document), document.find(b"PK\x01\x02")
    while 0 <= at <= len(data) - 28:  # the signature may stand in the last bytes by chance, or be cut off
        struct.pack_into("<I", data, at + 24, 0xFFFFFFF0)
        at = document.find(b"PK\x01\x02", at + 1)
    return bytes(data)


_RAW: Final[dict[str, Callable[[bytes, Random], bytes]]] = {
    function.__name__.replace("_", "-"): function
    for function in (flip_bytes, flip_directory, truncate, cut_out, append_junk, huge_sizes)
}


# -- parts


def _part(held: Parts, random: Random, ending: str = "") -> str | None:
    names = sorted(name for name in held if name.endswith(ending))
    return random.choice(names) if names else None


@damage
def remove_part(held: Parts, random: Random) -> str | None:
    name = _part(held, random)
    if name is not None:
        del held[name]
    return name


@damage
def empty_part(held: Parts, random: Random) -> str | None:
    name = _part(held, random)
    if name is not None:
        held[name] = b""
    return name


@damage
def rename_part(held: Parts, random: Random) -> str | None:
    name = _part(held, random)
    if name is not None:
        held[random.choice(["../../etc/passwd", "/word/document.xml", "C:\\x.xml", name.upper(), "a" * 3000])] = (
            held.pop(name)
        )
    return name


@damage
def swap_parts(held: Parts, random: Random) -> str | None:
    one, other = _part(held, random), _part(held, random)
    if one is not None and other is not None:
        held[one], held[other] = held[other], held[one]
    return f"{one} {other}"


@damage
def flip_part(held: Parts, random: Random) -> str | None:
    name = _part(held, random)
    if name is not None and held[name]:
        held[name] = flip_bytes(held[name], random)
    return name


@damage
def swap_relationships(held: Parts, random: Random) -> str | None:
    name = _part(held, random, ".rels")
    if name is None:
        return None
    held[name] = held[name].replace(*random.choice(_OTHER_WORDS))
    return name


@damage
def point_everything_at_main(held: Parts, random: Random) -> str | None:
    name = "word/_rels/document.xml.rels"
    if name not in held:
        return None
    root = _parsed(held, name)
    for relationship in [] if root is None else root:
        if relationship.get("TargetMode") != "External":
            relationship.set("Target", "document.xml")
    return _store(held, name, root)


@damage
def other_encoding(held: Parts, random: Random) -> str | None:
    name = _part(held, random, ".xml")
    root = None if name is None else _parsed(held, name)
    if name is None or root is None:
        return None
    encoding = random.choice(["utf-16", "iso-8859-1", "utf-32"])
    data = etree.tostring(root, encoding=encoding, xml_declaration=True)
    assert isinstance(data, bytes)
    held[name] = data
    return name


@damage
def entities(held: Parts, random: Random) -> str | None:
    """Entities that grow quadratically, or that read a file."""
    body = random.choice(['<!ENTITY a "' + "x" * 5000 + '">', '<!ENTITY a SYSTEM "file:///etc/hostname">'])
    if MAIN not in held:
        return None
    prolog = f'<?xml version="1.0"?><!DOCTYPE x [{body}]>'.encode()
    text = held[MAIN].partition(b"?>")[2].replace(b"<w:t>", b"<w:t>" + b"&a;" * 500)
    held[MAIN] = prolog + text
    return MAIN


# -- the XML of a part


def _parsed(held: Parts, name: str) -> etree._Element | None:
    try:
        return etree.fromstring(held[name], etree.XMLParser(resolve_entities=False, huge_tree=True))
    except (etree.XMLSyntaxError, KeyError):
        return None


def _store(held: Parts, name: str, root: etree._Element | None) -> str | None:
    if root is None:
        return None
    held[name] = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return name


def _in_tree(act: Callable[[list[etree._Element], Random], None], times: int) -> Damage:
    def change(held: Parts, random: Random) -> str | None:
        names = [n for n in sorted(held) if n.startswith("word/") and n.endswith(".xml")]
        name = MAIN if MAIN in held and random.random() < 0.7 else random.choice(names or [MAIN])
        root = _parsed(held, name) if name in held else None
        for _ in range(random.choice((1, times)) if root is not None else 0):
            elements = [] if root is None else [e for e in root.iter(etree.Element) if e is not root]
            if elements:
                act(elements, random)
        return _store(held, name, root)

    return change


def _twin(element: etree._Element) -> etree._Element:
    twin = deepcopy(element)
    twin.tail = None
    return twin


def _delete(elements: list[etree._Element], random: Random) -> None:
    element = random.choice(elements)
    parent = element.getparent()
    assert parent is not None
    parent.remove(element)


def _double(elements: list[etree._Element], random: Random) -> None:
    element = random.choice(elements)
    element.addnext(_twin(element))


def _displace(elements: list[etree._Element], random: Random) -> None:
    element, target = random.sample(elements, 2) if len(elements) > 1 else (elements[0], elements[0])
    if element is not target and element not in target.iterancestors():
        target.insert(random.randrange(len(target) + 1), element)


def _shuffle(elements: list[etree._Element], random: Random) -> None:
    element = random.choice(elements)
    children = list(element)
    random.shuffle(children)
    element[:] = children


def _rename(elements: list[etree._Element], random: Random) -> None:
    element, other = random.choice(elements), random.choice(elements)
    element.tag = other.tag


def _attributes(elements: list[etree._Element], random: Random) -> None:
    element = random.choice([e for e in elements if e.attrib] or elements)
    for name in list(element.attrib):
        element.set(
            name, random.choice(["", "-1", "99999999999999999999", "NaN", "\u202e", "x" * 100_000, "rId1", "1.5"])
        )


def _strip(elements: list[etree._Element], random: Random) -> None:
    random.choice(elements).attrib.clear()


def _bury(elements: list[etree._Element], random: Random) -> None:
    """Nest an element in many of its kind, or in tables, deeper than anybody writes."""
    inner = random.choice(elements)
    parent = inner.getparent()
    assert parent is not None
    depth = random.choice((10, 200, 3000))
    names = random.choice([["sdt", "sdtContent"], ["tbl", "tr", "tc"], ["ins"], ["hyperlink"], ["smartTag"]])
    top = etree.Element(f"{W}{names[0]}")
    parent.replace(inner, top)
    for n in range(1, depth):
        top = etree.SubElement(top, f"{W}{names[n % len(names)]}")
    top.append(inner)


def _flood(elements: list[etree._Element], random: Random) -> None:
    """Very many of one element."""
    element = random.choice(elements)
    parent = element.getparent()
    assert parent is not None
    if len(element) < 20:
        parent.extend([_twin(element) for _ in range(400)])


for _name, _act, _times in (
    ("delete-elements", _delete, 12),
    ("double-elements", _double, 8),
    ("displace-elements", _displace, 12),
    ("shuffle-children", _shuffle, 5),
    ("rename-elements", _rename, 8),
    ("spoil-attributes", _attributes, 12),
    ("strip-attributes", _strip, 12),
    ("bury-element", _bury, 1),
    ("flood-element", _flood, 1),
):
    DAMAGES[_name] = _in_tree(_act, _times)
