"""redline demo: the main job, from nothing to a redline, in some seconds."""

from __future__ import annotations

import shutil
import threading
import time
from pathlib import Path
from shlex import quote

import click
from rich.console import Console

from runtime.commands import tables
from runtime.commands.audit_list import audit_table, path_lookup
from runtime.commands.common import duration
from runtime.commands.files import Refusal, short_path
from runtime.composition import build
from runtime.delivery import Delivered
from runtime.demo.show import DemoError, Show
from runtime.layout import Layout
from runtime.logging import configure
from runtime.settings import Settings
from runtime.state import FolderError
from runtime.supervisor import StartError, Supervisor
from schemas.redlines import ChangeList

DEFAULT_ROOT = Path("redline-data") / "demo"
_MARK = "demo"


@click.command(
    epilog="""\b
Example:
  redline demo""",
)
@click.option(
    "--root",
    type=click.Path(path_type=Path),
    default=DEFAULT_ROOT,
    show_default=True,
    help="Folder to do it in: a new one, or that of an earlier demo, which is emptied.",
)
def demo(root: Path) -> None:
    """Start a pipeline, drop two versions of a ten-page agreement into it, and show what becomes of them."""
    layout = Layout(root.absolute())
    _make_fresh(layout)
    console = tables.console()
    configure("human", "ERROR")
    started = time.monotonic()
    console.print(f"Starting a pipeline in {short_path(layout.root)} ...")
    outcome = _Outcome()
    show = Show(layout, lambda *cells: _print_step(console, *cells))
    supervisor = Supervisor(Settings(root=layout.root), port=0, delivered=show.delivered.append)

    def perform() -> None:
        try:
            outcome.result = show.run()
        except DemoError as error:
            outcome.refusal = str(error)
        finally:
            supervisor.stop()

    def ready() -> None:
        console.print(
            f"Ready after {duration(time.monotonic() - started)}: the functions, their queues, a watched folder.\n"
        )
        _print_step(console, "document", "step", "took", "after", "state", style="bold")
        threading.Thread(target=perform, name="demo", daemon=True).start()

    try:
        supervisor.run(ready=ready, stopping=lambda: None)
    except (FolderError, StartError) as error:
        raise Refusal(str(error)) from None
    if outcome.result is None:
        raise Refusal(outcome.refusal or "The demo was stopped.")
    _print_results(console, layout, outcome.result)
    console.print(f"\nDone in {duration(time.monotonic() - started)}, everything is stopped. Next: redline up")


class _Outcome:
    """What the thread of the demonstration leaves behind."""

    result: Delivered | None = None
    refusal: str = ""


def _make_fresh(layout: Layout) -> None:
    """An empty folder for the demo; never at the cost of anything but an earlier demo. Raises Refusal."""
    if layout.root.is_dir() and any(layout.root.iterdir()):
        if not (layout.state / _MARK).exists():
            raise Refusal(f"{short_path(layout.root)} is not empty; give a new folder with --root.")
        shutil.rmtree(layout.root)
    try:
        layout.state.mkdir(parents=True, exist_ok=True)
        (layout.state / _MARK).touch()
    except OSError as error:
        raise Refusal(
            f"{short_path(layout.root)} cannot be used: {error.strerror}; give another with --root."
        ) from None


def _print_step(console: Console, document: str, step: str, took: str, after: str, state: str, style: str = "") -> None:
    line = f"{document:<27} {step:<10} {took:>8} {after:>8}   {state}"
    console.print(tables.plain(line, style or {"redline": "green", "deliver": "green"}.get(step, "")))


def _print_results(console: Console, layout: Layout, result: Delivered) -> None:
    console.print("\n[bold]The redline[/]")
    for file in sorted(result.folder.iterdir()):
        console.print(tables.plain(f"  {short_path(file)}"))
    changes = next(file for file in result.files if file.name.endswith(".changes.json"))
    listed = ChangeList.model_validate_json(changes.read_bytes())
    console.print("\n[bold]The changes[/]")
    console.print(tables.change_table(listed.changes))
    for line in (tables.more_changes(listed.changes), *tables.coverage_lines(listed.summary)):
        if line:
            console.print(tables.plain(line))
    console.print(tables.plain(tables.summary_line(listed.summary)))
    command = f"redline audit --root {quote(short_path(layout.root))}"
    console.print(f"\n[bold]The audit trail[/] ({command})")
    parts = build(Settings(root=layout.root))
    console.print(audit_table(list(parts.audit.rows()), path_lookup(parts)))
