"""redline status: how a running pipeline is doing."""

from __future__ import annotations

from pathlib import Path

import click

from backends.errors import BackendUnavailable
from runtime.commands import tables
from runtime.commands.common import Refusal, duration, root_option, running_pipeline
from runtime.status import QueueStatus, Status, collect


@click.command(
    epilog="""\b
Examples:
  redline status
  redline status --json | jq .functions""",
)
@root_option
@click.option("--json", "as_json", is_flag=True, help="Every number, as one JSON object.")
def status(root: Path, as_json: bool) -> None:
    """Show functions, workers, queue depths and the oldest message of a running pipeline."""
    with running_pipeline(root) as (known, parts):
        try:
            found = collect(known, parts.bus)
        except BackendUnavailable:
            raise Refusal("The message server is being restarted; try again in a moment.") from None
    if as_json:
        click.echo(found.model_dump_json(indent=1))
    else:
        _show(found)


def _show(found: Status) -> None:
    console = tables.console()
    console.print(
        f"[bold]{found.phase}[/] for {duration(found.uptime_seconds)}, process {found.pid}, {found.url}/status"
    )
    made = tables.table("function", ">workers", "queue", ">ready", ">in work", ">to retry", ">oldest")
    for function in found.functions:
        workers = str(function.workers) if function.running else "restarting"
        for number, queue in enumerate(function.queues):
            made.add_row(*((function.name, workers) if number == 0 else ("", "")), *_cells(queue, function.name))
    for number, queue in enumerate(found.delivery):
        made.add_row(*(("deliver", "1") if number == 0 else ("", "")), *_cells(queue, "deliver"))
    console.print(made)


def _cells(queue: QueueStatus, function: str) -> tuple[str, ...]:
    oldest = duration(queue.oldest_seconds) if queue.oldest_seconds else ""
    return queue.name.replace(f"-{function}", "", 1), str(queue.ready), str(queue.leased), str(queue.delayed), oldest
