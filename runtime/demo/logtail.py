"""Reads what the functions log, line by line as it comes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from io import TextIOWrapper
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Step:
    """A function is done with an event. `milliseconds` is how long it took."""

    function: str
    event_type: str
    correlation_id: str
    emitted: tuple[str, ...]
    milliseconds: float
    at: datetime


class LogTail:
    """The log files of the functions, from where they end now."""

    def __init__(self, files: list[Path]) -> None:
        self._open: dict[Path, TextIOWrapper] = {}
        self._starts = {path: path.stat().st_size if path.exists() else 0 for path in files}

    def steps(self) -> Iterator[Step]:
        """What is new since the last call, in the order of time."""
        found = [step for path in self._starts for line in self._lines(path) if (step := _parse(line)) is not None]
        yield from sorted(found, key=lambda step: step.at)

    def _lines(self, path: Path) -> Iterator[str]:
        if path not in self._open:
            if not path.exists():
                return
            self._open[path] = path.open(encoding="utf-8", errors="replace")
            self._open[path].seek(self._starts[path])
        file = self._open[path]
        while True:
            at = file.tell()
            line = file.readline()
            if not line.endswith("\n"):
                file.seek(at)
                return
            yield line

    def close(self) -> None:
        """Close the files."""
        for file in self._open.values():
            file.close()


def _parse(line: str) -> Step | None:
    try:
        fields = json.loads(line)
        if fields["message"] != "done":
            return None
        return Step(
            function=fields["function"],
            event_type=fields["event_type"],
            correlation_id=fields["correlation_id"],
            emitted=tuple(fields.get("emitted", ())),
            milliseconds=fields["milliseconds"],
            at=datetime.fromisoformat(fields["time"]),
        )
    except (ValueError, KeyError, TypeError):
        return None
