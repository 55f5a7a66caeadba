"""`redline up` as a user starts it, for as long as something is measured."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

CHECKOUT: Final = Path(__file__).resolve().parents[1]
_PATIENCE: Final = 30.0


def up(root: Path) -> list[str]:
    """The command that runs the pipeline of `root`: the installed one, or the same from the checkout."""
    installed = Path(sys.executable).with_name("redline")
    command = [str(installed)] if installed.exists() else [sys.executable, "-m", "runtime.cli"]
    return [*command, "up", "--root", str(root)]


@contextmanager
def running(root: Path, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """The pipeline of `root`, stopped by Ctrl-C in the end; what it prints goes to `log`."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            up(root), cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(_PATIENCE)
