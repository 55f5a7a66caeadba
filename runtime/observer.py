"""Looks at a running pipeline for those who ask: programs that scrape, people at a terminal or a browser."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterable
from typing import Final

from prometheus_client.metrics_core import Metric

from runtime import exposition, pipelinemetrics
from runtime.composition import Services, now
from runtime.delivery import Delivered
from runtime.letters import Letters
from runtime.state import PipelineState
from runtime.status import Observed, Result, Status, collect
from runtime.throughput import Throughput

_RESULTS: Final = 10
_RECOUNT_AFTER: Final = 5.0
"""Seconds for which the number of dead letters stands: to count them is to list a bucket."""
_DONE: Final = "messaging_process_duration_seconds_count"
_QUEUE: Final = "messaging_destination_subscription_name"


class Observer:
    """Knows what its pipeline does now, and a little of what it did since it was started."""

    def __init__(self, parts: Services, shared: exposition.Shared) -> None:
        self._parts = parts
        self._shared = shared
        self._throughput = Throughput()
        self._results: deque[Result] = deque(maxlen=_RESULTS)
        self._dead_letters = 0
        self._recount_at = 0.0
        self._lock = threading.Lock()

    def delivered(self, result: Delivered) -> None:
        """Remember a result; a PDF is one with its redline."""
        if result.kind == "pdf":
            return
        told = Result(
            time=now(),
            kind=result.kind,
            path=result.path,
            changes=result.changes,
            message=result.message,
            seconds=round(result.seconds, 3),
        )
        self._results.appendleft(told)

    def forget(self) -> None:
        """Forget the results: a document was erased, and its path may stand among them."""
        self._results.clear()

    def sample(self) -> None:
        """Look at what was counted, so that later it can be told how fast it grows; every few seconds will do."""
        counts: dict[str, float] = {}
        for metric in (*exposition.own(), *self._shared.collect()):
            for sample in metric.samples:
                if sample.name == _DONE and not sample.labels["error_type"]:
                    queue = sample.labels[_QUEUE]
                    counts[queue] = counts.get(queue, 0.0) + sample.value
        with self._lock:
            self._throughput.add(time.monotonic(), counts)

    def status(self, state: PipelineState) -> Status:
        """How it is doing. Raises BackendUnavailable."""
        self.sample()
        with self._lock:
            if time.monotonic() >= self._recount_at:
                self._dead_letters = Letters(self._parts).count()
                self._recount_at = time.monotonic() + _RECOUNT_AFTER
            observed = Observed(self._throughput.per_minute(), self._dead_letters, tuple(self._results))
        return collect(state, self._parts.bus, observed)

    def metrics(self, state: PipelineState) -> bytes:
        """What every process has counted, and how the pipeline is. Raises BackendUnavailable."""
        status = self.status(state)

        def of_status() -> Iterable[Metric]:
            return pipelinemetrics.of_status(status)

        def of_processes() -> Iterable[Metric]:
            return pipelinemetrics.of_processes(state)

        return exposition.exposition(exposition.own, self._shared.collect, of_status, of_processes)
