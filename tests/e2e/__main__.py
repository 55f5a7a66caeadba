"""The long runs of faults: `python -m tests.e2e [kills|google]`, which `nox -s e2e` starts."""

from __future__ import annotations

import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import SystemRandom

import click

from tests.conftest import CHECKOUT
from tests.e2e import google_faults, google_figures
from tests.e2e.chaos import main as kills
from tests.emulators.bigquery import REQUIREMENTS, BigQuery, bigquery_emulator
from tests.emulators.environment import own_python
from tests.emulators.pubsub import PubSub, pubsub_emulator


@click.group(invoke_without_command=True)
@click.pass_context
def main(context: click.Context) -> None:
    """Break a running pipeline; exit 1 if anything is lost or doubled. Without a command: kills, then google."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # ends what was started, too
    if context.invoked_subcommand is None:
        for command in (kills, google):
            command.main([], prog_name=f"python -m tests.e2e {command.name}", standalone_mode=False)


@main.command()
@click.option("--pairs", default=100, show_default=True, help="Documents of which two versions are uploaded.")
@click.option("--outage", default=20.0, show_default=True, help="Seconds that each service is away.")
@click.option("--kills", "count", default=12, show_default=True, help="Kills of functions and dispatchers.")
@click.option("--seed", default=None, type=int, help="Repeats what was uploaded and killed; the moments vary still.")
@click.option(
    "--service",
    "services",
    multiple=True,
    type=click.Choice(google_faults.SERVICES),
    help="Take only this one away; may be given again. Without it each of them, one after the other.",
)
@click.option("--root", type=click.Path(path_type=Path), help="Work in this new folder, and keep it.")
def google(
    pairs: int, outage: float, count: int, seed: int | None, services: tuple[str, ...], root: Path | None
) -> None:
    """Take Google's services and Redis away, kill functions, deliver everything again (needs Java and gcloud)."""
    seed = SystemRandom().randrange(10**6) if seed is None else seed
    plan = google_faults.Plan(pairs, outage, count, services=services or google_faults.SERVICES, seed=seed)
    base = (root or Path(tempfile.mkdtemp(prefix="redline-faults-"))).absolute()
    base.mkdir(parents=True, exist_ok=True)
    click.echo(f"{plan.pairs} pairs, seed {plan.seed}, in {base}")
    with _emulators(base) as (pubsub, bigquery):
        outcome = google_faults.run(plan, base, pubsub, bigquery)
    click.echo(google_faults.report(plan, outcome))
    if not outcome.verdict.good:
        click.echo(f"The logs are kept in {base}.")
        sys.exit(1)
    if root is None:
        shutil.rmtree(base)


@main.command()
@click.option("--events", default=2000, show_default=True, help="Events that are put through a dispatcher.")
@click.option("--drops", default=15, show_default=True, help="Versions that are uploaded, one after the other.")
def figures(events: int, drops: int) -> None:
    """Measure events per second, upload to redline, and memory on Google's parts (needs Java and gcloud)."""
    with (
        tempfile.TemporaryDirectory(prefix="redline-figures-") as scratch,
        _emulators(Path(scratch)) as (pubsub, bigquery),
    ):
        measured = google_figures.run(Path(scratch), pubsub, bigquery, events=events, drops=drops)
    click.echo(google_figures.report(measured))


@contextmanager
def _emulators(folder: Path) -> Iterator[tuple[PubSub, BigQuery]]:
    python = own_python(CHECKOUT / ".pytest_cache" / "d" / "emulators", "bqemulator", *REQUIREMENTS)
    with pubsub_emulator(folder) as pubsub, bigquery_emulator(python, folder) as bigquery:
        yield pubsub, bigquery


main.add_command(kills, "kills")

if __name__ == "__main__":
    main(prog_name="python -m tests.e2e")
