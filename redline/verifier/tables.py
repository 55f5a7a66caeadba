"""Styles and lists of a document by what they are, not by the ids they happen to have."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Mapping
from typing import Final, NamedTuple

from lxml import etree

from redline.ooxml import W
from redline.opc.package import Package
from redline.opc.parts import part_of
from redline.opc.xmlguard import parse
from redline.opc.zipguard import Limits
from redline.resolver.properties import CHANGES
from redline.resolver.resolve import REVISIONS, resolve_tree
from redline.verifier.blocks import chunks
from redline.verifier.bytewise import can_be_settled, settle_all
from redline.verifier.items import numbering_of, properties_of
from redline.verifier.read import digest

_NAMING_NAMES: Final = (
    "name aliases basedOn next link autoRedefine hidden uiPriority semiHidden unhideWhenUsed qFormat locked personal "
    "personalCompose personalReply rsid pStyle"
)
_NAMING: Final = frozenset(f"{W}{name}" for name in _NAMING_NAMES.split())
_LIST_NAMING: Final = frozenset(f"{W}{name}" for name in ("nsid", "tmpl", "name", "styleLink", "numStyleLink", "lvl"))
_PARAGRAPH: Final = f"{W}pPr"
_RUN: Final = f"{W}rPr"
_NUMBERING: Final = f"{W}numPr"
_NOT_PARAGRAPH: Final = frozenset((_NUMBERING, _RUN, f"{W}sectPr", f"{W}lang"))
_LANGUAGE: Final = frozenset((f"{W}lang",))
_BASED_ON: Final = b"basedOn"
_NUMBER: Final = b"numId"
_CHANGE: Final = b"PrChange"
_LATENT: Final = b"<w:latentStyles"
_LATENT_END: Final = b"</w:latentStyles>"
_LATENT_ENTRY: Final = b"<w:lsdException "


def styles_part(package: Package) -> bytes:
    """The styles part without its latent styles, which only lists of styles show (17.7.4.6); b"" when there is none.

    They are often nine tenths of it, and all in which two versions differ.
    """
    part = part_of(package, "styles")
    return b"" if part is None else _without_latent_styles(package.read(part))


def _without_latent_styles(data: bytes) -> bytes:
    start = data.find(_LATENT)
    end = data.find(_LATENT_END, start)
    if start < 0 or end < 0:
        return data
    end += len(_LATENT_END)
    has_more = data.count(b"<", start, end) > 2 + data.count(_LATENT_ENTRY, start, end)
    return data if has_more else data[:start] + data[end:]


class Changed(NamedTuple):
    """How many styles another document defines otherwise."""

    tracked: int
    """In what a revision can show: paragraph and run properties, whether they number, and at which level."""
    listed: int
    """In the looks of the list by which they number."""
    untracked: int
    """In anything else; the default properties count as one."""


class Styles:
    """The styles of a document, from the bytes of their part: names by id, definitions by name."""

    def __init__(self, part: bytes) -> None:
        root = parse(part, "styles", Limits()) if part else etree.Element("none")
        self._accept = True
        self._lists: Mapping[str, str] | None = None
        named = [(_style_name(style), style) for style in root.iterchildren(f"{W}style")]
        self.names: dict[str, str] = {style.get(f"{W}styleId", ""): name for name, style in named}
        self._styles = dict(named)
        self._ambiguous = {name for name, count in Counter(name for name, _ in named).items() if count > 1}
        self._defaults = root.find(f"{W}docDefaults")
        self._root = root
        self._spellings: dict[etree._Element, bytes] = {}

    def of(self, lists: Mapping[str, str] | None, accept: bool | None = None) -> Styles:
        """The styles of a document with the same part: with its lists, where ids of lists are no common ground.

        `accept` says how revisions in them are resolved.
        """
        other = copy.copy(self)
        other._accept, other._lists = accept is not False, lists
        return other

    def changed(self, original: Styles) -> Changed:
        """How many styles the original defines otherwise."""
        shared = self._styles.keys() & original._styles.keys()
        if self._root.nsmap == original._root.nsmap:
            shared = {name for name in shared if not self._spells_alike(name, original)}
        pairs = [(name, self._definition(name), original._definition(name)) for name in shared]
        ambiguous = self._ambiguous | original._ambiguous
        surely = [(mine, theirs) for name, mine, theirs in pairs if name not in ambiguous]
        tracked = sum(mine.tracked != theirs.tracked for mine, theirs in surely)
        listed = sum(mine.list != theirs.list for mine, theirs in surely)
        untracked = sum(mine.untracked != theirs.untracked for mine, theirs in surely)
        untracked += sum(name in ambiguous and mine != theirs for name, mine, theirs in pairs)
        others = properties_of(self._defaults) != properties_of(original._defaults)
        return Changed(tracked, listed, untracked + others)

    def _spells_alike(self, name: str, other: Styles) -> bool:
        mine, theirs = self._styles[name], other._styles[name]
        spelled = self._settled(mine)
        return (
            spelled is not None
            and spelled == other._spelled[theirs]
            and (_BASED_ON not in spelled or self._base(mine) == other._base(theirs))
            and (_NUMBER not in spelled or self._lists is other._lists)
        )

    def _settled(self, style: etree._Element) -> bytes | None:
        """How a style is spelled with its revisions resolved; None when its bytes do not tell."""
        spelled = self._spelled[style]
        if _CHANGE not in spelled:
            return spelled
        sides = settle_all([spelled], CHANGES) if can_be_settled(self._root.nsmap, frozenset()) else None
        if sides is None or sides[0].marks:
            return None
        settled = sides[0].accepted if self._accept else sides[0].rejected
        return None if _CHANGE in settled else settled

    @property
    def _spelled(self) -> dict[etree._Element, bytes]:
        if not self._spellings:
            parts = list(self._root.iterchildren("*"))
            self._spellings.update(zip(parts, chunks(self._root, self._root, parts), strict=True))
        return self._spellings

    def _definition(self, name: str) -> _Definition:
        style = self._styles[name]
        if next(style.iter(*REVISIONS), None) is not None:
            style = copy.deepcopy(style)
            resolve_tree(style, self._accept)
        return _definition(style, self._base(style), self._lists)

    def _base(self, style: etree._Element) -> str:
        based = style.find(f"{W}basedOn")
        return "" if based is None else self.names.get(based.get(f"{W}val", ""), "")

    def names_beside(self, *originals: Styles) -> dict[str, str]:
        """Names by id; a style that was brought in under a new name has the name of the original it equals."""
        known = {name for original in originals for name in original._styles}
        if known.issuperset(self._styles):
            return self.names
        by_definition = {original._definition(name): name for original in originals for name in original._styles}
        return {
            identifier: name if name in known else by_definition.get(self._definition(name), name)
            for identifier, name in self.names.items()
        }


class _Definition(NamedTuple):
    """What a style says, by what a revision can show of it."""

    tracked: str
    list: str
    untracked: str


def _definition(style: etree._Element, base: str, lists: Mapping[str, str] | None) -> _Definition:
    properties = style.find(_PARAGRAPH)
    level, identifier = numbering_of(None if properties is None else properties.find(_NUMBERING))
    shown = identifier if lists is None else lists.get(identifier, "missing")
    is_numbered = identifier not in ("", "0")
    tracked = [
        properties_of(properties, _NOT_PARAGRAPH),
        properties_of(style.find(_RUN), _LANGUAGE),
    ]
    rest = f"{base}>{properties_of(style, _NAMING | {_PARAGRAPH, _RUN})}"
    if style.get(f"{W}type") == "numbering":
        return _Definition(">".join(tracked), "", f"{rest}>{level}>{shown}")
    return _Definition(">".join((*tracked, level, str(is_numbered))), shown, rest)


def _style_name(style: etree._Element) -> str:
    """Type and name; names compare without case, as Word's own do (17.7.4.9). One without a name goes by its id."""
    name = style.find(f"{W}name")
    shown = f"#{style.get(f'{W}styleId', '')}" if name is None else name.get(f"{W}val", "").casefold()
    return f"{style.get(f'{W}type', 'paragraph')}:{shown}"


def lists(package: Package) -> Mapping[str, str]:
    """For each list id (17.9.15) a digest of the levels it shows; 0 is no list (17.9.18)."""
    part = part_of(package, "numbering")
    if part is None:
        return {"0": ""}
    root = package.tree(part)
    definitions = {a.get(f"{W}abstractNumId", ""): _levels(a) for a in root.iterchildren(f"{W}abstractNum")}
    found = {"0": ""}
    for number in root.iterchildren(f"{W}num"):
        abstract = number.find(f"{W}abstractNumId")
        base = "" if abstract is None else definitions.get(abstract.get(f"{W}val", ""), "")
        overrides = properties_of(number, frozenset((f"{W}abstractNumId",)))
        found[number.get(f"{W}numId", "")] = digest(f"{base}>{overrides}".encode())
    return found


def _levels(abstract: etree._Element) -> str:
    levels = "|".join(
        f"{level.get(f'{W}ilvl')}{properties_of(level, _NAMING)}" for level in abstract.iterchildren(f"{W}lvl")
    )
    return f"{levels}>{properties_of(abstract, _LIST_NAMING)}"
