"""What a rule of the validator is, and what it looks at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from lxml import etree

from redline.ooxml import MC, W
from redline.opc.package import Package

Violation = tuple[str, etree._Element | None]
"""Name of a part, and the element that breaks the rule if it is one element."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken rule. `section` is of ECMA-376-1 unless it says otherwise; `path` leads to the element in its part.

    `message` is one sentence without document content.
    """

    rule: str
    section: str
    part: str
    path: str
    message: str


class Part:
    """A part with text or styles: its elements by tag; what is repeated for older programs is not looked at."""

    def __init__(self, name: str, root: etree._Element) -> None:
        self.name = name
        self.root = root
        self._by_tag: dict[str, list[etree._Element]] = defaultdict(list)
        fallbacks = [fallback for fallback in root.iter(f"{MC}Fallback") if fallback.getprevious() is not None]
        repeated = {element for fallback in fallbacks for element in fallback.iter()}
        for element in root.iter("*"):
            if element not in repeated:
                self._by_tag[str(element.tag)].append(element)

    def all(self, *names: str) -> Iterator[etree._Element]:
        """Elements of the main namespace by local name, in document order for each name."""
        for name in names:
            yield from self._by_tag.get(f"{W}{name}", ())

    def tagged(self, tag: str) -> list[etree._Element]:
        """Elements of a tag, in document order."""
        return self._by_tag.get(tag, [])


@dataclass(frozen=True, slots=True)
class Subject:
    """The document that is validated: its package, and its parts that hold text, the main one first.

    `revisable` are the parts that may hold revisions: the styles, too.
    """

    package: Package
    parts: tuple[Part, ...]
    revisable: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: an id, where it is written, what breaking it means, and the check."""

    id: str
    section: str
    message: str
    check: Callable[[Subject], Iterator[Violation]]


class Book:
    """Collects rules, in the order in which they are written."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []

    def rule(
        self, identifier: str, section: str, message: str
    ) -> Callable[[Callable[[Subject], Iterator[Violation]]], Callable[[Subject], Iterator[Violation]]]:
        """Enter a check as a rule."""

        def enter(check: Callable[[Subject], Iterator[Violation]]) -> Callable[[Subject], Iterator[Violation]]:
            self.rules.append(Rule(identifier, section, message, check))
            return check

        return enter


BOX: Final = f"{W}txbxContent"


def within(element: etree._Element, *tags: str) -> etree._Element | None:
    """The nearest ancestor of one of these tags in the same text: a text box is a text of its own."""
    for ancestor in element.iterancestors():
        if ancestor.tag == BOX:
            return None
        if ancestor.tag in tags:
            return ancestor
    return None


def parent_tag(element: etree._Element) -> str:
    """Tag of the parent, '' at the root."""
    parent = element.getparent()
    return "" if parent is None else str(parent.tag)
