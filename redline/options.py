"""What a caller may ask of a comparison."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

DocumentFormat = Literal["auto", "docx", "text", "markdown"]


@dataclass(frozen=True, slots=True)
class CompareOptions:
    """Options of `compare`; the defaults are what a lawyer expects.

    `author` and `date` stand on every revision (w:author, w:date). With a given `date` the output is deterministic:
    same inputs, same options, same bytes. `date` None takes the time of the call, in UTC, whole seconds.

    What is not tracked, or ignored, is in the redline as the after document has it, and the coverage says so. Moves
    that are not tracked are deletions and insertions. Comments are never tracked, as Word has no revision for them;
    with `track_comments` the coverage names those that came, went or changed. A field that came or went is tracked with
    its text; `track_fields` is about instructions and results. Page numbers and tables of contents that the application
    computes are tracked, so that rejecting gives the before document as it was, but are no changes to list;
    `track_computed` off takes them as they are after.
    """

    author: str = "Redline"
    date: datetime | None = None
    before_format: DocumentFormat = "auto"
    after_format: DocumentFormat = "auto"
    granularity: Literal["word", "character"] = "word"
    existing_revisions: Literal["accept", "reject", "keep"] = "accept"
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

    def revision_date(self) -> str:
        """`w:date` as Word writes it, ISO 8601 in UTC with a Z (ECMA-376-1 17.13.5, ST_DateTime)."""
        moment = self.date or datetime.now(UTC)
        return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
