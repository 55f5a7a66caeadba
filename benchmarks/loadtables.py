"""The figures of the running pipeline as tables."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median, quantiles

from rich.console import Console
from rich.table import Table

from benchmarks.dispatching import Rate
from benchmarks.load import Throughput, Waits
from benchmarks.memory import Footprint


def show_rates(rates: Sequence[Rate], console: Console) -> None:
    """Events a second to each function."""
    table = _table("Events through a dispatcher, one at a POST", "function", ">events", ">a second")
    for rate in rates:
        table.add_row(rate.target, str(rate.events), f"{rate.per_second:.0f}")
    console.print(table)
    for rate in rates:
        show_memory(rate.memory, f"Memory, {rate.target}", console)


def show_throughput(found: Throughput, console: Console) -> None:
    """Pairs a second, and what that is of the bare engine."""
    table = _table(f"{found.count} pairs ({found.pairs}), normalized already", "what", ">figure")
    rows = {
        "pairs a second": f"{found.per_second:.1f}",
        "one pair in one process, compare and verify, ms": f"{found.engine_ms:.1f}",
        "the same with the list of changes and the page, ms": f"{found.whole_ms:.1f}",
        f"share of the bare engine on {found.processors} processors": f"{found.share:.2f}",
    }
    for name, figure in rows.items():
        table.add_row(name, figure)
    console.print(table)
    show_memory(found.memory, "Memory after it", console)


def show_waits(waits: Sequence[Waits], console: Console) -> None:
    """What a single drop waits, idle and beside backlogs."""
    table = _table(
        "A single drop, from saving to its redline, ms", "beside", ">drops", ">p50", ">p95", ">slowest", ">pairs left"
    )
    for each in waits:
        p95 = quantiles(each.drops, n=20, method="inclusive")[-1] if len(each.drops) > 1 else each.drops[0]
        figures = (median(each.drops), p95, max(each.drops))
        beside = f"{each.backlog} pairs in bulk" if each.backlog else "nothing"
        table.add_row(beside, str(len(each.drops)), *(f"{figure:.0f}" for figure in figures), str(each.left))
    console.print(table)


def show_memory(memory: Sequence[Footprint], title: str, console: Console) -> None:
    """RSS and PSS of each process, and the sum of the PSS."""
    table = _table(title, "process", ">RSS MB", ">PSS MB")
    for each in memory:
        table.add_row(each.name, f"{each.rss:.0f}", f"{each.pss:.0f}")
    table.add_row("all", "", f"{sum(each.pss for each in memory):.0f}")
    console.print(table)


def _table(title: str, *columns: str) -> Table:
    """A table; a column whose name begins with > holds numbers."""
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column.removeprefix(">"), justify="right" if column.startswith(">") else "left")
    return table
