"""The audit trail: rows appended a second, and how long SQL and a look at the whole take over many rows."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from backends.audit.embedded import EmbeddedAuditLog
from backends.audit.named import named_queries
from schemas.audit import AuditRow

KEY: Final = b"k" * 32
START: Final = datetime(2026, 1, 1, tzinfo=UTC)
_APPENDING: Final = 3.0
"""Seconds for which each way to append is measured."""
_PER_DOCUMENT: Final = 20
_OUTPUTS: Final = ("redline", "html", "changes", "summary_object")


@dataclass(slots=True)
class Timing:
    """Rows a second by way to append; seconds of the first query, which copies segments, of each query, of verify."""

    rows: int
    appended: dict[str, float] = field(default_factory=dict)
    bytes_a_row: float = 0.0
    first_query: float = 0.0
    queries: dict[str, float] = field(default_factory=dict)
    verify: float = 0.0


def run(rows: int, console: Console) -> Timing:
    """Measure on trails of their own."""
    timing = Timing(rows)
    with TemporaryDirectory(prefix="redline-audit-") as scratch:
        for threads, batch in ((1, 1), (8, 1), (32, 1), (1, 100)):
            name = f"{threads} thread{'s' if threads > 1 else ''}, {batch} row{'s' if batch > 1 else ''} a call"
            timing.appended[name] = _append(Path(scratch) / name, threads, batch)
        trail = Path(scratch) / "trail"
        with console.status(f"{rows:,} rows are written ..."):
            log = _opened(trail)
            made = _rows(rows)
            while some := list(islice(made, 1000)):
                log.append(some)
            log.close()
        timing.bytes_a_row = sum(file.stat().st_size for file in trail.glob("*.audit")) / rows
        with console.status("segments are copied ..."):
            timing.first_query = _query(log, "SELECT COUNT(*) FROM audit.events", {})
        for query in named_queries().values():
            timing.queries[query.name] = _query(log, query.sql, _parameters(query.name))
        with console.status("the trail is verified ..."):
            started = time.perf_counter()
            log.verify()
            timing.verify = time.perf_counter() - started
    return timing


def show(timing: Timing, console: Console) -> None:
    """Print the figures."""
    table = Table(title=f"Audit trail, {timing.rows:,} rows of {timing.bytes_a_row:,.0f} bytes", title_justify="left")
    table.add_column("what")
    table.add_column("", justify="right")
    for name, rate in timing.appended.items():
        table.add_row(f"append: {name}", f"{rate:,.0f} rows/s")
    table.add_row("first query, which copies every segment", f"{timing.first_query:.1f} s")
    for name, seconds in timing.queries.items():
        table.add_row(f"query {name}", f"{seconds:.2f} s")
    table.add_row("verify", f"{timing.verify:.1f} s")
    console.print(table)


def as_json(timing: Timing) -> str:
    """The figures for machines."""
    return json.dumps(asdict(timing), indent=2)


def _opened(folder: Path) -> EmbeddedAuditLog:
    return EmbeddedAuditLog(folder, lambda: datetime.now(UTC), KEY)


def _append(folder: Path, threads: int, batch: int) -> float:
    """Rows appended a second, each call durable on return."""
    log, rows = _opened(folder), list(_rows(batch))
    end = time.perf_counter() + _APPENDING

    def work(_: int) -> int:
        done = 0
        while time.perf_counter() < end:
            log.append(rows)
            done += batch
        return done

    with ThreadPoolExecutor(threads) as pool:
        appended = sum(pool.map(work, range(threads)))
    log.close()
    return appended / _APPENDING


def _query(log: EmbeddedAuditLog, sql: str, parameters: dict[str, Any]) -> float:
    started = time.perf_counter()
    with log.query(sql, parameters) as answer:
        for _ in answer.rows:
            pass
    return time.perf_counter() - started


def _parameters(name: str) -> dict[str, Any]:
    given = {"document": _digest("document 7")[:32], "redline": _digest("pair 4321")[:32], "days": "30"}
    parameters = named_queries()[name].parameters
    return {each.name: each.value(given.get(each.name) or each.default or "") for each in parameters}


def _rows(rows: int) -> Iterator[AuditRow]:
    """Two facts of each drop: the version was taken, its redline was completed or failed; spread over days."""
    for number in range(rows):
        drop, step = divmod(number, 2)
        at = START + timedelta(seconds=20 * drop)
        document = _digest(f"document {drop // _PER_DOCUMENT}")[:32]
        kind = "document.normalized" if not step else "redline.failed" if drop % 50 == 0 else "redline.completed"
        yield AuditRow(
            event_id=_digest(f"event {number}")[:32],
            event_type=f"dev.redline.{kind}.v1",
            event_time=at,
            event_day=at.date(),
            recorded_at=at + timedelta(milliseconds=300 + number % 97),
            emitted_at=at + timedelta(milliseconds=200 + number % 89),
            caused_at=at + timedelta(milliseconds=10),
            source="/functions/redline" if step else "/functions/normalize",
            tenant=f"tenant-{drop % 7}",
            region="local",
            document_id=document,
            generation=None if step else drop,
            pair_id=_digest(f"pair {drop}")[:32] if step else None,
            before_generation=drop if step else None,
            after_generation=drop + 1 if step else None,
            code="too-complex" if kind == "redline.failed" else None,
            engine_version="0.1.0" if step else None,
            inputs={"before": _reference(number, "b"), "after": _reference(number, "a")} if step else None,
            outputs={name: _reference(number, name) for name in _OUTPUTS[: 1 + 3 * step]},
            details={
                "summary": {"words_before": 4000, "words_after": 4100},
                "coverage": {"complete": True, "not_tracked": [], "degraded": []},
            },
            correlation_id=_digest(f"root {drop}")[:32],
            causation_id=_digest(f"cause {number}")[:32],
            trace_id=_digest(f"trace {drop}")[:32],
            actor="somebody",
            actor_source="local",
            payload_sha256=_digest(f"payload {number}"),
        )


def _reference(number: int, name: str) -> dict[str, object]:
    place = {"bucket": "redlines", "object": f"default/{number}/{name}", "generation": number}
    return {**place, "sha256": _digest(f"{name} {number}"), "size": 20_000}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
