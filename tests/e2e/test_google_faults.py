"""Most faults once, on few documents: the long run, with Pub/Sub itself away, is `nox -s e2e -- google`.

What Pub/Sub had sent into a connection that was cut waits for the end of its lease, longer than a test should.
"""

from __future__ import annotations

from pathlib import Path

from tests.e2e.google_faults import Plan, report, run
from tests.emulators.pubsub import PubSub


def test_nothing_is_lost_or_doubled_whatever_google_or_we_break(tmp_path: Path, pubsub: PubSub) -> None:
    plan = Plan(
        pairs=4, outage=3.0, kills=4, targets=("worker", "arbiter"), services=("storage", "redis"), patience=300.0
    )
    outcome = run(plan, tmp_path, pubsub)
    assert outcome.verdict.good, report(plan, outcome)
    assert outcome.verdict.redlines == plan.pairs + len(("late 1-2", "late 2-3", "poison"))
    assert outcome.letters == len(("poison 1", "poison 2"))
