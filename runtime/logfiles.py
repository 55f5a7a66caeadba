"""Keeps the log files of child processes from growing for ever."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path
from typing import Final

LIMIT: Final = 10 * 1024 * 1024
"""Bytes after which a log is set aside. One older log is kept of each."""


def bound(folder: Path, limit: int = LIMIT) -> None:
    """Set aside each log longer than `limit` bytes as NAME.log.1, and go on with an empty one.

    Its writer keeps the file open, so the file is copied and cut, not renamed; a line written in between is lost.
    """
    for log in folder.glob("*.log"):
        with contextlib.suppress(OSError):  # a full disk is reported by what matters more
            if log.stat().st_size > limit:
                shutil.copyfile(log, log.with_name(f"{log.name}.1"))
                os.truncate(log, 0)
