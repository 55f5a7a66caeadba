"""What a caller may ask of a comparison."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal, get_args

DocumentFormat = Literal["auto", "docx", "text", "markdown"]
Granularity = Literal["word", "character"]
ExistingRevisions = Literal["accept", "reject", "keep"]

_CHOICES: Final = {
    "before_format": get_args(DocumentFormat),
    "after_format": get_args(DocumentFormat),
    "granularity": get_args(Granularity),
    "existing_revisions": get_args(ExistingRevisions),
}
_NO_NAME: Final = re.compile("[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""What no attribute of an XML document can hold, and line breaks."""


@dataclass(frozen=True, slots=True)
class CompareOptions:
    """Options of `compare`; the defaults are what a lawyer expects.

    `author` and `date` stand on every revision (w:author, w:date). With a given `date` the output is deterministic:
    same inputs, same options, same bytes. A `date` without a time zone is in UTC; None takes the time of the call, in
    whole seconds.

    What is not tracked, or ignored, is in the redline as the after document has it, and the coverage says so. Moves
    that are not tracked are deletions and insertions. Comments are never tracked, as Word has no revision for them;
    with `track_comments` the coverage names those that came, went or changed. A field that came or went is tracked with
    its text; `track_fields` is about instructions and results. Page numbers and tables of contents that the application
    computes are tracked, so that rejecting gives the before document as it was, but are no changes to list;
    `track_computed` off takes them as they are after.

    Raises `ValueError` for a choice that there is not, and for an author that is empty or has control characters.
    """

    author: str = "Redline"
    date: datetime | None = None
    before_format: DocumentFormat = "auto"
    after_format: DocumentFormat = "auto"
    granularity: Granularity = "word"
    existing_revisions: ExistingRevisions = "accept"
    track_formatting: bool = True
    track_moves: bool = True
    track_case: bool = True
    track_white_space: bool = True
    track_tables: bool = True
    track_headers: bool = True
    track_notes: bool = True
    track_text_boxes: bool = True
    track_fields: bool = True
    track_computed: bool = True
    track_comments: bool = True
    ignore_numbers: bool = False
    ignore_punctuation: bool = False

    def __post_init__(self) -> None:
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise ValueError(f"{name} is one of {', '.join(choices)}; not {getattr(self, name)!r}")
        if not self.author or _NO_NAME.search(self.author):
            raise ValueError("author is a name, without line breaks and control characters")

    def revision_date(self) -> str:
        """`w:date` as Word writes it, ISO 8601 in UTC with a Z (ECMA-376-1 17.13.5, ST_DateTime)."""
        moment = self.date or datetime.now(UTC)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
