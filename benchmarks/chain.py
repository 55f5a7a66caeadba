"""The way from a dropped document to its redline on an idle pipeline, and how much of it is the engine's work."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Final

from rich.console import Console
from rich.table import Table

from benchmarks.pipeline import running
from runtime.composition import build
from runtime.demo.contract import documents
from runtime.settings import Settings

NAME: Final = "agreement.docx"
RESULTS: Final = (".redline.docx", ".redline.html", ".changes.json", ".summary.json")
_POLL: Final = 0.001
_REST: Final = 0.5
"""Seconds between two drops: the pipeline is idle again, its audit trail written."""
_START_PATIENCE: Final = 60.0
_DROP_PATIENCE: Final = 30.0


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds. `drops` from the start of saving to the last result in place; the rest are medians in this process.

    `outputs` is the list of changes and the HTML page.
    """

    start: float
    drops: tuple[float, ...]
    compare: float
    verify: float
    outputs: float

    @property
    def median(self) -> float:
        """Median of the drops."""
        return median(self.drops)

    @property
    def p95(self) -> float:
        """95th percentile of the drops."""
        return quantiles(self.drops, n=20, method="inclusive")[-1] if len(self.drops) > 1 else self.drops[0]

    @property
    def added(self) -> float:
        """What the chain adds to the engine's own work, at the median."""
        return self.median - self.compare - self.verify - self.outputs


def run(versions: int) -> Timing:
    """Drop `versions` versions of the demo's contract, one after the other, into a pipeline of their own.

    Raises TimeoutError when the pipeline does not do its work.
    """
    with TemporaryDirectory(prefix="redline-chain-") as scratch:
        root = Path(scratch) / "data"
        (root / "uploads").mkdir(parents=True)
        log = Path(scratch) / "up.log"
        started = time.perf_counter()
        with running(root, log), told(log):
            start, drops = _drops(root, documents(), versions, started)
    compare_ms, verify_ms, outputs_ms = _in_process(*documents())
    return Timing(start, tuple(drops), compare_ms, verify_ms, outputs_ms)


def show(timing: Timing, console: Console) -> None:
    """Print the figures as a table."""
    table = Table(title=f"Drop to redline, ten-page contract, {len(timing.drops)} drops", title_justify="left")
    table.add_column("what")
    table.add_column("ms", justify="right")
    rows = {
        "median": timing.median,
        "p95": timing.p95,
        "fastest": min(timing.drops),
        "slowest": max(timing.drops),
        "first": timing.drops[0],
        "of the median: compare": timing.compare,
        "of the median: verify": timing.verify,
        "of the median: changes and HTML": timing.outputs,
        "of the median: added by the chain": timing.added,
        "start of the pipeline to its first fact": timing.start,
    }
    for name, value in rows.items():
        table.add_row(name, f"{value:.0f}")
    console.print(table)


def as_json(timing: Timing) -> str:
    """The figures for machines."""
    return json.dumps({**asdict(timing), "median": timing.median, "p95": timing.p95, "added": timing.added}, indent=2)


def _drops(root: Path, contents: tuple[bytes, bytes], versions: int, started: float) -> tuple[float, list[float]]:
    """Milliseconds to the first fact since `started`, and of each drop after the first."""
    target = first_version(root, contents[0])
    start = (time.perf_counter() - started) * 1000
    return start, [drop(root, target, contents[number % 2]) for number in range(1, versions)]


def first_version(root: Path, content: bytes) -> Path:
    """Save the first version of a document and wait until it was taken; where it is."""
    parts = build(Settings(root=root))
    target = root / "uploads" / NAME
    target.write_bytes(content)
    _wait(lambda: any(parts.audit.rows()), _START_PATIENCE, "the first version was not taken")
    return target


def drop(root: Path, target: Path, content: bytes) -> float:
    """Save a version; milliseconds until all of its results are there."""
    results = root / "redlines" / NAME
    known = set(_names(results))
    time.sleep(_REST)
    began = time.perf_counter()
    target.write_bytes(content)
    _wait(lambda: _delivered(results, known), _DROP_PATIENCE, "no redline came")
    return (time.perf_counter() - began) * 1000


def _delivered(results: Path, known: set[str]) -> bool:
    return any(_whole(results / name) for name in _names(results) if name not in known)


def _whole(folder: Path) -> bool:
    names = _names(folder)
    return all(any(name.endswith(suffix) for name in names) for suffix in RESULTS)


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - asked a thousand times a second while the clock runs
    except FileNotFoundError:
        return []


def _wait(happened: Callable[[], bool], patience: float, otherwise: str) -> None:
    end = time.perf_counter() + patience
    while not happened():
        if time.perf_counter() > end:
            raise TimeoutError(f"{otherwise} within {patience:.0f} s")
        time.sleep(_POLL)


@contextmanager
def told(log: Path) -> Iterator[None]:
    """Add what the pipeline printed to the error of one that does not work: its folder is gone a moment later."""
    try:
        yield
    except TimeoutError as error:
        error.add_note(log.read_text(errors="replace")[-4_000:])
        raise


def _in_process(before: bytes, after: bytes, runs: int = 9) -> tuple[float, float, float]:
    """Medians of compare, verify, and the list of changes with the HTML page."""
    from redline import compare, render_html, verify

    spent: list[tuple[float, float, float]] = []
    for _ in range(runs):
        t0 = time.perf_counter()
        result = compare(before, after)
        t1 = time.perf_counter()
        verify(result.docx, before, after)
        t2 = time.perf_counter()
        render_html(result.docx, changes=result.changes, summary=result.summary)
        spent.append((t1 - t0, t2 - t1, time.perf_counter() - t2))
    compare_s, verify_s, outputs_s = (median(column) for column in zip(*spent, strict=True))
    return compare_s * 1000, verify_s * 1000, outputs_s * 1000
