"""Programs from outside that some tests use as judges: LibreOffice, Chromium."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

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
    return unavailable(name, f"{name} is not installed")


def unavailable(name: str, reason: str) -> NoReturn:
    """Skip the test, or fail it where REDLINE_TESTS_REQUIRE names the program."""
    if name in os.environ.get("REDLINE_TESTS_REQUIRE", "").split():
        pytest.fail(f"{reason}, and REDLINE_TESTS_REQUIRE names it")
    pytest.skip(reason)
