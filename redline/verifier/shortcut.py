"""Spares `verify` from reading what all three documents have in common to the byte.

A long document differs from its next version in few places. Each row or paragraph, with no other inside, that the
redline and both originals hold in the very same bytes, and equally often, gives way to a short stand-in, the same in
all three, before anything is parsed; so equal stand-ins mean equal blocks. Only blocks that mean the same wherever they
stand are taken: without revisions, references, and fields that may go over several blocks.

It may only be trusted when nothing differs: one block may be spelled in two ways within a document. What looks like a
difference is to be judged on the whole documents.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple
from xml.sax.saxutils import escape

from redline.errors import DocumentError
from redline.ooxml import R, W
from redline.opc.package import Package
from redline.opc.xmlguard import check_size, parse
from redline.opc.zipguard import Limits

LEAST: Final = 20_000
"""Bytes of a part below which reading it whole costs less than looking for what can be spared."""
_LEAST_BLOCK: Final = 150

_NOT_ALONE: Final = (b"r:", b"Reference", b"bookmark", b"sectPr", b"fldChar", b"Change")
_NOT_ALONE_TAGS: Final = re.compile(rb"<w:(?:ins[\s/>]|del|move|customXml|cell)")
"""What only stands in blocks that hold revisions, or whose meaning depends on other parts or places."""
_BODY: Final = b"<w:body>"
_BODY_END: Final = b"</w:body>"
_ENDS: Final = _BODY_END + b"</w:document>"
_NAMESPACE: Final = re.compile(rb"""xmlns(?::([^\s=]+))?\s*=\s*("[^"]*"|'[^']*')""")
_DECLARED: Final = re.compile(rb"\s*<\?xml[^>]*?encoding=[\"']([^\"']*)")
_STAND_IN: Final = "\ue0f4\ue0f5"
"""Private-use characters; a document that holds them is read whole."""


class _Kind:
    """A kind of blocks by their spelling."""

    def __init__(self, tag: bytes, stand_in: str) -> None:
        self.end: Final = b"</%b>" % tag
        self._stand_in = stand_in
        self._usual_starts = b"<%b>" % tag, b"<%b " % tag
        self._start = re.compile(rb"<%b[\s/>]" % tag)
        self._start_tag = re.compile(rb"""<%b(?:\s(?:[^<>"']|"[^"<]*"|'[^'<]*')*)?(?<!/)>""" % tag)

    def cut(self, body: bytes) -> tuple[list[tuple[bytes, bytes]], bytes]:
        """What ends with each end of a block, before and from the last start of one; and what is left after them."""
        *pieces, rest = body.split(self.end)
        return [(b"", piece) if piece.startswith(self._usual_starts) else self._parted(piece) for piece in pieces], rest

    def _parted(self, piece: bytes) -> tuple[bytes, bytes]:
        at = max([piece.rfind(start) for start in self._usual_starts] + [0])
        return piece[:at], piece[at:]

    def is_one(self, cut: bytes) -> bool:
        """Whether what was cut out is one block, but for its end tag."""
        return self._start_tag.match(cut) is not None and self._start.search(cut, 1) is None

    def stand_in(self, number: int) -> bytes:
        return (self._stand_in % f"{_STAND_IN}{number}").encode()


_PARAGRAPH: Final = "<w:p><w:r><w:t>%s</w:t></w:r></w:p>"
_KINDS: Final = (_Kind(b"w:tr", f"<w:tr><w:tc>{_PARAGRAPH}</w:tc></w:tr>"), _Kind(b"w:p", _PARAGRAPH))
"""Rows come first: a row that is not common may hold paragraphs that are."""


class _Part(NamedTuple):
    """A main part: the content of its body, and what is around it."""

    head: bytes
    body: bytes
    tail: bytes


