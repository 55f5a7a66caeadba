"""`redline up` as a user starts it, in a folder of its own, with means to kill any part of it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Final, Literal, Self

from benchmarks.pipeline import CHECKOUT, up
from tests.e2e.chaos_processes import MARK, Process, kill, kill_all, processes

Target = Literal["worker", "arbiter", "dispatcher", "valkey", "supervisor", "pipeline"]
TARGETS: Final[tuple[Target, ...]] = ("worker", "arbiter", "dispatcher", "valkey", "supervisor", "pipeline")

_PATIENCE: Final = 30.0
"""Seconds to wait for a process to be there, or to end."""


class Pipeline:
    """The pipeline of the folder `root`; what it prints goes to `log`."""

    def __init__(self, root: Path, log: Path) -> None:
        self.root = root
        self.log = log
        self.starts = 0
        self._supervisor: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        kill_all(self.root)
        self._reap()

    def start(self) -> None:
        """Start `redline up`; returns at once."""
        with self.log.open("ab") as log:
            self._supervisor = subprocess.Popen(
                up(self.root),
                cwd=CHECKOUT,
                env={**os.environ, MARK: str(self.root)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.starts += 1

    @property
    def ended(self) -> int | None:
        """Exit status of a supervisor that is not running; None while it runs."""
        return self._supervisor.poll() if self._supervisor else None

    def kill(self, target: Target, random: Random) -> bool:
        """Kill -9 one process of this kind, or the whole pipeline; False when there was none for half a minute."""
        if target == "pipeline":
            hit = kill_all(self.root) > 0
            self._reap()
            return hit
        return _within(_PATIENCE, lambda: self._kill_one(target, random))

    def stop(self) -> float:
        """Ctrl-C; the seconds that it took to end.

        Raises TimeoutError when it does not end.
        """
        started = time.monotonic()
        if self._supervisor is not None:
            self._supervisor.send_signal(signal.SIGINT)
            try:
                self._supervisor.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                raise TimeoutError(f"the pipeline did not stop within {_PATIENCE:.0f} s of Ctrl-C") from None
        return time.monotonic() - started

    def strays(self) -> list[Process]:
        """Processes that outlived their pipeline."""
        _within(2.0, lambda: not processes(self.root))
        return processes(self.root)

    def _kill_one(self, target: Target, random: Random) -> bool:
        candidates = sorted(process.pid for process in processes(self.root) if process.kind == target)
        if target == "supervisor":
            candidates = [self._supervisor.pid] if self._supervisor is not None and self.ended is None else []
        hit = bool(candidates) and kill(random.choice(candidates))
        if target == "supervisor":
            self._reap()
        return hit

    def _reap(self) -> None:
        if self._supervisor is not None:
            self._supervisor.wait(_PATIENCE)


def _within(seconds: float, happened: Callable[[], bool]) -> bool:
    """Whether it happened before the time was over."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if happened():
            return True
        time.sleep(0.02)
    return False
