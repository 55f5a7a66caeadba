"""The list of changes, the summary and the coverage of a redline: what changes.json and summary.json hold."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from pydantic import BaseModel, ConfigDict, Field


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class ChangeKind(StrEnum):
    """What happened, as a lawyer would call it."""

    INSERTION = "insertion"
    DELETION = "deletion"
    REPLACEMENT = "replacement"
    MOVE = "move"
    FORMATTING = "formatting"


class ChangeTarget(StrEnum):
    """What it happened to."""

    TEXT = "text"
    PARAGRAPH = "paragraph"
    TABLE = "table"
    ROW = "row"
    CELL = "cell"
    IMAGE = "image"
    FIELD = "field"
    NOTE = "note"
    EQUATION = "equation"
    SECTION = "section"
    OBJECT = "object"
    STYLE = "style"


class Story(StrEnum):
    """The text flow that holds the change (ECMA-376-1 section 17.2: stories); or the definitions of styles."""

    BODY = "body"
    HEADER = "header"
    FOOTER = "footer"
    FOOTNOTE = "footnote"
    ENDNOTE = "endnote"
    COMMENT = "comment"
    TEXTBOX = "textbox"
    STYLES = "styles"


class Location(_Model):
    """Where a change stands.

    Positions count from 1 in the after document (for what was deleted, in the before document).
    """

    story: Story = Story.BODY
    part: str = Field("word/document.xml", description="package part that holds the change")
    headings: tuple[str, ...] = Field((), description="titles of the headings above the change, outermost first")
    label: str = Field(
        "", description="numbering label of the paragraph as Word shows it, or as it is typed, such as '4.2' or '(a)'"
    )
    clause: str = Field("", description="the label with those it stands under, such as '11.2(e)' for '(e)'")
    paragraph: int | None = Field(None, description="number of the paragraph in its story")
    table: int | None = None
    row: int | None = None
    cell: int | None = None
    style: str = Field("", description="name of the style whose definition changed")


class Change(_Model):
    """One change: revisions that belong together."""

    id: int = Field(description="1, 2, 3... in document order")
    kind: ChangeKind
    target: ChangeTarget = ChangeTarget.TEXT
    location: Location
    origin: Location | None = Field(None, description="for a move: where the text stood before")
    before: str = Field(
        "", description="text that goes; for formatting, the text it applies to; for a style, what it said"
    )
    after: str = Field(
        "", description="text that comes; for formatting, the text it applies to; for a style, what it says"
    )
    context_before: str = Field(
        "", description="up to 60 characters of the after document before the change in its paragraph"
    )
    context_after: str = Field(
        "", description="up to 60 characters of the after document after the change in its paragraph"
    )
    properties: tuple[str, ...] = Field((), description="for formatting: the properties that changed")
    move_id: str | None = Field(None, description="w:name of the move; equal on its two sides")
    words_deleted: int = 0
    words_inserted: int = 0
    author: str
    date: str = Field(description="w:date, ISO 8601")
    revision_ids: tuple[int, ...] = Field((), description="w:id of each revision in the redline")


COMPUTED_FIELD: Final = "computed-field"
"""Code of a result that the application computes anew; it leaves the coverage complete."""

BY_OPTION: Final = "by-option"
"""Code of a difference that was not asked for; it leaves the coverage complete, too."""


class NotTracked(_Model):
    """A difference that tracked changes cannot express; it is in the result as the after document has it."""

    part: str
    path: str = Field(
        "", description="first place in the part as an XPath, after where it is there, else before; empty for many"
    )
    code: str
    message: str


class Coverage(_Model):
    """What the redline does not show as tracked changes, and where the diff was made coarser."""

    complete: bool = True
    not_tracked: tuple[NotTracked, ...] = ()
    degraded: tuple[str, ...] = Field((), description="one sentence for each place where a coarser diff was used")


class Summary(_Model):
    """Counts of a redline."""

    insertions: int = 0
    deletions: int = 0
    replacements: int = 0
    moves: int = 0
    formatting: int = 0
    revisions: int = Field(0, description="revision elements in the redline")
    words_before: int = 0
    words_after: int = 0
    words_inserted: int = 0
    words_deleted: int = 0
    characters_inserted: int = 0
    characters_deleted: int = 0
    similarity: float = Field(1.0, ge=0, le=1, description="share of words that stay: 2 * kept / (before + after)")
    coverage: Coverage = Coverage()
