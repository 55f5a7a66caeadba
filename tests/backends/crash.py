"""Processes that tests kill."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection

_FORK = multiprocessing.get_context("fork")  # starts in milliseconds, and the tests kill many


def run_and_kill(work: Callable[[], Iterator[str]], *, after: float) -> list[str]:
    """Run the generator in a process of its own and kill it (SIGKILL) `after` seconds; what it had yielded by then."""
    ours, theirs = _FORK.Pipe(duplex=False)
    process = _FORK.Process(target=_report, args=(work, theirs))
    process.start()
    theirs.close()
    killer = threading.Timer(after, os.kill, (process.pid, signal.SIGKILL))
    killer.start()
    acknowledged = []
    try:
        while True:
            acknowledged.append(ours.recv())
    except EOFError:
        process.join()
        killer.cancel()
    return acknowledged


def some_moment(chance: random.Random) -> float:
    """A time to kill at: from before the first write to after some dozens."""
    return chance.uniform(0.002, 0.06)


def _report(work: Callable[[], Iterator[str]], pipe: Connection) -> None:
    for done in work():
        pipe.send(done)
    time.sleep(60)  # all done: wait for the kill, so that nothing is tidied up at exit
