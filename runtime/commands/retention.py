"""redline retention: what is kept longer than it should be."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from runtime.commands import tables
from runtime.commands.asking import ask_for_each, checked_reason, within_option
from runtime.commands.common import ago, known_parts, moment, root_option, running_pipeline
from runtime.commands.erase import confirm, told
from runtime.composition import now
from runtime.custody import Requests
from runtime.retention import EVERY_OTHER, Overdue, overdue


@click.command(
    epilog="""\b
Examples:
  REDLINE_RETENTION_DAYS='*=3650,.txt=30' redline retention
  redline retention --days 365
  redline retention --days 365 --erase --reason "Retention of a year" """,
)
@root_option
@click.option("--days", type=click.IntRange(1, 99999), help="Days for every document, whatever the settings say.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--erase", "to_erase", is_flag=True, help="Erase them, but for those on hold.")
@click.option("--reason", metavar="TEXT", default="Past retention", show_default=True, help="Why they are erased.")
@click.option("--yes", is_flag=True, help="Do not ask before erasing.")
@within_option
def retention(
    root: Path, days: int | None, as_json: bool, to_erase: bool, reason: str, yes: bool, within: float
) -> None:
    """List the documents whose newest version is older than REDLINE_RETENTION_DAYS; nothing is erased unasked.

    The setting has days by the ending of a path, and for every other with *, such as *=3650,.txt=30. What it does not
    name is kept for ever, which is so for all when it is empty.
    """
    parts = known_parts(root)
    limits = {EVERY_OTHER: days} if days else parts.settings.retention_days
    if not limits:
        click.echo("Everything is kept for ever: set REDLINE_RETENTION_DAYS, such as *=3650,.txt=30, or give --days.")
        return
    found = list(overdue(parts, limits, now()))
    _show(found, as_json)
    due = [each.document for each in found if not each.on_hold]
    if not to_erase or not due:
        return
    reason = checked_reason(reason)
    with running_pipeline(root) as (_, running):
        if not yes:
            confirm(due)
        requests = Requests(running, reason)
        ask_for_each(requests, due, requests.erase, within, told)


def _show(found: Sequence[Overdue], as_json: bool) -> None:
    if as_json:
        for each in found:
            click.echo(json.dumps(_fields(each)))
        return
    made = tables.table("~document", "newest version", ">days", "past since", "hold")
    for each in found:
        cells = (
            each.document.path,
            moment(each.newest),
            str(each.days),
            ago(each.due),
            "on hold" if each.on_hold else "",
        )
        made.add_row(*map(tables.plain, cells))
    if made.row_count:
        tables.console().print(made)
    else:
        click.echo("Nothing is past its retention.")


def _fields(each: Overdue) -> dict[str, Any]:
    return {
        "path": each.document.path,
        "document_id": each.document.id,
        "newest_version": each.newest.isoformat(),
        "retention_days": each.days,
        "past_since": each.due.isoformat(),
        "on_hold": each.on_hold,
    }
