"""Pairs whose redline failed, and how to ask for them again: each with the next attempt, so that two facts are told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from events import trace
from events.envelope import Event, emitted, to_message
from functions.batches import Batches
from runtime.composition import Services, now
from schemas.audit import AuditRow
from schemas.custody import DocumentErased
from schemas.redlines import PairRequested, Plan, RedlineCompleted, RedlineFailed, RedlineSuperseded


class NoPlanError(LookupError):
    """The plan that asked for a pair is gone. The message says to a person what to do."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The last failure of a pair that was neither completed nor superseded since. `key` is that of its events."""

    key: str
    row: AuditRow

    @property
    def pair_id(self) -> str:
        """Hash of the two versions, which a pair of a request may share with others."""
        return self.row.pair_id or ""

    @property
    def event(self) -> Event:
        """The failure as the cause of what follows, as far as the trail knows it."""
        row = self.row
        return Event(
            id=row.event_id,
            type=row.event_type,
            source=row.source,
            subject=self.key,
            time=row.event_time,
            data=b"",
            correlation_id=row.correlation_id,
            causation_id=row.causation_id,
            traceparent=trace.of(row.trace_id, span_seed=row.event_id) if row.trace_id else "",
            recorded_time=row.emitted_at,
        )


def find_failed(parts: Services) -> Sequence[Failed]:
    """Pairs whose last word is a failure, unless a version of theirs was erased. Raises BackendUnavailable."""
    last: dict[str, AuditRow] = {}
    over = set()
    erased: dict[str, int] = {}
    for row in parts.audit.rows():
        if row.event_type == DocumentErased.event_type:
            erased[row.document_id] = max(erased.get(row.document_id, 0), row.generation or 0)
        if row.pair_id is None:
            continue
        key = _key(row)
        if row.event_type in (RedlineCompleted.event_type, RedlineSuperseded.event_type):
            over.add(key)
        elif row.event_type == RedlineFailed.event_type and _attempt(last.get(key)) < row.attempt:
            last[key] = row
    return [
        Failed(key, row)
        for key, row in last.items()
        if key not in over and not any(number <= erased.get(document, -1) for document, number in _sides(row))
    ]


def _sides(row: AuditRow) -> Iterator[tuple[str, int]]:
    """Document and generation of both versions of a pair."""
    yield (row.details or {}).get("before_document_id") or row.document_id, row.before_generation or 0
    yield row.document_id, row.after_generation or 0


def planned(parts: Services, failed: Failed) -> PairRequested:
    """The pair as its plan has it. Raises NoPlanError, BackendUnavailable."""
    row, bucket = failed.row, parts.settings.records_bucket
    if row.batch_id is not None:
        return _planned_in_batch(parts, row, row.batch_id)
    for blob in parts.blobs.list(bucket, f"plans/{row.tenant}/{row.document_id}/"):
        plan = Plan.model_validate_json(parts.blobs.get(bucket, blob.name))
        for pair in plan.requested:
            if pair.pair_id == failed.pair_id:
                return pair
    raise NoPlanError(f"The plan of the pair {failed.pair_id} is gone; upload the document again.")


def _planned_in_batch(parts: Services, row: AuditRow, batch_id: str) -> PairRequested:
    settings = parts.settings
    batches = Batches(
        parts.blobs, records=settings.records_bucket, redlines=settings.redlines_bucket, tenant=row.tenant
    )
    plan = batches.plan(batch_id)
    for pair in plan.pairs if plan else ():
        if pair.batch_index == row.batch_index:
            return pair
    raise NoPlanError(f"The plan of the request {batch_id} is gone; ask for the redline anew with: redline request")


def _key(row: AuditRow) -> str:
    """What `Pair.key` is for the pair of the row."""
    return f"{row.batch_id}#{row.batch_index}" if row.batch_id is not None else row.pair_id or ""


def ask_again(parts: Services, pair: PairRequested, cause: Event, *, source: str) -> None:
    """Publish the pair as the attempt after the last one known. Raises BackendUnavailable."""
    rows = parts.audit.rows(document_id=pair.document_id)
    last = max((row.attempt for row in rows if row.pair_id is not None and _key(row) == pair.key), default=1)
    again = pair.model_copy(update={"attempt": max(pair.attempt, last) + 1})
    parts.bus.publish(again.topic, [to_message(emitted(again, source=source, cause=cause, now=now()))])


def _attempt(row: AuditRow | None) -> int:
    return row.attempt if row else 0
