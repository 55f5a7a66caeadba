"""Leases and depths of the embedded bus, where whoever pulled has to keep the lease."""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from redis import Redis

from backends.bus import Delivery
from backends.bus.embedded import EmbeddedBus
from schemas.messaging import Subscription
from tests.contract.doors import type_of
from tests.contract.test_bus import GRAVE, LONG, WORK, bodies, message, pull
from tests.polling import PATIENCE, eventually

SHORT = replace(WORK, lease=0.2)
Buses = Callable[[Sequence[Subscription]], EmbeddedBus]


@pytest.fixture
def buses(redis: Redis, namespace: str) -> Buses:
    """Makes buses on one store, which is empty at first."""
    return functools.partial(EmbeddedBus, redis, type_of=type_of, namespace=namespace)


def test_comes_again_when_the_lease_ends(buses: Buses) -> None:
    bus = buses([SHORT])
    bus.publish("orders", [message("a")])
    assert [pull(bus, SHORT)[0].attempt for _ in range(3)] == [1, 2, 3]


def test_extending_keeps_the_lease(buses: Buses) -> None:
    subscription = replace(WORK, lease=0.5)
    bus = buses([subscription])
    lost: list[Delivery] = []
    done = threading.Event()

    def rival() -> None:
        other = buses([subscription])
        while not done.is_set():
            lost.extend(other.pull(subscription.name, max_messages=1, wait=0.05))

    bus.publish("orders", [message("a")])
    held = pull(bus, subscription)
    thread = threading.Thread(target=rival)
    thread.start()
    keep_until = time.monotonic() + 3 * subscription.lease
    while time.monotonic() < keep_until:
        bus.extend(subscription.name, held)
        time.sleep(subscription.lease / 20)
    bus.ack(subscription.name, held)
    done.set()
    thread.join()
    assert lost == []
    assert bus.depth(subscription.name).backlog == 0


def test_a_lease_that_ends_counts_as_an_attempt(buses: Buses) -> None:
    subscription = replace(SHORT, max_attempts=2)
    bus = buses([subscription, GRAVE])
    bus.publish("orders", [message("bad")])
    assert [pull(bus, subscription)[0].attempt for _ in range(2)] == [1, 2]

    def letters() -> list[Delivery]:
        bus.pull(subscription.name, max_messages=1, wait=0)
        return bus.pull(GRAVE.name, max_messages=1, wait=0)

    letter = eventually(letters, "the dead letter")[0]
    assert letter.message.attributes["CloudPubSubDeadLetterSourceDeliveryCount"] == "2"
    assert letter.message.attributes["reason"]
    assert bus.depth(subscription.name).backlog == 0


@pytest.mark.parametrize("late", ["ack", "nack", "extend"])
def test_who_lost_the_lease_changes_nothing_for_the_next_holder(buses: Buses, late: str) -> None:
    subscription = replace(SHORT, max_attempts=2)
    bus = buses([subscription, GRAVE])
    bus.publish("orders", [message("a")])
    lost = pull(bus, subscription)[0]
    held = pull(bus, subscription)[0]
    if late == "nack":
        bus.nack(subscription.name, lost, reason="late")
    elif late == "ack":
        bus.ack(subscription.name, [lost])
    else:
        bus.extend(subscription.name, [lost])
    assert bus.depth(subscription.name).backlog == 1
    assert bus.depth(GRAVE.name).backlog == 0
    bus.nack(subscription.name, held, reason="in time")
    assert bus.depth(subscription.name).backlog == 0
    assert bus.depth(GRAVE.name).backlog == 1


def test_depth_tells_what_waits(buses: Buses) -> None:
    bus = buses([replace(WORK, retry_min=LONG, retry_max=LONG), GRAVE])
    empty = bus.depth(WORK.name)
    assert (empty.backlog, empty.oldest_age) == (0, 0)
    bus.publish("orders", [message("a"), message("b"), message("c")])
    leased = pull(bus, WORK, 2)
    bus.nack(WORK.name, leased[0], reason="no")
    depth = bus.depth(WORK.name)
    assert (depth.ready, depth.leased, depth.delayed, depth.backlog) == (1, 1, 1, 3)
    eventually(lambda: bus.depth(WORK.name).oldest_age > 0.05, "the age of the oldest grows")


def test_leases_no_more_than_asked_for(buses: Buses) -> None:
    bus = buses([WORK])
    bus.publish("orders", [message(str(number)) for number in range(5)])
    assert len(bus.pull(WORK.name, max_messages=2, wait=1)) == 2
    depth = bus.depth(WORK.name)
    assert (depth.ready, depth.leased) == (3, 2)


def test_a_dead_letter_counts_its_attempts(buses: Buses) -> None:
    grave = replace(GRAVE, max_attempts=1)
    bus = buses([grave])
    bus.publish("dead-letters", [message("letter")])
    for attempt in (1, 2, 3):
        delivery = pull(bus, grave)[0]
        assert delivery.attempt == attempt
        bus.nack(grave.name, delivery, reason="no")


def test_a_waiting_pull_wakes_when_a_lease_ends(buses: Buses) -> None:
    bus = buses([SHORT, GRAVE])
    bus.publish("orders", [message("a")])
    pull(bus, SHORT)
    assert bodies(bus.pull(SHORT.name, max_messages=1, wait=PATIENCE)) == {"a"}