def spare_what_is_common(packages: Sequence[Package], meanings: Sequence[Sequence[Mapping[str, str]]]) -> bool:
    """Put stand-ins into the main parts of the redline (first) and of its originals; False if nothing was changed.

    `meanings` are for each package the tables that say what its ids of styles and lists stand for. Raises
    `DocumentError` for parts that cannot be read.
    """
    if min(package.size(package.main) for package in packages) < LEAST:
        return False
    parts = [part for package in packages if (part := _part(package.read(package.main), package.main)) is not None]
    if len(parts) < len(packages):
        return False
    unlike = _unlike(meanings)
    bodies = [part.body for part in parts]
    spared: list[bytes] = []
    for kind in _KINDS:
        bodies = _without_common(kind, bodies, unlike, spared)
    if not spared:
        return False
    parts = [part._replace(body=body) for part, body in zip(parts, bodies, strict=True)]
    taken = _Part(parts[0].head, b"".join(spared), _ENDS)
    if not _mean_what_they_seem_to((taken, *parts)) or not _can_be_parsed(b"".join(taken), packages[0].main):
        return False
    for package, part in zip(packages, parts, strict=True):
        package.set_bytes(package.main, b"".join(part))
    return True


def _without_common(
    kind: _Kind, bodies: list[bytes], unlike: re.Pattern[bytes] | None, spared: list[bytes]
) -> list[bytes]:
    """The bodies with stand-ins for the blocks of a kind that all have, which are added to those that are spared."""
    if any(kind.end not in body for body in bodies):
        return bodies
    cuts = [kind.cut(body) for body in bodies]
    first, *others = (Counter([block for _, block in blocks]) for blocks, _ in cuts)
    stand_ins: dict[bytes, bytes] = {}
    for block, count in first.items():
        is_common = len(block) >= _LEAST_BLOCK and all(other.get(block) == count for other in others)
        if is_common and kind.is_one(block) and _stands_alone(block, unlike):
            stand_ins[block] = kind.stand_in(len(spared))
            spared.append(block + kind.end)
    return [
        b"".join([before + (stand_ins.get(block) or block + kind.end) for before, block in blocks] + [rest])
        for blocks, rest in cuts
    ]


def _part(data: bytes, name: str) -> _Part | None:
    """A part by its bytes alone; None when these cannot be cut."""
    check_size(data, name, Limits())
    start, end = data.find(_BODY), data.rfind(_BODY_END)
    declared = _DECLARED.match(data)
    if min(start, end) < 0 or (declared and declared[1].lower() != b"utf-8") or _STAND_IN.encode() in data:
        return None
    start += len(_BODY)
    return _Part(data[:start], data[start:end], data[end:])


def _mean_what_they_seem_to(parts: Sequence[_Part]) -> bool:
    """Whether tags are tags, and equal bytes mean equal names wherever they stand, ours what they say."""
    if any(b"<!" in text or text.find(b"<?", 1) > 0 for text in map(b"".join, parts)):
        return False  # comments, character data, instructions
    heads = [frozenset(_bindings(part.head)) for part in parts]
    bound = frozenset.union(*heads, *(_bindings(part.body) for part in parts if b"xmlns" in part.body))
    return (
        len(bound) == len({prefix for prefix, _ in bound})
        and all(prefix or all((prefix, name) in head for head in heads) for prefix, name in bound)
        and (b"w", W[1:-1].encode()) in bound
        and not any(b"&" in name or (name == R[1:-1].encode() and prefix != b"r") for prefix, name in bound)
    )


def _bindings(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each prefix of a namespace with the name that it is bound to, as it is spelled; '' is the default one."""
    return ((prefix, name[1:-1]) for prefix, name in _NAMESPACE.findall(data))


def _can_be_parsed(data: bytes, part: str) -> bool:
    try:
        parse(data, part, Limits())
    except DocumentError:
        return False
    return True


def _stands_alone(block: bytes, unlike: re.Pattern[bytes] | None) -> bool:
    """Whether a block means the same wherever it stands."""
    return (
        not any(sign in block for sign in _NOT_ALONE)
        and _NOT_ALONE_TAGS.search(block) is None
        and (unlike is None or unlike.search(block) is None)
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
