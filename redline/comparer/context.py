"""What the steps of one comparison share: packages, options, ids, coverage and the work still to do."""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from lxml import etree

from redline.comparer.tracking import Aspect, Tracking
from redline.diff.passages import FINE_TOKENS, PASSAGES, TOKENS_PER_SECOND
from redline.errors import DocumentError
from redline.ooxml import Element, W
from redline.opc.package import Package
from redline.options import CompareOptions
from schemas.changes import BY_OPTION, NotTracked

if TYPE_CHECKING:
    from redline.comparer.sides import Sides

MOST_PLACES: Final = 250_000
"""Places in which two documents may differ: revisions, and `PAIR` for each two paragraphs or rows that are compared.

Some 60,000 paragraphs that were all replaced, or 50,000 with a word put in. More take much time and memory.
"""
MEMORY: Final = 900 * 1024 * 1024
"""Bytes that both documents and what is written may take; besides, their texts are held while they are aligned."""
PLACE: Final = 1024
"""Bytes that a place takes about: a revision with its attributes, the run in it."""
PROPERTY: Final = 200
"""Bytes for each element and attribute of the properties of runs that are copied."""
PAIR: Final = 4
MOST_BLOCKS: Final = 200_000
"""Paragraphs and tables of one story, or rows of one table, on both sides: some 9,000 pages."""
MOST_MOVES: Final = 10_000
"""In one redline. Each needs the ends of a range at either place, beside the revisions of its paragraphs."""

_ID: Final = re.compile(rb'id="(\d{1,10})"')
"""An id, or another attribute whose name ends so; begins with letters that the search can skip to."""


@dataclass(slots=True)
class Work:
    """Two containers of blocks to compare: body, cell, note, header, text box."""

    before: Element
    after: Element
    sides: Sides
    places: int = 0
    """So many it will cost at least, as is known already."""


