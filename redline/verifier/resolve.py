"""Stories of the redline resolved one way."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Final

from redline.resolver.resolve import resolve_tree
from redline.verifier.blocks import Blocks, Parsed, blocks_of, is_flat
from redline.verifier.bytewise_flow import Flow, settled_flow
from redline.verifier.read import Story, sections_of

_MANY_BLOCKS: Final = 10_000
"""From so many on memory is dearer than the time to read a story again, some half more than that to copy it."""


@dataclass(slots=True)
class Resolved:
    """A story resolved: its blocks, and the numbers of the sections that are gone."""

    blocks: Blocks
    gone: frozenset[int] = frozenset()


def resolve_story(story: Story, accept: bool, *, spent: bool = False) -> Resolved:
    """The blocks of a story with every revision accepted or rejected.

    By their bytes where that can be; otherwise the story itself is left as it is, unless it is `spent`: not looked at
    again, so that nothing need be copied. A very large one is spent anyhow.
    """
    if not story.revised:
        return Resolved(story.blocks)
    settled = _settled(story, accept)
    if settled is not None:
        return Resolved(Blocks(Parsed(story.part, story.root, settled.blocks), settled.blocks), settled.gone)
    story.spent = spent or len(story.flow) > _MANY_BLOCKS
    root = story.root if story.spent else copy.deepcopy(story.root)
    sections = sections_of(root)
    resolve_tree(root, accept)
    left = set(sections_of(root) if sections else ())
    gone = frozenset(number for number, section in enumerate(sections) if section not in left)
    return Resolved(blocks_of(root), gone)


def _settled(story: Story, accept: bool) -> Flow | None:
    sides = story.sides
    if sides is None:
        return None
    return settled_flow(sides, accept=accept, flat=is_flat(story.flow), parted=story.parted)
