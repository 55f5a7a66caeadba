"""Is a document valid where redlines tend not to be? Rules for tracked changes, and the integrity of the package."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Final

from redline.errors import DocumentError
from redline.opc.package import Package
from redline.validator import references, revisions, structure
from redline.validator.rules import Finding, Part, Rule, Subject

__all__ = ["RULES", "Finding", "validate"]

RULES: Final[tuple[Rule, ...]] = (
    *revisions.BOOK.rules,
    *structure.BOOK.rules,
    *references.BOOK.rules,
)
"""Every rule that `validate` holds."""
MOST_FINDINGS: Final = 1_000
"""Of one rule; a document that breaks it more often is broken beyond listing."""
_TEXT_PARTS: Final = ("header", "footer", "footnotes", "endnotes", "comments")


def validate(docx: bytes) -> list[Finding]:
    """Each place where a rule is broken. Raises `DocumentError` when the package cannot be opened at all.

    A part that is no XML is a finding of the rule 'well-formed'; the other rules need every part.
    """
    package = Package.open(docx)
    try:
        texts = tuple(_parts(package, package.main, *_related(package, *_TEXT_PARTS)))
        subject = Subject(package, texts, (*texts, *_parts(package, *_related(package, "styles"))))
        return [finding for rule in RULES for finding in _findings(rule, subject)]
    except DocumentError as error:
        return [Finding("well-formed", "ECMA-376-2, 7.3", "", "", error.message)]


def _related(package: Package, *kinds: str) -> Iterator[str]:
    return (name for kind in kinds for name in package.related(package.main, kind))


def _parts(package: Package, *names: str) -> Iterator[Part]:
    return (Part(name, package.tree(name)) for name in dict.fromkeys(names))


def _findings(rule: Rule, subject: Subject) -> Iterator[Finding]:
    for part, element in islice(rule.check(subject), MOST_FINDINGS):
        path = "" if element is None else element.getroottree().getpath(element)
        yield Finding(rule.id, rule.section, part, path, rule.message)
