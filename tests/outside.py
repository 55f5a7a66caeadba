"""Programs from outside that some tests use as judges: LibreOffice, Chromium."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

COMMANDS = {
    "libreoffice": ("soffice", "libreoffice"),
    "chromium": ("chromium", "chromium-browser", "google-chrome"),
}


def program(name: str) -> str:
    """Path of the program. Without it the test is skipped, or fails where REDLINE_TESTS_REQUIRE names it."""
    for command in COMMANDS[name]:
        if path := shutil.which(command):
            return path
    raise _missing(name)


def python_with_uno() -> str:
    """Path of the system's Python if LibreOffice's UNO bridge is installed for it; else as `program` does."""
    python = "/usr/bin/python3"
    if shutil.which(python) and subprocess.run([python, "-c", "import uno"], capture_output=True).returncode == 0:
        return python
    raise _missing("libreoffice")


def _missing(name: str) -> BaseException:
    reason = f"{name} is not installed"
    if name in os.environ.get("REDLINE_TESTS_REQUIRE", "").split():
        return pytest.fail.Exception(f"{reason}, and REDLINE_TESTS_REQUIRE names it", pytrace=False)
    return pytest.skip.Exception(reason)
