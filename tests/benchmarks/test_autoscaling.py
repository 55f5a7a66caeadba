"""The simulated cluster decides as KEDA, the HPA and Knative do, and loses nothing."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("simpy", reason="simpy is not installed: it comes with the development dependencies")

from benchmarks.autoscaling.cluster import Sample
from benchmarks.autoscaling.deciders import KPA_TICK, KedaHpa, KpaDecider
from benchmarks.autoscaling.report import flaps, row, section, table
from benchmarks.autoscaling.scenarios import PROFILES, SCENARIOS, Scenario, poisson, run
from benchmarks.autoscaling.sizes import LABEL, Keda, Kpa, ManifestError, Sizes, of_manifests
from runtime.scaler import Limits, Pool, decide, wanted

KEDA = Keda(min_replicas=1, max_replicas=10, threshold=4)
KPA = Kpa(min_scale=3, max_scale=10, container_concurrency=1)
SIZES = dict.fromkeys(PROFILES, Sizes(replace(KPA, container_concurrency=4), KEDA, max_in_flight=4))


@given(st.integers(1, 100), st.integers(1, 10))
def test_dispatchers_are_as_many_as_the_one_decision_function_wants(backlog: int, size: int) -> None:
    """Within the HPA's tolerance it stays as it is; up by at most four or to twice the size, down after the window."""
    decider = KedaHpa(KEDA, size)
    target = wanted(backlog, Limits(1, 10, per_worker=4))
    decided = decider.decide(0.0, backlog)
    if abs(backlog / (4 * size) - 1) <= 0.1:
        assert decided == size
    elif target >= size:
        assert decided == min(target, max(2 * size, size + 4))
    else:
        assert decided == target, "nothing called for more within the window"


@given(st.integers(0, 100), st.integers(1, 10))
def test_a_pool_on_a_laptop_and_one_on_a_cluster_come_to_the_same_size(backlog: int, size: int) -> None:
    """They differ in how fast they get there, and in the HPA's tolerance: it leaves a tenth too few or too many."""
    limits = Limits(1, 10, per_worker=4, calm=15.0)
    here, there = Pool(size), KedaHpa(KEDA, size)
    for tick in range(60):
        here = decide(here, backlog, tick * 15.0, limits).pool
        there.decide(tick * 15.0, backlog)
    assert here.size == there.size or abs(backlog / (4 * there.size) - 1) <= 0.1


def test_dispatchers_shrink_only_after_the_window() -> None:
    decider = KedaHpa(KEDA, 1)
    assert [decider.decide(15.0 * n, 20) for n in range(2)] == [5, 5]
    later = [decider.decide(15.0 * n, 0) for n in range(2, 30)]
    assert set(later[:20]) == {5}
    assert later[-1] == 1


def test_none_become_one_at_once_and_none_again_after_the_cooldown() -> None:
    decider = KedaHpa(replace(KEDA, min_replicas=0), 0)
    assert decider.decide(0.0, 0) == 0
    assert decider.decide(30.0, 100) == 1
    assert decider.decide(45.0, 100) == 5
    sizes = [decider.decide(45.0 + 15 * n, 0) for n in range(1, 30)]
    assert sizes[-1] == 0
    assert sizes[19] > 0, "the cooldown is 300 s"


def test_without_metrics_the_size_stays_until_the_fallback() -> None:
    decider = KedaHpa(replace(KEDA, fallback_after=3, fallback_replicas=6), 2)
    assert [decider.decide(30.0 * n, None) for n in range(4)] == [2, 2, 6, 6]
    assert KedaHpa(KEDA, 2).decide(0.0, None) == 2


def test_functions_follow_their_concurrency() -> None:
    decider = KpaDecider(replace(KPA, min_scale=0))
    sizes = [decider.decide(KPA_TICK * n, 5, 8) for n in range(40)]
    assert sizes[-1] == 8  # ceil(5 / 0.7)


def test_functions_panic_when_a_burst_doubles_what_is_called_for() -> None:
    decider = KpaDecider(KPA)
    quiet = [decider.decide(KPA_TICK * n, 1, 3) for n in range(30)]
    burst = [decider.decide(KPA_TICK * (30 + n), 9, 3) for n in range(4)]
    assert set(quiet) == {3}
    assert burst[-1] == 10, "six seconds are enough, where the stable window takes a minute"
    after = [decider.decide(KPA_TICK * (34 + n), 0, 10) for n in range(20)]
    assert set(after) == {10}, "in panic it never shrinks"


