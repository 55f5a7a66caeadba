"""Waiting in tests: until something holds, with a deadline, never for a fixed time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import pytest

PATIENCE = 20.0
T = TypeVar("T")


def eventually(attempt: Callable[[], T], what: str) -> T:
    """The first true value that `attempt` gives; the test fails when none comes."""
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        if value := attempt():
            return value
        time.sleep(0.005)
    pytest.fail(f"not within {PATIENCE:.0f} s: {what}")
