"""redline documents: what the pipeline knows."""

from __future__ import annotations

import json
from collections.abc import Callable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import click

from runtime.commands import tables
from runtime.commands.common import ago, known_parts, root_option
from runtime.documents import Document, Documents

_SHOWN_ID = 12


@click.command(
    epilog="""\b
Examples:
  redline documents
  redline documents 'contracts/*.docx'
  redline documents lease --state rejected
  redline documents --json | jq -r 'select(.versions > 1) | .path'""",
)
@root_option
@click.option("--state", type=click.Choice(["ready", "rejected", "deleted"]), help="Only documents in this state.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.argument("filter_", metavar="[FILTER]", default="")
def documents(root: Path, state: str | None, as_json: bool, filter_: str) -> None:
    """List the documents by path: id, versions, state, and when the last redline was made.

    FILTER is a part of the path, or a pattern for the whole of it with * and ?. The state is that of the newest
    version: ready, rejected, or deleted from the uploads folder.
    """
    wanted = _matcher(filter_)
    found = (each for each in Documents(known_parts(root)) if wanted(each.path) and state in (None, each.state))
    if as_json:
        for each in found:
            click.echo(json.dumps(_told(each)))
        return
    made = tables.table("~document", "id", ">versions", "state", "last redline")
    for each in found:
        last = each.last_redline
        versions = f"{each.number(last.before_generation)} > {each.number(last.after_generation)}, " if last else ""
        cells = (
            each.path,
            each.id[:_SHOWN_ID],
            str(len(each.versions)),
            each.state,
            f"{versions}{ago(last.made)}" if last else "",
        )
        made.add_row(*map(tables.plain, cells))
    if made.row_count:
        tables.console().print(made)
    else:
        click.echo("No document matches." if filter_ or state else "There are no documents yet; drop one in uploads/.")


def _matcher(given: str) -> Callable[[str], bool]:
    """Whether a path is meant."""
    folded = given.casefold()
    if set("*?") & set(given):
        return lambda path: fnmatchcase(path.casefold(), folded)
    return lambda path: folded in path.casefold()


def _told(document: Document) -> dict[str, Any]:
    last = document.last_redline
    return {
        "path": document.path,
        "document_id": document.id,
        "versions": len(document.versions),
        "state": document.state,
        "last_redline": {
            "before_generation": last.before_generation,
            "after_generation": last.after_generation,
            "made": last.made.isoformat(),
        }
        if last
        else None,
    }
