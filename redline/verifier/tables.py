"""Styles and lists of a document by what they are, not by the ids they happen to have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lxml import etree

from redline.ooxml import W
from redline.opc.package import Package
from redline.verifier.items import properties_of
from redline.verifier.read import digest

_NAMING_NAMES: Final = (
    "name aliases basedOn next link autoRedefine hidden uiPriority semiHidden unhideWhenUsed qFormat locked personal "
    "personalCompose personalReply rsid pStyle"
)
_NAMING: Final = frozenset(f"{W}{name}" for name in _NAMING_NAMES.split())
_LIST_NAMING: Final = frozenset(f"{W}{name}" for name in ("nsid", "tmpl", "name", "styleLink", "numStyleLink", "lvl"))


def _part(package: Package, kind: str) -> etree._Element | None:
    parts = package.related(package.main, kind)
    return package.tree(parts[0]) if parts else None


class Styles:
    """The styles of a document: names by id, definitions by name."""

    def __init__(self, package: Package) -> None:
        root = _part(package, "styles")
        styles = [] if root is None else list(root.iterchildren(f"{W}style"))
        self.names: dict[str, str] = {s.get(f"{W}styleId", ""): _style_name(s) for s in styles}
        self.definitions: dict[str, str] = {_style_name(s): self._definition(s) for s in styles}
        defaults = None if root is None else root.find(f"{W}docDefaults")
        self.definitions[""] = properties_of(defaults)

    def _definition(self, style: etree._Element) -> str:
        based = style.find(f"{W}basedOn")
        base = "" if based is None else self.names.get(based.get(f"{W}val", ""), "")
        return f"{base}>{properties_of(style, _NAMING)}"

    def names_beside(self, *originals: Styles) -> dict[str, str]:
        """Names by id; a style that was brought in under a new name has the name of the original it equals."""
        known = {name for original in originals for name in original.definitions}
        by_definition = {text: name for original in originals for name, text in original.definitions.items() if name}
        return {
            identifier: name if name in known else by_definition.get(self.definitions[name], name)
            for identifier, name in self.names.items()
        }


def _style_name(style: etree._Element) -> str:
    """Type and name; names compare without case, as Word's own do (17.7.4.9)."""
    name = style.find(f"{W}name")
    shown = style.get(f"{W}styleId", "") if name is None else name.get(f"{W}val", "")
    return f"{style.get(f'{W}type', 'paragraph')}:{shown.casefold()}"


def lists(package: Package) -> Mapping[str, str]:
    """For each list id (17.9.15) a digest of the levels it shows; 0 is no list (17.9.18)."""
    root = _part(package, "numbering")
    if root is None:
        return {"0": ""}
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
