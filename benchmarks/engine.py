"""Times and memory of the engine as tables: each figure beside the floor that was measured in the same process."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from benchmarks.corpus import Pair, real_pairs
from benchmarks.measure import RUNS, Measurement, in_fresh_process

MOST_FOR_VERIFY = 0.8
"""What verify may add to compare."""
COLUMNS = (
    "pair", "words", "floor ms", "compare ms", "x floor", "verify ms", "of compare", "compare MB", "+ verify MB",
    "revisions", "characters", "verified",
)  # fmt: skip


def measured(pairs: Iterable[Pair], console: Console, runs: int = RUNS) -> list[Measurement]:
    """Measure each pair in a process of its own, telling which one is at work."""
    results: list[Measurement] = []
    for pair in pairs:
        with console.status(f"{pair.name} ..."):
            results += in_fresh_process([pair], runs)
    return results


def measured_corpus(corpus: Path, console: Console, runs: int = RUNS) -> list[Measurement]:
    """Measure all real pairs of a corpus in one process: a pair alone is too short for a process of its own."""
    pairs = list(real_pairs(corpus, "pairs"))
    with console.status(f"{len(pairs)} real pairs ..."):
        return list(in_fresh_process(pairs, runs)) if pairs else []


def show(title: str, results: Sequence[Measurement], console: Console, *, memory: bool = True) -> None:
    """Print one row for each measurement; without `memory` where many pairs shared a process."""
    table = Table(title=title, title_justify="left")
    shown = [column for column in COLUMNS if memory or not column.endswith("MB")]
    for column in shown:
        table.add_column(column, justify="left" if column in ("pair", "verified") else "right", overflow="fold")
    for result in results:
        cells = dict(zip(COLUMNS, _row(result), strict=True))
        table.add_row(*(cells[column] for column in shown))
    console.print(table)


def show_corpus(results: Sequence[Measurement], console: Console, *, slowest: int = 5) -> None:
    """Print the medians over all real pairs, and the pairs that take longest."""
    if not results:
        return
    console.print(
        f"[bold]{len(results)} real pairs[/bold]: compare median {median(r.compare_ms for r in results):.1f} ms, "
        f"{median(r.ratio for r in results):.1f} x floor; verify median {median(r.verify_ms for r in results):.1f} ms, "
        f"{_shares([r.verify_share for r in results])}; "
        f"verified {sum(r.verified for r in results)}; revisions {sum(r.revisions for r in results):,}, "
        f"characters {sum(r.characters for r in results):,}"
    )
    slow = sorted(results, key=lambda result: -result.compare_ms)[:slowest]
    show("The slowest of them", slow, console, memory=False)


def _shares(shares: Sequence[float]) -> str:
    """How verify compares with compare: the median, the worst, and on how many pairs it adds more than it may."""
    over = sum(share > MOST_FOR_VERIFY for share in shares)
    return f"{median(shares):.0%} of compare, {max(shares):.0%} at most, {over} pairs over {MOST_FOR_VERIFY:.0%}"


def show_growth(results: Sequence[Measurement], small: str, large: str, console: Console) -> None:
    """Print how much longer the larger of two pairs takes."""
    found: Mapping[str, Measurement] = {result.name: result for result in results}
    if small in found and large in found:
        factor = found[large].compare_ms / found[small].compare_ms
        console.print(f"{large} against {small}: compare takes {factor:.2f} times as long")


def as_json(results: Iterable[Measurement]) -> str:
    """The figures for machines, ratios among them."""
    return json.dumps(
        [{**asdict(result), "ratio": result.ratio, "verify_share": result.verify_share} for result in results], indent=2
    )


def _row(result: Measurement) -> tuple[str, ...]:
    return (
        result.name,
        f"{result.words:,}" if result.words else "",
        f"{result.floor_ms:.1f}",
        f"{result.compare_ms:.1f}",
        f"{result.ratio:.1f}",
        f"{result.verify_ms:.1f}",
        f"{result.verify_share:.0%}",
        f"{result.compare_mb:.0f}",
        f"{result.verify_mb:.0f}",
        f"{result.revisions:,}",
        f"{result.characters:,}",
        "yes" if result.verified else "[red]no[/red]",
    )
