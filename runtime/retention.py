"""Which documents are kept longer than the settings say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import Final

from runtime.composition import Services
from runtime.custody import held
from runtime.documents import Document, Documents

EVERY_OTHER: Final = "*"


@dataclass(frozen=True, slots=True)
class Overdue:
    """A document past its retention. `due` is when that ended."""

    document: Document
    newest: datetime
    days: int
    due: datetime
    on_hold: bool


def overdue(parts: Services, days: Mapping[str, int], now: datetime) -> Iterator[Overdue]:
    """The documents whose newest version is older than `days` by the ending of their path, in the order of paths.

    Raises BackendUnavailable.
    """
    holds = held(parts)
    for document in Documents(parts):
        limit = days.get(PurePosixPath(document.path).suffix.lower(), days.get(EVERY_OTHER))
        generations = [version.generation for version in document.versions]
        if limit is None or not generations:
            continue
        newest = datetime.fromtimestamp(max(generations) / 1e6, UTC)
        due = newest + timedelta(days=limit)
        if due < now:
            yield Overdue(document, newest, limit, due, document.id in holds)
