"""Writes tokens back as runs, inside w:ins, w:del, w:moveFrom and w:moveTo where they changed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from itertools import chain
from typing import Final, Literal, cast

from lxml import etree

from redline.comparer.context import new
from redline.comparer.formatting import change_run, leave_formatting
from redline.comparer.sides import Sides
from redline.comparer.tracking import Aspect
from redline.diff.canon import PropertiesKey
from redline.diff.cuts import cut_alike
from redline.diff.owners import OWNER
from redline.diff.tokens import PLAIN, Format, Token, closing, opening
from redline.ooxml import XML_SPACE, Element, W

Kind = Literal["ins", "del", "moveFrom", "moveTo"]
FROM_BEFORE: Final = frozenset({"del", "moveFrom"})
_PROPERTIES: Final = frozenset({W + "sdtPr", W + "sdtEndPr", W + "smartTagPr", W + "customXmlPr"})
_ALONE: Final = frozenset({W + "footnoteReference", W + "endnoteReference"})
"""Have a run of their own, as Word writes them: LibreOffice loses a reference between two texts of one run."""
_LONG_TEXT: Final = 4096
"""Characters after which text goes on in another element: adding to a text copies it."""

_SPACE: Final = re.compile(r"\s")
_DELETED_NAMES: Final = {W + "t": W + "delText", W + "instrText": W + "delInstrText"}


def as_deleted(element: Element) -> None:
    """Rename text and field codes for life inside w:del (17.4.2, 17.16.13); text boxes are stories of their own."""
    boxed = {node for p in element.iterdescendants(W + "p") for node in p.iter(*_DELETED_NAMES)}
    for node in element.iter(*_DELETED_NAMES):
        if node not in boxed:
            node.tag = _DELETED_NAMES[str(node.tag)]


def shallow(element: Element) -> Element:
    """A copy without children."""
    copied = etree.Element(element.tag, nsmap=cast("dict[str, str]", element.nsmap))
    for name, value in element.attrib.items():
        copied.set(name, value)
    return copied


class Inline:
    """Appends tokens to a paragraph, joining neighbours into as few runs and revisions as the result allows."""

    def __init__(self, sides: Sides, target: Element) -> None:
        self._sides = sides
        self._stack = [target]
        self._path: tuple[Element, ...] = ()
        self._tracker: Element | None = None
        self._kind: Kind | None = None
        self._owner: str | None = None
        self._run: Element | None = None
        self._signature: tuple[Kind | None, PropertiesKey, PropertiesKey | None, str | None] | None = None

    def render(self, before: Sequence[Token], after: Sequence[Token]) -> None:
        """Both sides of a container or a paragraph, with their differences."""
        now, end = split_end(after)
        old, now = cut_alike(split_end(before)[0], now)
        for segment in self._sides.ctx.tracking.segments(old, now):
            if segment.equal:
                self.alike(old[segment.b0 : segment.b1], now[segment.a0 : segment.a1])
            else:
                self.tokens(old[segment.b0 : segment.b1], "del")
                self.tokens(now[segment.a0 : segment.a1], "ins")
        self.markers(end)

    def alike(self, before: Sequence[Token], after: Sequence[Token]) -> None:
        """Tokens that stay; those of `after` where the options take others for the same."""
        if len(before) == len(after) and all(b.key == a.key for b, a in zip(before, after, strict=True)):
            for start, end in _stretches(before, after):
                self.kept(_as_one(before[start:end]), _as_one(after[start:end]))
            return
        aspects = {_aspect(token) for token in (*before, *after)}
        for aspect in sorted(aspects - {"text"} or aspects):
            self._sides.ctx.leave(aspect, self._sides.after_part)
        same = len(before) == len(after)
        for index, token in enumerate(after):
            if same and before[index].is_field == token.is_field and bool(before[index].boxes) == bool(token.boxes):
                self.kept(before[index], token)
            else:
                self.token(token, None)

    def tokens(self, tokens: Sequence[Token], kind: Kind | None) -> None:
        """Tokens of one side, all in one state."""
        for start, end in _stretches(tokens):
            self.token(_as_one(tokens[start:end]), kind)

    def token(self, token: Token, kind: Kind | None) -> None:
        """A token of the before side (`del`, `moveFrom`) or of the after side (`ins`, `moveTo`, None)."""
        if kind not in FROM_BEFORE:
            self.markers(token.lead)
            self._go(token.path)
        if token.inner is None:
            for content, fmt in token.pieces:
                self._piece(content, fmt, kind, None)
        elif token.shell is not None and token.shell.tag == W + "hyperlink":
            self._in_shell(token.shell, token.inner, kind)
        else:
            for content, fmt in opening(token):
                self._piece(content, fmt, kind, None)
            inner, end = split_end(token.inner)
            self.tokens(inner, kind)
            if kind not in FROM_BEFORE:
                self.markers(end)
            for content, fmt in closing(token):
                self._piece(content, fmt, kind, None)

    def kept(self, before: Token, after: Token) -> None:
        """A token that stays; its format, and what it contains, may have changed."""
        self.markers(after.lead)
        self._go(after.path)
        self._sides.pair(before, after)
        if after.inner is None:
            for content, fmt, old in _with_old_format(before, after):
                tracked = old is not None and not leave_formatting(self._sides)
                self._piece(content, fmt, None, old if tracked else None)
            return
        inner = after.inner if only_computed(self._sides, before, after) else before.inner or []
        if after.shell is not None:
            self._close_run()
            self._track(None)
            shell = shallow(after.shell)
            self._stack[-1].append(shell)
            Inline(self._sides, shell).render(inner, after.inner)
        else:
            for content, fmt in after.pieces:
                self._piece(content, fmt, None, None)
            self.render(inner, after.inner)
            for content, fmt in after.close:
                self._piece(content, fmt, None, None)

    def markers(self, markers: Iterable[tuple[Element, tuple[Element, ...]]]) -> None:
        """Bookmarks and the like: they stand between revisions."""
        for marker, path in markers:
            self._go(path)
            self._close_run()
            self._track(None)
            marker.tail = None
            self._stack[-1].append(marker)

    def _in_shell(self, shell: Element, inner: list[Token], kind: Kind | None) -> None:
        self._close_run()
        self._track(None)
        copied = self._sides.adopt(shallow(shell)) if kind in FROM_BEFORE else shallow(shell)
        self._stack[-1].append(copied)
        inside = Inline(self._sides, copied)
        tokens, end = split_end(inner)
        inside.tokens(tokens, kind)
        if not tokens:
            inside._start_run(PLAIN, kind, None)  # a link that shows nothing, too, is on one side only
        if kind not in FROM_BEFORE:
            inside.markers(end)

    def _go(self, path: tuple[Element, ...]) -> None:
        """Leave and enter wrappers until `path` is open; a wrapper is written once, with its properties."""
        if path is self._path or path == self._path:
            return
        self._close_run()
        self._track(None)
        common = 0
        while common < min(len(path), len(self._path)) and path[common] is self._path[common]:
            common += 1
        del self._stack[common + 1 :]
        for wrapper in path[common:]:
            self._enter(wrapper)
        self._path = path

    def _enter(self, wrapper: Element) -> None:
        copied = shallow(wrapper)
        for child in list(wrapper):
            if child.tag in _PROPERTIES:
                copied.append(child)
        self._stack[-1].append(copied)
        if wrapper.tag == W + "sdt":
            content = new("sdtContent")
            copied.append(content)
            copied = content
        self._stack.append(copied)

    def _track(self, kind: Kind | None, owner: str | None = None) -> Element:
        """Where content in this state goes: the open revision, a new one, or the paragraph itself."""
        if kind != self._kind or (kind is not None and (self._tracker is None or owner != self._owner)):
            self._close_run()
            self._kind = kind
            self._owner = owner
            self._tracker = None
            if kind is not None:
                self._tracker = self._sides.ctx.revision(kind, owner)
                self._stack[-1].append(self._tracker)
        return self._tracker if self._tracker is not None else self._stack[-1]

    def _close_run(self) -> None:
        self._run = None
        self._signature = None

    def _piece(self, content: str | Element, fmt: Format | None, kind: Kind | None, old: Format | None) -> None:
        if fmt is None:
            self._close_run()
            taken = self._take(content, kind)
            if taken.tag == W + "hyperlink" and kind is not None:
                self._link(taken, kind)
            else:
                self._track(kind, taken.get(OWNER)).append(taken)
            return
        alone = not isinstance(content, str) and content.tag in _ALONE
        signature = (kind, fmt.key, old.key if old is not None else None, fmt.owner)
        if alone or self._run is None or signature != self._signature:
            self._start_run(fmt, kind, old)
            self._signature = signature
        run = self._run
        assert run is not None  # noqa: S101  (started above)
        if isinstance(content, str):
            _add_text(run, content, "delText" if kind == "del" else "t")
        else:
            run.append(self._take(content, kind))
        if alone:
            self._close_run()

    def _link(self, link: Element, kind: Kind) -> None:
        """A link among the codes of a field: revisions stand inside it."""
        self._track(None)
        tracker = self._sides.ctx.revision(kind)
        tracker.extend(list(link))
        link.append(tracker)
        self._stack[-1].append(link)

    def _start_run(self, fmt: Format, kind: Kind | None, old: Format | None) -> None:
        holder = self._track(kind, fmt.owner)
        self._run = etree.SubElement(holder, W + "r")
        rpr = fmt.element
        self._sides.ctx.repeat(fmt.size + (old.size if old is not None else 0))
        if rpr is not None:
            self._run.append(self._sides.adopt(rpr) if kind in FROM_BEFORE else _clean(deepcopy(rpr)))
        if old is not None:
            if rpr is None:
                etree.SubElement(self._run, W + "rPr")
            change_run(self._sides, self._run[0], old.element)

    def _take(self, content: str | Element, kind: Kind | None) -> Element:
        assert not isinstance(content, str)  # noqa: S101  (text always has a format)
        if kind in FROM_BEFORE:
            content = self._sides.adopt(content)
            if kind == "del":
                as_deleted(content)
                content.tag = _DELETED_NAMES.get(str(content.tag), content.tag)
        content.tail = None
        return content


def _stretches(*sides: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """Where tokens, as many on each side, can be written as one: text in one format with nothing between."""
    going_on = zip(*(map(_goes_on, side, side[1:]) for side in sides), strict=True)
    start = size = 0
    for place, (token, joints) in enumerate(zip(sides[0], going_on, strict=False), 1):
        size += len(token.key) if isinstance(token.key, str) else 0
        if size > _LONG_TEXT or not all(joints):
            yield start, place
            start, size = place, 0
    if sides[0]:
        yield start, len(sides[0])


def _goes_on(token: Token, following: Token) -> bool:
    return (
        len(token.pieces) == 1 == len(following.pieces)
        and isinstance(token.key, str)
        and isinstance(following.key, str)
        and token.pieces[0][1] is following.pieces[0][1]
        and token.path is following.path
        and not following.lead
    )


def _as_one(tokens: Sequence[Token]) -> Token:
    first = tokens[0]
    if len(tokens) == 1:
        return first
    text = "".join([str(token.key) for token in tokens])
    return Token(text, ((text, first.pieces[0][1]),), first.path, first.lead)


def split_end(tokens: Sequence[Token]) -> tuple[Sequence[Token], Sequence[tuple[Element, tuple[Element, ...]]]]:
    """Tokens, and the markers after the last one."""
    if tokens and tokens[-1].key == ("end",):
        return tokens[:-1], tokens[-1].lead
    return tokens, ()


def unchanged(before: Sequence[Token], after: Sequence[Token]) -> bool:
    """Whether the tokens of both sides are equal, formats and what containers hold included."""
    old, now = split_end(before)[0], split_end(after)[0]
    return len(old) == len(now) and all(
        b.key == a.key and same_formats(b, a) and (b.inner is None or a.inner is None or unchanged(b.inner, a.inner))
        for b, a in zip(old, now, strict=True)
    )


def only_computed(sides: Sides, before: Token, after: Token) -> bool:
    """Whether a kept token is a field whose result is not asked for: it is taken as it is after."""
    if not after.is_field or sides.ctx.tracking.wants("computed"):
        return False
    asked = sides.ctx.tracking.wants("fields")
    if asked and not (after.is_computed and before.inner and after.inner):
        return False
    if before.key != after.key or not unchanged(before.inner or [], after.inner or []):
        if asked:
            sides.computed_result()
        else:
            sides.ctx.leave("fields", sides.after_part)
    return True


def same_formats(before: Token, after: Token) -> bool:
    """Whether a kept token looks the same on both sides."""
    if len(before.pieces) == 1 == len(after.pieces):
        return _key(before.pieces[0][1]) == _key(after.pieces[0][1])
    if not before.is_text:
        return True
    return all(old is None for _, _, old in _with_old_format(before, after))


def _aspect(token: Token) -> Aspect:
    """Which kind of difference a token is that came, went or changed."""
    if token.note is not None:
        return "notes"
    if token.boxes:
        return "text boxes"
    return "fields" if token.is_field else "text"


def _key(fmt: Format | None) -> PropertiesKey:
    return fmt.key if fmt is not None else ()


def _with_old_format(before: Token, after: Token) -> Iterator[tuple[str | Element, Format | None, Format | None]]:
    """The pieces of a kept token, cut so that each had one format before; that format where it differs."""
    if not after.is_text or len(before.pieces) == 1 == len(after.pieces):
        olds = chain((f for _, f in before.pieces), [None] * len(after.pieces))
        for (content, fmt), old in zip(after.pieces, olds, strict=False):
            changed = old is not None and fmt is not None and old.key != fmt.key
            yield content, fmt, old if changed else None
        return
    waiting = [(str(text), fmt) for text, fmt in reversed(before.pieces)]
    if sum(len(text) for text, _ in waiting) != sum(len(str(text)) for text, _ in after.pieces):
        yield from ((content, fmt, None) for content, fmt in after.pieces)
        return
    old_text, old = waiting.pop()
    used = 0
    for content, fmt in after.pieces:
        text, start = str(content), 0
        while start < len(text):
            if used == len(old_text):
                old_text, old = waiting.pop()
                used = 0
            size = min(len(text) - start, len(old_text) - used)
            yield text[start : start + size], fmt, old if _key(old) != _key(fmt) else None
            start, used = start + size, used + size


def _add_text(run: Element, text: str, name: str) -> None:
    last = next(run.iterchildren(reversed=True), None)  # len() would count all children each time
    before = last.text or "" if last is not None and last.tag == W + name else ""
    if last is None or not before or len(before) > _LONG_TEXT:
        last, before = etree.SubElement(run, W + name), ""
    last.text = before + text
    if _SPACE.search(text):
        last.set(XML_SPACE, "preserve")


def _clean(rpr: Element) -> Element:
    rpr.tail = None
    return rpr
