"""What is thrown at the cluster: days quiet and busy, bursts, poison, and parts that fail."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import simpy

from benchmarks.autoscaling.cluster import Message, Pod, Process, Profile, Record, Stage
from benchmarks.autoscaling.sizes import Sizes

HOUR: Final = 3600.0
PROFILES: Final[Mapping[str, Profile]] = {
    "normalize": Profile(median=0.25, spread=0.6),
    "plan": Profile(median=0.12, spread=0.4),
    "redline": Profile(median=0.45, spread=0.8, function_start=5.0),
    "render": Profile(median=0.4, spread=0.8, function_start=5.0),
    "index": Profile(median=0.15, spread=0.5),
    "audit": Profile(median=0.03, spread=0.4),
}
"""Seconds of work by function, round trips to storage included: an eight-thousand-word pair for `redline`."""
CHAIN: Final[Mapping[str, tuple[str, ...]]] = {
    "normalize": ("plan", "audit", "index"),
    "plan": ("redline",),
    "redline": ("audit", "index", "render"),
    "render": ("audit",),
    "index": (),
    "audit": (),
}
"""Whose events each function's outcome becomes."""
SPOT: Final = 0.7
"""Share of function pods that run on spot nodes."""
SPOT_LIFE: Final = 2 * HOUR
"""Mean time after which a spot node is taken away, in the scenarios where nodes die."""

Arrivals = Iterator[tuple[float, str, int]]
"""When, into which function's queue, and how many at once."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One story. `length` in seconds; afterwards it runs on until everything is done."""

    name: str
    told: str
    length: float
    arrivals: Callable[[random.Random], Arrivals]
    poison: Callable[[random.Random, float], bool] = lambda *_: False
    trouble: Callable[[simpy.Environment, Mapping[str, Stage]], Process] | None = None


@dataclass(slots=True)
class Outcome:
    """What became of a scenario. `end_to_end` are (when done, seconds from arrival to the redline's audit row)."""

    scenario: Scenario
    arrived: int
    last_arrival: float
    drained_at: float
    records: Mapping[str, Record]
    end_to_end: list[tuple[float, float]] = field(default_factory=list)

    @property
    def lost(self) -> int:
        """What arrived and neither became a redline nor a dead letter."""
        return self.arrived - len(self.end_to_end) - sum(record.dead for record in self.records.values())


def run(scenario: Scenario, sizes: Mapping[str, Sizes], seed: int = 1) -> Outcome:
    """Simulate the scenario with these sizes."""
    rng = random.Random(seed)
    env = simpy.Environment()
    stages: dict[str, Stage] = {}
    outcome = Outcome(scenario, 0, 0.0, 0.0, {})

    def hand_on(name: str) -> Callable[[Message], None]:
        def after(message: Message) -> None:
            if name == "redline":
                outcome.end_to_end.append((env.now, env.now - message.born))
            for following in CHAIN[name]:
                poison = following == "redline" and scenario.poison(rng, env.now)
                stages[following].publish(Message(message.born, poison))

        return after

    for name, profile in PROFILES.items():
        stages[name] = Stage(env, sizes[name], profile, rng, hand_on(name), spot=SPOT)
    outcome.records = {name: stage.record for name, stage in stages.items()}

    def arrive() -> Process:
        for when, into, count in scenario.arrivals(rng):
            if when > env.now:
                yield env.timeout(when - env.now)
            outcome.arrived += count
            outcome.last_arrival = env.now
            for _ in range(count):
                poison = into == "redline" and scenario.poison(rng, env.now)
                stages[into].publish(Message(env.now, poison))

    env.process(arrive())
    if scenario.trouble:
        env.process(scenario.trouble(env, stages))
    env.run(scenario.length)
    while any(stage.backlog for stage in stages.values()) and env.now < scenario.length + 24 * HOUR:
        env.run(env.now + 30.0)
    outcome.drained_at = max(stage.record.last_done for stage in stages.values())
    return outcome


def poisson(rng: random.Random, rate: Callable[[float], float], length: float, highest: float) -> Arrivals:
    """Documents at a rate (for each second) that changes over time, by thinning."""
    now = 0.0
    while (now := now + rng.expovariate(highest)) < length:
        if rng.random() < rate(now) / highest:
            yield now, "normalize", 1


def _quiet(rng: random.Random) -> Arrivals:
    return poisson(rng, lambda t: 0.02 * (1 + math.sin(2 * math.pi * t / (24 * HOUR))), 24 * HOUR, 0.04)


def _burst(rng: random.Random) -> Arrivals:
    yield 1800.0, "normalize", 400


def _batches(rng: random.Random) -> Arrivals:
    for _ in range(100):
        yield 1800.0, "redline", 100


def _ramp(rng: random.Random) -> Arrivals:
    top = 1_000_000 / (24 * HOUR)
    return poisson(rng, lambda t: top * min(1.0, t / (2 * HOUR)), 3 * HOUR, top)


def _steady(rng: random.Random) -> Arrivals:
    return poisson(rng, lambda _: 1.0, 2 * HOUR, 1.0)


def _spot_nodes(env: simpy.Environment, stages: Mapping[str, Stage]) -> Process:
    rng = random.Random(7)
    while True:
        yield env.timeout(60.0)
        for stage in stages.values():
            stage.kill(lambda pod: pod.spot and rng.random() < 60.0 / SPOT_LIFE)


def _zone_lost(env: simpy.Environment, stages: Mapping[str, Stage]) -> Process:
    yield env.timeout(HOUR)

    def in_zone(pod: Pod) -> bool:
        return pod.zone == 0

    for stage in stages.values():
        stage.kill(in_zone)


def _dead_metrics(env: simpy.Environment, stages: Mapping[str, Stage]) -> Process:
    yield env.timeout(1200.0)
    for stage in stages.values():
        stage.metric_is_dead = True
    yield env.timeout(HOUR)
    for stage in stages.values():
        stage.metric_is_dead = False


SCENARIOS: Final = (
    Scenario("quiet-day", "a document every 50 s on average, over 24 hours", 24 * HOUR, _quiet),
    Scenario("burst", "400 documents at once, after a quiet half hour", HOUR, _burst),
    Scenario("batches", "100 requests of 100 pairs at once", HOUR, _batches),
    Scenario(
        "ramp", "a ramp over 2 hours to 1,000,000 documents a day; spot nodes die", 3 * HOUR, _ramp, trouble=_spot_nodes
    ),
    Scenario(
        "poison",
        "a document a second; every fifth pair of 10 minutes fails always",
        2 * HOUR,
        _steady,
        poison=lambda rng, now: 1800 <= now < 2400 and rng.random() < 0.2,
    ),
    Scenario("zone-lost", "a document a second; a zone dies with all its pods", 2 * HOUR, _steady, trouble=_zone_lost),
    Scenario("metrics-dead", "a document a second; no metrics for an hour", 2 * HOUR, _steady, trouble=_dead_metrics),
)
