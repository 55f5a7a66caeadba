"""Memory of processes, as the kernel counts it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Footprint:
    """Megabytes of one process: `rss` with all that it shares, `pss` with its part of what it shares (proc(5))."""

    name: str
    rss: float
    pss: float


def footprints(processes: Mapping[str, int]) -> tuple[Footprint, ...]:
    """Memory of each process, and of the workers below it that have no name of their own."""
    return tuple(
        _footprint(name if depth == 0 else f"{name} worker", pid)
        for name, top in processes.items()
        for depth, pid in _family(top)
        if depth == 0 or pid not in processes.values()
    )


def _family(pid: int) -> list[tuple[int, int]]:
    """The process and its children, as (depth, process id)."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [(0, pid), *((1, int(child)) for child in children)]


def _footprint(name: str, pid: int) -> Footprint:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    kilobytes = {line.split(":")[0]: int(line.split()[1]) for line in lines if line.endswith("kB")}
    return Footprint(name, kilobytes["Rss"] / 1024, kilobytes["Pss"] / 1024)
