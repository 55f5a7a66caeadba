"""What differs between two documents where tracked changes have no word for it: the redline has it as after does.

Looks at the inputs alone, apart from the comparison, so that a comparison without interest in it costs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from redline.coverage import definitions, marks, surroundings
from redline.coverage.inputs import Input
from redline.errors import DocumentError
from schemas.changes import NotTracked

_LOOKS: Final[tuple[Callable[[Input, Input], Iterator[NotTracked]], ...]] = (
    *(definitions.styles, definitions.lists),
    *(marks.comments, marks.bookmarks, marks.controls, marks.bound_data),
    *(surroundings.settings, surroundings.theme, surroundings.fonts),
    *(surroundings.background, surroundings.separators, surroundings.properties),
)


def untracked_differences(
    before: bytes, after: bytes, *, accept: bool = True, comments: bool = True
) -> list[NotTracked]:
    """Differences that no revision can show; those in comments only if `comments` is set.

    `accept` says how the inputs' own revisions count. A part that cannot be read is named: nobody knows what differs
    there. Raises `DocumentError` when an input is no package.
    """
    sides = Input(before, accept), Input(after, accept)
    found: list[NotTracked] = []
    for look in _LOOKS:
        if comments or look is not marks.comments:
            try:
                found += look(*sides)
            except DocumentError as error:
                found.append(NotTracked(part=sides[1].package.main, code="unreadable-part", message=error.message))
    return list(dict.fromkeys(found))
