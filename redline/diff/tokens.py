"""What a paragraph is compared by: words, spaces, punctuation, and atoms such as pictures, notes, fields and links."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from lxml import etree

from redline.diff.canon import PropertiesKey
from redline.diff.fields import is_computed
from redline.ooxml import XML_SPACE, Element, W

ATOM_WEIGHT: Final = 12
"""What an atom without text counts for, in characters, when deciding which equal stretches are worth keeping."""


@dataclass(slots=True, eq=False)
class Format:
    """The w:rPr of a run and its key; formats with equal keys look the same."""

    key: PropertiesKey
    element: Element | None
    owner: str | None = None
    """Author and date of the revision that the run had been inserted or deleted by."""
    size: int = 0
    """Elements and attributes of the w:rPr."""


Piece = tuple[str | Element, Format | None]
"""Text or a run's child with the run's format; an element with None stands beside runs (such as m:oMath)."""


@dataclass(slots=True, eq=False)
class Token:
    """The smallest unit that is kept, deleted or inserted.

    `pieces` are what it is made of; a container (link, field) has `inner` tokens between its own pieces instead.
    `lead` are the markers before it; `path` the wrappers (content controls, smart tags) around it, outermost first.
    """

    key: Hashable
    pieces: Sequence[Piece]
    path: tuple[Element, ...] = ()
    lead: tuple[tuple[Element, tuple[Element, ...]], ...] = ()
    inner: list[Token] | None = None
    shell: Element | None = None
    close: Sequence[Piece] = ()
    boxes: Sequence[Element] = ()
    note: Element | None = None

    def under(self, key: Hashable) -> Token:
        """The same token with another key."""
        return Token(key, self.pieces, self.path, self.lead, self.inner, self.shell, self.close, self.boxes, self.note)

    @property
    def weight(self) -> int:
        """Characters, as a reader counts them."""
        if self.inner is not None:
            return ATOM_WEIGHT + sum(t.weight for t in self.inner)
        return len(self.key) if isinstance(self.key, str) else ATOM_WEIGHT

    @property
    def is_text(self) -> bool:
        """Whether this is text, and not an atom or a container."""
        return isinstance(self.key, str)

    @property
    def is_field(self) -> bool:
        """Whether this is a whole field, with its result if it has one."""
        return self.inner is not None and isinstance(self.key, tuple) and self.key[0] == "field"

    @property
    def is_computed(self) -> bool:
        """Whether this is a field whose result the application computes."""
        return self.is_field and isinstance(self.key, tuple) and is_computed(self.key[1])


PLAIN: Final = Format((), None)
"""Of runs without properties."""

PARAGRAPH_MARK: Final = ("paragraph mark",)


def spelled_out(token: Token) -> Iterator[Piece]:
    """What a token and all in it are made of, in runs; a link as it is."""
    if token.shell is not None and token.shell.tag == W + "hyperlink":
        yield token.shell, None
        return
    yield from opening(token)
    for inner in token.inner or ():
        yield from spelled_out(inner)
    yield from closing(token)


def opening(token: Token) -> Sequence[Piece]:
    """What stands before the inner tokens of a container, in runs: a simple field as a complex one (17.16.18)."""
    if token.shell is None:
        return token.pieces
    code = _new("instrText")
    code.text = token.shell.get(W + "instr", "")
    code.set(XML_SPACE, "preserve")
    return [(_new_char("begin"), PLAIN), (code, PLAIN), (_new_char("separate"), PLAIN)]


def closing(token: Token) -> Sequence[Piece]:
    """What stands behind the inner tokens of a container, in runs."""
    return token.close if token.shell is None else [(_new_char("end"), PLAIN)]


def _new_char(kind: str) -> Element:
    char = _new("fldChar")
    char.set(W + "fldCharType", kind)
    return char


def _new(name: str) -> Element:
    return etree.Element(W + name, nsmap={"w": W[1:-1]})
