"""Tracked documents in memory: revisions as Word writes them, around the snippets of `builders`."""

from __future__ import annotations

import itertools
from typing import Any

from tests.redline.builders import docx, p, r

_DATE = "2026-01-01T00:00:00Z"
_ids = itertools.count(100)

_STYLES = "".join(
    f'<w:style w:type="paragraph" w:styleId="Heading{n}"><w:name w:val="heading {n}"/>'
    f'<w:pPr><w:outlineLvl w:val="{n - 1}"/></w:pPr></w:style>'
    for n in (1, 2)
)
_LEVELS = "".join(
    f'<w:lvl w:ilvl="{index}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/><w:lvlText w:val="{text}"/></w:lvl>'
    for index, (kind, text) in enumerate([("decimal", "%1."), ("decimal", "%1.%2"), ("lowerLetter", "(%3)")])
)
_NUMBERING = (
    f'<w:abstractNum w:abstractNumId="0">{_LEVELS}</w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
)


def signed(author: str = "A. Lawyer") -> str:
    """The attributes of a revision, with an id that no other has."""
    return f'w:id="{next(_ids)}" w:author="{author}" w:date="{_DATE}"'


def new(text: str, author: str = "A. Lawyer") -> str:
    return f"<w:ins {signed(author)}>{r(text)}</w:ins>"


def gone(text: str, author: str = "A. Lawyer") -> str:
    return cut(r(text).replace("w:t>", "w:delText>").replace("<w:t ", "<w:delText "), author)


def cut(xml: str, author: str = "A. Lawyer") -> str:
    return f"<w:del {signed(author)}>{xml}</w:del>"


def put(xml: str) -> str:
    """Runs that were inserted."""
    return f"<w:ins {signed()}>{xml}</w:ins>"


def marked(kind: str) -> str:
    """The properties of a paragraph whose mark was inserted, deleted or moved."""
    return f"<w:rPr><w:{kind} {signed()}/></w:rPr>"


def styled(text: str, now: str, before: str = "") -> str:
    return r(text, f"{now}<w:rPrChange {signed()}><w:rPr>{before}</w:rPr></w:rPrChange>")


def moved(kind: str, name: str, text: str, after: str = "") -> str:
    """A moved paragraph, `kind` moveFrom or moveTo, with its range; `after` stands behind the moved text."""
    identity = next(_ids)
    start = f'<w:{kind}RangeStart w:id="{identity}" w:author="A" w:date="{_DATE}" w:name="{name}"/>'
    content = f"<w:{kind} {signed()}>{r(text)}</w:{kind}>"
    return p(start, content, *([after] if after else []), ppr=marked(kind)) + f'<w:{kind}RangeEnd w:id="{identity}"/>'


def tracked(body: str, *, header: str = "", footnotes: str = "", **parts: Any) -> bytes:
    """A package with styles and numbering, and the revisions as they are given; `parts` as for `builders.docx`."""
    return docx(
        body,
        styles=_STYLES,
        numbering=_NUMBERING,
        headers={"rIdH": header} if header else None,
        footnotes={1: footnotes} if footnotes else None,
        **parts,
    )
