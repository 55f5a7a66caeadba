"""A virtual environment of its own for an emulator whose packages clash with ours, kept from run to run."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.outside import unavailable


def own_python(folder: Path, name: str, *requirements: str) -> Path:
    """The Python of an environment with these requirements, each pinned exactly; made when there is none of them yet.

    It is kept below `folder`. Without the packages' index the test is skipped, or fails where REDLINE_TESTS_REQUIRE
    names the emulator.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # runs at the same time make it once
        return _made(folder, name, requirements)


def _made(folder: Path, name: str, requirements: Sequence[str]) -> Path:
    digest = hashlib.sha256("\n".join((sys.version, *requirements)).encode()).hexdigest()[:12]
    folder = folder / f"{name}-{digest}"
    python = folder / "bin" / "python"
    if (folder / "complete").exists():
        return python
    shutil.rmtree(folder, ignore_errors=True)  # what a killed run left
    uv = [sys.executable, "-m", "uv"]
    try:
        subprocess.run([*uv, "venv", "-q", folder], check=True, timeout=60)
        subprocess.run([*uv, "pip", "install", "-q", "--python", python, *requirements], check=True, timeout=300)
    except (subprocess.SubprocessError, OSError) as error:
        unavailable(name, f"{name} could not be installed ({error}): its packages come from the package index")
    (folder / "complete").touch()
    return python
