"""The audit trail row by row, as `redline audit` shows it without a query."""

from __future__ import annotations

import contextlib
import csv
import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Final

import click
from rich.table import Table

from backends.blobs import DamagedError, NotFound
from runtime.commands import tables
from runtime.commands.common import moment
from runtime.commands.files import Refusal
from runtime.composition import Services
from runtime.layout import Layout
from runtime.uploads import object_name
from schemas.audit import AuditRow
from schemas.documents import PathRecord

_FOLLOW_EVERY: Final = 0.5

PathOf = Callable[[AuditRow], str]


def show_rows(layout: Layout, parts: Services, selection: Selection, form: str, follow: bool) -> None:
    """Print the rows as a table, or in another form, and with `follow` new ones until Ctrl-C. Raises Refusal."""
    path_of = path_lookup(parts)
    rows = list(selection.rows(parts))
    if selection.document and not rows and not follow:
        path = f"give its path below {layout.uploads}, or its id"
        raise Refusal(f"The trail has nothing about {selection.document}; {path}.")
    show = {"json": _show_json, "csv": _show_csv}.get(form, _show_table)
    show(rows, path_of, True)
    if follow:
        with contextlib.suppress(KeyboardInterrupt):
            for new in _new_rows(parts, selection, {row.event_id for row in rows}):
                show(new, path_of, False)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rows: `document` as the user gave it, and its id; recorded at `since` or later, before `until`."""

    document: str | None = None
    document_id: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def rows(self, parts: Services) -> Iterator[AuditRow]:
        """The rows as they are now."""
        for row in parts.audit.rows(document_id=self.document_id):
            if (self.since is None or row.recorded_at >= self.since) and (
                self.until is None or row.recorded_at < self.until
            ):
                yield row


def audit_table(rows: Sequence[AuditRow], path_of: PathOf, *, wide: bool = True) -> Table:
    """What a person wants to see of the rows; columns that would be empty are left out, and some unless `wide`."""
    columns: dict[str, list[str]] = {
        "time": [moment(row.recorded_at) for row in rows],
        "event": [short_type(row.event_type) for row in rows],
        "~document": [path_of(row) for row in rows],
        "versions": [_versions(row) for row in rows],
        ">try": [str(row.attempt) if row.attempt > 1 else "" for row in rows],
        "why": [row.code or "" for row in rows],
        "actor": [row.actor for row in rows],
    }
    spare = () if wide else ("versions", "actor")
    told = {header: cells for header, cells in columns.items() if any(cells) and header not in spare}
    made = tables.table(*told)
    for cells in zip(*told.values(), strict=True):
        made.add_row(*map(tables.plain, cells))
    return made


def short_type(event_type: str) -> str:
    """dev.redline.document.normalized.v1 as document.normalized."""
    return event_type.removeprefix("dev.redline.").rpartition(".v")[0]


def path_lookup(parts: Services) -> PathOf:
    """Finds the path of a row's document; the id stands for a path that is gone."""

    @cache
    def lookup(tenant: str, document_id: str) -> str:
        try:
            record = parts.blobs.get(parts.settings.records_bucket, f"paths/{tenant}/{document_id}.json")
        except (NotFound, DamagedError):
            return document_id
        return PathRecord.model_validate_json(record).path

    return lambda row: lookup(row.tenant, row.document_id)


def _versions(row: AuditRow) -> str:
    """Times of the versions, which is what their generations count; the day only where it is another than before."""
    known = (row.generation,) if row.after_generation is None else (row.before_generation, row.after_generation)
    times = [datetime.fromtimestamp(generation / 1e6, UTC) for generation in known if generation]
    moments = [moment(time).split() for time in (row.recorded_at, *times)]
    told = [clock if day == last else f"{day} {clock}" for (last, _), (day, clock) in pairwise(moments)]
    return " > ".join(told)


def document_id_of(given: str, layout: Layout, parts: Services) -> str:
    """The id that is given, or that of the path that is given."""
    if len(given) == 32 and not set(given) - set("0123456789abcdef"):
        return given
    path = Path(given)
    relative = path.relative_to(layout.uploads) if path.is_relative_to(layout.uploads) else path
    return parts.identity(parts.settings.tenant, object_name(str(relative)))


def _new_rows(parts: Services, selection: Selection, known: set[str]) -> Iterator[list[AuditRow]]:
    while True:
        time.sleep(_FOLLOW_EVERY)
        new = [row for row in selection.rows(parts) if row.event_id not in known]
        known |= {row.event_id for row in new}
        if new:
            yield new


def _fields(row: AuditRow, path_of: PathOf) -> dict[str, object]:
    return {"path": path_of(row), **row.model_dump(mode="json")}


def _show_json(rows: Sequence[AuditRow], path_of: PathOf, first: bool) -> None:
    for row in rows:
        click.echo(json.dumps(_fields(row, path_of)))


def _show_csv(rows: Sequence[AuditRow], path_of: PathOf, first: bool) -> None:
    writer = csv.DictWriter(sys.stdout, ["path", *AuditRow.model_fields])
    if first:
        writer.writeheader()
    writer.writerows(_fields(row, path_of) for row in rows)
    sys.stdout.flush()


def _show_table(rows: Sequence[AuditRow], path_of: PathOf, first: bool) -> None:
    if rows:
        console = tables.console()
        console.print(audit_table(rows, path_of, wide=console.width >= tables.WIDE))
    elif first:
        click.echo("Nothing has happened yet.")
