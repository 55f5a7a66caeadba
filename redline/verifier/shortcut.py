"""Spares `verify` from reading what all three documents have in common to the byte.

A long document differs from its next version in few places. Each outermost paragraph or row that the redline and both
originals hold in the very same bytes, and equally often, gives way to a short stand-in, the same in all three, before
anything is parsed; so equal stand-ins mean equal blocks. Only blocks that mean the same wherever they stand are taken:
without revisions, without references, without namespaces of their own.

It may only be trusted when nothing differs: one block may be spelled in two ways within a document. What looks like a
difference is to be judged on the whole documents.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

from redline.ooxml import R, W
from redline.opc.package import Package
from redline.opc.xmlguard import check_size, parse
from redline.opc.zipguard import Limits

LEAST: Final = 150_000
"""Bytes of a part below which reading it whole costs less than looking for what can be spared."""
_LEAST_BLOCK: Final = 150

_NOT_ALONE: Final = (
    *(b"xmlns", b"r:", b"Reference", b"bookmark", b"sectPr"),
    *(b"<w:del", b"<w:move", b"<w:customXml", b"<w:cell", b"Change"),
)
"""What only stands in blocks that hold revisions, or whose meaning depends on other parts or places."""
_INSERTION: Final = re.compile(rb"<w:ins[\s/>]")
_BODY: Final = b"<w:body>"
_BODY_END: Final = b"</w:body>"
_OUTERMOST: Final = re.compile(rb"<w:(p|tr)(?=[\s/>])")
_STARTS: Final = {name: re.compile(rb"<w:" + name + rb"(?=[\s/>])") for name in (b"p", b"tr")}
_REST_OF_TAG: Final = re.compile(rb"""(?:[^<>"']|"[^"<]*"|'[^'<]*')*>""")
_DECLARED: Final = re.compile(rb"\s*<\?xml[^>]*?encoding=[\"']([^\"']*)")
_STAND_IN: Final = "\ue0f4\ue0f5"
"""Private-use characters; a document that holds them is read whole."""
_PARAGRAPH: Final = "<w:p><w:r><w:t>%s</w:t></w:r></w:p>"
_ROW: Final = f"<w:tr><w:tc>{_PARAGRAPH}</w:tc></w:tr>"


@dataclass(frozen=True, slots=True)
class _Part:
    """A main part, and where its outermost paragraphs and rows lie."""

    name: str
    data: bytes
    prefixes: Mapping[str | None, str]
    spans: list[tuple[int, int]]

    def blocks(self) -> Counter[bytes]:
        """How often each block occurs."""
        return Counter(self.data[start:end] for start, end in self.spans if end - start >= _LEAST_BLOCK)

    def parse(self, blocks: Iterable[bytes]) -> None:
        """Parse blocks that are taken out, if only to see that it can be done."""
        start, end = self.data.find(_BODY) + len(_BODY), self.data.rfind(_BODY_END)
        parse(b"".join((self.data[:start], *blocks, self.data[end:])), self.name, Limits())

    def shortened(self, stand_ins: Mapping[bytes, bytes]) -> bytes:
        pieces: list[bytes] = []
        at = 0
        for start, end in self.spans:
            stand_in = stand_ins.get(self.data[start:end])
            if stand_in is not None:
                pieces += (self.data[at:start], stand_in)
                at = end
        return b"".join((*pieces, self.data[at:]))


def spare_what_is_common(packages: Sequence[Package], meanings: Sequence[Sequence[Mapping[str, str]]]) -> bool:
    """Put stand-ins into the main parts of the redline (first) and of its originals; False if nothing was changed.

    `meanings` are for each package the tables that say what its ids of styles and lists stand for. Raises
    `DocumentError` for parts that cannot be read.
    """
    contents = [package.read(package.main) for package in packages]
    if min(map(len, contents)) < LEAST:
        return False
    parts = [_part(data, package.main) for data, package in zip(contents, packages, strict=True)]
    whole = [part for part in parts if part is not None]
    if len(whole) < len(parts) or not _compatible([part.prefixes for part in whole]):
        return False
    unlike = _unlike(meanings)
    common = [
        block
        for block, _ in frozenset.intersection(*(frozenset(part.blocks().items()) for part in whole))
        if _stands_alone(block) and not (unlike and unlike.search(block))
    ]
    if not common:
        return False
    whole[0].parse(common)
    stand_ins = {
        block: ((_ROW if block.startswith(b"<w:tr") else _PARAGRAPH) % f"{_STAND_IN}{number}").encode()
        for number, block in enumerate(common)
    }
    for package, part in zip(packages, whole, strict=True):
        package.set_bytes(package.main, part.shortened(stand_ins))
    return True


def _part(data: bytes, name: str) -> _Part | None:
    """A part cut by its bytes alone; None when these could mean something else than they seem to."""
    check_size(data, name, Limits())
    start, end = data.find(_BODY), data.rfind(_BODY_END)
    declared = _DECLARED.match(data)
    if min(start, end) < 0 or (declared and declared[1].lower() != b"utf-8") or _STAND_IN.encode() in data:
        return None
    if b"<!" in data or data.count(b"<?") > 1:  # comments, character data, instructions: tags that are none
        return None
    prefixes = parse(data[: start + len(_BODY)] + data[end:], name, Limits()).nsmap
    if prefixes.get("w") != W[1:-1] or any(uri == R[1:-1] and prefix != "r" for prefix, uri in prefixes.items()):
        return None
    spans = list(_spans(data, start + len(_BODY), end))
    return _Part(name, data, prefixes, spans) if all(stop > begin for begin, stop in spans) else None


def _spans(data: bytes, at: int, limit: int) -> Iterator[tuple[int, int]]:
    """Start and end of each outermost paragraph and row; an end of -1 for one that has none."""
    while (opening := _OUTERMOST.search(data, at, limit)) is not None:
        at = _end(data, opening, limit)
        yield opening.start(), at
        if at < 0:
            return


def _end(data: bytes, opening: re.Match[bytes], limit: int) -> int:
    """Where the element ends whose start tag is `opening`; -1 if nowhere."""
    name = opening[1]
    rest = _REST_OF_TAG.match(data, opening.end(), limit)
    if rest is not None and rest[0].endswith(b"/>"):
        return rest.end()
    closing = b"</w:" + name + b">"
    at, depth = opening.start(), 0
    tag: re.Match[bytes] | None = opening
    while True:
        stop = data.find(closing, at, limit)
        while tag is not None and (stop < 0 or tag.start() < stop):
            rest = _REST_OF_TAG.match(data, tag.end(), limit)
            if rest is None:
                return -1
            depth += not rest[0].endswith(b"/>")
            if not depth:
                return rest.end()
            tag = _STARTS[name].search(data, rest.end(), stop if stop >= 0 else limit)
        if stop < 0:
            return -1
        depth -= 1
        at = stop + len(closing)
        if not depth:
            return at
        tag = _STARTS[name].search(data, at, limit)


def _stands_alone(block: bytes) -> bool:
    return not any(sign in block for sign in _NOT_ALONE) and (
        b"<w:ins" not in block or _INSERTION.search(block) is None
    )


def _unlike(meanings: Sequence[Sequence[Mapping[str, str]]]) -> re.Pattern[bytes] | None:
    """Finds the ids, as values of attributes, that do not mean the same to all."""
    unlike = set[str]()
    for tables in zip(*meanings, strict=True):
        known = {identifier for table in tables for identifier in table}
        unlike |= {identifier for identifier in known if len({table.get(identifier) for table in tables}) > 1}
    if not unlike:
        return None
    return re.compile(b"[\"'](?:" + b"|".join(re.escape(escape(i)).encode() for i in sorted(unlike)) + b")[\"']")


def _compatible(prefixes: Sequence[Mapping[str | None, str]]) -> bool:
    """Whether no prefix means two things, so that equal bytes mean equal names."""
    bound = {binding for part in prefixes for binding in part.items()}
    return len(bound) == len({prefix for prefix, _ in bound})
