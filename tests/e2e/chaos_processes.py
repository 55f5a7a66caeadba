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

MARK: Final = "CHAOS_ROOT"
"""Environment variable that every process of a pipeline under test inherits: the pipeline's folder."""


@dataclass(frozen=True, slots=True)
class Process:
    """One process; `kind` is the part it plays."""

    pid: int
    parent: int
    command: str
    kind: Kind


def processes(root: Path) -> list[Process]:
    """All live processes of the pipeline of this folder."""
    found = {pid: (parent, command) for pid, parent, command in _found(root)}
    functions = {
        pid for pid, (_, command) in found.items() if "functions-framework" in command or "tests.e2e.skewed" in command
    }
    return [
        Process(pid, parent, command, _kind(pid, parent, command, functions))
        for pid, (parent, command) in found.items()
    ]


def kill_all(root: Path) -> int:
    """Kill -9 every process of the pipeline, also those that are born meanwhile; how many there were."""
    killed: set[int] = set()
    while alive := processes(root):
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
    if "valkey" in command.split(" ")[0]:
        return "valkey"
    return "supervisor" if " up " in f"{command} " else "other"


def _found(root: Path) -> Iterator[tuple[int, int, str]]:
    """Process id, parent and command of each."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            if not _belongs(entry, root):
                continue
            command = (entry / "cmdline").read_bytes().decode(errors="replace").replace("\0", " ").strip()
            # The name in parentheses may hold anything; the fields that follow it do not.
            state, parent = (entry / "stat").read_text().rpartition(")")[2].split()[:2]
        except OSError:  # it ended while we looked, or it is not ours
            continue
        if state not in "ZX":
            yield int(entry.name), int(parent), command


def _belongs(entry: Path, root: Path) -> bool:
    """By its environment; Valkey writes its title over that, but it works in a folder of the pipeline."""
    marked = f"{MARK}={root}".encode() in (entry / "environ").read_bytes().split(b"\0")
    return marked or (entry / "cwd").readlink().is_relative_to(root)
