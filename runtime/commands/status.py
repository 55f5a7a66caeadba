"""redline status: how a running pipeline is doing."""

from __future__ import annotations

import contextlib
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click
from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text

from runtime.commands import tables
from runtime.commands.common import ago, duration, root_option, running_state
from runtime.commands.files import Refusal
from runtime.status import QueueStatus, Result, Status

_ANSWER_WITHIN: Final = 10.0
_WATCH_EVERY: Final = 1.0
_RESULTS: Final = 5
_nap = time.sleep


@click.command(
    epilog="""\b
Examples:
  redline status
  redline status --watch
  redline status --json | jq '.functions[] | {name, workers}'
  redline status --watch --json | jq .dead_letters

The same is a page in the browser, at the address shown; for Prometheus it is there as /metrics.""",
)
@root_option
@click.option("--watch", "-w", is_flag=True, help="Go on until Ctrl-C, anew every second.")
@click.option("--json", "as_json", is_flag=True, help="Every number, as one JSON object (with --watch one a line).")
def status(root: Path, watch: bool, as_json: bool) -> None:
    """Show functions, workers, queues and the last results of a running pipeline.

    In a queue a message is ready, in work (leased to a worker) or waits to be tried again. Workers follow the number
    of messages that are ready or in work.
    """
    if as_json:
        _print_json(root, watch)
    elif watch:
        _watch(root)
    else:
        tables.console().print(_shown(_fetch(root)))


def _print_json(root: Path, watch: bool) -> None:
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            found = _fetch(root)
            click.echo(found.model_dump_json(indent=None if watch else 1))
            if not watch:
                return
            _nap(_WATCH_EVERY)


def _watch(root: Path) -> None:
    console = tables.console()
    with (
        contextlib.suppress(KeyboardInterrupt),
        Live(_shown(_fetch(root)), console=console, auto_refresh=False, screen=console.is_terminal) as live,
    ):
        while True:
            _nap(_WATCH_EVERY)
            live.update(_shown(_fetch(root)), refresh=True)


def _fetch(root: Path) -> Status:
    """The status, as the running pipeline tells it. Raises Refusal."""
    known = running_state(root)
    try:
        with urllib.request.urlopen(f"{known.url}/status", timeout=_ANSWER_WITHIN) as answer:  # noqa: S310 - our own
            return Status.model_validate_json(answer.read())
    except (OSError, ValueError):
        raise Refusal(
            "The pipeline does not answer; it is being started or restarted. Try again in a moment."
        ) from None


def _shown(found: Status) -> RenderableType:
    head = Text.assemble(
        (found.phase, "bold"), f" for {duration(found.uptime_seconds)}, process {found.pid}, {found.url}"
    )
    return Group(head, _queues(found), *_scaling(found), *_results(found.results), _dead_letters(found.dead_letters))


def _queues(found: Status) -> RenderableType:
    made = tables.table("function", ">workers", "queue", ">ready", ">in work", ">to retry", ">oldest", ">a minute")
    for function in found.functions:
        workers = str(function.workers) if function.running else "restarting"
        for number, queue in enumerate(function.queues):
            made.add_row(*((function.name, workers) if number == 0 else ("", "")), *_cells(queue, function.name))
    for number, queue in enumerate(found.delivery):
        made.add_row(*(("deliver", "1") if number == 0 else ("", "")), *_cells(queue, "deliver"))
    return made


def _scaling(found: Status) -> list[RenderableType]:
    """What the scaler decided last, and why; nothing where it had nothing to decide."""
    decided = [(each.name, each.scaling) for each in found.functions if each.scaling]
    if not decided:
        return []
    made = tables.table("scaled", "function", ">workers", "~why")
    for name, scaling in decided:
        when = ago(datetime.fromtimestamp(scaling.time, UTC))
        made.add_row(when, name, f"{scaling.before} > {scaling.workers}", tables.plain(scaling.reason))
    return [made]


def _cells(queue: QueueStatus, function: str) -> tuple[str, ...]:
    oldest = duration(queue.oldest_seconds) if queue.oldest_seconds else ""
    done = f"{queue.per_minute:g}" if queue.per_minute else ""
    name = queue.name.replace(f"-{function}", "", 1)
    return name, str(queue.ready), str(queue.leased), str(queue.delayed), oldest, done


def _results(results: tuple[Result, ...]) -> list[RenderableType]:
    """The last results as a table; nothing where there are none yet."""
    if not results:
        return []
    made = tables.table("last results", "~document", "~told", ">took")
    for result in results[:_RESULTS]:
        changes = f"{result.changes} change{'s' if result.changes != 1 else ''}"
        told = changes if result.kind == "redline" else f"{result.kind}: {result.message}"
        cells = (ago(result.time), result.path, told, duration(result.seconds))
        made.add_row(*map(tables.plain, cells))
    return [made]


def _dead_letters(count: int) -> RenderableType:
    if not count:
        return Text("no dead letters")
    return Text(f"{count} dead letter{'s' if count != 1 else ''}; see: redline dead-letters list", "bold red")
