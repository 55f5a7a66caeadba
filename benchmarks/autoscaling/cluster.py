"""One function on a cluster: its queue, its dispatchers, its pods, and who decides how many there are of each."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any, Final

import simpy

from benchmarks.autoscaling.deciders import HPA_SYNC, KPA_TICK, KedaHpa, KpaDecider
from benchmarks.autoscaling.sizes import Sizes

Process = Generator[simpy.Event, Any, None]

METRIC_EVERY: Final = 60.0
METRIC_LAG: Final = 120.0
"""Seconds between samples of num_undelivered_messages, and until one is visible at the latest (Cloud Monitoring)."""
RETRY_MIN, RETRY_MAX = 10.0, 600.0
MAX_ATTEMPTS: Final = 20
LEASE: Final = 60.0
SAMPLE_EVERY: Final = 10.0


@dataclass(frozen=True, slots=True)
class Profile:
    """How one function behaves. Times in seconds: work is log-normal around `median`, `spread` its sigma."""

    median: float
    spread: float
    function_start: float = 4.0
    dispatcher_start: float = 3.0


@dataclass(slots=True)
class Message:
    """One event on its way through a queue."""

    born: float
    poison: bool = False
    attempts: int = 0


@dataclass(slots=True, eq=False)
class Pod:
    """A pod that is ready from `ready_at` on; `broken` is triggered when it dies with what it works on."""

    ready_at: float
    spot: bool
    zone: int
    broken: simpy.Event
    busy: int = 0


@dataclass(slots=True)
class Sample:
    """What a moment looked like."""

    time: float
    backlog: int
    dispatchers: int
    functions: int


@dataclass(slots=True)
class Record:
    """What is counted of one function."""

    samples: list[Sample] = field(default_factory=list)
    last_done: float = 0.0
    dead: int = 0
    redelivered: int = 0
    function_seconds: float = 0.0
    dispatcher_seconds: float = 0.0


class Pods:
    """A set of pods that is kept at a size; new ones need a while until they are ready."""

    def __init__(self, env: simpy.Environment, rng: random.Random, start: float, size: int, spot: float) -> None:
        self._env, self._rng, self._start, self._spot = env, rng, start, spot
        self.pods: list[Pod] = []
        self.size = 0
        self.resize(size, ready=True)

    def resize(self, size: int, *, ready: bool = False) -> list[Pod]:
        """Start or take away pods; those taken away, idle ones first, finish what they have."""
        self.size = size
        while len(self.pods) < size:
            delay = 0.0 if ready else self._start * self._rng.uniform(0.8, 1.6)
            spot, zone = self._rng.random() < self._spot, self._rng.randrange(3)
            self.pods.append(Pod(self._env.now + delay, spot, zone, self._env.event()))
        self.pods.sort(key=lambda pod: -pod.busy)
        gone = self.pods[size:]
        del self.pods[size:]
        return gone

    def kill(self, which: Callable[[Pod], bool]) -> None:
        """Pods die with what they work on; others take their places."""
        for pod in [pod for pod in self.pods if which(pod)]:
            self.pods.remove(pod)
            pod.broken.succeed()
        self.resize(self.size)

    def ready(self) -> list[Pod]:
        """Those that work by now."""
        return [pod for pod in self.pods if pod.ready_at <= self._env.now]

    def free(self, most: int) -> Pod | None:
        """The pod with the least to do, if it has less than `most`."""
        found = min(self.ready(), key=lambda pod: pod.busy, default=None)
        return found if found and found.busy < most else None


class Stage:
    """A function with everything around it. `after` is called with each message that was handled."""

    def __init__(
        self,
        env: simpy.Environment,
        sizes: Sizes,
        profile: Profile,
        rng: random.Random,
        after: Callable[[Message], None],
        *,
        spot: float,
    ) -> None:
        self.env, self.sizes, self.profile, self.after = env, sizes, profile, after
        self.record = Record()
        self.metric_is_dead = False
        self._rng = rng
        self._waiting: deque[Message] = deque()
        self._requests: deque[simpy.Event] = deque()
        self._unacked = self._in_flight = 0
        self._visible: deque[tuple[float, int]] = deque([(0.0, 0)])
        self.dispatchers = Pods(env, rng, profile.dispatcher_start, sizes.keda.min_replicas, 0.0)
        self.functions = Pods(env, rng, profile.function_start, sizes.kpa.min_scale, spot)
        for process in (self._measure(), self._scale_dispatchers(), self._scale_functions(), self._watch()):
            env.process(process)

    def publish(self, message: Message) -> None:
        """Put a message into the queue."""
        self._unacked += 1
        self._offer(message)

    @property
    def backlog(self) -> int:
        """Undelivered and unacknowledged messages, as num_undelivered_messages counts them."""
        return self._unacked

    def kill(self, which: Callable[[Pod], bool]) -> None:
        """Nodes die: function pods with their requests, and dispatchers, whose leases end later."""
        self.functions.kill(which)
        self.dispatchers.kill(which)
        self.env.process(self._pull_when_ready())

    def _offer(self, message: Message) -> None:
        self._waiting.append(message)
        self._pull()

    def _pull(self) -> None:
        """Dispatchers take messages as long as one of them has room."""
        while self._waiting and (dispatcher := self.dispatchers.free(self.sizes.max_in_flight)):
            dispatcher.busy += 1
            self.env.process(self._see_through(self._waiting.popleft(), dispatcher))

    def _see_through(self, message: Message, dispatcher: Pod) -> Process:
        self._in_flight += 1
        while (pod := self.functions.free(self.sizes.kpa.container_concurrency)) is None:
            turn = self.env.event()
            self._requests.append(turn)
            yield turn
        pod.busy += 1
        work = self.env.timeout(self._rng.lognormvariate(0.0, self.profile.spread) * self.profile.median)
        yield work | pod.broken | dispatcher.broken
        pod.busy -= 1
        dispatcher.busy -= 1
        self._in_flight -= 1
        self._next_request()
        if dispatcher.broken.triggered:
            self.env.process(self._offer_again(message))
        elif pod.broken.triggered or message.poison:
            self.env.process(self._nack(message))
        else:
            self._ack(message)
        self._pull()

    def _next_request(self) -> None:
        if self._requests:
            self._requests.popleft().succeed()

    def _ack(self, message: Message) -> None:
        self._unacked -= 1
        self.record.last_done = self.env.now
        self.after(message)

    def _nack(self, message: Message) -> Process:
        message.attempts += 1
        if message.attempts >= MAX_ATTEMPTS:
            self._unacked -= 1
            self.record.dead += 1
            self.record.last_done = self.env.now
            return
        self.record.redelivered += 1
        yield self.env.timeout(min(RETRY_MAX, RETRY_MIN * 2 ** (message.attempts - 1)) * self._rng.uniform(0.8, 1.0))
        self._offer(message)

    def _offer_again(self, message: Message) -> Process:
        """Nobody settled the message: its lease ends by itself."""
        self.record.redelivered += 1
        yield self.env.timeout(LEASE)
        self._offer(message)

    def _measure(self) -> Process:
        """The metric: sampled each minute, visible some time later."""
        while True:
            yield self.env.timeout(METRIC_EVERY)
            self._visible.append((self.env.now + self._rng.uniform(METRIC_LAG / 2, METRIC_LAG), self.backlog))

    def _metric(self) -> int | None:
        if self.metric_is_dead:
            return None
        while len(self._visible) > 1 and self._visible[1][0] <= self.env.now:
            self._visible.popleft()
        return self._visible[0][1]

    def _scale_dispatchers(self) -> Process:
        decider = KedaHpa(self.sizes.keda, self.dispatchers.size)
        while True:
            asleep = decider.size == 0 or self.metric_is_dead
            yield self.env.timeout(self.sizes.keda.polling if asleep else HPA_SYNC)
            size = decider.decide(self.env.now, self._metric())
            if size != self.dispatchers.size:
                self.dispatchers.resize(size)
                self.env.process(self._pull_when_ready())

    def _pull_when_ready(self) -> Process:
        yield self.env.timeout(self.profile.dispatcher_start * 1.6)
        self._pull()

    def _scale_functions(self) -> Process:
        decider = KpaDecider(self.sizes.kpa)
        while True:
            yield self.env.timeout(KPA_TICK)
            size = decider.decide(self.env.now, self._in_flight, len(self.functions.ready()))
            if size != self.functions.size:
                self.functions.resize(size)
            ready = self.functions.ready()
            room = len(ready) * self.sizes.kpa.container_concurrency - sum(pod.busy for pod in ready)
            for _ in range(room):
                self._next_request()

    def _watch(self) -> Process:
        """Keep a record of sizes, and of the time that pods cost."""
        while True:
            dispatchers, functions = len(self.dispatchers.pods), len(self.functions.pods)
            self.record.samples.append(Sample(self.env.now, self.backlog, dispatchers, functions))
            yield self.env.timeout(SAMPLE_EVERY)
            self.record.dispatcher_seconds += dispatchers * SAMPLE_EVERY
            self.record.function_seconds += functions * SAMPLE_EVERY
