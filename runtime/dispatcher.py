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
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

from pydantic import ValidationError

from backends.bus import Bus, Delivery
from backends.errors import BackendUnavailable
from backends.keys.embedded import KeyUnusable
from events.delivery import tenant_of, to_event, type_of
from events.envelope import EnvelopeError, Event
from events.routing import SUBSCRIPTIONS
from runtime import exposition, metrics, tracing
from runtime.composition import services
from runtime.logging import log
from runtime.settings import DispatcherSettings, explained
from runtime.sink import Answer, Sink, Verdict
from runtime.turns import Job, Turns
from schemas.messaging import Subscription

PULL_WAIT: Final = 4.0
FIRST_PAUSE: Final = 0.05
LONGEST_PAUSE: Final = 2.0
DRAIN_WITHIN: Final = 600.0
"""A platform that cannot wait so long kills the process; what it held is then delivered again."""

_STOPPING: Final = frozenset((signal.SIGTERM, signal.SIGINT))

FAILED: Final = "a delivery failed"
"""What the log says when an attempt of a message is counted."""

_LOGGER: Final = logging.getLogger("redline.dispatcher")

Post = Callable[[Event], Answer]


class Dispatcher:
    """One thread pulls from each subscription, some see one event through at a time, one acks what is done.

    Pulls and acks take many messages at once where there are many; each event is POSTed by itself.
    """

    def __init__(
        self,
        bus: Bus,
        subscriptions: Sequence[Subscription],
        post: Post,
        *,
        max_in_flight: int,
        ahead: int = 0,
        bulk_per_tenant: int = 1,
    ) -> None:
        """`max_in_flight` events are with the function at a time, and `ahead` more are held ready.

        `bulk_per_tenant` is how many of them may be bulk work of one tenant.
        """
        self._bus = bus
        self._subscriptions = subscriptions
        self._post = post
        self._ahead = ahead
        self._workers = max_in_flight
        self._turns = Turns(max_in_flight, bulk_per_tenant)
        self._held: dict[tuple[str, str], Delivery] = {}
        """What is on lease here, by subscription and loan."""
        self._done: defaultdict[str, list[Delivery]] = defaultdict(list)
        """What is to be acked, by subscription."""
        self._unsettled = 0
        """Jobs that were taken and are neither acked nor nacked."""
        self._threads: list[threading.Thread] = []
        self._unreached = {subscription.name for subscription in subscriptions}
        """Subscriptions that were not pulled from yet, or could not be the last time."""
        self._draining = False
        self._available = True
        self._lock = threading.Lock()
        self._has_room, self._has_jobs, self._has_acks, self._settled = (
            threading.Condition(self._lock) for _ in range(4)
        )
        self._drained = threading.Event()

    def start(self) -> None:
        """Start pulling."""
        for subscription in self._subscriptions:
            self._thread(self._pull, subscription)
            self._thread(self._keep_leases, subscription)
        for _ in range(self._workers):
            self._thread(self._work)
        self._thread(self._ack)

    @property
    def is_healthy(self) -> bool:
        """Whether every thread does its work still, or is done with it."""
        return self._draining or all(thread.is_alive() for thread in self._threads)

    @property
    def is_ready(self) -> bool:
        """Whether it pulls from all of its subscriptions."""
        return not self._draining and not self._unreached

    def drain(self, within: float) -> bool:
        """Stop pulling and wait for what is in flight; whether all of it was settled within so many seconds.

        What only waits for its turn is not begun: its lease ends, and it is delivered again.
        """
        self._bus.stop()
        with self._lock:
            self._draining = True
            for job in self._turns.clear():
                del self._held[job.subscription.name, job.delivery.ack_id]
            self._drained.set()
            self._has_room.notify_all()
            self._has_jobs.notify_all()
            return self._settled.wait_for(lambda: not self._unsettled, timeout=within)

    def _thread(self, target: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        thread.start()
        self._threads.append(thread)

    def _pull(self, subscription: Subscription) -> None:
        pause = FIRST_PAUSE
        while (room := self._wait_for_room(subscription)) > 0:
            try:
                deliveries = self._bus.pull(subscription.name, max_messages=room, wait=PULL_WAIT)
            except Exception as error:
                self._unreached.add(subscription.name)
                if not isinstance(error, BackendUnavailable):
                    _LOGGER.exception("the queue could not be read; trying again")
                self._drained.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                pause = FIRST_PAUSE
                self._unreached.discard(subscription.name)
                self._take_in(subscription, deliveries)

    def _wait_for_room(self, subscription: Subscription) -> int:
        """How many deliveries to pull, 0 when there is nothing more to pull."""
        with self._lock:
            while not self._draining:
                room = self._turns.room(subscription, self._ahead)
                if room > 0 and self._available:
                    return room
                self._has_room.wait()
            return 0

    def _take_in(self, subscription: Subscription, deliveries: Sequence[Delivery]) -> None:
        """Let the deliveries wait for their turns."""
        jobs = [_job(subscription, each) for each in deliveries]
        with self._lock:
            if self._draining:
                return
            for job in jobs:
                self._held[subscription.name, job.delivery.ack_id] = job.delivery
                self._turns.put(job)
            self._has_jobs.notify(len(jobs))

    def _work(self) -> None:
        while (job := self._next()) is not None:
            try:
                answer = self._deliver(job)
            except Exception:  # what nobody foresaw must not end the work: the message comes again, as a failed one
                _LOGGER.exception("a delivery could not be seen through")
                answer = Answer(Verdict.FAILED, "the dispatcher failed")
            seconds = time.monotonic() - job.pulled
            error = "" if answer.verdict is Verdict.DONE else answer.verdict.name.lower()
            metrics.processed(job.subscription.name, seconds, error=error)
            self._settle(job, answer)

    def _next(self) -> Job | None:
        """The job whose turn it is, None when drained."""
        with self._lock:
            while not self._draining:
                job = self._turns.take() if self._available else None
                if job is not None:
                    self._unsettled += 1
                    return job
                self._has_jobs.wait()
            return None

    def _deliver(self, job: Job) -> Answer:
        """The function's answer, however long it takes to get one; UNAVAILABLE only when drained meanwhile."""
        message = job.delivery.message
        if not job.subscription.takes(message, type_of(message)):
            return Answer(Verdict.DONE)  # a bus without filters delivers what is meant for others
        try:
            event = to_event(message)
        except EnvelopeError as error:
            return Answer(Verdict.FAILED, str(error))
        with tracing.processing(event, job.subscription, job.delivery.attempt) as failed:
            answer = self._post_until_answered(event)
            if answer.verdict is not Verdict.DONE:
                failed(answer.reason)
        if answer.verdict is Verdict.FAILED:
            fields = {"event_id": event.id, "event_type": event.type, "correlation_id": event.correlation_id}
            attempt = job.delivery.attempt
            log(_LOGGER, logging.WARNING, FAILED, **fields, attempt=attempt, error=answer.reason)
        return answer

    def _post_until_answered(self, event: Event) -> Answer:
        """The function's answer; UNAVAILABLE only when drained before there was one."""
        pause = FIRST_PAUSE
        try:
            while (answer := self._post(event)).verdict is Verdict.UNAVAILABLE:
                if self._available:
                    log(_LOGGER, logging.WARNING, "the function is unavailable", error=answer.reason)
                self._available = False
                if self._drained.wait(pause):
                    break
                pause = min(pause * 2, LONGEST_PAUSE)
            return answer
        finally:  # also after what nobody foresaw: no other worker may be there to find out
            if not self._available:
                self._go_on()

    def _go_on(self) -> None:
        """The function is available again."""
        with self._lock:
            self._available = True
            self._has_room.notify_all()
            self._has_jobs.notify_all()

    def _settle(self, job: Job, answer: Answer) -> None:
        """Nack, or leave to be acked, or let go; then the slot is free."""
        name, delivery = job.subscription.name, job.delivery
        if answer.verdict is Verdict.FAILED:
            self._insist(partial(self._bus.nack, name, delivery, reason=answer.reason))
        with self._lock:
            self._turns.done(job)
            if answer.verdict is Verdict.DONE:
                self._done[name].append(delivery)
                self._has_acks.notify()
            else:
                self._let_go(name, [delivery])
            self._has_room.notify_all()
            self._has_jobs.notify()

    def _ack(self) -> None:
        """Ack what was done since the last time, all of a subscription at once."""
        while True:
            with self._lock:
                self._has_acks.wait_for(lambda: self._done)
                done = dict(self._done)
                self._done.clear()
            for name, deliveries in done.items():
                self._insist(partial(self._bus.ack, name, deliveries))
                with self._lock:
                    self._let_go(name, deliveries)

    def _let_go(self, name: str, deliveries: Sequence[Delivery]) -> None:
        """These are settled, or somebody else's to settle; to be called with the lock."""
        for delivery in deliveries:
            self._held.pop((name, delivery.ack_id), None)
        self._unsettled -= len(deliveries)
        self._settled.notify_all()

    def _insist(self, answer: Callable[[], None]) -> None:
        """Ack or nack, trying until the bus has taken it or there is no time left."""
        pause = FIRST_PAUSE
        while True:
            try:
                answer()
            except BackendUnavailable:
                if self._draining and pause >= LONGEST_PAUSE:
                    return  # it is delivered again, which does no harm
                time.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            except Exception:
                _LOGGER.exception("a delivery could not be settled")
                return
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


def _job(subscription: Subscription, delivery: Delivery) -> Job:
    tenant = tenant_of(delivery.message) if subscription.priority == "bulk" else ""
    return Job(subscription, delivery, tenant, time.monotonic())


def main() -> None:
    """Run the dispatcher of the function that the settings name, until SIGTERM."""
    # Blocked in every thread, and waited for below: a handler may come just before a wait, which then is not woken.
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)
    try:
        parts, settings = services(), DispatcherSettings()
    except ValidationError as error:
        raise SystemExit(f"dispatcher: {explained(error)}") from None
    except (BackendUnavailable, KeyUnusable) as error:
        raise SystemExit(f"dispatcher: {error}") from None
    subscriptions = [each for each in SUBSCRIPTIONS if each.function == settings.function]
    sink = Sink(settings.sink, timeout=max(each.deadline for each in subscriptions))
    dispatcher = Dispatcher(
        parts.bus,
        subscriptions,
        sink.post,
        max_in_flight=settings.max_in_flight,
        ahead=settings.ahead,
        bulk_per_tenant=settings.bulk_per_tenant,
    )
    if settings.port:
        probes = {"/healthz": lambda: dispatcher.is_healthy, "/readyz": lambda: dispatcher.is_ready}
        exposition.serve(settings.port, probes=probes)
    dispatcher.start()
    signal.sigwait(_STOPPING)
    dispatcher.drain(DRAIN_WITHIN)
    tracing.flush()
    os._exit(0)  # threads that wait for news hold nothing; there is nothing to tidy up


if __name__ == "__main__":
    main()
