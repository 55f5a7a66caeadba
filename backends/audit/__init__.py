"""The audit trail: rows are appended, never changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from schemas.audit import AuditRow


class AuditLog(Protocol):
    """Every method may raise BackendUnavailable."""

    def append(self, rows: Sequence[AuditRow]) -> None:
        """Add the rows, durable on return; fills in their chain hashes. Readers drop a row that comes twice."""
        ...

    def rows(self, *, document_id: str | None = None) -> Iterator[AuditRow]:
        """One row per event id, in the order of recording; safe while others append."""
        ...
