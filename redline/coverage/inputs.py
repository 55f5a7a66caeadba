"""The inputs of a comparison as the coverage looks at them: with their own revisions settled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeVar

from redline.ooxml import Element
from redline.opc.package import Package
from redline.opc.parts import part_of
from redline.resolver.resolve import resolve_tree, revisable_parts
from schemas.changes import NotTracked

_NAMED: Final = 5
"""So many names stand in a message; more are only counted."""
_Key = TypeVar("_Key")


class Input:
    """One side: a part is read when it is looked at, and its revisions accepted or rejected."""

    def __init__(self, data: bytes, accept: bool) -> None:
        self.package = Package.open(data)
        self._accept = accept
        self._resolved: dict[str, Element] = {}

    def root(self, name: str) -> Element:
        """The root of a part."""
        found = self._resolved.get(name)
        if found is None:
            found = self._resolved[name] = self.package.tree(name)
            resolve_tree(found, self._accept)
        return found

    def part(self, kind: str) -> Element | None:
        """The part that the main one refers to as its styles, its settings..."""
        name = part_of(self.package, kind)
        return None if name is None else self.root(name)

    def stories(self) -> Iterator[tuple[str, Element]]:
        """The name and root of each part that holds text of the document; comments stand beside it."""
        left_out = [part_of(self.package, kind) for kind in ("styles", "numbering", "comments")]
        for name in revisable_parts(self.package):
            if name not in left_out:
                yield name, self.root(name)


def alike(before: Input, after: Input, kind: str) -> bool:
    """Whether both have no part of a kind, or the very same one."""
    names = part_of(before.package, kind), part_of(after.package, kind)
    return names[0] == names[1] and (names[0] is None or after.package.raw_equal(before.package, names[0]))


def entry(document: Input, kind: str, code: str, what: str, names: Iterable[str], path: str = "") -> NotTracked:
    """What differs in the part of a kind, by the names of what does."""
    part = part_of(document.package, kind) or document.package.main
    return NotTracked(part=part, path=path, code=code, message=f"{what}: {some(names)}.")


def some(names: Iterable[str]) -> str:
    """The first names in order, and how many more there are."""
    ordered = sorted(set(names))
    more = f" and {len(ordered) - _NAMED} more" if len(ordered) > _NAMED else ""
    return ", ".join(ordered[:_NAMED]) + more


def beyond(these: Mapping[_Key, list[str]], others: Mapping[_Key, list[str]]) -> list[str]:
    """What one side has more of than the other."""
    return [value for key, values in these.items() for value in values[len(others.get(key, ())) :]]
