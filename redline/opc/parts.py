"""Finds the parts that belong to a main document."""

from __future__ import annotations

from redline.opc.package import Package


def part_of(package: Package, kind: str) -> str | None:
    """The part of the main document that holds its styles, numbering, footnotes..., if there is one."""
    found = package.related(package.main, kind)
    return found[0] if found else None
