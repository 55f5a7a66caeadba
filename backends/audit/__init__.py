"""The audit trail: rows are appended, never changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Protocol

from backends.audit.answers import Answer, Parameters, Progress
from backends.audit.verify import Report
from schemas.audit import AuditRow


class AuditLog(Protocol):
    """Every method may raise BackendUnavailable."""

    def append(self, rows: Sequence[AuditRow]) -> None:
        """Add the rows, durable on return; fills in their chain hashes. Readers drop a row that comes twice."""
        ...

    def rows(self, *, document_id: str | None = None) -> Iterator[AuditRow]:
        """One row per event, by source and id, in the order of recording; safe while others append."""
        ...

    def query(
        self, sql: str, parameters: Parameters, progress: Progress | None = None
    ) -> AbstractContextManager[Answer]:
        """The answer to BigQuery SQL about audit.events (one row per event) and audit.events_raw (every row).

        It can be read until the end of the context; safe while others append. Raises QueryRefused.
        """
        ...

    def export(self, sql: str, parameters: Parameters, file: Path, progress: Progress | None = None) -> None:
        """Write the answer to BigQuery SQL to a Parquet file. Raises QueryRefused."""
        ...

    def verify(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        note: bytes | None = None,
        progress: Progress | None = None,
    ) -> Report:
        """Look for rows that were changed, removed, added or reordered; safe while others append.

        Findings that can only be about rows recorded before `since`, or at `until` or later, are left out. `note` was
        taken of an earlier state, which must be part of this one.

        Raises NoteDamaged.
        """
        ...

    def note(self, report: Report) -> bytes:
        """The state that was verified, under a key, to be kept away from the trail."""
        ...
