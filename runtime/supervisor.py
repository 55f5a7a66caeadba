"""Runs the whole pipeline on one machine: what `redline up` does.

Its own threads watch the uploads folder, deliver results, decide on the size of pools and answer probes. Its main
thread starts the child processes, starts again what ends, and stops everything in the order of the chain.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, Literal

from backends.bus.valkey import EmbeddedValkey
from backends.errors import BackendUnavailable
from backends.search import RebuildRunning
from events.routing import DELIVERIES, FUNCTIONS, SUBSCRIPTIONS
from runtime import children, clock, exposition, ingress, logfiles, state, tracing
from runtime.composition import MESSAGING_SYSTEMS, Services, build, now
from runtime.delivery import Delivered, Delivery
from runtime.dispatcher import Dispatcher
from runtime.intake import Intake
from runtime.logging import log, to_file
from runtime.observer import Observer
from runtime.outbox import Notes, Outbox, reconcile
from runtime.pools import LOGGER as SCALER_LOGGER
from runtime.pools import Pools
from runtime.processes import Child, kill_all, stop_all
from runtime.release import release
from runtime.settings import Settings
from runtime.watcher import News, Watcher
from runtime.web import Views, Web

READY_WITHIN: Final = 60.0
DRAIN_WITHIN: Final = 60.0
STOP_WITHIN: Final = 15.0
ASIDE: Final = ("render", "index", "erase", "deadletters")
"""Started when the chain is up: a document can be dropped before any can be printed, found, erased or undeliverable."""
CHAIN: Final = tuple(name for name in FUNCTIONS if name not in ASIDE)
_SPANS_WITHIN: Final = 5.0
_TICK: Final = 0.05
_PAUSE: Final = 2.0
_VALKEY_STARTS: Final = 3
_SCALE_EVERY: Final = 0.5
_COMPACT_EVERY: Final = 3600.0
_TIDY_UP_EVERY: Final = 10.0

_LOGGER: Final = logging.getLogger("redline.supervisor")


class StartError(Exception):
    """The pipeline did not come up. The message is one sentence for a person."""


class Supervisor:
    """One pipeline. `run` must be called in the main thread: the children die with the thread that started them."""

    def __init__(
        self,
        settings: Settings,
        *,
        port: int,
        delivered: Callable[[Delivered], None],
        taken: Callable[[str, News], None] = lambda *_: None,
    ) -> None:
        self._layout = settings.layout
        self._valkey = None if settings.redis_url else EmbeddedValkey(self._layout.valkey)
        redis_url = settings.redis_url or self._valkey_url()
        self._settings = settings.model_copy(update={"redis_url": redis_url, "root": self._layout.root})
        self._port = port
        self._delivered = delivered
        self._taken = taken
        self._plans = children.plans()
        self._ports = dict(zip(FUNCTIONS, children.free_ports(len(FUNCTIONS)), strict=True))
        shared = children.variables(self._settings, redis_url)
        self._functions = {
            name: Child(children.function_command(name, port, self._plans[name], shared, self._layout))
            for name, port in self._ports.items()
        }
        self._dispatchers = {
            name: Child(children.dispatcher_command(name, port, self._plans[name], shared, self._layout))
            for name, port in self._ports.items()
        }
        self._pools = Pools({name: plan.limits for name, plan in self._plans.items()}, self._functions)
        self._metrics = exposition.Shared(self._layout.metrics)
        self._version = release()
        self._started = time.time()
        self._phase: Literal["starting", "ready", "stopping"] = "starting"
        self._saved: state.PipelineState | None = None
        self._stop = threading.Event()
        self._force = threading.Event()
        self._compaction_due = threading.Event()
        self.url = ""

    def stop(self) -> None:
        """Finish what is in flight and end; asked a second time, end at once. May be called from any thread."""
        if self._stop.is_set():
            self._force.set()
        self._stop.set()

    def run(self, *, ready: Callable[[], None], stopping: Callable[[], None]) -> None:
        """Run until stopped; `ready` and `stopping` are called when it is so. Raises FolderError, StartError."""
        if self._settings.backend != "embedded":
            raise StartError("This runs the embedded pipeline, and REDLINE_BACKEND asks for another; unset it.")
        state.prepare(self._layout)
        with state.lock(self._layout), contextlib.ExitStack() as stack:
            stack.callback(state.forget, self._layout)
            stack.callback(children.forget_sockets, self._layout)
            stack.enter_context(self._signals())
            self._make_folders()
            stack.callback(to_file(SCALER_LOGGER, self._layout.logs / "scaler.log"))
            stack.callback(self._kill_all)
            self._start(self._functions, CHAIN)
            self._start_valkey()
            parts = build(self._settings)
            tracing.begin(self._settings.otlp_endpoint, MESSAGING_SYSTEMS[self._settings.backend])
            stack.callback(tracing.flush)
            self._release_leases(parts, *FUNCTIONS)
            self._start(self._dispatchers, CHAIN)
            self._run_parts(parts, ready, stopping)

    def _run_parts(self, parts: Services, ready: Callable[[], None], stopping: Callable[[], None]) -> None:
        notes = Notes(self._layout.valkey / "announced.jsonl")
        outbox = Outbox(parts.bus, notes, functools.partial(parts.identity, self._settings.tenant))
        reconcile(parts.blobs, self._settings.uploads_bucket, outbox, now())
        watcher = Watcher(self._layout.uploads, Intake(parts, outbox), outbox, tell=self._taken)
        watching = threading.Thread(target=watcher.run, name="watcher", daemon=True)
        observer = Observer(parts, self._metrics)

        def delivered(result: Delivered) -> None:
            observer.delivered(result)
            self._delivered(result)

        def erased() -> None:
            observer.forget()
            self._compaction_due.set()

        delivery = Dispatcher(parts.bus, DELIVERIES, Delivery(parts, self._layout, delivered, erased), max_in_flight=2)
        web = Web(
            self._port,
            Views(
                self._is_healthy,
                lambda: observer.status(self._state()),
                lambda: observer.metrics(self._state()),
                functools.partial(ingress.receive, bus=parts.bus, now=now),
            ),
        )
        self.url = web.url
        for start in (watching.start, delivery.start, web.start):
            start()
        threading.Thread(target=self._scale, args=(parts,), name="scaler", daemon=True).start()
        threading.Thread(target=self._compact, args=(parts,), name="compaction", daemon=True).start()
        threading.Thread(target=self._tidy_up, args=(observer,), name="tidy", daemon=True).start()
        threading.Thread(target=clock.tick_until, args=(self._stop, parts.bus, now), name="clock", daemon=True).start()
        try:
            self._supervise(parts, ready)
            stopping()
            self._phase = "stopping"
            self._save()
            watcher.stop()
            watching.join(STOP_WITHIN)
            self._drain(parts, delivery)
        finally:
            web.close()
            notes.close()

    def _supervise(self, parts: Services, ready: Callable[[], None]) -> None:
        """Start again what ends, until asked to stop."""
        while not self._stop.wait(_TICK):
            try:
                self._revive(parts)
                self._save()
            except OSError as error:  # a full disk, or no room for one more process
                log(_LOGGER, logging.ERROR, "the pipeline lacks room", error=error.strerror or type(error).__name__)
                self._stop.wait(_PAUSE)
            if self._phase == "starting":
                self._look_whether_ready(ready)

    def _look_whether_ready(self, ready: Callable[[], None]) -> None:
        if all(children.is_listening(self._ports[name]) for name in CHAIN):
            self._phase = "ready"
            self._save()
            ready()
            self._start(self._functions, ASIDE)
            self._start(self._dispatchers, ASIDE)
        elif time.time() - self._started > READY_WITHIN:
            raise StartError(f"The pipeline did not start within {READY_WITHIN:.0f} s; see {self._layout.logs}.")

    def _revive(self, parts: Services) -> None:
        if self._valkey and not self._valkey.is_alive:
            log(_LOGGER, logging.WARNING, "the message server ended and is started again")
            with contextlib.suppress(BackendUnavailable):
                self._valkey.restart()
        for name, child in self._functions.items():
            if child.revive():
                log(_LOGGER, logging.WARNING, "a function ended and was started again", function=name)
        for name, child in self._dispatchers.items():
            if child.revive():
                self._release_leases(parts, name)
                log(_LOGGER, logging.WARNING, "a dispatcher ended and was started again", function=name)

    def _drain(self, parts: Services, delivery: Dispatcher) -> None:
        """Let what is in flight finish, from the front of the chain to its end."""
        dispatchers = list(self._dispatchers.values())
        stop_all(dispatchers, within=DRAIN_WITHIN, impatient=self._force.is_set)
        deadline = time.monotonic() + STOP_WITHIN
        while not self._force.is_set() and time.monotonic() < deadline and self._undelivered(parts):
            time.sleep(_TICK)
        delivery.drain(0.0 if self._force.is_set() else STOP_WITHIN)
        if self._settings.otlp_endpoint and not self._force.is_set():  # they have spans to send
            stop_all(list(self._functions.values()), within=_SPANS_WITHIN, impatient=self._force.is_set)
        kill_all(list(self._functions.values()))  # nobody asks them anything any more

    def _undelivered(self, parts: Services) -> bool:
        try:
            depths = [parts.bus.depth(each.name) for each in DELIVERIES]
        except BackendUnavailable:
            return False
        return any(depth.ready + depth.leased for depth in depths)

    def _kill_all(self) -> None:
        """Whatever still runs, because something went wrong or there was no time."""
        kill_all([*self._dispatchers.values(), *self._functions.values()])
        if self._valkey:
            self._valkey.stop()

    def _scale(self, parts: Services) -> None:
        while not self._stop.wait(_SCALE_EVERY):
            self._pools.adjust(parts.bus)

    def _tidy_up(self, observer: Observer) -> None:
        """Keep what grows by itself from growing for ever: logs, and the metrics of ended processes."""
        while True:
            logfiles.bound(self._layout.logs)
            with contextlib.suppress(OSError):  # a full disk is reported by what matters more
                self._metrics.fold()
                observer.sample()
            if self._stop.wait(_TIDY_UP_EVERY):
                return

    def _compact(self, parts: Services) -> None:
        """When a document was erased, clean the files of the message server and of the search index of it.

        Those of the message server are cleaned every now and then besides: of what was acked.
        """
        while not self._stop.is_set():
            erased = self._compaction_due.wait(_COMPACT_EVERY)
            self._compaction_due.clear()
            try:
                done = self._valkey is None or self._valkey.compact()
                if erased:
                    parts.search.expunge()
            except (BackendUnavailable, RebuildRunning):
                done = False
            if not done:
                self._compaction_due.set()
                self._stop.wait(_PAUSE)

    def _start(self, kind: Mapping[str, Child], names: Sequence[str]) -> None:
        for name in names:
            kind[name].start()

    def _make_folders(self) -> None:
        try:
            children.make_socket_folders(self._layout)
            self._metrics.clear()
        except (BackendUnavailable, OSError) as error:
            raise StartError(str(error)) from None

    def _start_valkey(self) -> None:
        if self._valkey is None:
            return
        for tries_left in reversed(range(_VALKEY_STARTS)):
            try:
                self._valkey.start()
            except BackendUnavailable as error:
                if not tries_left:
                    raise StartError(str(error)) from None
            else:
                return

    def _valkey_url(self) -> str:
        return self._valkey.url if self._valkey else ""

    def _release_leases(self, parts: Services, *names: str) -> None:
        """Give back what killed dispatchers held: nobody else pulls for these functions here."""
        held = [each for each in SUBSCRIPTIONS if each.function in names]
        if len(names) == len(FUNCTIONS):
            held += DELIVERIES
        with contextlib.suppress(BackendUnavailable):
            for each in held:
                parts.bus.release(each.name)

    def _is_healthy(self) -> bool:
        valkey = self._valkey is None or self._valkey.is_alive
        return valkey and all(child.pid for child in (*self._functions.values(), *self._dispatchers.values()))

    def _state(self) -> state.PipelineState:
        return state.PipelineState(
            version=self._version,
            pid=os.getpid(),
            url=self.url,
            redis_url=self._settings.redis_url,
            started=self._started,
            phase=self._phase,
            functions={name: child.pid for name, child in self._functions.items()},
            dispatchers={name: child.pid for name, child in self._dispatchers.items()},
            valkey=self._valkey.pid if self._valkey else None,
            scaling=dict(self._pools.scaling),
        )

    def _save(self) -> None:
        current = self._state()
        if current != self._saved:
            state.save(self._layout, current)
            self._saved = current

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        for number in before:
            signal.signal(number, lambda *_: self.stop())
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
