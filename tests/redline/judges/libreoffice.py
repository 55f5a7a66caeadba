"""One LibreOffice for many documents: it opens them, resolves all tracked changes and tells what text it reads."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from tests.outside import program, unavailable

WORKER = Path(__file__).with_name("uno_worker.py")
STOP_SECONDS = 10


class LibreOffice:
    def __init__(self, worker: subprocess.Popen[str], folder: Path) -> None:
        self._worker, self._path = worker, folder / "read.docx"

    def lines(self, document: bytes, resolve: Literal["accept", "reject"]) -> list[str]:
        """The text with all changes accepted or rejected: body, then notes, headers and footers."""
        assert self._worker.stdin
        assert self._worker.stdout
        self._path.write_bytes(document)
        self._worker.stdin.write(json.dumps({"path": str(self._path), "resolve": resolve}) + "\n")
        self._worker.stdin.flush()
        answer = self._worker.stdout.readline()
        assert answer, f"LibreOffice gave no answer; status {self._worker.poll()}"
        read = json.loads(answer)
        assert "error" not in read, read["error"]
        lines: list[str] = read["lines"]
        return lines


@contextlib.contextmanager
def libreoffice(folder: Path) -> Iterator[LibreOffice]:
    """LibreOffice with a profile of its own in `folder`; ended with all its processes."""
    soffice, python = Path(program("libreoffice")), _python_with_uno()
    pipe = f"redline-{secrets.token_hex(6)}"
    office = subprocess.Popen(
        [
            *(soffice, "--headless", "--norestore", "--nologo", "--nodefault"),
            *(f"-env:UserInstallation={(folder / 'profile').as_uri()}", f"--accept=pipe,name={pipe};urp;"),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    worker = subprocess.Popen([python, WORKER, pipe], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield LibreOffice(worker, folder)
    finally:
        _stop(office, worker)


def _stop(office: subprocess.Popen[bytes], worker: subprocess.Popen[str]) -> None:
    with contextlib.suppress(subprocess.TimeoutExpired):
        worker.communicate(timeout=STOP_SECONDS)
        office.wait(timeout=STOP_SECONDS)
    worker.kill()
    worker.wait()
    with contextlib.suppress(ProcessLookupError):  # the group is gone when LibreOffice ended by itself
        os.killpg(office.pid, signal.SIGKILL)
    office.wait()


def _python_with_uno() -> str:
    """The interpreter of LibreOffice or of the system: a virtual environment does not see the `uno` module."""
    beside = Path(program("libreoffice")).resolve().with_name("python")
    for command in (str(beside), "/usr/bin/python3"):
        try:
            if subprocess.run([command, "-c", "import uno"], capture_output=True).returncode == 0:
                return command
        except FileNotFoundError:
            continue
    return unavailable("libreoffice", "no Python has LibreOffice's uno module (python3-uno)")
