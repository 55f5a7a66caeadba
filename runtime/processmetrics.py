"""What processes take of the machine, read from /proc (proc(5)): OpenTelemetry's process.* metrics."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric

from runtime.metrics import Instrument, instrument

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_ROLE: Final = ("redline.component", "faas.name", "process.pid")

_CPU: Final = instrument(
    "process.cpu.time", "counter", "s", "Processor time, by mode: user or system.", *_ROLE, "cpu.mode"
)
_MEMORY: Final = instrument("process.memory.usage", "gauge", "By", "Memory that is resident.", *_ROLE)
_VIRTUAL: Final = instrument("process.memory.virtual", "gauge", "By", "Memory that is addressed.", *_ROLE)
_THREADS: Final = instrument("process.thread.count", "gauge", "{thread}", "Threads.", *_ROLE)
_FILES: Final = instrument(
    "process.unix.file_descriptor.count", "gauge", "{file_descriptor}", "Open file descriptors.", *_ROLE
)
_UPTIME: Final = instrument("process.uptime", "gauge", "s", "Time since the process started.", *_ROLE)


@dataclass(frozen=True, slots=True, order=True)
class Role:
    """What a process is for: supervisor, function, worker, dispatcher or valkey; and of which function."""

    component: str
    function: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """What one process takes. Times in seconds, sizes in bytes."""

    parent: int
    user: float
    system: float
    threads: int
    uptime: float
    virtual: int
    resident: int
    descriptors: int


def usage(pid: int) -> Usage | None:
    """What a process takes now; None when there is no such process, or it is not ours to look at."""
    place = Path("/proc", str(pid))
    try:
        # The name in parentheses may hold anything; the fields that follow it, from the third on, do not.
        fields = (place / "stat").read_text().rpartition(")")[2].split()
        descriptors = sum(1 for _ in (place / "fd").iterdir())
    except OSError:
        return None
    return Usage(
        parent=int(fields[1]),
        user=int(fields[11]) / _TICKS,
        system=int(fields[12]) / _TICKS,
        threads=int(fields[17]),
        uptime=max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / _TICKS),
        virtual=int(fields[20]),
        resident=int(fields[21]) * _PAGE,
        descriptors=descriptors,
    )


def children() -> dict[int, list[int]]:
    """Ids of the children of every process that has some."""
    found: dict[int, list[int]] = defaultdict(list)
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(entry.read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            continue
        found[parent].append(int(entry.parent.name))
    return found


def of(processes: Mapping[int, Role]) -> Iterator[Metric]:
    """The metrics of processes, given by their ids."""
    cpu = CounterMetricFamily(_CPU.exposed, _CPU.text, labels=_CPU.labels)
    gauges = {each: GaugeMetricFamily(each.exposed, each.text, labels=each.labels) for each in _GAUGES}
    for pid, role in processes.items():
        found = usage(pid)
        if found is None:
            continue
        labels = (role.component, role.function, str(pid))
        cpu.add_metric((*labels, "user"), found.user)
        cpu.add_metric((*labels, "system"), found.system)
        for each, attribute in _GAUGES.items():
            gauges[each].add_metric(labels, getattr(found, attribute))
    yield cpu
    yield from gauges.values()


_GAUGES: Final[dict[Instrument, str]] = {
    _MEMORY: "resident",
    _VIRTUAL: "virtual",
    _THREADS: "threads",
    _FILES: "descriptors",
    _UPTIME: "uptime",
}
