"""Finds the parts that belong to a main document."""

from __future__ import annotations

from typing import Final

from redline.opc.package import Package

_COMMENT_DETAILS: Final = ("commentsExtended", "commentsIds", "commentsExtensible")


def part_of(package: Package, kind: str) -> str | None:
    """The part of the main document that holds its styles, numbering, footnotes..., if there is one."""
    found = package.related(package.main, kind)
    return found[0] if found else None


def details_of_comments(package: Package) -> list[str]:
    """The parts that say which comment answers which, which are done, and when they were written in UTC.

    In this order: the first two name the last paragraph of a comment ([MS-DOCX] 2.5.3.1, 2.8.3.1), the last one what
    the second one calls it (2.10.3.1).
    """
    found = {r.type.rpartition("/")[2]: r.target for r in package.rels(package.main).values() if not r.external}
    return [found[kind] for kind in _COMMENT_DETAILS if found.get(kind, "") in package]
