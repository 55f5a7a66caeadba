"""Stories of the redline resolved one way."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Final

from redline.resolver.resolve import resolve_tree
from redline.verifier.blocks import Blocks, blocks_of
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

    The story itself is left as it is, unless it is `spent`: not looked at again, so that nothing need be copied. A very
    large one is spent anyhow.
    """
    if not story.revised:
        return Resolved(story.blocks)
    story.spent = spent or len(story.flow) > _MANY_BLOCKS
    root = story.root if story.spent else copy.deepcopy(story.root)
    sections = sections_of(root)
    resolve_tree(root, accept)
    left = set(sections_of(root) if sections else ())
    gone = frozenset(number for number, section in enumerate(sections) if section not in left)
    return Resolved(blocks_of(root), gone)
