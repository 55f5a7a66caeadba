"""What the search index should hold of one document: read from the buckets, which are the truth."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from backends.blobs import Blob, Blobs, DamagedError, NotFound
from backends.search import IndexWriter
from functions import versions
from functions.objects import get, reference
from functions.records import Records
from functions.redline.results import PAIR
from redline import DocumentError, read_text
from runtime.function import FunctionSettings
from schemas.base import Generation
from schemas.changes import Change, ChangeKind, Location, Story
from schemas.documents import AcceptedVersion, VersionRecord
from schemas.redlines import ChangeList, PairName
from schemas.search import STANDINGS, Kind, SearchEntry, SearchRecord, Standing

_EPOCH: Final = datetime.fromtimestamp(0, UTC)
_LATEST: Final = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
_LOGGER: Final = logging.getLogger("redline.index")


@dataclass(frozen=True, slots=True)
class Item:
    """A record that the index should hold; `read` reads what can be found in it."""

    key: str
    version: int
    facts: dict[str, Any]
    read: Callable[[], tuple[SearchEntry, ...]]

    def record(self) -> SearchRecord:
        """The record with its entries; without any where the object is damaged, or was removed just now."""
        try:
            entries = self.read()
        except (DocumentError, NotFound, DamagedError) as error:
            code = error.code if isinstance(error, DocumentError) else type(error).__name__
            about = {"document_id": self.facts["document_id"], "code": code}
            _LOGGER.warning("an object cannot be read for the index", extra={"fields": about})
            entries = ()
        return SearchRecord(key=self.key, version=self.version, **self.facts, entries=entries)


class Contents:
    """The versions and redlines of one document, as they are when they are asked for."""

    def __init__(self, blobs: Blobs, settings: FunctionSettings, tenant: str, document_id: str) -> None:
        self._blobs = blobs
        self._redlines = settings.redlines
        self._tenant = tenant
        self._records = Records(blobs, settings.records, tenant=tenant, region=settings.region, document_id=document_id)
        self.document_id = document_id

    def versions(self) -> frozenset[Generation]:
        """Generations of the versions that can be found."""
        return frozenset(version.generation for version in versions.accepted(self._records.versions()))

    def items(self) -> dict[str, Item]:
        """What the index should hold, by key."""
        record = self._records.versions()
        found = [self._version(record, version) for version in versions.accepted(record)]
        found += self._all_redlines(record)
        return {item.key: item for item in found}

    def _version(self, record: VersionRecord, version: AcceptedVersion) -> Item:
        standing: Standing = "current" if versions.is_newest(record, version.generation) else "past"
        return Item(
            key=f"{record.document_id}#{version.generation}",
            version=STANDINGS.index(standing),
            facts=_facts(record, version.generation, standing),
            read=lambda: (text_entry(get(self._blobs, version.normalized)),),
        )

    def _all_redlines(self, record: VersionRecord) -> Iterator[Item]:
        """The redline of each pair; of several attempts, the last comes last."""
        prefix = f"{self._tenant}/{self.document_id}/"
        listed = [blob for blob in self._blobs.list(self._redlines, prefix) if PAIR in blob.metadata]
        named = [(PairName.model_validate_json(blob.metadata[PAIR]), blob) for blob in listed]
        for pair, blob in sorted(named, key=lambda each: each[0].attempt):
            yield self._redline(record, pair, blob)

    def _redline(self, record: VersionRecord, pair: PairName, changes: Blob) -> Item:
        standing = _standing(record, pair)
        facts = _facts(record, pair.after_generation, standing)
        facts |= {
            "pair_id": pair.pair_id,
            "before_document_id": pair.before_document_id or pair.document_id,
            "before_generation": pair.before_generation,
        }
        return Item(
            key=pair.key,
            version=pair.attempt * len(STANDINGS) + STANDINGS.index(standing),
            facts=facts,
            read=lambda: change_entries(get(self._blobs, reference(changes))),
        )


def bring_up_to_date(index: IndexWriter, contents: Contents) -> None:
    """Make the index hold these contents, and nothing else of the document."""
    records = [item.record() for item in missing(index, contents)]
    index.put(records)
    remove_erased(index, contents)


def missing(index: IndexWriter, contents: Contents) -> list[Item]:
    """What the index does not hold yet, or not as it is now."""
    known = index.versions(contents.document_id)
    return [item for item in contents.items().values() if item.version > known.get(item.key, -1)]


def remove_erased(index: IndexWriter, contents: Contents) -> None:
    """Take out what was erased: to be called after a put too, as that may have come later than the erasure."""
    prefix = f"{contents.document_id}#"
    indexed = {int(key.removeprefix(prefix)) for key in index.versions(contents.document_id) if key.startswith(prefix)}
    erased = indexed - contents.versions()
    if erased:
        index.remove(contents.document_id, max(erased))


def text_entry(docx: bytes) -> SearchEntry:
    """The text of a version. Raises DocumentError."""
    paragraphs = read_text(docx)
    return SearchEntry(
        kind=Kind.DOCUMENT,
        text=tuple(paragraph.text for paragraph in paragraphs),
        headings=tuple(number for number, paragraph in enumerate(paragraphs) if paragraph.heading is not None),
    )


def change_entries(changes: bytes) -> tuple[SearchEntry, ...]:
    """The changes of a redline, given as its changes.json; one without text has nothing to be found by."""
    listed = ChangeList.model_validate_json(changes).changes
    texts = ((change, _text(change)) for change in listed)
    return tuple(
        SearchEntry(kind=Kind(change.kind.value), number=change.id, place=_place(change.location), text=text)
        for change, text in texts
        if text
    )


def _text(change: Change) -> tuple[str, ...]:
    found: tuple[str, ...]
    match change.kind:
        case ChangeKind.INSERTION:
            found = (change.after,)
        case ChangeKind.DELETION:
            found = (change.before,)
        case ChangeKind.REPLACEMENT:
            found = (change.before, change.after)
        case ChangeKind.MOVE:
            found = (change.after or change.before,)
        case ChangeKind.FORMATTING:
            found = (change.after or change.before, ", ".join(change.properties))
    return tuple(text for text in found if text.strip())


def _place(location: Location) -> str:
    story = "" if location.story is Story.BODY else location.story.value
    heading = location.headings[-1] if location.headings else ""
    return " ".join(part for part in (story, location.style, location.clause or location.label, heading) if part)


def _standing(record: VersionRecord, pair: PairName) -> Standing:
    same_document = pair.before_document_id in (None, pair.document_id)
    if same_document and versions.is_superseded(record, pair.before_generation, pair.after_generation):
        return "superseded"
    return "current" if versions.leads_to_newest(record, pair.after_generation) else "past"


def _facts(record: VersionRecord, generation: Generation, standing: Standing) -> dict[str, Any]:
    return {
        "tenant": record.tenant,
        "region": record.region,
        "document_id": record.document_id,
        "generation": generation,
        "standing": standing,
        "time": _EPOCH + timedelta(microseconds=min(generation, _LATEST)),
    }
