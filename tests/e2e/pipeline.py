"""`redline up` in a folder of a test, as a user would run it."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Self, TypeVar

import pytest

from redline.plain.text import text_to_docx
from runtime.composition import build
from runtime.layout import Layout
from runtime.settings import Settings
from runtime.state import read
from runtime.uploads import object_name
from schemas.audit import AuditRow
from schemas.redlines import RedlineRendered

PATIENCE = 90.0
"""Seconds for what takes one or two: a busy machine is no finding."""
CHECKOUT = Path(__file__).parents[2]
T = TypeVar("T")


def contract(*changes: str) -> bytes:
    """A short agreement as .docx; each change is one more sentence in it."""
    clauses = [f"{number}. The parties agree on clause number {number}." for number in range(1, 12)]
    return text_to_docx("\n".join(["Agreement", *clauses, *changes]))


def eventually(attempt: Callable[[], T], what: str) -> T:
    """The first true value that `attempt` gives."""
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        if value := attempt():
            return value
        time.sleep(0.02)
    pytest.fail(f"not within {PATIENCE:.0f} s: {what}")


def command(*arguments: str | Path) -> list[str]:
    """The command line, from this checkout."""
    return [sys.executable, "-m", "runtime.cli", *map(str, arguments)]


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command to its end."""
    return subprocess.run(
        command(*arguments), cwd=CHECKOUT, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


class Pipeline:
    """One root, with a pipeline that is started and stopped."""

    def __init__(self, root: Path) -> None:
        self.layout = Layout(root)
        self.output = root.with_name(f"{root.name[:40]}.output")
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(PATIENCE)

    def start(self) -> Self:
        """Start, and wait until it is ready."""
        with self.output.open("ab") as output:
            self._process = subprocess.Popen(
                command("up", "--root", self.layout.root, "--port", "0"),
                cwd=CHECKOUT,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        eventually(self._is_ready, "the pipeline is ready")
        return self

    def send(self, number: int) -> int:
        """Send a signal to the supervisor and wait for its end; the exit status."""
        assert self._process is not None
        self._process.send_signal(number)
        return self._process.wait(PATIENCE)

    def processes(self) -> list[int]:
        """Every process of the pipeline but the supervisor, as its state file tells."""
        known = read(self.layout)
        assert known is not None
        return [pid for pid in (*known.functions.values(), *known.dispatchers.values(), known.valkey) if pid]

    def drop(self, name: str, content: bytes) -> Path:
        """Copy a file in."""
        path = self.layout.uploads / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    def rows(self, document: str) -> list[AuditRow]:
        """What the trail says of a document."""
        parts = build(Settings(root=self.layout.root))
        document_id = parts.identity(parts.settings.tenant, object_name(document))
        return list(parts.audit.rows(document_id=document_id))

    def wait_for_facts(self, document: str, *facts: str) -> list[AuditRow]:
        """Wait until the trail says these facts of a document, in any order, and no others; its rows.

        They must be the last that is said of it: a state on the way there may pass between two looks. That a redline
        was rendered is left out, since it may be said some milliseconds after it was completed, or seconds.
        """
        wanted = sorted(f"dev.redline.{fact}.v1" for fact in facts)
        give_up = time.monotonic() + PATIENCE
        while time.monotonic() < give_up:
            rows = [row for row in self.rows(document) if row.event_type != RedlineRendered.event_type]
            found = sorted(row.event_type for row in rows)
            if found == wanted:
                return rows
            time.sleep(0.02)
        pytest.fail(f"not within {PATIENCE:.0f} s: {wanted} about {document}, but {found}")

    def results(self, name: str, ending: str) -> list[Path]:
        """Delivered files of an upload with this ending, by the time of the version."""
        return sorted((self.layout.redlines / name).glob(f"*/*{ending}"))

    def _is_ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.output.read_text()
        known = read(self.layout)
        return known is not None and known.pid == self._process.pid and known.phase == "ready"


def is_running(pid: int) -> bool:
    """Whether there is such a process."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def wait_for_none(pids: Iterable[int]) -> None:
    """Wait until all of them have ended."""
    watched = list(pids)
    eventually(lambda: not any(is_running(pid) for pid in watched), "the processes end")
