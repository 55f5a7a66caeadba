"""What stands before every call of a service: a bulkhead, and a circuit breaker with its three states."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, Literal, cast

from pybreaker import (
    STATE_CLOSED,
    CircuitBreaker,
    CircuitBreakerError,
    CircuitBreakerListener,
    CircuitBreakerState,
)

from backends.errors import BackendUnavailable

State = Literal["closed", "half-open", "open"]

FAILURES: Final = 3
"""Calls in a row that must fail, each after its own retries, until the breaker opens."""
PAUSE: Final = 10.0
"""Seconds that an open breaker refuses every call; then one call is let through as a trial."""
AT_ONCE: Final = 10
"""Calls under way at a time; so many connections a pool of `requests` keeps open."""
PLACE_WITHIN: Final = 30.0
"""Seconds to wait for a place among them."""


class _Listener(CircuitBreakerListener):
    def __init__(self, tell: Callable[[State], None]) -> None:
        self._tell = tell

    def state_change(self, cb: CircuitBreaker, old_state: object, new_state: CircuitBreakerState) -> None:
        """Called by the breaker, which itself still stands where it stood."""
        self._tell(cast(State, new_state.name))


class Guard:
    """One for each service and process; any number of threads may call through it.

    Only BackendUnavailable counts against the service: whatever else a call raises is an answer.
    """

    def __init__(
        self,
        service: str,
        *,
        failures: int = FAILURES,
        pause: float = PAUSE,
        at_once: int = AT_ONCE,
        place_within: float = PLACE_WITHIN,
        changed: Callable[[str, State], None] = lambda service, state: None,
    ) -> None:
        """`service` is its name in the metrics and in what people read. Times in seconds.

        `changed` is told the service and where its breaker stands, at first and at each change.
        """
        self.service = service
        self._places = threading.BoundedSemaphore(at_once)
        self._place_within = place_within
        self._trial = threading.Lock()
        self._breaker = CircuitBreaker(
            fail_max=failures,
            reset_timeout=pause,
            exclude=[lambda error: not isinstance(error, BackendUnavailable)],
            throw_new_error_on_trip=False,
            listeners=[_Listener(lambda state: changed(service, state))],
        )
        changed(service, self.state)

    @property
    def state(self) -> State:
        """Where the breaker stands."""
        return cast(State, self._breaker.current_state)

    @contextmanager
    def call(self) -> Iterator[None]:
        """Run the block as one call of the service.

        Raises BackendUnavailable at once while the breaker is open, and when no place comes free.
        """
        with self._place(), self._one_trial():
            try:
                with self._breaker.calling():
                    yield
            except CircuitBreakerError:
                raise BackendUnavailable(f"{self.service} failed {self._breaker.fail_max} times; it rests.") from None

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._places.acquire(timeout=self._place_within):
            raise BackendUnavailable(f"Too many calls of {self.service} are under way.")
        try:
            yield
        finally:
            self._places.release()

    @contextmanager
    def _one_trial(self) -> Iterator[None]:
        """While the breaker is not closed, one call at a time may find out whether the service is back."""
        if self._breaker.current_state == STATE_CLOSED:
            yield
            return
        if not self._trial.acquire(blocking=False):
            raise BackendUnavailable(f"{self.service} is being tried by another call.")
        try:
            yield
        finally:
            self._trial.release()
