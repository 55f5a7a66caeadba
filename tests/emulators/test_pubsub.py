"""Where the Pub/Sub emulator loses messages, or seems to, as the service does not, and what tests do about it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from backends.bus.google import GoogleBus
from backends.bus.google_pull import subscriber
from backends.guard import Guard
from schemas.messaging import Subscription
from tests.contract.test_bus import bodies, message, pull
from tests.emulators.gateway import gateway
from tests.emulators.pubsub import PubSub
from tests.emulators.streams import lively_streams
from tests.polling import PATIENCE

WORK = Subscription("orders", "work", lease=10.0)
SENT = 20
AT_ONCE = 2.0
"""Seconds within which a living stream has all, and well below a lease."""


def test_the_emulator_goes_on_dealing_to_a_stream_that_was_cut_off(
    google_bus: Callable[..., GoogleBus], pubsub: PubSub, prefix: str
) -> None:
    """When this fails a newer emulator is better, and the proxy can go."""
    assert len(_taken_after_a_cut(google_bus, pubsub, prefix, _port(pubsub), within=AT_ONCE)) < SENT


def test_behind_the_proxy_those_who_live_get_all(
    google_bus: Callable[..., GoogleBus], pubsub: PubSub, prefix: str
) -> None:
    with lively_streams(pubsub) as port:
        assert len(_taken_after_a_cut(google_bus, pubsub, prefix, port, within=PATIENCE)) == SENT


def test_the_emulator_retries_nothing_more_after_a_late_ack(
    google_bus: Callable[..., GoogleBus], pubsub: PubSub
) -> None:
    """What was given back, or lost its lease, and is then acked, ends the emulator's timer of all retries of the queue.

    A cut brings such acks about. So runs that cut have queues without backoff, which need no timer; when this fails a
    newer emulator is better, and they can have one.
    """
    queue = replace(WORK, retry_min=1.0, retry_max=1.0, max_attempts=20)
    bus = google_bus([queue], "orders", "dead-letters")
    for name in ("acked late", "retried"):
        bus.publish("orders", [message(name)])
        for _ in range(2):  # there is no backoff before the first retry
            [delivery] = pull(bus, queue)
            bus.nack(queue.name, delivery, reason="no")
        if name == "acked late":
            with subscriber(pubsub.host) as client:
                client.acknowledge(subscription=bus.subscription_path(queue.name), ack_ids=[delivery.ack_id])
            time.sleep(2 * queue.retry_max + 1.0)
    assert bus.pull(queue.name, max_messages=1, wait=5 * queue.retry_max) == []


def _taken_after_a_cut(
    google_bus: Callable[..., GoogleBus], pubsub: PubSub, prefix: str, port: int, *, within: float
) -> set[str]:
    """What one who lives takes of SENT messages, published after another stream, by way of this port, was cut off."""
    bus = google_bus([WORK], "orders", "dead-letters")
    with gateway(port) as way:
        lost = GoogleBus(pubsub.project, [WORK], guard=Guard("pubsub"), topic_prefix=prefix, emulator=way.host)
        assert lost.pull(WORK.name, max_messages=1, wait=1.0) == []
        way.cut()
        lost.stop()
    assert bus.pull(WORK.name, max_messages=1, wait=1.0) == []
    bus.publish("orders", [message(str(number)) for number in range(SENT)])
    taken: set[str] = set()
    give_up = time.monotonic() + within
    while len(taken) < SENT and time.monotonic() < give_up:
        deliveries = bus.pull(WORK.name, max_messages=SENT, wait=0.1)
        taken |= bodies(deliveries)
        bus.ack(WORK.name, deliveries)
    return taken


def _port(pubsub: PubSub) -> int:
    return int(pubsub.host.rpartition(":")[2])
