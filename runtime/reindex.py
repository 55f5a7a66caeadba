"""Fills the search index from the buckets: whatever was lost or damaged, they are the truth."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from backends.search import IndexWriter
from functions.index.contents import Contents, missing, remove_erased
from runtime.composition import Services
from schemas.search import SearchRecord

_AT_ONCE: Final = 100
_ALL: Final = (1 << 63) - 1


class Reindexing:
    """What `Search.rebuild` calls to fill a new index, each time with what is in the buckets by then.

    `tell` is called with the number of documents that were gone through, and of all there are.
    """

    def __init__(self, parts: Services, tell: Callable[[int, int], None]) -> None:
        self._parts = parts
        self._tell = tell
        self._seen: set[str] = set()
        self.records = 0
        self.unreadable = 0

    @property
    def documents(self) -> int:
        """How many documents there were when it was called last."""
        return len(self._seen)

    def __call__(self, index: IndexWriter) -> None:
        """Bring the index up to date with every document, and take out what was erased since the last call."""
        documents = list(self._documents())
        waiting: list[SearchRecord] = []
        for number, contents in enumerate(documents, start=1):
            waiting += self._missing(index, contents)
            if len(waiting) >= _AT_ONCE:
                index.put(waiting)
                waiting = []
            self._tell(number, len(documents))
        index.put(waiting)
        for contents in documents:
            if contents.document_id in self._seen:
                remove_erased(index, contents)
        known = {contents.document_id for contents in documents}
        for gone in self._seen - known:
            index.remove(gone, _ALL)
        self._seen = known

    def _documents(self) -> Iterator[Contents]:
        settings = self._parts.for_functions
        prefix = f"versions/{settings.tenant}/"
        for blob in self._parts.blobs.list(settings.records, prefix):
            document_id = blob.name.removeprefix(prefix).removesuffix(".json")
            yield Contents(self._parts.blobs, settings, settings.tenant, document_id)

    def _missing(self, index: IndexWriter, contents: Contents) -> list[SearchRecord]:
        found = [item.record() for item in missing(index, contents)]
        self.records += len(found)
        self.unreadable += sum(not record.entries and record.pair_id is None for record in found)
        return found
