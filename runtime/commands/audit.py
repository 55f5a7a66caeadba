"""redline audit: the trail, also while the pipeline runs: row by row, by BigQuery SQL, by named question; verified."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import click

from backends.audit.answers import QueryRefused
from runtime.commands.audit_list import Selection, document_id_of, show_rows
from runtime.commands.audit_migrate import migrate
from runtime.commands.audit_verify import time_option, verify
from runtime.commands.common import known_parts, root_option
from runtime.commands.files import Refusal
from runtime.commands.grouped import GroupedCommand, GroupedOption
from runtime.retention import EVERY_OTHER

which = partial(click.option, cls=GroupedOption, group="Which rows")
form_of = partial(click.option, cls=GroupedOption, group="In which form")


_WORDS: Final = {"verify": verify, "migrate": migrate}


class _Audit(GroupedCommand):
    """Takes two words for what is no SQL: `redline audit verify` and `redline audit migrate`."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """The context of this command, or of one of those."""
        if args and args[0] in _WORDS:
            return _WORDS[args[0]].make_context(f"audit {args[0]}", args[1:], parent, **extra)
        return super().make_context(info_name, args, parent, **extra)


@click.command(
    cls=_Audit,
    epilog="""\b
Examples:
  redline audit
  redline audit --document contracts/lease.docx --follow
  redline audit 'SELECT event_type, COUNT(*) AS events FROM audit.events GROUP BY event_type'
  redline audit --queries
  redline audit --query who-touched --document contracts/lease.docx
  redline audit --query as-delivered --redline lease.redline.docx
  redline audit --query latency --since 2026-01-01 --csv > latency.csv
  redline audit verify --help
  redline audit migrate --help""",
)
@click.argument("sql", required=False)
@which("--query", "name", metavar="NAME", help="Ask one of the named questions.")
@which("--queries", "listed", is_flag=True, help="List the named questions.")
@which("--document", metavar="PATH_OR_ID", help="Its path below uploads/, or its id; @document in SQL.")
@which("--redline", metavar="ID_OR_FILE", help="The id of a pair, or the Word file itself; @redline in SQL.")
@which("--since", metavar="TIME", callback=time_option, help="At this time or later; @since in SQL.")
@which("--until", metavar="TIME", callback=time_option, help="Before this time; @until in SQL.")
@which(
    "--param",
    "given",
    metavar="NAME[:TYPE]=VALUE",
    multiple=True,
    help="A parameter, @NAME in SQL; TYPE is STRING, INT64 or TIMESTAMP.",
)
@which("--follow", "-f", is_flag=True, help="Go on with new rows as they come, until Ctrl-C.")
@form_of("--json", "form", flag_value="json", help="One JSON object a line.")
@form_of("--csv", "form", flag_value="csv", help="Comma-separated values with a header.")
@form_of("--parquet", type=click.Path(path_type=Path), metavar="FILE", help="Write the answer to a query to a file.")
@root_option
def audit(
    root: Path,
    sql: str | None,
    name: str | None,
    listed: bool,
    document: str | None,
    redline: str | None,
    since: datetime | None,
    until: datetime | None,
    given: tuple[str, ...],
    follow: bool,
    form: str | None,
    parquet: Path | None,
) -> None:
    """Show what happened to which document, when, and why: row by row, or by a SELECT in BigQuery's SQL.

    The SQL is what you would run in BigQuery. There are the tables audit.events, with one row for each event, and
    audit.events_raw, with every row; docs/audit.md tells their columns. It is answered while the pipeline runs.

    `redline audit verify` finds out whether any row was changed, removed, added or reordered; `redline audit migrate`
    makes the table in BigQuery, where the trail is kept there.
    """
    asks = bool(sql or name)
    _check_usage(sql, [bool(sql), bool(name), listed], follow, bool(parquet or given or redline))
    from runtime.commands import audit_query as queries  # with DuckDB and sqlglot, which a list does not need

    if listed:
        queries.show_queries()
        return
    parts = known_parts(root)
    layout = parts.settings.layout
    document_id = document_id_of(document, layout, parts) if document else None
    if not asks:
        show_rows(layout, parts, Selection(document, document_id, since, until), form or "", follow)
        return
    said = {"document": document_id, "redline": redline, "since": since, "until": until}
    try:
        question = queries.question(sql, name, said, given, parts.settings.retention_days.get(EVERY_OTHER))
        if parquet:
            queries.write_parquet(parts, question, parquet)
        else:
            queries.answer(parts, question, form or "")
    except QueryRefused as refused:
        raise Refusal(str(refused)) from None


def _check_usage(sql: str | None, questions: list[bool], follow: bool, for_queries: bool) -> None:
    if sql in _WORDS:
        raise click.UsageError(f"Say it first: redline audit {sql} [OPTIONS].")
    if sum(questions) > 1:
        raise click.UsageError("Give a SELECT, or --query, or --queries.")
    if follow and any(questions):
        raise click.UsageError("--follow goes with the list of rows, not with a query.")
    if for_queries and not any(questions):
        raise click.UsageError("--parquet, --param and --redline go with a query.")
