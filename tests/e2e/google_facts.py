"""What the pipeline says on Google's parts: a run of faults listens beside `audit` and keeps each fact's row."""

from __future__ import annotations

import threading

from backends.errors import BackendUnavailable
from events.delivery import to_event
from events.envelope import Event
from events.registry import parse
from functions.audit.row import Fact, row
from schemas.audit import AuditRow
from tests.e2e.cluster import FACTS, Cluster


class Facts:
    """Takes from queues of its own in threads of its own. `deliveries` counts what came, also again."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._rows: dict[str, AuditRow] = {}
        self._stop = threading.Event()
        self.deliveries = 0
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._take, args=(each.name,), daemon=True) for each in FACTS]
        for thread in self._threads:
            thread.start()

    def rows(self) -> list[AuditRow]:
        """One row for each event id, as readers of the trail see it."""
        with self._lock:
            return list(self._rows.values())

    def stop(self) -> None:
        """Take nothing more."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _take(self, name: str) -> None:
        while not self._stop.is_set():
            try:
                deliveries = self._cluster.bus.pull(name, max_messages=100, wait=0.2)
                for each in deliveries:
                    self._keep(to_event(each.message))
                self._cluster.bus.ack(name, deliveries)
            except BackendUnavailable:
                self._stop.wait(0.1)

    def _keep(self, event: Event) -> None:
        fact = parse(event)
        with self._lock:
            self.deliveries += 1
            if isinstance(fact, Fact):
                self._rows.setdefault(event.id, row(fact, self._cluster.parts.context(event)))
