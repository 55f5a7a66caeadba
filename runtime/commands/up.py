"""redline up: run the pipeline until it is stopped."""

from __future__ import annotations

import time
from pathlib import Path

import click

from runtime.commands.common import duration, root_option
from runtime.commands.files import Refusal, short_path
from runtime.delivery import Delivered
from runtime.logging import configure
from runtime.settings import Settings
from runtime.state import FolderError
from runtime.supervisor import StartError, Supervisor
from runtime.watcher import News


@click.command(
    epilog="""\b
Examples:
  redline up
  redline up --root ~/contracts --port 9000
  cp contract.docx ~/contracts/uploads/      # in another terminal""",
)
@root_option
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8080,
    show_default=True,
    help="Where the status page is on 127.0.0.1, with /metrics for Prometheus; the next free port when it is taken.",
)
def up(root: Path, port: int) -> None:
    """Run the pipeline until it is stopped with Ctrl-C.

    Any document put into ROOT/uploads is taken once it is complete. Each new version of the same path is compared with
    the one before it, and the redline appears below ROOT/redlines. Stopping finishes what is in flight; starting again
    goes on where it was.
    """
    settings = Settings(root=root)
    supervisor = Supervisor(settings, port=port, delivered=_show, taken=_show_taken)
    started = time.monotonic()
    configure(settings.log_format, "WARNING")

    def ready() -> None:
        click.echo(f"Redline is running ({duration(time.monotonic() - started)} to start). Stop it with Ctrl-C.")
        click.echo(f"  drop documents into  {settings.layout.uploads}, and new versions over them")
        click.echo(f"  redlines appear in   {settings.layout.redlines}")
        click.echo(f"  status               {supervisor.url}/")

    def stopping() -> None:
        click.echo("Finishing what is in flight; press Ctrl-C again to stop at once.")

    try:
        supervisor.run(ready=ready, stopping=stopping)
    except (FolderError, StartError) as error:
        raise Refusal(str(error)) from None
    click.echo("Stopped.")


def _show_taken(path: str, news: News) -> None:
    """One line for each version that no redline may follow."""
    match news:
        case "new":
            click.echo(f"{_printable(path)}: taken")
        case "same":
            click.echo(f"{_printable(path)}: saved again without a change")


def _printable(path: str) -> str:
    return repr(path)[1:-1]


def _show(result: Delivered) -> None:
    """One line for each result."""
    name, took = _printable(result.path), duration(result.seconds)
    match result.kind:
        case "redline":
            count = f"{result.changes} change{'s' if result.changes != 1 else ''}"
            click.echo(f"{name}: redline with {count} in {took} -> {short_path(result.folder)}")
        case "pdf":
            click.echo(f"{name}: PDF in {took} -> {short_path(result.files[0])}")
        case "failed":
            click.echo(f"{name}: no redline. {result.message}")
        case "ended":
            click.echo(f"{name}: {result.message} -> {short_path(result.folder)}")
        case "rejected":
            click.echo(f"{name}: rejected. {result.message}")
