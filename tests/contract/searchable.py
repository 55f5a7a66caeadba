"""Records for the tests of search."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from backends.search import Page, Term
from schemas.search import STANDINGS, Kind, SearchEntry, SearchRecord, Standing

START = datetime(2026, 1, 1, tzinfo=UTC)
DOCUMENT, OTHER = "d" * 32, "e" * 32


def version(
    *text: str,
    generation: int = 1,
    standing: Standing = "current",
    document_id: str = DOCUMENT,
    headings: tuple[int, ...] = (),
    tenant: str = "default",
) -> SearchRecord:
    """A version of a document with these paragraphs, taken `generation` days after `START`."""
    return SearchRecord(
        key=f"{document_id}#{generation}",
        version=STANDINGS.index(standing),
        tenant=tenant,
        region="local",
        document_id=document_id,
        generation=generation,
        standing=standing,
        time=START + timedelta(days=generation),
        entries=(SearchEntry(kind=Kind.DOCUMENT, text=text, headings=headings),),
    )


def change(kind: Kind, *text: str, number: int = 1, place: str = "") -> SearchEntry:
    return SearchEntry(kind=kind, number=number, text=text, place=place)


def redline(
    *entries: SearchEntry,
    before: int = 1,
    after: int = 2,
    standing: Standing = "current",
    document_id: str = DOCUMENT,
    before_document_id: str = DOCUMENT,
) -> SearchRecord:
    """A redline with these changes."""
    return SearchRecord(
        key=f"{before_document_id}-{before}-{document_id}-{after}",
        version=STANDINGS.index(standing),
        tenant="default",
        region="local",
        document_id=document_id,
        generation=after,
        before_document_id=before_document_id,
        before_generation=before,
        pair_id=f"{before:016x}{after:016x}",
        standing=standing,
        time=START + timedelta(days=after),
        entries=entries,
    )


def words(text: str) -> tuple[Term, ...]:
    return tuple(Term(word) for word in text.split())


def marked(page: Page) -> list[str]:
    """What is highlighted in the hits."""
    return [hit.snippet.text[start:end] for hit in page.hits for start, end in hit.snippet.highlights]
