"""What the simulation found: a table over all scenarios, and a plot of each."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

import matplotlib as mpl
from matplotlib.figure import Figure

from benchmarks.autoscaling.cluster import Record, Sample
from benchmarks.autoscaling.scenarios import Outcome

_FLAP: Final = 300.0
"""Seconds within which growing again after shrinking counts as a flap."""
_BINS: Final = 200
_POINTS: Final = 600
_COLOURS: Final = {"backlog": "#b00020", "functions": "#0b57d0", "dispatchers": "#188038", "latency": "#6b3fa0"}


@dataclass(frozen=True, slots=True)
class Row:
    """One scenario. Times in seconds; the drain from the last arrival on."""

    scenario: str
    told: str
    documents: int
    p50: float
    p95: float
    drain: float
    most_dispatchers: int
    most_functions: int
    pod_hours: float
    flaps: int
    redelivered: int
    dead_letters: int
    lost: int


def row(outcome: Outcome) -> Row:
    """The figures of a scenario; bounds and flaps are those of the redline function."""
    waits = sorted(wait for _, wait in outcome.end_to_end)
    records = outcome.records.values()
    samples = outcome.records["redline"].samples
    seconds = sum(record.function_seconds + record.dispatcher_seconds for record in records)
    return Row(
        scenario=outcome.scenario.name,
        told=outcome.scenario.told,
        documents=outcome.arrived,
        p50=waits[len(waits) // 2],
        p95=waits[int(len(waits) * 0.95)],
        drain=max(0.0, outcome.drained_at - outcome.last_arrival),
        most_dispatchers=max(sample.dispatchers for sample in samples),
        most_functions=max(sample.functions for sample in samples),
        pod_hours=seconds / 3600,
        flaps=flaps(samples),
        redelivered=sum(record.redelivered for record in records),
        dead_letters=sum(record.dead for record in records),
        lost=outcome.lost,
    )


def flaps(samples: Sequence[Sample]) -> int:
    """How often the dispatchers grew again shortly after they had shrunk."""
    found, shrunk = 0, -_FLAP
    for before, after in pairwise(samples):
        if after.dispatchers < before.dispatchers:
            shrunk = after.time
        elif after.dispatchers > before.dispatchers and after.time - shrunk < _FLAP:
            found += 1
    return found


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    head = (
        *("scenario", "documents", "p50", "p95", "drained after", "most dispatchers / pods"),
        *("pod-hours", "flaps", "redelivered", "dead letters", "lost"),
    )
    lines = [
        f"| {each.scenario} | {each.documents:,} | {_time(each.p50)} | {_time(each.p95)} | {_time(each.drain)} "
        f"| {each.most_dispatchers} / {each.most_functions} | {each.pod_hours:.1f} | {each.flaps} "
        f"| {each.redelivered:,} | {each.dead_letters} | {each.lost} |"
        for each in rows
    ]
    return "\n".join([f"| {' | '.join(head)} |", "|---" * len(head) + "|", *lines]) + "\n"


def section(outcome: Outcome, plots: str) -> str:
    """A scenario for docs/autoscaling.md: what happens, its plot in the folder `plots`, a table of its functions."""
    scenario = outcome.scenario
    head = ("function", "most waiting", "most dispatchers / pods", "pod-hours", "flaps", "redelivered", "dead letters")
    told = [f"### {scenario.name}", f"{scenario.told[0].upper()}{scenario.told[1:]}.", ""]
    told += [f"![{scenario.name}: backlog, replicas and latency over time]({plots}/{scenario.name}.svg)", ""]
    lines = [_function(name, record) for name, record in outcome.records.items()]
    return "\n".join([*told, f"| {' | '.join(head)} |", "|---" * len(head) + "|", *lines]) + "\n"


def _function(name: str, record: Record) -> str:
    most = [max(each) for each in zip(*((s.backlog, s.dispatchers, s.functions) for s in record.samples), strict=True)]
    hours = (record.function_seconds + record.dispatcher_seconds) / 3600
    return (
        f"| {name} | {most[0]:,} | {most[1]} / {most[2]} | {hours:.1f} | {flaps(record.samples)} "
        f"| {record.redelivered:,} | {record.dead} |"
    )


def plot(outcome: Outcome, path: Path) -> None:
    """Backlog, replicas and latency of the redline function over time, as an SVG that is the same at every run."""
    samples = _thinned(outcome.records["redline"].samples)
    hours = [sample.time / 3600 for sample in samples]
    with mpl.rc_context({"svg.hashsalt": "redline", "svg.fonttype": "none", "font.size": 9}):
        figure = Figure(figsize=(8, 5.4), layout="constrained")
        backlog, replicas, latency = figure.subplots(3, sharex=True)
        backlog.fill_between(hours, [s.backlog for s in samples], color=_COLOURS["backlog"], alpha=0.35, step="post")
        backlog.set_ylabel("backlog")
        for name, values in (
            ("functions", [s.functions for s in samples]),
            ("dispatchers", [s.dispatchers for s in samples]),
        ):
            replicas.plot(hours, values, color=_COLOURS[name], label=name, drawstyle="steps-post", linewidth=1)
        replicas.legend(loc="upper right", fontsize=8)
        replicas.set_ylabel("replicas")
        moments, p95 = _p95_over_time(outcome.end_to_end)
        latency.plot(moments, p95, color=_COLOURS["latency"], linewidth=1)
        latency.set_ylabel("end to end,\np95 (s)")
        latency.set_xlabel("hours")
        for axes in (backlog, replicas, latency):
            axes.set_ylim(bottom=0)
            axes.grid(alpha=0.25)
        figure.suptitle(f"{outcome.scenario.name}: {outcome.scenario.told}", fontsize=10)
        figure.savefig(path, format="svg", metadata={"Date": None})


def _thinned(samples: Sequence[Sample]) -> list[Sample]:
    """As many as a plot has room for; of those beside each other the one with the largest backlog."""
    step = len(samples) // _POINTS + 1
    return [max(samples[at : at + step], key=lambda sample: sample.backlog) for at in range(0, len(samples), step)]


def _p95_over_time(done: Sequence[tuple[float, float]]) -> tuple[list[float], list[float]]:
    """Hours, and the 95th percentile of what was done around then."""
    times = [moment for moment, _ in done]
    step = max(times[-1] / _BINS, 1.0)
    moments, values = [], []
    for number in range(_BINS):
        within = done[bisect_left(times, number * step) : bisect_left(times, (number + 1) * step)]
        if within:
            waits = sorted(wait for _, wait in within)
            moments.append((number + 0.5) * step / 3600)
            values.append(waits[int(len(waits) * 0.95)])
    return moments, values


def _time(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds >= 600 else f"{seconds / 60:.1f} min"
