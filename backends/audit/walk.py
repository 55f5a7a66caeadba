"""Goes through the rows of one segment and compares each with what its chain, its seal and what is told of it say."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from backends.audit.chain import row_hash, seal
from backends.audit.heads import Head
from backends.audit.segment import facts_of, lines

EVER: Final = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Finding:
    """What is not as it was written. `line` counts from 1; None where the finding is about the segment as a whole.

    It is about rows recorded from `earliest` to `latest`, as far as the rows around it tell.
    """

    segment: str
    line: int | None
    reason: str
    earliest: datetime = EVER[0]
    latest: datetime = EVER[1]


@dataclass(frozen=True, slots=True)
class Mark:
    """A row that the segment must hold, told by the head, the register or a note."""

    head: Head
    told_by: str


def walk(segment: Path, key: bytes, marks: Sequence[Mark], *, sealed: bool, closed: bool) -> tuple[Head, list[Finding]]:
    """The last row of a segment, and what is wrong with the segment. Raises OSError.

    Rows are compared with their seals where they are `sealed`. What is torn off at the end of a segment that is not
    `closed` was never acknowledged, and is no finding.
    """
    walker = _Walker(segment.stem, key, sealed, marks)
    torn: list[int] = []
    for number, line in enumerate(lines(segment), start=1):
        facts = facts_of(line)
        if facts is None:
            torn.append(number)
            continue
        for damaged in torn:
            walker.find(damaged, "length or checksum are wrong")
        walker.take(number, facts, line.seal, after_damage=bool(torn))
        torn.clear()
    if torn and closed:
        walker.find(torn[0], "something was added behind the last row")
    walker.end()
    return walker.head, walker.findings


class _Walker:
    """Where the walk has come to. A finding lies between two good rows."""

    def __init__(self, segment: str, key: bytes, sealed: bool, marks: Sequence[Mark]) -> None:
        self.head = Head(0, "")
        self.findings: list[Finding] = []
        self._segment = segment
        self._key = key
        self._sealed = sealed
        self._marks = marks
        self._time = EVER[0]
        self._open = 0  # findings from here on wait for the time of the next row

    def find(self, line: int | None, reason: str) -> None:
        """Note what is wrong at a line."""
        self.findings.append(Finding(self._segment, line, reason, self._time))

    def take(self, number: int, facts: dict[str, Any], row_seal: str, *, after_damage: bool) -> None:
        """Compare a row with what came before it."""
        time = _time(facts["recorded_at"])
        wrong = self._wrong(facts, row_seal)
        broken = "" if after_damage else self._broken(facts)
        if wrong or broken:
            self.find(number, wrong or broken)
        if not wrong:
            self._settle(time)
        self.head = Head(_position(facts, self.head.count + 1), facts["row_hash"])
        for mark in self._marks:
            if mark.head.count == self.head.count and mark.head != self.head and not wrong:
                self.find(number, f"this is not the row that the {mark.told_by} tells of")

    def end(self) -> None:
        """Compare the end with what is told of it."""
        furthest = max(self._marks, key=lambda mark: mark.head.count, default=Mark(self.head, ""))
        missing = furthest.head.count - self.head.count
        if missing > 0:
            told = f"the {furthest.told_by} tells of {furthest.head.count}"
            self.find(None, f"{_rows(missing)} cut off from its end: {told}")

    def _wrong(self, facts: dict[str, Any], row_seal: str) -> str:
        """What is wrong with the row itself."""
        if facts["row_hash"] != row_hash(facts, facts["previous_hash"]):
            return "the row was changed"
        if facts.get("segment", self._segment) != self._segment:
            return "the row is one of another segment"
        if self._sealed and not hmac.compare_digest(row_seal, seal(self._key, facts["row_hash"])):
            return "the row was not written by the pipeline: its seal is wrong"
        return ""

    def _broken(self, facts: dict[str, Any]) -> str:
        """What is wrong between the row before and this one."""
        if facts["previous_hash"] == self.head.row_hash:
            return ""
        missing = _position(facts, self.head.count + 1) - self.head.count - 1
        if missing > 0:
            return f"{_rows(missing)} removed before this one"
        return "the row before it is not the one that was written there"

    def _settle(self, time: datetime) -> None:
        """A good row was recorded at `time`: what was found since the good row before it happened up to then."""
        for index in range(self._open, len(self.findings)):
            found = self.findings[index]
            self.findings[index] = replace(found, latest=max(time, found.earliest))
        self._open = len(self.findings)
        self._time = time


def _rows(count: int) -> str:
    return "1 row was" if count == 1 else f"{count} rows were"


def _position(facts: dict[str, Any], otherwise: int) -> int:
    position = facts.get("position")
    return position if isinstance(position, int) else otherwise


def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        return EVER[0]
    return time if time.tzinfo else time.replace(tzinfo=UTC)
