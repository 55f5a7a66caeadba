"""Why the proxy is there: the emulator deals to the dead, and behind the proxy it does not."""

from __future__ import annotations

import time
from collections.abc import Callable

from backends.bus.google import GoogleBus
from backends.guard import Guard
from schemas.messaging import Subscription
from tests.contract.test_bus import bodies, message
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
