"""What the chain on Google's parts takes: events per second through a dispatcher, drop to redline, memory.

`nox -s e2e -- figures`. The emulators share the machine with the pipeline, so these are figures of our processes under
their weight, not of Google's services.
"""

from __future__ import annotations

import secrets
import time
import urllib.request
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from prometheus_client.parser import text_string_to_metric_families

from benchmarks.dispatching import NOOP, about_one_document
from benchmarks.memory import Footprint, footprints
from runtime.demo.contract import documents
from tests.e2e.cluster import Cluster, cluster
from tests.emulators.bigquery import BigQuery
from tests.emulators.pubsub import PubSub

CHAIN: Final = ("normalize", "plan", "redline", "join", "audit")
_LIGHT: Final = 4
"""Events that a light function works on at a time, as on a laptop."""
_RESULTS: Final = 4
_PROCESSED: Final = "messaging_process_duration_seconds_count"
_PATIENCE: Final = 120.0
_REST: Final = 1.0


@dataclass(frozen=True, slots=True)
class Figures:
    """Events per second to a function that does nothing, and to `audit`; milliseconds of each drop; memory."""

    noop: float
    audit: float
    drops: tuple[float, ...]
    memory: tuple[Footprint, ...]


def run(root: Path, pubsub: PubSub, bigquery: BigQuery, *, events: int, drops: int) -> Figures:
    """Measure each on a pipeline of its own; the first redline does not count. Raises TimeoutError."""

    def rate(name: str, source: Path | None) -> float:
        with _cluster(root / name, pubsub, bigquery) as made:
            made.bus.publish("documents", about_one_document(events))
            made.start(["audit"], sources={"audit": source} if source else {}, max_in_flight=_LIGHT)
            return _rate(made, events)

    noop, audit = rate("noop", NOOP), rate("audit", None)
    with _cluster(root / "chain", pubsub, bigquery) as made:
        made.start(CHAIN)
        _, _, *times = [_drop(made, documents()[number % 2]) for number in range(drops + 2)]
        return Figures(noop, audit, tuple(times), footprints(made.pids()))


def report(figures: Figures) -> str:
    """The figures in lines."""
    lines = [
        f"through the dispatcher to a function that does nothing: {figures.noop:.0f} events/s",
        f"through the dispatcher to audit: {figures.audit:.0f} events/s",
        f"upload to redline, {len(figures.drops)} times: median {median(figures.drops):.0f} ms, "
        f"{min(figures.drops):.0f} to {max(figures.drops):.0f} ms",
    ]
    return "\n".join([*lines, *(f"{each.name}: {each.pss:.0f} MB (PSS)" for each in figures.memory)])


def _cluster(root: Path, pubsub: PubSub, bigquery: BigQuery) -> AbstractContextManager[Cluster]:
    root.mkdir()
    return cluster(root, pubsub, bigquery, f"figures-{secrets.token_hex(4)}-")


def _rate(made: Cluster, events: int) -> float:
    """Events per second, from when the first were done."""
    _wait(lambda: _processed(made) > 0)
    first, began = _processed(made), time.perf_counter()
    _wait(lambda: _processed(made) >= events)
    return (events - first) / (time.perf_counter() - began)


def _processed(made: Cluster) -> float:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{made.ports['audit']}/metrics", timeout=5) as answer:
            families = text_string_to_metric_families(answer.read().decode())
    except OSError:
        return 0.0
    return sum(sample.value for family in families for sample in family.samples if sample.name == _PROCESSED)


def _drop(made: Cluster, content: bytes) -> float:
    """Upload a version; milliseconds until its redline is there, whole; nothing to wait for at the first version."""
    time.sleep(_REST)
    redlines = made.uploads.bucket("redlines")
    known = len(list(redlines.list_blobs()))
    blob = made.uploads.bucket("uploads").blob("agreement.docx")
    again = blob.exists()
    began = time.perf_counter()
    blob.upload_from_string(content)
    if again:
        _wait(lambda: len(list(redlines.list_blobs())) >= known + _RESULTS)
    return (time.perf_counter() - began) * 1000


def _wait(happened: Callable[[], bool]) -> None:
    end = time.perf_counter() + _PATIENCE
    while not happened():
        if time.perf_counter() > end:
            raise TimeoutError(f"it did not come about within {_PATIENCE:.0f} s")
        time.sleep(0.01)
