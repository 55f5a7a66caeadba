"""Empties the queues of one function: pulls events, POSTs each to the function, and acks or nacks by the answer.

When the function is unavailable it keeps what it holds on lease, pulls nothing more and tries again by itself, so that
an outage does not count against the messages and does not empty the queue into the dead letters.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Sequence
from typing import Final

from backends.bus import Bus, Delivery
from backends.errors import BackendUnavailable
from events.delivery import to_event, type_of
from events.envelope import EnvelopeError, Event
from events.routing import SUBSCRIPTIONS
from runtime.composition import services
from runtime.logging import log
from runtime.settings import DispatcherSettings
from runtime.sink import Answer, Sink, Verdict
from schemas.messaging import Subscription

PULL_WAIT: Final = 4.0
FIRST_PAUSE: Final = 0.05
LONGEST_PAUSE: Final = 2.0
DRAIN_WITHIN: Final = 600.0
"""A platform that cannot wait so long kills the process; what it held is then delivered again."""

_LOGGER: Final = logging.getLogger("redline.dispatcher")

Post = Callable[[Event], Answer]


class Dispatcher:
    """Threads that each pull one event at a time from a subscription and see it through."""

    def __init__(self, bus: Bus, subscriptions: Sequence[Subscription], post: Post, *, max_in_flight: int) -> None:
        """`max_in_flight` events are worked on at a time, shared out evenly among the subscriptions."""
        self._bus = bus
        self._subscriptions = subscriptions
        self._post = post
        self._threads_each = max(1, max_in_flight // len(subscriptions))
        self._held: dict[tuple[str, str], Delivery] = {}
        self._lock = threading.Condition()
        self._draining = threading.Event()
        self._available = threading.Event()
        self._available.set()

    def start(self) -> None:
        """Start pulling."""
        for subscription in self._subscriptions:
            for _ in range(self._threads_each):
                threading.Thread(target=self._pull, args=(subscription,), daemon=True).start()
            threading.Thread(target=self._keep_leases, args=(subscription,), daemon=True).start()

    def drain(self, within: float) -> bool:
        """Stop pulling and wait for what is in flight; whether all of it was done within so many seconds.

        A thread that waits for news holds nothing and is left to end with the process.
        """
        self._draining.set()
        with self._lock:
            return self._lock.wait_for(lambda: not self._held, timeout=within)

    def _pull(self, subscription: Subscription) -> None:
        pause = FIRST_PAUSE
        while not self._draining.is_set():
            if not self._available.wait(LONGEST_PAUSE):
                continue
            try:
                deliveries = self._bus.pull(subscription.name, max_messages=1, wait=PULL_WAIT)
            except Exception as error:
                if not isinstance(error, BackendUnavailable):
                    _LOGGER.exception("the queue could not be read; trying again")
                self._draining.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
                continue
            pause = FIRST_PAUSE
            for delivery in deliveries:
                self._see_through_safely(subscription, delivery)

    def _see_through_safely(self, subscription: Subscription, delivery: Delivery) -> None:
        """What nobody foresaw must not end the pulling: the lease ends, and the message comes again."""
        try:
            self._see_through(subscription, delivery)
        except Exception:
            _LOGGER.exception("a delivery could not be seen through")

    def _see_through(self, subscription: Subscription, delivery: Delivery) -> None:
        """Have one delivery handled, and settle it."""
        if self._draining.is_set():
            return
        key = (subscription.name, delivery.ack_id)
        with self._lock:
            self._held[key] = delivery
        try:
            answer = self._deliver(subscription, delivery)
            if answer.verdict is not Verdict.UNAVAILABLE:
                self._settle(subscription, delivery, answer)
        finally:
            with self._lock:
                del self._held[key]
                self._lock.notify_all()

    def _deliver(self, subscription: Subscription, delivery: Delivery) -> Answer:
        """The function's answer, however long it takes to get one; UNAVAILABLE only when drained meanwhile."""
        if not subscription.takes(delivery.message, type_of(delivery.message)):
            return Answer(Verdict.DONE)  # a bus without filters delivers what is meant for others
        try:
            event = to_event(delivery.message)
        except EnvelopeError as error:
            return Answer(Verdict.FAILED, str(error))
        pause = FIRST_PAUSE
        while (answer := self._post(event)).verdict is Verdict.UNAVAILABLE:
            if self._available.is_set():
                log(_LOGGER, logging.WARNING, "the function is unavailable", error=answer.reason)
            self._available.clear()
            if self._draining.wait(pause):
                return answer
            pause = min(pause * 2, LONGEST_PAUSE)
        self._available.set()
        if answer.verdict is Verdict.FAILED:
            fields = {"event_id": event.id, "event_type": event.type, "correlation_id": event.correlation_id}
            log(_LOGGER, logging.WARNING, "a delivery failed", **fields, attempt=delivery.attempt, error=answer.reason)
        return answer

    def _settle(self, subscription: Subscription, delivery: Delivery, answer: Answer) -> None:
        """Ack or nack, trying until the bus has taken it or there is no time left."""
        pause = FIRST_PAUSE
        while True:
            try:
                if answer.verdict is Verdict.DONE:
                    self._bus.ack(subscription.name, [delivery])
                else:
                    self._bus.nack(subscription.name, delivery, reason=answer.reason)
            except BackendUnavailable:
                if self._draining.is_set() and pause >= LONGEST_PAUSE:
                    return  # it is delivered again, which does no harm
                time.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                return

    def _keep_leases(self, subscription: Subscription) -> None:
        """Renew the leases of what is held, three times in the length of a lease."""
        while True:
            time.sleep(subscription.lease / 3)
            with self._lock:
                held = [delivery for (name, _), delivery in self._held.items() if name == subscription.name]
            if not held:
                continue
            try:
                self._bus.extend(subscription.name, held)
            except BackendUnavailable:
                log(_LOGGER, logging.WARNING, "leases could not be extended")


def main() -> None:
    """Run the dispatcher of the function that the settings name, until SIGTERM."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    parts, settings = services(), DispatcherSettings()
    subscriptions = [each for each in SUBSCRIPTIONS if each.function == settings.function]
    sink = Sink(settings.sink, timeout=max(each.deadline for each in subscriptions))
    dispatcher = Dispatcher(parts.bus, subscriptions, sink.post, max_in_flight=settings.max_in_flight)
    dispatcher.start()
    stop.wait()
    dispatcher.drain(DRAIN_WITHIN)
    os._exit(0)  # threads that wait for news hold nothing; there is nothing to tidy up


if __name__ == "__main__":
    main()
