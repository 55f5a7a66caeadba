"""Child processes of the supervisor: each dies with it, logs to a file, and is started again when it ends."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from runtime.settings import environment_with

_PR_SET_PDEATHSIG: Final = 1
_FIRST_PAUSE: Final = 0.05
_LONGEST_PAUSE: Final = 5.0
_HEALTHY_AFTER: Final = 10.0
"""Seconds after which a child counts as well, and the next restart is at once again."""


@dataclass(frozen=True, slots=True)
class Command:
    """What a child runs, with variables besides those of this process."""

    name: str
    arguments: Sequence[str]
    variables: Mapping[str, str]
    folder: Path
    log: Path


@dataclass(slots=True)
class Child:
    """One child. Start it from the thread that lives as long as the supervisor: it dies with that thread."""

    command: Command
    starts: int = 0
    _process: subprocess.Popen[bytes] | None = None
    _started: float = 0.0
    _pause: float = _FIRST_PAUSE
    _ended: float | None = field(default=None)

    @property
    def pid(self) -> int | None:
        """Process id, None while it does not run."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the process in a session of its own: a Ctrl-C at the terminal is for the supervisor alone."""
        command = self.command
        with command.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - no shell, our own arguments
                command.arguments,
                env=environment_with(command.variables),
                cwd=command.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_die_with_parent(),
            )
        self._started, self._ended = time.monotonic(), None
        self.starts += 1

    def revive(self) -> bool:
        """Start the process again if it ended and has waited long enough; whether it was started now."""
        if not self.starts or (self._process is not None and self._process.poll() is None):
            return False
        now = time.monotonic()
        if self._ended is None:
            self._process, self._ended = None, now
            healthy = now - self._started > _HEALTHY_AFTER
            self._pause = _FIRST_PAUSE if healthy else min(self._pause * 2, _LONGEST_PAUSE)
        if now - self._ended < self._pause:
            return False
        self.start()
        return True

    def signal(self, number: int) -> None:
        """Send a signal, if the process runs."""
        if self._process is not None:
            self._process.send_signal(number)

    def kill(self) -> None:
        """SIGKILL to the process and to all of its session, such as the workers of a server."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def wait(self, deadline: float) -> bool:
        """Whether the process ended before this monotonic time."""
        if self._process is None:
            return True
        try:
            self._process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            return False
        self._process = None
        return True


def stop_all(children: Sequence[Child], *, within: float, impatient: Callable[[], bool]) -> None:
    """SIGTERM, and `kill_all` for what runs on after `within` seconds or once `impatient`."""
    for child in children:
        child.signal(signal.SIGTERM)
    deadline = time.monotonic() + within
    running = list(children)
    while running and time.monotonic() < deadline and not impatient():
        running = [child for child in running if not child.wait(time.monotonic() + 0.02)]
    kill_all(running)


def kill_all(children: Sequence[Child]) -> None:
    """SIGKILL to each and to what it started."""
    for child in children:
        child.kill()
    for child in children:
        child.wait(time.monotonic() + _LONGEST_PAUSE)


def _die_with_parent() -> Callable[[], None]:
    """What the child does before its program: ask the kernel for SIGKILL when its parent thread ends (prctl(2))."""
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before we asked
            os._exit(1)

    return ask