@dataclass(slots=True)
class Context:
    """State of one comparison. `after` is the package the redline is written into."""

    before: Package
    after: Package
    options: CompareOptions
    deadline: float | None = None
    tracking: Tracking = field(init=False)
    author: str = ""
    date: str = ""
    not_tracked: list[NotTracked] = field(default_factory=list)
    degraded: list[str] = field(default_factory=list)
    work: deque[Work] = field(default_factory=deque)
    twins: list[tuple[Element, Element]] = field(default_factory=list)
    places: int = 0
    owed: int = 0
    """Places that what waits will cost at least."""
    repeated: int = 0
    """Elements and attributes of the properties of runs, beyond those of the inputs."""
    fine_tokens: int = FINE_TOKENS
    passages: int = PASSAGES
    moves: int = MOST_MOVES
    _patterns: dict[tuple[str, str | None], Element] = field(default_factory=dict)
    """A revision of each kind to copy, which takes half the time of making one."""
    _next_id: int = 0
    _moves: int = 0

    def __post_init__(self) -> None:
        self.tracking = Tracking(self.options)
        self.author = self.options.author
        self.date = self.options.revision_date()

    def reserve_ids(self, names: Iterable[str]) -> None:
        """Allocate revision ids above every id in these parts of the after package (they share one space)."""
        for name in names:
            self._next_id = max(self._next_id, self.after.look(name, _highest_id))
        if self._next_id > 0x7FFF0000:  # ids are 32-bit signed; a document that uses the very top starts again low
            self._next_id = 0x10000000

    def next_id(self) -> int:
        """An id that no revision, bookmark, comment or permission of the result has."""
        self._next_id += 1
        return self._next_id

    def revision(self, name: str, owner: str | None = None) -> Element:
        """A revision element, such as w:ins, with id, author and date; `owner` is another author and date, by line.

        Raises `DocumentError` (too-complex) for one too many.
        """
        self.differ(1)
        pattern = self._patterns.get((name, owner))
        if pattern is None:
            pattern = self._patterns[name, owner] = new(name)
            author, _, date = owner.rpartition("\n") if owner else (self.author, "", self.date)
            pattern.set(W + "id", "")
            pattern.set(W + "author", author)
            if date:
                pattern.set(W + "date", date)
        element = copy(pattern)
        element.set(W + "id", str(self.next_id()))
        return element

    def differ(self, places: int) -> None:
        """Count places in which the documents differ; refuse those with more than can be shown in bounded time."""
        self.foresee(places)
        self.places += places

    def foresee(self, places: int) -> None:
        """Refuse documents that will turn out to differ in too many places."""
        places += self.places + self.owed
        if places > MOST_PLACES:
            message = f"The documents differ in more than {MOST_PLACES:,} places; compare them part by part."
            raise DocumentError("too-complex", message)
        if places * PLACE + self.repeated * PROPERTY > MEMORY - self.before.parsed - self.after.parsed:
            message = "The redline of these documents would take too much memory; compare them part by part."
            raise DocumentError("too-complex", message)

    def repeat(self, properties: int) -> None:
        """Count elements and attributes of the properties of runs that are written; less those that are written over.

        A run that is cut has them once more. Raises `DocumentError` (too-complex) for far too many.
        """
        self.repeated += properties
        if properties > 0:
            self.foresee(0)

    def wait(self, work: Work) -> None:
        """Put two containers to what has to be compared; refuse at once what will be too much."""
        self.owed += work.places
        self.foresee(0)
        self.work.append(work)

    def next_work(self) -> Work:
        """What has waited longest."""
        work = self.work.popleft()
        self.owed -= work.places
        return work

    def leaves(self, aspect: Aspect, part: str) -> bool:
        """Whether a difference that was found is left untracked by the options; the coverage then says so."""
        if self.tracking.wants(aspect):
            return False
        self.leave(aspect, part)
        return True

    def leave(self, aspect: Aspect, part: str) -> None:
        """Say that a difference is as after has it because the options want no revision for it."""
        self.cannot_track(
            part, BY_OPTION, f"Differences in {aspect} are as after has them: they were not to be tracked."
        )

    def move_name(self) -> str:
        """A name for the next move (17.13.5.24, w:name)."""
        self._moves += 1
        return f"move{self._moves}"

    def late(self, tokens: int = 0) -> bool:
        """Whether the deadline has passed, or would while so many tokens are compared."""
        return self.deadline is not None and time.monotonic() + tokens / TOKENS_PER_SECOND > self.deadline

    def spend(self, tokens: int) -> bool:
        """Take from the number of tokens that text may be cut into; False if less, or too little time, is left."""
        if tokens > self.fine_tokens or self.late(tokens):
            return False
        self.fine_tokens -= tokens
        return True

    def spend_passages(self, count: int) -> bool:
        """The same for passages."""
        if count > self.passages or self.late(count):
            return False
        self.passages -= count
        return True

    def coarsen(self, part: str, how: str, tokens: int) -> None:
        """Say that so many tokens were compared coarsely, and whether it was for want of time."""
        reason = "the time limit was near" if self.late(tokens) else "there is very much changed text"
        self.degraded.append(f"{part}: {how} because {reason}.")

    def cannot_track(self, part: str, code: str, message: str, path: str = "") -> None:
        """Name a difference that the redline has as the after document has it."""
        entry = NotTracked(part=part, path=path, code=code, message=message)
        if entry not in self.not_tracked:
            self.not_tracked.append(entry)


_NSMAP: Final = {"w": W[1:-1]}


def new(name: str) -> Element:
    """A new element of WordprocessingML."""
    return etree.Element(W + name, nsmap=_NSMAP)


def drop_attribute(element: Element, name: str) -> None:
    """Remove an attribute if it is there."""
    if name in element.attrib:
        del element.attrib[name]


def _highest_id(data: bytes) -> int:
    return max(map(int, _ID.findall(data)), default=0)
