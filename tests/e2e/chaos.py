"""Kill -9 parts of a running pipeline at random moments while documents come in, then count what was lost or doubled.

`nox -s e2e -- kills --help`. The folder of a run that went wrong is kept.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random, SystemRandom
from typing import Final

import click

from backends.blobs import Blobs
from backends.errors import BackendUnavailable
from events.routing import DELIVERIES, SUBSCRIPTIONS
from runtime.composition import Services, build
from runtime.settings import Settings
from schemas.requests import MAX_PAIRS
from tests.e2e.chaos_checks import Verdict, judge
from tests.e2e.chaos_documents import Document, documents, save
from tests.e2e.chaos_pipeline import TARGETS, Pipeline, Target
from tests.e2e.chaos_request import ask, forget_cache, judge_request, pause, wait_for_end

_TICK: Final = 0.1
_AMID: Final = 1.0
"""Seconds: a kill comes so soon, at most, after documents were dropped, so that most hit a pipeline at work."""


@dataclass(frozen=True, slots=True)
class Plan:
    """One run. `pause` is the mean time between two kills and `patience` the time to come to rest, in seconds.

    `request_kills` come while a request for all pairs is worked on, each with a flush of the cache.
    """

    kills: int = 50
    request_kills: int = 12
    pairs: int = 100
    seed: int = 0
    pause: float = 1.2
    patience: float = 300.0


@dataclass(slots=True)
class Outcome:
    """What was done and what came of it.

    `seconds` from the first start to rest; `stopping` to end after Ctrl-C; `amid` how many kills came while an event
    was being worked on.
    """

    kills: Counter[Target] = field(default_factory=Counter)
    amid: int = 0
    starts: int = 0
    seconds: float = 0.0
    stopping: float = 0.0
    verdict: Verdict = field(default_factory=Verdict)


class Dropper:
    """Saves first versions as their time comes, and each second version once the first was taken.

    A file that is overwritten before anyone looked at it is one version, rightly.
    """

    def __init__(self, uploads: Path, blobs: Blobs, wanted: list[Document], random: Random) -> None:
        self._uploads = uploads
        self._blobs = blobs
        self._random = random
        self._coming = wanted[::-1]
        self._first: dict[str, Document] = {}
        self._second: dict[str, Document] = {}
        self._count = len(wanted)

    def drop(self, share: float) -> None:
        """Save what is due when `share` of the run has passed."""
        while self._coming and self._count - len(self._coming) < share * self._count:
            document = self._coming.pop()
            save(self._uploads, document.path, document.before, self._random)
            self._first[document.path] = document
        for document in self._of_taken(self._first, index=0):
            del self._first[document.path]
            save(self._uploads, document.path, document.after, self._random)
            self._second[document.path] = document

    def all_taken(self) -> bool:
        """Whether both versions of every document are in the bucket."""
        return not self._coming and not self._first and len(self._of_taken(self._second, index=1)) == self._count

    def _of_taken(self, dropped: dict[str, Document], index: int) -> list[Document]:
        if not dropped:
            return []
        held = {(blob.name, blob.sha256) for blob in self._blobs.list("uploads", versions=True)}
        return [document for path, document in dropped.items() if (path, document.hashes[index]) in held]


def run(plan: Plan, base: Path) -> Outcome:
    """Run a pipeline below `base`, kill and drop as planned, let it come to rest, stop it, and look."""
    random = Random(plan.seed)
    root = base / "data"
    (root / "uploads").mkdir(parents=True)
    wanted = list(documents(plan.pairs, random))
    outcome = Outcome()
    started = time.monotonic()
    with Pipeline(root, base / "up.log") as pipeline:
        parts = build(Settings(root=root))
        dropper = Dropper(root / "uploads", parts.blobs, wanted, random)
        problems = [*_storm(plan, pipeline, dropper, parts, random, outcome), *_rest(plan, pipeline, dropper, parts)]
        published = ask(parts, wanted, plan.patience)
        problems += _storm_of_request(plan, pipeline, parts, random, outcome)
        problems += [*wait_for_end(published, plan.patience), *_rest(plan, pipeline, dropper, parts)]
        outcome.seconds = time.monotonic() - started
        problems += _stop(pipeline, outcome)
        outcome.starts = pipeline.starts
    outcome.verdict = judge(root, wanted)
    outcome.verdict.problems += problems
    outcome.verdict.problems += judge_request(list(parts.audit.rows()), published, min(plan.pairs, MAX_PAIRS))
    return outcome


def _storm(
    plan: Plan, pipeline: Pipeline, dropper: Dropper, parts: Services, random: Random, outcome: Outcome
) -> Iterator[str]:
    for number, target in enumerate(_targets(plan.kills, random), start=1):
        _drop_for(random.uniform(0, 2 * plan.pause - _AMID), dropper, (number - 1) / plan.kills)
        _drop_for(random.uniform(0, _AMID), dropper, number / plan.kills)
        if pipeline.ended is not None:
            yield f"the pipeline ended by itself with status {pipeline.ended}"
            pipeline.start()
        yield from _strike(target, pipeline, parts, random, outcome)


def _storm_of_request(
    plan: Plan, pipeline: Pipeline, parts: Services, random: Random, outcome: Outcome
) -> Iterator[str]:
    for target in _targets(plan.request_kills, random):
        pause(random, plan.pause / 2)
        forget_cache(parts)
        yield from _strike(target, pipeline, parts, random, outcome)


def _strike(target: Target, pipeline: Pipeline, parts: Services, random: Random, outcome: Outcome) -> Iterator[str]:
    """Kill, and start again what nobody else does."""
    outcome.amid += _is_working(parts)
    if pipeline.kill(target, random):
        outcome.kills[target] += 1
    else:
        yield f"there was no {target} to kill"
    if target in ("supervisor", "pipeline"):
        time.sleep(random.uniform(0, 0.5))
        pipeline.start()


def _drop_for(seconds: float, dropper: Dropper, share: float) -> None:
    end = time.monotonic() + seconds
    while True:
        dropper.drop(share)
        if time.monotonic() > end:
            return
        time.sleep(_TICK)


def _is_working(parts: Services) -> bool:
    """Whether a function is at work on an event."""
    try:
        return any(parts.bus.depth(subscription.name).leased for subscription in SUBSCRIPTIONS)
    except BackendUnavailable:
        return False


def _rest(plan: Plan, pipeline: Pipeline, dropper: Dropper, parts: Services) -> Iterator[str]:
    """Wait until everything was taken and every queue has been empty for a while."""
    end = time.monotonic() + plan.patience
    quiet = 0
    while quiet < 1 / _TICK:
        if time.monotonic() > end:
            yield f"not at rest after {plan.patience:.0f} s; waiting: {_backlogs(parts)}"
            return
        if pipeline.ended is not None:
            yield f"the pipeline ended by itself with status {pipeline.ended}"
            return
        dropper.drop(1.0)
        quiet = quiet + 1 if dropper.all_taken() and not any(_backlogs(parts).values()) else 0
        time.sleep(_TICK)


def _backlogs(parts: Services) -> dict[str, int]:
    """Messages that wait, by subscription; one that cannot be asked counts as waiting."""
    names = [subscription.name for subscription in (*SUBSCRIPTIONS, *DELIVERIES)]
    try:
        depths = {name: parts.bus.depth(name).backlog for name in names}
    except BackendUnavailable:
        return {"the bus is away": 1}
    return {name: backlog for name, backlog in depths.items() if backlog}


def _stop(pipeline: Pipeline, outcome: Outcome) -> Iterator[str]:
    try:
        outcome.stopping = pipeline.stop()
    except TimeoutError as error:
        yield str(error)
    if pipeline.ended:
        yield f"the pipeline ended with status {pipeline.ended} after Ctrl-C"
    yield from (f"still running after the end: {process.kind} {process.command}" for process in pipeline.strays())


def _targets(kills: int, random: Random) -> list[Target]:
    """Every kind of target equally often, in random order."""
    rounds = [random.sample(TARGETS, len(TARGETS)) for _ in range(-(-kills // len(TARGETS)))]
    return [target for targets in rounds for target in targets][:kills]


def report(plan: Plan, outcome: Outcome) -> str:
    """The counts, and a sentence for each thing that is not as it should be."""
    verdict = outcome.verdict
    by_target = ", ".join(f"{target} {count}" for target, count in sorted(outcome.kills.items()))
    lines = [
        f"kills     {outcome.kills.total()} ({by_target}); {outcome.starts} starts; {outcome.amid} amid work",
        f"pairs     {plan.pairs}; completed redlines {verdict.redlines}, audit rows {verdict.audit_rows}",
        f"lost      {len(verdict.lost)}",
        f"doubled   {len(verdict.doubled)}",
        f"problems  {len(verdict.problems)}",
        f"seconds   {outcome.seconds:.0f}, and {outcome.stopping:.1f} to stop; versions taken twice {verdict.retaken}",
    ]
    return "\n".join([*lines, *verdict.lost, *verdict.doubled, *verdict.problems])


@click.command()
@click.option("--kills", default=50, show_default=True, help="Kills at random moments.")
@click.option("--request-kills", default=12, show_default=True, help="More of them while a request is worked on.")
@click.option("--pairs", default=100, show_default=True, help="Documents of which two versions are dropped.")
@click.option("--seed", default=None, type=int, help="Repeats what was dropped and killed; the moments vary still.")
@click.option("--pause", default=1.2, show_default=True, help="Mean seconds between two kills.")
@click.option("--root", type=click.Path(path_type=Path), help="Work in this new folder, and keep it.")
def main(kills: int, request_kills: int, pairs: int, seed: int | None, pause: float, root: Path | None) -> None:
    """Kill parts of a running pipeline while pairs come in; exit 1 if anything is lost or doubled."""
    plan = Plan(kills, request_kills, pairs, SystemRandom().randrange(10**6) if seed is None else seed, pause)
    base = root or Path(tempfile.mkdtemp(prefix="redline-chaos-"))
    click.echo(f"{plan.pairs} pairs, {plan.kills} kills, seed {plan.seed}, in {base}")
    outcome = run(plan, base.absolute())
    click.echo(report(plan, outcome))
    if not outcome.verdict.good:
        click.echo(f"Everything is kept in {base} for you to look at.")
        sys.exit(1)
    if root is None:
        shutil.rmtree(base)
