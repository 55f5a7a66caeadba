"""Finds what was changed, removed, added or reordered in a trail of segments.

Each row is held by the hash of its chain and by its seal, the end of each segment by its head, the list of segments by
the register. A note kept elsewhere holds all of it as it was when the note was taken, also against whoever puts an
older copy of the whole folder in its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from backends.audit.answers import Progress
from backends.audit.heads import Head, read_head
from backends.audit.register import Contents, Register, RegisterDamaged
from backends.audit.segment import SUFFIX, segments
from backends.audit.walk import EVER, Finding, Mark, walk

__all__ = ["Finding", "Report", "verify"]

_NO_HEAD: Final = "its head is gone, or it is not what the pipeline wrote: rows may be missing at the end"
_NOT_REGISTERED: Final = "it is not in the register: it was added, or the register was put back"
_FOUND: Final = "it was there before the register was begun: nothing tells whether it is whole"
_GONE: Final = "the whole segment is gone"


@dataclass(frozen=True, slots=True)
class Report:
    """What was looked at, and what was found. `heads` are the ends of the segments as they are now."""

    rows: int
    heads: Mapping[str, Head]
    findings: tuple[Finding, ...]


def verify(
    folder: Path,
    key: bytes,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    noted: Mapping[str, Head] | None = None,
    progress: Progress | None = None,
) -> Report:
    """Look at the whole trail in `folder`; safe while others append.

    Findings that can only be about rows recorded before `since`, or at `until` or later, are left out. `noted` are the
    heads that a note tells of. `progress` is told of each segment that was looked at.

    Raises OSError.
    """
    names = {segment.stem for segment in segments(folder)}
    noted = noted or {}
    findings: list[Finding] = []
    contents = _register(folder, key, findings) if names or noted else Contents()
    names |= noted.keys() | (contents.open_ | contents.closed.keys() if contents else set())
    heads = {}
    for number, name in enumerate(sorted(names), start=1):
        segment = folder / f"{name}{SUFFIX}"
        heads[name], found = _segment(segment, key, contents, noted.get(name))
        findings += found
        if progress:
            progress(number, len(names))
    earliest, latest = since or EVER[0], until or EVER[1]
    inside = tuple(each for each in findings if each.latest >= earliest and each.earliest < latest)
    return Report(sum(head.count for head in heads.values()), heads, inside)


def _register(folder: Path, key: bytes, findings: list[Finding]) -> Contents | None:
    try:
        return Register(folder, key).read()
    except RegisterDamaged as damaged:
        findings.append(Finding("", None, f"{damaged} Segments may be missing"))
        return None


def _segment(segment: Path, key: bytes, contents: Contents | None, noted: Head | None) -> tuple[Head, list[Finding]]:
    """The end of a segment as it is, and what is wrong with it."""
    name = segment.stem
    about = []
    found = contents is not None and name in contents.found
    told = read_head(segment, key)  # before the rows: what is appended meanwhile may only make them more
    if not segment.exists():
        return Head(0, ""), [Finding(name, None, _GONE)]
    marks = [Mark(told, "head")] if told else []
    marks += [Mark(noted, "note")] if noted else []
    closed = contents.closed.get(name) if contents else None
    marks += [Mark(closed, "register")] if closed else []
    head, findings = walk(segment, key, marks, sealed=not found, closed=closed is not None)
    if found:
        about.append(_FOUND)
    elif told is None:
        about.append(_NO_HEAD)
    if head.count and contents is not None and not found and name not in _now(segment.parent, key, contents):
        about.append(_NOT_REGISTERED)
    return head, [*(Finding(name, None, reason) for reason in about), *findings]


def _now(folder: Path, key: bytes, contents: Contents) -> Contents:
    """The register as it is now: a segment may have been entered since it was read."""
    try:
        return Register(folder, key).read()
    except RegisterDamaged:
        return contents
