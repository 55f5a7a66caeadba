"""A few kills while a few documents come in: the long run of this is `nox -s e2e`."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.chaos import Plan, report, run


def test_nothing_is_lost_or_doubled_whatever_is_killed(tmp_path: Path) -> None:
    plan = Plan(kills=5, request_kills=3, pairs=6, seed=5, pause=1.0, patience=60.0)
    outcome = run(plan, tmp_path)
    assert outcome.verdict.good, report(plan, outcome)
    assert outcome.kills.total() == plan.kills + plan.request_kills
    assert outcome.verdict.redlines == plan.pairs
