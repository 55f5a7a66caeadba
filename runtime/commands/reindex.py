"""redline reindex: build the search index anew from what is kept."""

from __future__ import annotations

import time
from pathlib import Path

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from backends.search import RebuildRunning
from runtime.commands import tables
from runtime.commands.common import duration, known_parts, root_option
from runtime.commands.files import Refusal
from runtime.reindex import Reindexing


@click.command(
    epilog="""\b
Examples:
  redline reindex
  redline reindex --root ~/contracts""",
)
@root_option
def reindex(root: Path) -> None:
    """Build the search index anew from the documents and redlines that are kept.

    The pipeline may run meanwhile, and search finds as before until the new index takes the place of the old one:
    nothing that is indexed in between is lost. When it is stopped half-way, everything stays as it was.
    """
    parts = known_parts(root)
    started = time.monotonic()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = tables.console()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("documents", total=None)
        filling = Reindexing(parts, lambda done, total: progress.update(task, completed=done, total=total))
        try:
            parts.search.rebuild(filling)
        except RebuildRunning:
            raise Refusal("The index is being rebuilt already; wait until that is done.") from None
    took = duration(time.monotonic() - started)
    documents = f"{filling.documents} document{'' if filling.documents == 1 else 's'}"
    click.echo(f"{documents} with {filling.records} versions and redlines indexed in {took}.")
    if filling.unreadable:
        click.echo(f"{filling.unreadable} of them could not be read and cannot be found; their objects are damaged.")
