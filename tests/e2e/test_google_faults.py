"""Every fault once, on few documents and for a short time: the long run is `nox -s e2e -- google`."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.google_faults import Plan, report, run
from tests.emulators.bigquery import BigQuery
from tests.emulators.pubsub import PubSub


def test_nothing_is_lost_or_doubled_whatever_google_or_we_break(
    tmp_path: Path, pubsub: PubSub, bigquery: BigQuery
) -> None:
    plan = Plan(pairs=10, outage=2.0, kills=5, patience=300.0)
    outcome = run(plan, tmp_path, pubsub, bigquery)
    assert outcome.verdict.good, report(plan, outcome)
    assert outcome.verdict.redlines == plan.pairs + len(("late 1-2", "late 2-3", "poison", "unlucky"))
    assert outcome.letters == len(("poison", "the pair of a request"))
