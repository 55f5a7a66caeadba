"""Logs: one JSON object for each line, or a quiet line for a person at a terminal.

A log names ids, types, codes and places in the code; never a path that a user chose, nor content of a document. So an
exception is logged by its type and where it was raised, and its message is left out: it may quote what it stumbled on.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import Final, Literal

_FRAMES: Final = 12
_FOR_PEOPLE: Final = ("function", "document_id", "event_type", "emitted", "code", "milliseconds", "error", "place")
_LEVEL_MARKS: Final = {"WARNING": "warning: ", "ERROR": "error: ", "CRITICAL": "error: "}

Field = str | int | float | list[str]


def log(logger: logging.Logger, level: int, message: str, **fields: Field) -> None:
    """Log `message` with fields; empty ones are left out."""
    kept = {name: value for name, value in fields.items() if value not in ("", [])}
    logger.log(level, message, extra={"fields": kept})


def place(error: BaseException) -> list[str]:
    """Where an exception was raised, innermost last: file, line and function of each frame, without its message."""
    frames = traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    return [f"{'/'.join(PurePath(frame.filename).parts[-3:])}:{frame.lineno} {frame.name}" for frame in frames]


def configure(form: Literal["auto", "json", "human"], level: str) -> None:
    """Send every log of this process to standard error in the given form; may be called again."""
    human = sys.stderr.isatty() if form == "auto" else form == "human"
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(HumanFormatter() if human else JsonFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for chatty in ("watchdog", "werkzeug"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


def to_file(logger: logging.Logger, path: Path) -> Callable[[], None]:
    """Send a logger's lines, from INFO on, to a file of their own and nowhere else; returns what ends that."""
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(JsonFormatter())
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False

    def end() -> None:
        logger.removeHandler(handler)
        handler.close()

    return end


class JsonFormatter(logging.Formatter):
    """One JSON object, with the names that Cloud Logging knows."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line: dict[str, object] = {
            "severity": record.levelname,
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "message": record.getMessage(),
            "logger": record.name,
            **_fields(record),
        }
        return json.dumps(line, ensure_ascii=False)


class HumanFormatter(logging.Formatter):
    """What a person wants to read: the time, what happened, and to which document."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        known = _fields(record)
        fields = " ".join(f"{name}={_short(known[name])}" for name in _FOR_PEOPLE if name in known)
        moment = datetime.fromtimestamp(record.created).strftime("%H:%M:%S")
        return f"{moment} {_LEVEL_MARKS.get(record.levelname, '')}{record.getMessage()} {fields}".rstrip()


def _fields(record: logging.LogRecord) -> dict[str, object]:
    fields = dict(getattr(record, "fields", {}))
    if record.exc_info and record.exc_info[1] is not None:
        fields |= {"error": type(record.exc_info[1]).__name__, "place": place(record.exc_info[1])}
    return fields


def _short(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
