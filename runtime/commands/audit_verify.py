"""redline audit verify: whether any row of the trail was changed, removed, added or reordered."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Final

import click
from rich.console import Console
from rich.progress import Progress

from backends.audit import AuditLog
from backends.audit.answers import Progress as Told
from backends.audit.answers import QueryRefused
from backends.audit.named import typed
from backends.audit.note import NoteDamaged
from backends.audit.verify import Report
from backends.audit.walk import EVER, Finding
from runtime.commands import tables
from runtime.commands.common import known_parts, moment, root_option
from runtime.commands.files import Refusal, check_outputs, read_document, write_output

_SHOWN: Final = 50


def time_option(_: click.Context, option: click.Parameter, value: str | None) -> datetime | None:
    """The day or time that was typed; UTC unless it says otherwise. Raises BadParameter."""
    try:
        found = typed(str(option.name), "TIMESTAMP", value) if value is not None else None
    except QueryRefused:
        raise click.BadParameter(f"{value} is no time; say it as 2026-01-31 or 2026-01-31T12:00:00Z.") from None
    return found if isinstance(found, datetime) else None


@click.command(
    "audit verify",
    epilog="""\b
Examples:
  redline audit verify
  redline audit verify --since 2026-01-01 --until 2026-02-01
  redline audit verify --note /elsewhere/trail.note
  redline audit verify --against /elsewhere/trail.note""",
)
@root_option
@click.option("--since", metavar="TIME", callback=time_option, help="Only about rows recorded then or later.")
@click.option("--until", metavar="TIME", callback=time_option, help="Only about rows recorded before.")
@click.option(
    "--against",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A note taken earlier: all that it tells of must still be there.",
)
@click.option(
    "--note",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write a note of where the trail stands, to be kept where nobody who can write to this folder can.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def verify(
    root: Path, since: datetime | None, until: datetime | None, against: Path | None, note: Path | None, as_json: bool
) -> None:
    """Find out whether any row of the audit trail was changed, removed, added or reordered.

    Every row is held by the hash of the row before it and by a seal under the key of this pipeline, the end of each
    segment and the list of segments by the same key. Who has the key, or puts an older copy of the whole folder in its
    place, can be found out by a note that was kept elsewhere. Exit status 1 when something was found.
    """
    log = known_parts(root).audit
    if note:
        check_outputs([note])
    taken = read_document(against) if against else None
    report = _report(log, since, until, taken)
    if as_json:
        click.echo(json.dumps({**asdict(report), "ok": not report.findings}, default=str, indent=2))
    else:
        show_findings(report, tables.console())
    if report.findings:
        sys.exit(1)
    if note:
        write_output(note, log.note(report))
        click.echo(f"written: {note}", err=as_json)


def show_findings(report: Report, console: Console) -> None:
    """What was found, or that nothing was."""
    segments = f"{len(report.heads)} segment{'s' if len(report.heads) != 1 else ''}"
    if not report.findings:
        console.print(f"{report.rows:,} rows in {segments}: none was changed, removed, added or reordered.")
        return
    for found in report.findings[:_SHOWN]:
        console.print(tables.plain(_sentence(found)), soft_wrap=True)
    more = len(report.findings) - _SHOWN
    if more > 0:
        console.print(f"... and {more:,} more")
    advice = "The trail is not as it was written; keep it as it is, and look for a copy made earlier."
    console.print(advice, soft_wrap=True)


def _report(log: AuditLog, since: datetime | None, until: datetime | None, note: bytes | None) -> Report:
    try:
        with progress_bar("verifying the trail") as progress:
            return log.verify(since=since, until=until, note=note, progress=progress)
    except (NoteDamaged, QueryRefused) as refused:
        raise Refusal(str(refused)) from None


@contextlib.contextmanager
def progress_bar(what: str) -> Iterator[Told]:
    """A bar on a terminal, for as long as it is told of progress; it leaves nothing behind."""
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(what, total=None, visible=False)
        yield lambda done, total: bar.update(task, completed=done, total=total, visible=done < total)


def _sentence(found: Finding) -> str:
    place = f"segment {found.segment}" if found.segment else "the trail"
    place += f", line {found.line}" if found.line is not None else ""
    earliest = f"after {moment(found.earliest)}" if found.earliest != EVER[0] else ""
    latest = f"up to {moment(found.latest)}" if found.latest != EVER[1] else ""
    times = " ".join(filter(None, (earliest, latest)))
    return f"{place}: {found.reason}" + (f" (recorded {times})" if times else "")
