"""Styles and lists of a document by what they are, not by the ids they happen to have."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Final

from lxml import etree

from redline.ooxml import W
from redline.opc.package import Package
from redline.opc.parts import part_of
from redline.opc.xmlguard import parse
from redline.opc.zipguard import Limits
from redline.verifier.blocks import chunks
from redline.verifier.items import properties_of
from redline.verifier.read import digest

_NAMING_NAMES: Final = (
    "name aliases basedOn next link autoRedefine hidden uiPriority semiHidden unhideWhenUsed qFormat locked personal "
    "personalCompose personalReply rsid pStyle"
)
_NAMING: Final = frozenset(f"{W}{name}" for name in _NAMING_NAMES.split())
_LIST_NAMING: Final = frozenset(f"{W}{name}" for name in ("nsid", "tmpl", "name", "styleLink", "numStyleLink", "lvl"))


_BASED_ON: Final = b"basedOn"
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


class Styles:
    """The styles of a document, from the bytes of their part: names by id, definitions by name."""

    def __init__(self, part: bytes) -> None:
        root = parse(part, "styles", Limits()) if part else etree.Element("none")
        named = [(_style_name(style), style) for style in root.iterchildren(f"{W}style")]
        self.names: dict[str, str] = {style.get(f"{W}styleId", ""): name for name, style in named}
        self._styles = dict(named)
        self._defaults = root.find(f"{W}docDefaults")
        self._root = root

    def changed(self, original: Styles) -> int:
        """How many styles, default properties counted as one, the original defines otherwise."""
        shared = self._styles.keys() & original._styles.keys()
        if self._root.nsmap == original._root.nsmap:
            shared = {name for name in shared if not self._spells_alike(name, original)}
        changed = [name for name in shared if self._definition(name) != original._definition(name)]
        return len(changed) + (properties_of(self._defaults) != properties_of(original._defaults))

    def _spells_alike(self, name: str, other: Styles) -> bool:
        mine, theirs = self._styles[name], other._styles[name]
        spelled = self._spelled[mine]
        return spelled == other._spelled[theirs] and (
            _BASED_ON not in spelled or self._base(mine) == other._base(theirs)
        )

    @cached_property
    def _spelled(self) -> dict[etree._Element, bytes]:
        parts = list(self._root.iterchildren("*"))
        return dict(zip(parts, chunks(self._root, self._root, parts), strict=True))

    def _definition(self, name: str) -> str:
        style = self._styles[name]
        return f"{self._base(style)}>{properties_of(style, _NAMING)}"

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


def _style_name(style: etree._Element) -> str:
    """Type and name; names compare without case, as Word's own do (17.7.4.9)."""
    name = style.find(f"{W}name")
    shown = style.get(f"{W}styleId", "") if name is None else name.get(f"{W}val", "")
    return f"{style.get(f'{W}type', 'paragraph')}:{shown.casefold()}"


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
