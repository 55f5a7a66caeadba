"""Pairs that a running pipeline is asked for: how many a second, and what a single drop waits beside them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks.chain import drop, first_version, told
from benchmarks.corpus import Pair
from benchmarks.memory import Footprint, footprints
from benchmarks.pipeline import running
from events.envelope import Event, emitted, to_message
from events.ids import pair_id
from events.routing import DELIVERIES, SUBSCRIPTIONS
from functions.objects import DOCX, reference
from functions.records import Records
from runtime import state
from runtime.composition import Services, build
from runtime.demo.contract import documents
from runtime.layout import Layout
from runtime.settings import Settings
from schemas.messaging import BULK, Message
from schemas.redlines import PairRequested, RedlineCompleted

_QUEUES: Final = tuple(each.name for each in (*SUBSCRIPTIONS, *DELIVERIES))
_BULK: Final = next(each.name for each in SUBSCRIPTIONS if each.priority == BULK)
_AT_A_TIME: Final = 100
_TICK: Final = 0.02
_PATIENCE: Final = 1800.0
_ROOT_EVENT: Final = Event(
    id="benchmark",
    type="dev.redline.benchmark.v1",
    source="/benchmark",
    subject="",
    time=datetime(2026, 11, 23, tzinfo=UTC),
    data=b"{}",
    correlation_id="benchmark",
    causation_id="",
)


@dataclass(frozen=True, slots=True)
class Throughput:
    """`count` pairs were completed in `seconds`, from the request until every queue was empty again.

    `engine_ms` is what one pair takes in one process that does nothing else: compare and verify, and with the list of
    changes and the page `whole_ms`.
    """

    pairs: str
    count: int
    seconds: float
    engine_ms: float
    whole_ms: float
    processors: int
    memory: tuple[Footprint, ...]

    @property
    def per_second(self) -> float:
        """Pairs each second."""
        return self.count / self.seconds

    @property
    def share(self) -> float:
        """Of what the bare engine would do on all processors."""
        return self.per_second / (1000 / self.engine_ms * self.processors)


@dataclass(frozen=True, slots=True)
class Waits:
    """Milliseconds from each single drop to its redline beside a backlog, of which `left` pairs were undone then."""

    backlog: int
    drops: tuple[float, ...]
    left: int


def throughput(pair: Pair, count: int, processors: int) -> Throughput:
    """Ask for `count` redlines of versions that are normalized already, as batches do."""
    with _pipeline() as (root, parts):
        messages = [_request(parts, pair, number) for number in range(count)]
        began = time.perf_counter()
        _publish(parts, messages)
        _wait_until_empty(parts)
        seconds = time.perf_counter() - began
        done = sum(row.event_type == RedlineCompleted.event_type for row in parts.audit.rows())
        if done != count:
            raise RuntimeError(f"{done} of {count} pairs were completed")
        memory = _memory(root)
    engine_ms, whole_ms = _in_process(pair)
    return Throughput(pair.name, count, seconds, engine_ms, whole_ms, processors, memory)


def waits(drops: int, backlog: int, pair: Pair) -> Waits:
    """Drop versions of a ten-page contract, one after the other, while a backlog of `pair` is worked off."""
    with _pipeline() as (root, parts):
        target = first_version(root, documents()[0])
        _publish(parts, [_request(parts, pair, number) for number in range(backlog)])
        found = [drop(root, target, documents()[number % 2]) for number in range(1, drops + 1)]
        return Waits(backlog, tuple(found), parts.bus.depth(_BULK).backlog)


@contextmanager
def _pipeline() -> Iterator[tuple[Path, Services]]:
    """A pipeline of its own that is ready for work."""
    with TemporaryDirectory(prefix="redline-load-") as scratch:
        root, log = Path(scratch) / "data", Path(scratch) / "up.log"
        (root / "uploads").mkdir(parents=True)
        with running(root, log), told(log):
            _wait_until_ready(root)
            yield root, build(Settings(root=root))


def _wait_until_ready(root: Path) -> None:
    end = time.perf_counter() + 60.0
    while (known := state.read(Layout(root.absolute()))) is None or known.phase != "ready":
        if time.perf_counter() > end:
            raise TimeoutError("the pipeline was not ready within a minute")
        time.sleep(_TICK)


def _request(parts: Services, pair: Pair, number: int) -> Message:
    """Put both versions where normalize puts them, under a document of their own, and ask for their redline."""
    path = f"batch/{number:05}.docx"
    tenant, region, settings = parts.settings.tenant, parts.settings.region, parts.settings
    document_id = parts.identity(tenant, path)
    records = Records(parts.blobs, settings.records_bucket, tenant=tenant, region=region, document_id=document_id)
    records.keep_path(path, _ROOT_EVENT.time)
    refs = [
        reference(
            parts.blobs.put(
                settings.normalized_bucket, f"{tenant}/{document_id}/{side}.docx", content, content_type=DOCX
            )
        )
        for side, content in enumerate((pair.before, pair.after), start=1)
    ]
    requested = PairRequested(
        tenant=tenant,
        region=region,
        pair_id=pair_id((document_id, 1), (document_id, 2)),
        document_id=document_id,
        before=refs[0],
        after=refs[1],
        before_generation=1,
        after_generation=2,
        priority=BULK,
    )
    return to_message(emitted(requested, source="/benchmark", cause=_ROOT_EVENT))


def _publish(parts: Services, messages: list[Message]) -> None:
    for begin in range(0, len(messages), _AT_A_TIME):
        parts.bus.publish(PairRequested.topic, messages[begin : begin + _AT_A_TIME])


def _wait_until_empty(parts: Services) -> None:
    end = time.perf_counter() + _PATIENCE
    while any(parts.bus.depth(name).backlog for name in _QUEUES):
        if time.perf_counter() > end:
            raise TimeoutError(f"the queues were not empty within {_PATIENCE:.0f} s")
        time.sleep(_TICK)


def _memory(root: Path) -> tuple[Footprint, ...]:
    known = state.read(Layout(root.absolute()))
    if known is None:
        return ()
    parts = {"redline up": known.pid, "valkey": known.valkey}
    dispatchers = {f"dispatcher {name}": pid for name, pid in known.dispatchers.items()}
    return footprints({name: pid for name, pid in {**parts, **known.functions, **dispatchers}.items() if pid})


def _in_process(pair: Pair, runs: int = 9) -> tuple[float, float]:
    """Medians of compare and verify, and of these with the list of changes and the page, in this process."""
    from redline import compare, render_html, verify

    engine, whole = [], []
    for _ in range(runs):
        began = time.perf_counter()
        made = compare(pair.before, pair.after)
        if not verify(made.docx, pair.before, pair.after).ok:
            raise RuntimeError(f"the redline of {pair.name} is not right")
        engine.append(time.perf_counter() - began)
        render_html(made.docx, changes=made.changes, summary=made.summary)
        whole.append(time.perf_counter() - began)
    return median(engine) * 1000, median(whole) * 1000
