"""The demonstration: drops two versions of an agreement and tells what becomes of them, as it happens."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from events.routing import FUNCTIONS
from runtime.commands.common import duration
from runtime.commands.files import short_path
from runtime.delivery import Delivered
from runtime.demo.contract import documents
from runtime.demo.logtail import LogTail, Step
from runtime.layout import Layout

NAME: Final = "services-agreement.docx"
PATIENCE: Final = 60.0
_LOOK_EVERY: Final = 0.01
_NEVER: Final = datetime.min.replace(tzinfo=UTC)

_SAID: Final[Mapping[str, str]] = {
    "dev.redline.document.normalized.v1": "accepted",
    "dev.redline.document.unchanged.v1": "the bytes of the version before",
    "dev.redline.document.rejected.v1": "rejected",
    "dev.redline.redline.pair.requested.v1": "to be compared with the version before",
    "dev.redline.redline.completed.v1": "redline made and verified",
    "dev.redline.redline.rendered.v1": "laid out as a PDF",
    "dev.redline.redline.failed.v1": "no redline",
}
_DELIVERED: Final = {
    "redline": "the redline, with {changes} changes, in the folder for people",
    "pdf": "its PDF, in the same folder",
}
_SAID_NOTHING: Final = {"plan": "nothing before it to compare with", "index": "can be searched"}
_AUDITED: Final[Mapping[str, str]] = {
    "dev.redline.document.normalized.v1": "recorded: document.normalized",
    "dev.redline.redline.completed.v1": "recorded: redline.completed",
    "dev.redline.redline.failed.v1": "recorded: redline.failed",
    "dev.redline.redline.rendered.v1": "recorded: redline.rendered",
}


class DemoError(Exception):
    """The demonstration did not come to its end. The message is one sentence for a person."""


@dataclass(slots=True)
class Show:
    """What was seen so far. `line` prints one line of the chain: document, step, time it took, time since, state."""

    layout: Layout
    line: Callable[[str, str, str, str, str], None]
    delivered: list[Delivered] = field(default_factory=list)
    _versions: dict[str, str] = field(default_factory=dict)
    _dropped: datetime = _NEVER
    _version: str = ""

    def run(self) -> Delivered:
        """Drop both versions and follow them to the end. Raises DemoError."""
        tail = LogTail([self.layout.logs / f"{name}.log" for name in FUNCTIONS])
        try:
            for version, content in zip(("first", "second"), documents(), strict=True):
                self._drop(version, content)
                self._follow(tail, version)
        finally:
            tail.close()
        return next(result for result in self.delivered if result.kind == "redline")

    def _drop(self, version: str, content: bytes) -> None:
        self._version, self._dropped = version, datetime.now(UTC)
        (self.layout.uploads / NAME).write_bytes(content)
        self._tell(
            version,
            "dropped",
            "",
            self._dropped,
            f"{len(content) / 1024:.0f} KB into {short_path(self.layout.uploads)}",
        )

    def _follow(self, tail: LogTail, version: str) -> None:
        """Tell each step until the version's last fact is in the trail, and redline and PDF are in the folder."""
        end = time.monotonic() + PATIENCE
        missing = {"plan", "audit"} if version == "first" else {"audit", "deliver redline", "deliver pdf"}
        told = 0
        while missing:
            if time.monotonic() > end:
                raise DemoError(f"Nothing more came within {PATIENCE:.0f} s; see {short_path(self.layout.logs)}.")
            for step in tail.steps():
                self._tell_step(step)
                if step.function != "audit" or _is_last(version, step.event_type):
                    missing.discard(step.function)
            for result in self.delivered[told:]:
                self._tell_result(result, version)
                missing.discard(f"deliver {result.kind}")
            told = len(self.delivered)
            time.sleep(_LOOK_EVERY)

    def _tell_step(self, step: Step) -> None:
        version = self._versions.setdefault(step.correlation_id, self._version)
        if step.function == "audit":
            state = _AUDITED.get(step.event_type, "recorded")
        else:
            state = ", ".join(_SAID.get(each, each) for each in step.emitted) or _SAID_NOTHING.get(step.function, "")
        if not state:
            return
        self._tell(version, step.function, duration(step.milliseconds / 1000), step.at, state)

    def _tell_result(self, result: Delivered, version: str) -> None:
        if result.kind not in _DELIVERED:
            raise DemoError(f"There is no redline: {result.message}")
        state = _DELIVERED[result.kind].format(changes=result.changes)
        self._tell(version, "deliver", "", datetime.now(UTC), state)

    def _tell(self, version: str, step: str, took: str, at: datetime, state: str) -> None:
        since = duration(max(0.0, (at - self._dropped).total_seconds()))
        self.line(f"{Path(NAME).stem}, {version}", step, took, since, state)


def _is_last(version: str, event_type: str) -> bool:
    wanted = "document." if version == "first" else "redline.redline."
    return wanted in event_type
