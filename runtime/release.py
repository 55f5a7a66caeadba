"""Which release this is."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version


@cache
def release() -> str:
    """Version of the distribution, which is that of the engine in it."""
    try:
        return version("redline")
    except PackageNotFoundError:
        return "0 (not installed)"
