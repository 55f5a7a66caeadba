"""Audit rows for tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from schemas.audit import AuditRow

START = datetime(2026, 1, 1, tzinfo=UTC)


def row(event_id: str, *, seconds: float = 0, document_id: str = "d" * 32, message: str | None = None) -> AuditRow:
    return AuditRow(
        event_id=event_id,
        event_type="dev.redline.document.normalized.v1",
        event_time=START,
        event_day=START.date(),
        recorded_at=START + timedelta(seconds=seconds),
        source="/functions/normalize",
        tenant="default",
        region="local",
        document_id=document_id,
        message=message,
        correlation_id="root",
        causation_id="cause",
        payload_sha256="0" * 64,
    )
