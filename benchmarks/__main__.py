"""`python -m benchmarks`: times the engine and the chain on this machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import click
from rich.console import Console

from benchmarks import engine
from benchmarks.corpus import BESIDE_THE_CHECKOUT, LARGE, SMALL, real_pairs
from benchmarks.measure import RUNS
from benchmarks.profiling import Order, profile

CASES = {**SMALL, **LARGE}
as_json = click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
runs = click.option("--runs", default=RUNS, show_default=True, help="Runs of which the median counts.")
corpus = click.option(
    "--corpus",
    envvar="REDLINE_CORPUS",
    type=click.Path(file_okay=False, path_type=Path),
    default=BESIDE_THE_CHECKOUT,
    help="Folder with real pairs (pairs/ and scale/); left out when there is none. Also REDLINE_CORPUS.",
)


@click.group(invoke_without_command=True)
@click.pass_context
def benchmarks(context: click.Context) -> None:
    """Time the engine and the chain; without a command: engine, scale and chain."""
    if context.invoked_subcommand is None:
        for command in (engine_command, scale, chain):
            # Not context.invoke, which knows the options' defaults but not the environment.
            command.main([], prog_name=command.name, standalone_mode=False)


@benchmarks.command("engine")
@runs
@corpus
@as_json
def engine_command(runs: int, corpus: Path, as_json: bool) -> None:
    """Compare and verify documents of everyday size, and the real pairs."""
    console = _console(as_json)
    made = engine.measured((make() for make in SMALL.values()), console, runs)
    real = engine.measured_corpus(corpus, console, runs)
    if as_json:
        click.echo(engine.as_json([*made, *real]))
        return
    engine.show("Everyday sizes", made, console)
    engine.show_corpus(real, console)


@benchmarks.command
@click.argument("cases", nargs=-1, type=click.Choice(list(CASES)))
@runs
@corpus
@as_json
def scale(cases: tuple[str, ...], runs: int, corpus: Path, as_json: bool) -> None:
    """Compare and verify large documents; CASES picks some of the generated ones."""
    console = _console(as_json)
    made = engine.measured((CASES[name]() for name in cases or LARGE), console, runs)
    real = [] if cases else engine.measured(real_pairs(corpus, "scale"), console, runs)
    if as_json:
        click.echo(engine.as_json([*made, *real]))
        return
    engine.show("Large documents", made, console)
    engine.show_growth(made, "200k-words", "400k-words", console)
    if real:
        engine.show("Large documents made from a real one", real, console)


@benchmarks.command
@click.option("--versions", default=31, show_default=True, help="Versions to drop; each but the first is timed.")
@as_json
def chain(versions: int, as_json: bool) -> None:
    """Start the pipeline and time the way from the dropped ten-page contract to its redline."""
    from benchmarks.chain import as_json as figures
    from benchmarks.chain import run, show

    console = _console(as_json)
    with console.status("the pipeline starts ..."):
        timing = run(versions)
    if as_json:
        click.echo(figures(timing))
    else:
        show(timing, console)


@benchmarks.command("search")
@click.option("--documents", default=10_000, show_default=True, help="Documents in the index, each with a redline.")
@click.option("--words", default=1_000, show_default=True, help="Words of each document.")
@as_json
def search_command(documents: int, words: int, as_json: bool) -> None:
    """Index generated documents and their redlines, and time searches over them."""
    from benchmarks.search import as_json as figures
    from benchmarks.search import run, show

    console = _console(as_json)
    with console.status("documents are made and indexed ..."):
        timing = run(documents, words)
    if as_json:
        click.echo(figures(timing))
    else:
        show(timing, console)


@benchmarks.command("dispatch")
@click.option("--events", default=2_000, show_default=True, help="Events in the queue at the start.")
def dispatch_command(events: int) -> None:
    """Time events through a dispatcher, to a function that does nothing and to the audit trail."""
    from benchmarks.dispatching import run
    from benchmarks.loadtables import show_rates

    show_rates([run("noop", events), run("audit", events)], _console(quiet=False))


@benchmarks.command
@click.argument("case", type=click.Choice(list(SMALL)), default="8k-words")
@click.option("--count", default=500, show_default=True, help="Pairs to ask for.")
def pairs(case: str, count: int) -> None:
    """Ask a running pipeline for many redlines of CASE, and hold it against the bare engine."""
    from benchmarks.load import throughput
    from benchmarks.loadtables import show_throughput

    processors = len(os.sched_getaffinity(0))
    show_throughput(throughput(SMALL[case](), count, processors), _console(quiet=False))


@benchmarks.command
@click.option("--drops", default=20, show_default=True, help="Single drops, one after the other, beside each backlog.")
@click.option(
    "--backlog", "backlogs", default=(0, 100, 10_000), show_default=True, multiple=True, help="Pairs in bulk."
)
@click.option("--case", type=click.Choice(list(SMALL)), default="20-words", show_default=True, help="Pair in bulk.")
def waits(drops: int, backlogs: tuple[int, ...], case: str) -> None:
    """Time single drops on an idle pipeline, beside a batch of 100 pairs, and beside a backlog of 100 x 100."""
    from benchmarks import load
    from benchmarks.loadtables import show_waits

    show_waits([load.waits(drops, backlog, SMALL[case]()) for backlog in backlogs], _console(quiet=False))


@benchmarks.command("audit")
@click.option("--rows", default=1_000_000, show_default=True, help="Rows of the trail that is asked.")
@as_json
def audit_command(rows: int, as_json: bool) -> None:
    """Append to an audit trail, and time each named query and verify over many rows."""
    from benchmarks import audit

    console = _console(as_json)
    timing = audit.run(rows, console)
    if as_json:
        click.echo(audit.as_json(timing))
    else:
        audit.show(timing, console)


@benchmarks.command("sealing")
@click.argument("cases", nargs=-1, type=click.Choice(list(CASES)))
@click.option("--runs", default=50, show_default=True, help="Documents of which the median counts.")
@as_json
def sealing_command(cases: tuple[str, ...], runs: int, as_json: bool) -> None:
    """Write and read documents as they are and sealed: a small one and a large one, or CASES."""
    from benchmarks import sealing

    console = _console(as_json)
    timings = [sealing.measured(CASES[name](), runs) for name in cases or ("20-words", "40k-words")]
    if as_json:
        click.echo(sealing.as_json(timings))
    else:
        sealing.show(timings, console)


@benchmarks.command("bounds")
@click.argument("cases", nargs=-1, metavar="[CASES]...")
@click.option("--work", "works", multiple=True, help="What to do beside comparing; all there is if not given.")
@as_json
def bounds_command(cases: tuple[str, ...], works: tuple[str, ...], as_json: bool) -> None:
    """Do to documents that are hard on the engine all that can be done, each in a process of its own (hours for all).

    CASES picks some by name; `list` names them. Ends with 1 if one takes more than 10 s of processor time or 1 GB.
    """
    from benchmarks import bounds

    if cases == ("list",):
        click.echo("\n".join(bounds.CASES))
        return
    for given, known, what in ((cases, bounds.CASES, "case"), (works, bounds.WORKS, "work")):
        if unknown := [name for name in given if name not in known]:
            raise click.UsageError(f"there is no {what} {unknown[0]!r}; there are {', '.join(known)}")
    console = _console(as_json)
    found = []
    with console.status("documents are made ...") as status:
        for measured in bounds.measured(cases or list(bounds.CASES), works or list(bounds.WORKS)):
            found.append(measured)
            status.update(f"{len(found)} done, the last was {measured.name}")
    if as_json:
        click.echo(bounds.as_json(found))
    else:
        bounds.show(found, console)
    if not all(measured.within for measured in found):
        raise SystemExit(1)


@benchmarks.command("profile")
@click.argument("case", type=click.Choice(list(CASES)), default="40k-words")
@click.option("--what", type=click.Choice(["compare", "verify"]), default="compare", show_default=True)
@click.option("--order", type=click.Choice(["tottime", "cumulative"]), default="tottime", show_default=True)
@click.option("--top", default=30, show_default=True, help="Functions to print.")
def profile_command(case: str, what: Literal["compare", "verify"], order: Order, top: int) -> None:
    """Show where the time of CASE goes, by function."""
    click.echo(profile(CASES[case](), what=what, order=order, top=top))


def _console(quiet: bool) -> Console:
    return Console(stderr=quiet)


if __name__ == "__main__":
    benchmarks(prog_name="python -m benchmarks")