def test_the_last_function_pod_goes_after_a_while() -> None:
    decider = KpaDecider(replace(KPA, min_scale=0))
    decider.decide(0.0, 1, 1)
    sizes = [decider.decide(KPA_TICK * n, 0, 1) for n in range(1, 60)]
    assert sizes[-1] == 0
    assert 0 not in sizes[:44], "a stable window of 60 s and 30 s of grace"


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 12)), max_size=80))
def test_functions_stay_within_their_bounds(story: list[tuple[int, int]]) -> None:
    decider = KpaDecider(KPA)
    for tick, (in_flight, ready) in enumerate(story):
        assert 3 <= decider.decide(KPA_TICK * tick, in_flight, ready) <= 10


def short(name: str, length: float) -> Scenario:
    scenario = next(each for each in SCENARIOS if each.name == name)
    return replace(scenario, length=length, arrivals=lambda rng: poisson(rng, lambda _: 0.5, length, 0.5))


@pytest.mark.parametrize("name", [scenario.name for scenario in SCENARIOS])
def test_nothing_is_lost_whatever_happens(name: str) -> None:
    outcome = run(short(name, 1500.0), SIZES)
    assert outcome.arrived > 0
    assert outcome.lost == 0
    assert outcome.drained_at > 0


def test_poison_ends_in_the_dead_letters() -> None:
    outcome = run(short("poison", 2400.0), SIZES)
    assert row(outcome).dead_letters > 0
    assert row(outcome).redelivered == 19 * row(outcome).dead_letters


def test_the_same_seed_gives_the_same_story() -> None:
    one, two = (row(run(short("ramp", 1200.0), SIZES, seed=5)) for _ in range(2))
    assert one == two
    assert "| ramp |" in table([one])


def test_a_scenario_has_a_plot_and_a_table_of_every_function() -> None:
    told = section(run(short("burst", 600.0), SIZES), "plots")
    assert "(plots/burst.svg)" in told
    assert [line.split(" | ")[0] for line in told.splitlines() if line.startswith("| ")][1:] == [
        f"| {name}" for name in PROFILES
    ]


def test_growing_soon_after_shrinking_is_a_flap() -> None:
    sizes = [3, 2, 2, 3, 3, 2] + [2] * 40 + [3]
    samples = [Sample(10.0 * n, 0, size, 0) for n, size in enumerate(sizes)]
    assert flaps(samples) == 1


def manifests() -> list[dict[str, Any]]:
    labels = {"labels": {LABEL: "redline"}}
    notes = {"autoscaling.knative.dev/min-scale": "3", "autoscaling.knative.dev/max-scale": "10"}
    template = {"metadata": {"annotations": notes}, "spec": {"containerConcurrency": 1}}
    container = {"env": [{"name": "REDLINE_MAX_IN_FLIGHT", "value": "2"}]}
    scaled = {"minReplicaCount": 1, "maxReplicaCount": 5, "triggers": [{"metadata": {"threshold": "2"}}]}
    return [
        {"kind": "Service", "metadata": labels, "spec": {"template": template}},
        {"kind": "Deployment", "metadata": labels, "spec": {"template": {"spec": {"containers": [container]}}}},
        {"kind": "ScaledObject", "metadata": labels, "spec": scaled},
        {"kind": "Namespace", "metadata": {"name": "redline"}},
    ]


def test_sizes_are_read_from_manifests() -> None:
    assert of_manifests(manifests()) == {"redline": Sizes(Kpa(3, 10, 1), Keda(1, 5, 2.0), 2)}


def test_a_size_that_is_missing_is_named() -> None:
    found = manifests()
    del found[0]["spec"]["template"]["metadata"]["annotations"]["autoscaling.knative.dev/max-scale"]
    with pytest.raises(ManifestError, match=r"redline lack.*max-scale"):
        of_manifests(found)


def test_arrivals_follow_their_rate() -> None:
    arrivals = list(poisson(random.Random(3), lambda _: 0.5, 10_000.0, 1.0))
    assert 4_700 < len(arrivals) < 5_300
