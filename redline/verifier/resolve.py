"""Stories of the redline resolved one way."""

from __future__ import annotations

import copy
from dataclasses import dataclass

from redline.resolver.resolve import resolve_tree
from redline.verifier.read import Blocks, Story, blocks_of, sections_of


@dataclass(slots=True)
class Resolved:
    """A story resolved: its blocks, and the numbers of the sections that are gone."""

    blocks: Blocks
    gone: frozenset[int] = frozenset()


def resolve_story(story: Story, accept: bool, *, spent: bool = False) -> Resolved:
    """The blocks of a story with every revision accepted or rejected.

    The story itself is left as it is, unless it is `spent`: not looked at again, so that nothing need be copied.
    """
    if not story.revised:
        return Resolved(story.blocks)
    root = story.root if spent else copy.deepcopy(story.root)
    sections = sections_of(root)
    resolve_tree(root, accept)
    left = set(sections_of(root))
    gone = frozenset(number for number, section in enumerate(sections) if section not in left)
    return Resolved(blocks_of(root), gone)
