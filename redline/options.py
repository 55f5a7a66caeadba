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
    """

    author: str = "Redline"
    date: datetime | None = None
    before_format: DocumentFormat = "auto"
    after_format: DocumentFormat = "auto"
    granularity: Literal["word", "character"] = "word"
    existing_revisions: Literal["accept", "reject", "keep"] = "accept"
    track_formatting: bool = True
    track_moves: bool = True

    def revision_date(self) -> str:
        """`w:date` as Word writes it, ISO 8601 in UTC with a Z (ECMA-376-1 17.13.5, ST_DateTime)."""
        moment = self.date or datetime.now(UTC)
        return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"
