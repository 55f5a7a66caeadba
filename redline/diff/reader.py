"""Reads a paragraph into tokens: its runs in order, then fields as containers and text cut into words."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from redline.diff.canon import Identify, PropertiesKey, canonical, properties_key
from redline.diff.owners import OWNER
from redline.diff.tokens import Format, Piece, Token, spelled_out
from redline.diff.words import CHARACTERS, WORDS
from redline.ooxml import MC, W14, A, Element, R, V, W

_RANGES: Final = (
    *("bookmark", "commentRange", "perm", "moveFromRange", "moveToRange"),
    *("customXmlInsRange", "customXmlDelRange", "customXmlMoveFromRange", "customXmlMoveToRange"),
)
MARKERS: Final = frozenset(W + name + end for name in _RANGES for end in ("Start", "End"))
"""Elements without width between runs; the after document's are kept, the before document's are not repeated."""

_DROPPED: Final = frozenset({W + "proofErr", W + "lastRenderedPageBreak", W + "pPr", W + "rPr"})
_TRANSPARENT: Final = frozenset({W + "sdt", W + "smartTag", W + "customXml", W + "dir", W + "bdo"})
_SHELL_PROPERTIES: Final = frozenset({W + "sdtPr", W + "sdtEndPr", W + "smartTagPr", W + "customXmlPr"})
_BOXES: Final = frozenset({W + "drawing", W + "pict", W + "object", MC + "AlternateContent"})
_COMMENT: Final = frozenset({W + "commentReference", W + "annotationRef"})
_NOTES: Final = frozenset({W + "footnoteReference", W + "endnoteReference"})
HOLLOW: Final = "redline-hollow"
"""Attribute, during a comparison, of a reference to a note that is not there, or has no paragraph: in which way."""
_CODE: Final = frozenset({W + "fldChar", W + "instrText", W + "delInstrText"})
_VOLATILE_RPR: Final = frozenset(
    {W + x for x in ("lang", "rPrChange", "ins", "del", "moveFrom", "moveTo")} | {W14 + "ligatures"}
)
_MOST_NESTED: Final = 4
"""Fields in results of fields; what is nested deeper is not looked into."""


class Reader:
    """Reads the paragraphs of one part into tokens."""

    def __init__(self, identify: Identify, *, characters: bool = False) -> None:
        self._identify = identify
        self._cut = CHARACTERS if characters else WORDS
        self._formats: dict[tuple[PropertiesKey, str | None], Format] = {}
        self._depth = 0
        self.properties = 0
        """Elements and attributes of the properties of all runs that were read."""

    def paragraph(self, p: Element) -> list[Token]:
        """Tokens of a paragraph, without its mark; markers at its end hang on a last token without pieces."""
        return self._grouped(self._items(p, ()))

    # -- first pass: the runs' children, containers and markers in order

    def _items(self, parent: Element, path: tuple[Element, ...]) -> Iterator[_Item]:
        for child in parent:
            tag = child.tag
            if tag == W + "r":
                yield from self._run(child, path)
            elif tag in _DROPPED or tag in _SHELL_PROPERTIES or not isinstance(tag, str):
                continue
            elif tag in MARKERS:
                yield _Item(child, None, path, marker=True)
            elif tag in _TRANSPARENT:
                yield from self._wrapped(child, path)
            elif tag in (W + "hyperlink", W + "fldSimple"):
                yield _Item(child, None, path, token=self._container(child, path))
            else:
                yield _Item(child, None, path)

    def _wrapped(self, shell: Element, path: tuple[Element, ...]) -> Iterator[_Item]:
        content = shell.find(W + "sdtContent") if shell.tag == W + "sdt" else shell
        inside = list(self._items(content, (*path, shell))) if content is not None else []
        if any(not item.marker for item in inside):
            yield from inside
        else:
            yield _Item(shell, None, path, marker=True)

    def _run(self, run: Element, path: tuple[Element, ...]) -> Iterator[_Item]:
        fmt = self._format(next(run.iterchildren(W + "rPr"), None), run.get(OWNER))
        self.properties += fmt.size
        for child in run:
            tag = child.tag
            if tag in _DROPPED or not isinstance(tag, str):
                continue
            if tag in (W + "t", W + "delText"):
                if child.text:
                    yield _Item(child.text, fmt, path)
            elif tag in _COMMENT:
                yield _Item(run, None, path, marker=True)
            else:
                yield _Item(child, fmt, path)

    def _format(self, rpr: Element | None, owner: str | None) -> Format:
        key = properties_key(rpr, _VOLATILE_RPR)
        found = self._formats.get((key, owner))
        if found is None:
            size = 0 if rpr is None else sum(1 + len(node.attrib) for node in rpr.iter())
            found = self._formats[key, owner] = Format(key, rpr, owner, size)
        return found

    def _container(self, shell: Element, path: tuple[Element, ...]) -> Token:
        inner = self._grouped(self._items(shell, ()))
        if shell.tag == W + "fldSimple":
            key: Hashable = ("field", _squeezed(shell.get(W + "instr", "")), True)
        else:
            key = self._link_key(shell)
        return Token(key, [], path, inner=inner, shell=shell)

    # -- second pass: complex fields become containers, text is cut

    def _grouped(self, found: Iterable[_Item]) -> list[Token]:
        items = list(found)
        return self._group(items, _fields(items) if self._depth < _MOST_NESTED else {}, 0, len(items))

    def _group(self, items: Sequence[_Item], fields: Mapping[int, _Field], index: int, end: int) -> list[Token]:
        """The tokens of items[index:end]; the fields in results of fields have been found with those around them."""
        out: list[Token] = []
        text = _Text()
        while index < end:
            item = items[index]
            if item.marker:
                if not isinstance(item.content, str):
                    text.markers.append((text.length, item.content, item.path))
                index += 1
                continue
            if isinstance(item.content, str):
                if text.pieces and text.path != item.path:
                    text.flush(out, self._cut)
                text.add(item)
                index += 1
                continue
            text.flush(out, self._cut)
            token, index = self._atom(items, fields, index, end)
            text.lead(token)
            out.append(token)
        text.flush(out, self._cut)
        if text.markers:
            last = Token(("end",), [])
            text.lead(last)
            out.append(last)
        return out

    def _atom(self, items: Sequence[_Item], fields: Mapping[int, _Field], index: int, end: int) -> tuple[Token, int]:
        item = items[index]
        if item.token is not None:
            return item.token, index + 1
        content = item.content
        assert not isinstance(content, str)  # noqa: S101  (text is handled by the caller)
        if content.tag == W + "fldChar" and content.get(W + "fldCharType") == "begin":
            if index in fields:
                return self._field(items, fields, index)
            return self._open_codes(items, index, end)
        if content.tag in _CODE:
            return Token(("code", self._code(content)), ((content, item.format),), item.path), index + 1
        return self._plain_atom(content, item), index + 1

    def _plain_atom(self, content: Element, item: _Item) -> Token:
        if content.tag in _NOTES:
            return Token((content.tag, content.get(HOLLOW)), ((content, item.format),), item.path, note=content)
        boxes = text_boxes(content) if content.tag in _BOXES else []
        if boxes:
            return Token(self._box_key(content, len(boxes)), ((content, item.format),), item.path, boxes=boxes)
        bare = not len(content) and not content.attrib  # a tab, a line break: there may be thousands
        key = content.tag if bare else canonical(content, self._identify)
        return Token((key,), ((content, item.format),), item.path)

    def _box_key(self, content: Element, count: int) -> Hashable:
        images = [b.get(R + "embed") or b.get(R + "link") or "" for b in content.iter(A + "blip")]
        images += [b.get(R + "id") or "" for b in content.iter(V + "imagedata")]
        return ("text box", count, tuple(self._identify(i) for i in images if i))

    def _field(self, items: Sequence[_Item], fields: Mapping[int, _Field], start: int) -> tuple[Token, int]:
        """A balanced field as a container."""
        field = fields[start]
        codes = items[start : field.separator + 1 if field.separator else field.end]
        inner: list[Token] = []
        if field.separator:
            self._depth += 1
            known = fields if self._depth < _MOST_NESTED else {}
            inner = self._group(items, known, field.separator + 1, field.end)
            self._depth -= 1
        instruction = _squeezed("".join(self._code(content) for content, _ in _pieces(codes[1:])).rstrip("|"))
        token = Token(("field", instruction, bool(field.separator)), _pieces(codes), items[start].path, inner=inner)
        token.close = _pieces([items[field.end]])
        token.lead = tuple((i.content, i.path) for i in codes if i.marker and not isinstance(i.content, str))
        return token, field.end + 1

    def _open_codes(self, items: Sequence[_Item], start: int, end: int) -> tuple[Token, int]:
        """The codes of a field that ends in another paragraph as one atom."""
        stop = start + 1
        while stop < end and not isinstance(items[stop].content, str) and items[stop].content.tag in _CODE:  # type: ignore[union-attr]
            stop += 1
            if _field_char(items[stop - 1]) in ("separate", "end"):
                break
        codes = items[start:stop]
        return Token(("open", "".join(self._code(i.content) for i in codes)), _pieces(codes), items[start].path), stop

    def _code(self, content: str | Element) -> str:
        """One piece of a field's codes as text."""
        if isinstance(content, str):
            return content
        if content.tag == W + "fldChar":
            kind = {"begin": "{", "separate": "|", "end": "}"}.get(content.get(W + "fldCharType", ""), "")
            return kind + "".join(canonical(c, lambda i: i).decode() for c in content)
        if content.tag in _CODE:
            return content.text or ""
        links = "".join(repr(self._link_key(link)) for link in content.iter(W + "hyperlink"))
        return f"<{content.tag}{links}>{''.join(map(str, content.itertext()))}"

    def _link_key(self, link: Element) -> Hashable:
        target = link.get(R + "id")
        return "link", self._identify(target) if target else "", link.get(W + "anchor", "")


