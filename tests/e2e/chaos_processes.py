"""The processes of one running pipeline, told apart by what they do, so that each kind can be killed."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

Kind = Literal["worker", "arbiter", "dispatcher", "valkey", "supervisor", "other"]

MARK: Final = "CHAOS_RUN"
"""Environment variable that every process of a pipeline under test inherits."""


@dataclass(frozen=True, slots=True)
class Process:
    """One process; `kind` is the part it plays."""

    pid: int
    parent: int
    command: str
    kind: Kind


def processes(mark: str) -> list[Process]:
    """All live processes that carry the mark."""
    found = {pid: (parent, command) for pid, parent, command in _marked(mark)}
    functions = {pid for pid, (_, command) in found.items() if "functions-framework" in command}
    return [
        Process(pid, parent, command, _kind(pid, parent, command, functions))
        for pid, (parent, command) in found.items()
    ]


def kill_all(mark: str) -> int:
    """Kill -9 every process that carries the mark, also those that are born meanwhile; how many there were."""
    killed: set[int] = set()
    while alive := processes(mark):
        # The supervisor goes first: it would start again what is gone.
        for process in sorted(alive, key=lambda process: process.kind != "supervisor"):
            kill(process.pid)
            killed.add(process.pid)
        time.sleep(0.01)
    return len(killed)


def kill(pid: int) -> bool:
    """Kill -9; False when there is no such process any more."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def _kind(pid: int, parent: int, command: str, functions: set[int]) -> Kind:
    if pid in functions:
        return "worker" if parent in functions else "arbiter"
    if "runtime.dispatcher" in command:
        return "dispatcher"
    if "valkey" in command.split(" ")[0] or "redis-server" in command:
        return "valkey"
    return "supervisor" if " up " in f"{command} " else "other"


def _marked(mark: str) -> Iterator[tuple[int, int, str]]:
    wanted = f"{MARK}={mark}".encode()
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            if wanted not in (entry / "environ").read_bytes().split(b"\0"):
                continue
            command = (entry / "cmdline").read_bytes().decode(errors="replace").replace("\0", " ").strip()
            # The name in parentheses may hold anything; the fields that follow it do not.
            state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
        except OSError:  # it ended while we looked, or it is not ours
            continue
        if state not in "ZX":
            yield int(entry.name), int(parent), command
