"""What the search index holds: the text of every version, and every change of every redline.

Text and path are what a document is about, so the index holds content, and is erased with its document; paths are not
in it.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, AwareDatetime, Field

from schemas.base import DocumentId, Generation, PairId, Shape, Tenant

_WITHOUT_SPACES: Final = (
    *("Han", "Hiragana", "Katakana", "Hangul", "Bopomofo", "Yi"),
    *("Thai", "Lao", "Khmer", "Myanmar", "Tibetan"),
)
_SCRIPTS: Final = "".join(rf"\p{{sc={name}}}" for name in _WITHOUT_SPACES)
WORD: Final = rf"[{_SCRIPTS}]\p{{M}}*|[\p{{L}}\p{{N}}\p{{M}}&&[^{_SCRIPTS}]]+"
r"""What is one word to the index, in the syntax that the regular expressions of Java and of Rust share.

A run of letters and digits; but where a script sets no spaces between words, each character by itself, so that any
part of a sentence is found as a phrase. Words are folded to lower case, and Latin letters to their ASCII forms. They
are not stemmed: a stem is right in one language only, and would be found by neither phrases nor prefixes.
"""


_UNSEEN: Final = re.compile("[\u00ad\u200b\u2060\ufeff]")
"""Characters within words that nobody sees: soft hyphens, and joints of no width."""


def searchable(text: str) -> str:
    """The text with each letter and its accents as one character (Unicode form NFC), and without unseen characters."""
    return _UNSEEN.sub("", unicodedata.normalize("NFC", text))


Text = Annotated[str, AfterValidator(searchable)]


class Kind(StrEnum):
    """What can be found: the text of a version, or a change of one of the kinds of `schemas.changes.ChangeKind`."""

    DOCUMENT = "document"
    INSERTION = "insertion"
    DELETION = "deletion"
    REPLACEMENT = "replacement"
    MOVE = "move"
    FORMATTING = "formatting"


Standing = Literal["current", "past", "superseded"]
STANDINGS: Final[tuple[Standing, ...]] = ("current", "past", "superseded")
"""In the order in which a record passes through them; none is ever taken back."""


class SearchEntry(Shape):
    """One thing that can be found."""

    kind: Kind
    number: int = Field(0, ge=0, description="number of the change in changes.json; 0 for the text of a version")
    place: Text = Field("", description="where a change stands: its clause and the heading above it")
    text: tuple[Text, ...] = Field(description="paragraphs of a version; of a replacement what was, then what is")
    headings: tuple[int, ...] = Field((), description="which of the paragraphs, from 0, are headings")


class RecordFacts(Shape):
    """Which version or redline this is, and how it stands.

    `version` grows with every state of the record, so that a late writer never takes back what a later one wrote
    (external versioning, as Elasticsearch calls it).
    """

    key: str = Field(description="the version or the redline that this is")
    version: int = Field(ge=0, description="state of the record: a higher one takes the place of a lower one")
    tenant: Tenant
    region: str
    document_id: DocumentId
    generation: Generation
    before_document_id: DocumentId | None = Field(None, description="for a redline: the document compared with")
    before_generation: Generation | None = Field(None, description="for a redline: its version compared with")
    pair_id: PairId | None = Field(None, description="for a redline: its pair")
    standing: Standing = Field(description="current: the newest version, or a redline that leads to it")
    time: AwareDatetime = Field(description="when the version was taken")


class SearchRecord(RecordFacts):
    """A version or a redline with all that can be found in it; put and replaced as a whole."""

    entries: tuple[SearchEntry, ...]