@dataclass(slots=True, eq=False)
class _Item:
    content: str | Element
    format: Format | None
    path: tuple[Element, ...]
    marker: bool = False
    token: Token | None = None


@dataclass(slots=True)
class _Field:
    """Places of what separates the codes of a field from its result (0 for none), and of its end."""

    separator: int = 0
    end: int = 0


@dataclass(slots=True, eq=False)
class _Text:
    """Text that goes on over several runs, not yet cut, and the markers met in it."""

    pieces: list[tuple[list[str], Format | None]] = field(default_factory=list)
    path: tuple[Element, ...] = ()
    length: int = 0
    markers: list[tuple[int, Element, tuple[Element, ...]]] = field(default_factory=list)

    def add(self, item: _Item) -> None:
        assert isinstance(item.content, str)  # noqa: S101  (elements are handled by the caller)
        self.path = item.path
        self.length += len(item.content)
        if self.pieces and self.pieces[-1][1] is item.format:
            self.pieces[-1][0].append(item.content)
        else:
            self.pieces.append(([item.content], item.format))

    def lead(self, token: Token) -> None:
        """Hang all markers still open on `token`."""
        if self.markers:
            token.lead = (*((marker, path) for _, marker, path in self.markers), *token.lead)
            self.markers = []

    def flush(self, out: list[Token], cut: re.Pattern[str]) -> None:
        if not self.pieces:
            return
        if len(self.pieces) == 1:
            texts, fmt = self.pieces[0]
            tokens = [Token(word, ((word, fmt),), self.path) for word in cut.findall("".join(texts))]
        else:
            tokens = self._cut_over_runs(cut)
        if self.markers:
            self._place_markers(tokens)
        out += tokens
        self.pieces, self.length = [], 0

    def _cut_over_runs(self, cut: re.Pattern[str]) -> list[Token]:
        tokens: list[Token] = []
        runs = [("".join(texts), fmt) for texts, fmt in self.pieces]
        run = start = 0
        for word in cut.findall("".join(text for text, _ in runs)):
            pieces: list[Piece] = []
            need = len(word)
            while need:
                text, fmt = runs[run]
                piece = text[start : start + need]
                need -= len(piece)
                start += len(piece)
                if start == len(text):
                    run, start = run + 1, 0
                pieces.append((piece, fmt))
            tokens.append(Token(word, pieces, self.path))
        return tokens

    def _place_markers(self, tokens: list[Token]) -> None:
        offset, waiting = 0, self.markers[::-1]
        for token in tokens:
            led = []
            while waiting and waiting[-1][0] <= offset:
                _, marker, path = waiting.pop()
                led.append((marker, path))
            token.lead = (*token.lead, *led)
            offset += token.weight
        self.markers = [(0, marker, path) for _, marker, path in reversed(waiting)]


