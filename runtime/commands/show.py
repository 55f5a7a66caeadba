"""redline show: the story of one document."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from backends.blobs import NotFound
from runtime.commands import tables
from runtime.commands.audit_list import short_type
from runtime.commands.common import ago, known_parts, moment, root_option, unknown_document
from runtime.composition import Services
from runtime.documents import Document, Documents, UnknownDocumentError
from schemas.audit import AuditRow
from schemas.documents import Version

_SHORT_TRACE = 8


@click.command(
    epilog="""\b
Examples:
  redline show contracts/lease.docx
  redline show 5f0c3a0e9c6d
  redline show contracts/lease.docx --json | jq '.events[] | {event_type, trace_id}'

Paths and ids are listed by: redline documents""",
)
@root_option
@click.option("--json", "as_json", is_flag=True, help="As one JSON object, with every field of every event.")
@click.argument("document", metavar="DOCUMENT")
def show(root: Path, as_json: bool, document: str) -> None:
    """Show a document's versions, redlines and events as one timeline, with the trace of each.

    DOCUMENT is a path below uploads/ (or of the file there), a document id, or the first characters of one. A trace
    id leads from a dropped file to all that came of it: in the logs, the audit trail and, where traces are exported,
    their viewer.
    """
    parts = known_parts(root)
    try:
        found = Documents(parts).find(document)
    except UnknownDocumentError as error:
        raise unknown_document(error) from None
    rows = list(parts.audit.rows(document_id=found.id))
    if as_json:
        click.echo(json.dumps(_told(found, rows)))
        return
    _show(found, rows, parts)


def _show(document: Document, rows: list[AuditRow], parts: Services) -> None:
    console = tables.console()
    wide = console.width >= tables.WIDE
    last = document.last_redline
    console.print("[bold]document[/]     ", tables.plain(document.path or "(its path was erased)"), sep="")
    console.print("[bold]id[/]           ", document.id, sep="")
    console.print("[bold]state[/]        ", document.state, sep="")
    console.print("[bold]last redline[/] ", ago(last.made) if last else "none", sep="")
    entries = [_version(document, each, parts) for each in document.versions] + [_event(document, row) for row in rows]
    made = tables.table("time", "what", "version", "~details", "trace")
    for time, what, version, details, trace in sorted(entries, key=lambda entry: entry[0]):
        cells = (moment(time), what, version, details, trace if wide else trace[:_SHORT_TRACE])
        made.add_row(*map(tables.plain, cells))
    console.print(made)


Entry = tuple[datetime, str, str, str, str]


def _version(document: Document, version: Version, parts: Services) -> Entry:
    """The upload of a version: its generation is when it was taken."""
    taken = datetime.fromtimestamp(version.generation / 1e6, UTC)
    size = version.source.size if version.state == "accepted" else _size(document, version, parts)
    return taken, "uploaded", document.number(version.generation), f"{size:,} bytes" if size is not None else "", ""


def _size(document: Document, version: Version, parts: Services) -> int | None:
    try:
        return parts.blobs.stat(parts.settings.uploads_bucket, document.path, version.generation).size
    except (NotFound, ValueError):
        return None


def _event(document: Document, row: AuditRow) -> Entry:
    versions = [document.number(each) for each in (row.before_generation, row.after_generation, row.generation)]
    attempt = f"attempt {row.attempt}" if row.attempt > 1 else ""
    details = ", ".join(part for part in (attempt, _changes(row), row.code or "", row.message or "") if part)
    time = row.emitted_at or row.recorded_at
    return time, short_type(row.event_type), " > ".join(filter(None, versions)), details, row.trace_id or ""


def _changes(row: AuditRow) -> str:
    """How many changes a redline has; empty for any other event."""
    summary = (row.details or {}).get("summary")
    if not summary:
        return ""
    count = sum(summary[kind] for kind in ("insertions", "deletions", "replacements", "moves", "formatting"))
    return f"{count} change{'s' if count != 1 else ''}"


def _told(document: Document, rows: list[AuditRow]) -> dict[str, Any]:
    return {
        "document_id": document.id,
        "path": document.path or None,
        "state": document.state,
        "versions": [
            {"number": number, **version.model_dump(mode="json")}
            for number, version in enumerate(document.versions, start=1)
        ],
        "deleted": list(document.tombstones),
        "redlines": [
            {
                "before_generation": each.before_generation,
                "after_generation": each.after_generation,
                "attempt": each.attempt,
                "made": each.made.isoformat(),
            }
            for each in sorted(document.redlines, key=lambda each: each.made)
        ],
        "events": [row.model_dump(mode="json") for row in rows],
    }
