"""Serves metrics: of this process alone, or of every process that writes into a folder of them."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import groupby
from pathlib import Path
from typing import Final

from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.mmap_dict import MmapedDict, mmap_key
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from runtime import metrics, processmetrics

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
_SUMMED: Final = ("counter", "histogram")
_OF_THE_DEAD: Final = 0
"""Stands in the name of a file for the process id: what ended processes have counted, added up."""

Source = Callable[[], Iterable[Metric]]
Probe = Callable[[], bool]


def own() -> Iterable[Metric]:
    """What this process has recorded."""
    return metrics.REGISTRY.collect()


def exposition(*sources: Source) -> bytes:
    """The metrics of all sources in Prometheus' text format; what several know under one name becomes one metric."""
    return generate_latest(_Joined(sources))


class _Joined:
    """A collector over the sources."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources

    def collect(self) -> list[Metric]:
        """Metrics by name, each once."""
        joined: dict[str, Metric] = {}
        for source in self._sources:
            for metric in source():
                known = joined.setdefault(metric.name, metric)
                if known is not metric:
                    known.samples += metric.samples
        return [metric for _, metric in sorted(joined.items())]


class Shared:
    """The folder that the processes of one machine write their metrics into, a few files for each process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()

    def clear(self) -> None:
        """Make the folder, empty: a pipeline that starts counts from zero, as any process does. Raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for file in self._folder.iterdir():
            file.unlink()

    def collect(self) -> Iterable[Metric]:
        """What all processes have recorded, those that have ended included."""
        with self._lock:
            return list(MultiProcessCollector(None, str(self._folder)).collect())

    def fold(self) -> None:
        """Add up into one file what ended processes have counted, and forget what they were doing. Raises OSError."""
        files = {pid: list(each) for pid, each in groupby(sorted(self._folder.glob("*.db"), key=_pid), key=_pid)}
        ended = [pid for pid in files if pid != _OF_THE_DEAD and not Path(f"/proc/{pid}").exists()]
        for pid in ended:
            mark_process_dead(pid, str(self._folder))
        with self._lock:
            for kind in _SUMMED:
                self._add_up(kind, ended)

    def _add_up(self, kind: str, ended: Sequence[int]) -> None:
        """Whoever is killed in between leaves a total that is too high, until the next start."""
        of_ended = [file for pid in ended if (file := self._file(kind, pid)).exists()]
        if not of_ended:
            return
        total = self._file(kind, _OF_THE_DEAD)
        added = MultiProcessCollector.merge(map(str, [*of_ended, *([total] if total.exists() else [])]), False)
        new = self._folder / f"{kind}.new"
        new.unlink(missing_ok=True)
        _write(new, added)
        new.replace(total)
        for file in of_ended:
            file.unlink()

    def _file(self, kind: str, pid: int) -> Path:
        return self._folder / f"{kind}_{pid}.db"


def _pid(file: Path) -> int:
    return int(file.stem.rpartition("_")[2])


def _write(file: Path, found: Iterable[Metric]) -> None:
    kept = MmapedDict(str(file))
    try:
        for metric in found:
            for sample in metric.samples:
                names, labels = list(sample.labels), list(sample.labels.values())
                kept.write_value(
                    mmap_key(metric.name, sample.name, names, labels, metric.documentation), sample.value, 0
                )
    finally:
        kept.close()


def serve(port: int, *sources: Source, probes: Mapping[str, Probe] | None = None) -> ThreadingHTTPServer:
    """Serve /metrics of this process on all addresses, in a thread: for a process that is alone in its container.

    `sources` are what it knows besides; `probes` by their paths, such as /healthz, are answered with 200 or 503.
    Raises OSError when the port is taken.
    """
    mine = (own, lambda: processmetrics.of({os.getpid(): processmetrics.Role("self")}), *sources)
    handler = type("_Handler", (_Handler,), {"sources": mine, "probes": dict(probes or {})})
    server = ThreadingHTTPServer(("", port), handler)
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return server


class _Handler(BaseHTTPRequestHandler):
    sources: tuple[Source, ...]
    probes: dict[str, Probe]

    def do_GET(self) -> None:
        """Answer a probe or a scrape."""
        probe = self.probes.get(self.path)
        if probe is None:
            self._answer(HTTPStatus.OK, CONTENT_TYPE, exposition(*self.sources))
            return
        status = HTTPStatus.OK if probe() else HTTPStatus.SERVICE_UNAVAILABLE
        self._answer(status, "text/plain; charset=utf-8", f"{status.phrase}\n".encode())

    def _answer(self, status: HTTPStatus, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Scrapes are not logged: they come every few seconds."""