def text_boxes(content: Element) -> list[Element]:
    """The w:txbxContent a reader sees in a drawing: of alternate content only the first branch (Part 3, 10.2)."""
    if content.tag == W + "txbxContent":
        return [content]
    if content.tag == MC + "AlternateContent":
        branch = next(content.iterchildren(MC + "Choice"), next(content.iterchildren(MC + "Fallback"), None))
        children = [] if branch is None else list(branch)
    else:
        children = list(content)
    return [box for child in children for box in text_boxes(child)]


def _fields(items: list[_Item]) -> dict[int, _Field]:
    """The fields that begin and end among these items, by the place of their begin."""
    found: dict[int, _Field] = {}
    open_fields: list[tuple[int, _Field]] = []
    for index, item in enumerate(items):
        kind = _field_char(item)
        if kind == "begin":
            open_fields.append((index, _Field()))
        elif kind and open_fields:
            start, field = open_fields[-1]
            if kind == "end":
                field.end = index
                found[start] = field
                open_fields.pop()
            elif kind == "separate":
                field.separator = field.separator or index
    return found


def _field_char(item: _Item) -> str:
    content = item.content
    if isinstance(content, str) or item.marker or content.tag != W + "fldChar":
        return ""
    return content.get(W + "fldCharType", "")


def _squeezed(instruction: str) -> str:
    return re.sub(r"\s+", "", instruction)


def _pieces(items: Sequence[_Item]) -> list[Piece]:
    """What items are made of; a simple field among the codes of a field is spelled out in runs."""
    found: list[Piece] = []
    for item in items:
        if item.token is not None:
            found += spelled_out(item.token)
        elif not item.marker:
            found.append((item.content, item.format))
    return found
