"""How many pods: the rules of KEDA, of the Horizontal Pod Autoscaler and of Knative's KPA, with their defaults. Pure.

https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/ (algorithm, default behaviour)
https://keda.sh/docs/latest/reference/scaledobject-spec/ (polling, activation, cooldown, fallback)
https://knative.dev/docs/serving/autoscaling/kpa-specific/ (windows, panic mode, rates)
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import Final

from benchmarks.autoscaling.sizes import Keda, Kpa
from runtime.scaler import Limits, wanted

HPA_SYNC: Final = 15.0
HPA_TOLERANCE: Final = 0.1
HPA_UP_PODS: Final = 4
HPA_UP_PERIOD: Final = 15.0
KPA_TICK: Final = 2.0
KPA_PANIC_WINDOW: Final = 0.1
KPA_PANIC_THRESHOLD: Final = 2.0
KPA_UP_RATE: Final = 1000.0
KPA_DOWN_RATE: Final = 2.0
KPA_ZERO_GRACE: Final = 30.0


@dataclass(slots=True)
class KedaHpa:
    """The size of a dispatcher Deployment: KEDA between none and one, the HPA it makes above."""

    keda: Keda
    size: int
    _active: float = 0.0
    _failures: int = 0
    _proposals: deque[tuple[float, int]] = field(default_factory=deque)
    _sizes: deque[tuple[float, int]] = field(default_factory=deque)

    def decide(self, now: float, backlog: int | None) -> int:
        """The new size; `backlog` is what the metric says, None while it cannot be read."""
        if backlog is None:
            return self._without_metric()
        self._failures = 0
        if backlog > 0:
            self._active = now
        if self.size == 0:
            self.size = max(1, self.keda.min_replicas) if backlog > 0 else self.keda.min_replicas
            return self.size
        if self.keda.min_replicas == 0 and backlog == 0 and now - self._active > self.keda.cooldown:
            self.size = 0
            return 0
        self.size = self._hpa(now, backlog)
        return self.size

    def _without_metric(self) -> int:
        """Stay; with a fallback, take its size once the metric failed often enough."""
        self._failures += 1
        if self.keda.fallback_after is not None and self._failures >= self.keda.fallback_after:
            self.size = self.keda.fallback_replicas
        return self.size

    def _hpa(self, now: float, backlog: int) -> int:
        limits = Limits(max(1, self.keda.min_replicas), self.keda.max_replicas, per_worker=round(self.keda.threshold))
        ratio = backlog / (self.keda.threshold * self.size)
        proposal = self.size if abs(ratio - 1) <= HPA_TOLERANCE else wanted(backlog, limits)
        self._proposals.append((now, proposal))
        while now - self._proposals[0][0] > self.keda.scale_down_window:
            self._proposals.popleft()
        stabilized = max(proposal, min(self.size, max(size for _, size in self._proposals)))
        self._sizes.append((now, self.size))
        while now - self._sizes[0][0] > HPA_UP_PERIOD:
            self._sizes.popleft()
        base = min(size for _, size in self._sizes)
        return max(limits.minimum, min(stabilized, max(2 * base, base + HPA_UP_PODS), limits.maximum))


@dataclass(slots=True)
class KpaDecider:
    """The size of a function's Service by the concurrency of its requests, in a stable and a panic window."""

    kpa: Kpa
    _seen: deque[tuple[float, float]] = field(default_factory=deque)
    _panic_since: float | None = None
    _panic_size: int = 0
    _idle_since: float | None = None

    def decide(self, now: float, in_flight: int, ready: int) -> int:
        """Pods wanted; to be asked every KPA_TICK seconds with the requests that are in flight or wait for a pod."""
        self._seen.append((now, in_flight))
        while now - self._seen[0][0] > self.kpa.window:
            self._seen.popleft()
        target = self.kpa.container_concurrency * self.kpa.target_percentage / 100
        stable = math.ceil(self._average(now, self.kpa.window) / target)
        panic = math.ceil(self._average(now, self.kpa.window * KPA_PANIC_WINDOW) / target)
        pods = max(1, ready)
        most, least = math.ceil(KPA_UP_RATE * pods), math.floor(pods / KPA_DOWN_RATE) if ready else 0
        stable, panic = (min(most, max(least, each)) for each in (stable, panic))
        if panic / pods >= KPA_PANIC_THRESHOLD:
            self._panic_since = now
        elif self._panic_since is not None and now - self._panic_since > self.kpa.window:
            self._panic_since, self._panic_size = None, 0
        if self._panic_since is not None:
            self._panic_size = max(self._panic_size, panic, ready)
            stable = max(stable, self._panic_size)
        return self._grace(now, max(self.kpa.min_scale, min(self.kpa.max_scale, stable)))

    def _average(self, now: float, window: float) -> float:
        values = [value for moment, value in self._seen if now - moment <= window]
        return sum(values) / len(values)

    def _grace(self, now: float, size: int) -> int:
        """The last pod goes only after a while without a request."""
        if size:
            self._idle_since = None
            return size
        if self._idle_since is None:
            self._idle_since = now
        return 0 if now - self._idle_since >= KPA_ZERO_GRACE else 1
