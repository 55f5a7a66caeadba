"""Pub/Sub beyond the contract: leases that the client keeps, kills, what Pub/Sub itself does, limits."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from google.cloud.pubsub_v1 import SubscriberClient
from google.pubsub_v1.types import PubsubMessage

from backends.bus import NotMeasured
from backends.bus.google import MOST_BYTES, MOST_MESSAGES, GoogleBus, _batches
from backends.bus.google_admin import provision, resource
from backends.bus.google_pull import subscriber
from backends.errors import BackendUnavailable
from backends.guard import Guard
from events.deadletters import from_dead_letter
from events.delivery import to_event
from events.registry import parse
from events.routing import ON_PUBSUB, TOPICS
from schemas.clock import ClockTicked
from schemas.deadletters import MessageUndeliverable
from schemas.messaging import Message, Subscription
from tests.contract.test_bus import GRAVE, WORK, bodies, message, pull
from tests.emulators.backlog import backlog
from tests.emulators.gateway import gateway
from tests.emulators.process import free_port
from tests.emulators.pubsub import PubSub, pubsub_emulator
from tests.emulators.streams import lively_streams
from tests.polling import PATIENCE

Buses = Callable[..., GoogleBus]
SHORT = Subscription("orders", "work", lease=10.0, retry_min=0.05, retry_max=0.2)


def test_a_held_message_stays_held_beyond_its_lease(google_bus: Buses, pubsub: PubSub) -> None:
    bus, rival = google_bus([SHORT], "orders", "dead-letters"), google_bus([SHORT])
    bus.publish("orders", [message("a")])
    held = pull(bus, SHORT)
    assert rival.pull(SHORT.name, max_messages=1, wait=SHORT.lease * 1.5) == []
    bus.ack(SHORT.name, held)
    assert backlog(pubsub, bus, "orders", SHORT.name) == 0


HOLDER = """
import sys, time
from backends.bus.google import GoogleBus
from backends.guard import Guard
from schemas.messaging import Subscription
project, host, prefix = sys.argv[1:]
subscription = Subscription("orders", "work", lease=10.0)
bus = GoogleBus(project, [subscription], guard=Guard("pubsub"), topic_prefix=prefix, emulator=host)
print(len(bus.pull(subscription.name, max_messages=1, wait=20)), flush=True)
time.sleep(600)
"""


def test_what_a_killed_holder_had_comes_again(google_bus: Buses, pubsub: PubSub, prefix: str) -> None:
    bus = google_bus([SHORT], "orders", "dead-letters")
    bus.publish("orders", [message("a")])
    command = [sys.executable, "-c", HOLDER, pubsub.project, pubsub.host, prefix]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "1\n"
        holder.send_signal(signal.SIGKILL)
    # The emulator may choose the dead stream again and again; each that lives makes that less likely.
    pullers = (bus, *(google_bus([SHORT]) for _ in range(3)))
    tries = (puller.pull(SHORT.name, max_messages=1, wait=2 * SHORT.lease) for _ in range(2) for puller in pullers)
    again = next(deliveries[0] for deliveries in tries if deliveries)
    assert (again.message, again.attempt > 1) == (message("a"), True)


def test_a_stream_asked_for_while_pubsub_is_away_is_the_only_one_when_it_is_back(
    google_bus: Buses, pubsub: PubSub, prefix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Google's client forgets a living stream when the one before had failed sooner than it asked; here it asks late.

    Pub/Sub would deal messages to the forgotten stream that nobody ever works on.
    """
    open_stream = SubscriberClient.streaming_pull
    streams = []

    def slowly(*args: Any, **kwargs: Any) -> Any:
        streams.append(open_stream(*args, **kwargs))
        time.sleep(0.1)
        return streams[-1]

    monkeypatch.setattr(SubscriberClient, "streaming_pull", slowly)
    everywhere = google_bus([SHORT], "orders", "dead-letters")
    with lively_streams(pubsub) as port, gateway(port) as way:
        way.cut()
        bus = GoogleBus(pubsub.project, [SHORT], guard=Guard("pubsub"), topic_prefix=prefix, emulator=way.host)
        assert bus.pull(SHORT.name, max_messages=1, wait=0.5) == []
        way.mend()
        everywhere.publish("orders", [message("a")])
        bus.ack(SHORT.name, pull(bus, SHORT))
        assert [stream.is_active() for stream in streams].count(True) == 1
        bus.stop()


def test_no_more_is_handed_out_than_may_be_held(google_bus: Buses) -> None:
    """The service sends no more either; the emulator does, and Google's client keeps what is too much to itself."""
    bus = google_bus([WORK], "orders", "dead-letters", max_messages=2)
    bus.publish("orders", [message(str(number)) for number in range(4)])
    held = pull(bus, WORK, 2)
    assert bus.pull(WORK.name, max_messages=5, wait=0.5) == []
    bus.ack(WORK.name, held)
    assert bodies(held) | bodies(pull(bus, WORK, 2)) == {"0", "1", "2", "3"}


def test_what_pubsub_itself_gives_up_is_a_dead_letter_without_a_reason(google_bus: Buses, pubsub: PubSub) -> None:
    bus = google_bus([SHORT, GRAVE], "orders", "dead-letters")
    bus.publish("orders", [message("bad")])
    with subscriber(pubsub.host) as client:
        path, give_up = bus.subscription_path(SHORT.name), time.monotonic() + PATIENCE
        letters: list[Message] = []
        while not letters and time.monotonic() < give_up:
            answer = client.pull(subscription=path, max_messages=1, retry=None, timeout=5)
            if ids := [each.ack_id for each in answer.received_messages]:
                client.modify_ack_deadline(subscription=path, ack_ids=ids, ack_deadline_seconds=0)
            letters = [each.message for each in bus.pull(GRAVE.name, max_messages=1, wait=0.2)]
    payload = parse(from_dead_letter(letters[0]))
    assert isinstance(payload, MessageUndeliverable)
    assert (payload.subscription, payload.reason, payload.data) == (SHORT.name, "", b"bad")
    assert payload.deliveries >= 5
    assert payload.attributes == message("bad").attributes


def test_facts_of_one_document_share_an_ordering_key(google_bus: Buses, pubsub: PubSub) -> None:
    facts = Subscription("documents", "work")
    bus = google_bus([facts, WORK], "documents", "orders", "dead-letters")
    of_a = Message(b"1", {"ce-partitionkey": "a"})
    bus.publish("documents", [of_a, Message(b"2", {"ce-partitionkey": "b"}), Message(b"3")])
    bus.publish("orders", [of_a])
    with subscriber(pubsub.host) as client:
        keys: dict[bytes, str] = {}
        give_up = time.monotonic() + PATIENCE
        for name in (facts.name, WORK.name):
            path = bus.subscription_path(name)
            while len(keys) < (3 if name == facts.name else 4) and time.monotonic() < give_up:
                answer = client.pull(subscription=path, max_messages=5)
                keys |= {
                    name.encode() + each.message.data: each.message.ordering_key for each in answer.received_messages
                }
    assert list(keys.values()).count("") == 2
    assert keys[b"documents-work1"] == "a"
    assert keys[b"documents-work2"] == "b"
    assert keys[b"orders-work1"] == ""


@pytest.mark.parametrize(
    ("messages", "sizes"),
    [
        ([], []),
        ([Message(b"x")] * (MOST_MESSAGES + 1), [MOST_MESSAGES, 1]),
        ([Message(b"x" * (MOST_BYTES // 2))] * 3, [1, 1, 1]),
        ([Message(b"x" * (MOST_BYTES // 3))] * 3, [2, 1]),
    ],
    ids=["none", "many", "large", "three thirds and their framing"],
)
def test_requests_stay_within_the_limits(messages: list[Message], sizes: list[int]) -> None:
    batches = list(_batches(messages, "key"))
    assert [len(batch) for batch in batches] == sizes
    assert all(sum(PubsubMessage.pb(each).ByteSize() for each in batch) <= MOST_BYTES for batch in batches)
    assert {each.ordering_key for batch in batches for each in batch} <= {"key"}


def test_a_tick_of_cloud_scheduler_says_when_it_was_published(google_bus: Buses) -> None:
    clock = next(each for each in ON_PUBSUB if each.topic == "clock")
    bus, before = google_bus([clock], "clock", "dead-letters"), datetime.now(UTC)
    bus.publish("clock", [Message(b"{}", {"ce-type": ClockTicked.event_type})])
    [held] = pull(bus, clock)
    told = parse(to_event(held.message))
    bus.ack(clock.name, [held])
    assert isinstance(told, ClockTicked)
    assert before - timedelta(seconds=1) < told.time < datetime.now(UTC) + timedelta(seconds=1)


def test_depth_says_who_tells_it(google_bus: Buses) -> None:
    with pytest.raises(NotMeasured, match="num_undelivered_messages"):
        google_bus([WORK], "orders", "dead-letters").depth(WORK.name)


def test_what_is_not_there_is_unavailable_and_says_so(pubsub: PubSub, prefix: str) -> None:
    bus = GoogleBus(pubsub.project, [WORK], guard=Guard("pubsub"), topic_prefix=prefix, emulator=pubsub.host)
    with pytest.raises(BackendUnavailable, match="topic"):
        bus.publish("orders", [message("a")])
    with pytest.raises(BackendUnavailable, match="orders-work"):
        bus.pull(WORK.name, max_messages=1, wait=PATIENCE)
    provision(bus, ["orders", "dead-letters"], [WORK], emulator=pubsub.host)
    bus.publish("orders", [message("a")])
    assert bodies(pull(bus, WORK)) == {"a"}
    bus.stop()


def test_every_subscription_of_the_routing_table_can_be_made_twice(google_bus: Buses, pubsub: PubSub) -> None:
    bus = google_bus(ON_PUBSUB, *TOPICS)
    provision(bus, TOPICS, ON_PUBSUB, emulator=pubsub.host)
    with subscriber(pubsub.host) as client:
        for each in ON_PUBSUB:
            made = client.get_subscription(subscription=bus.subscription_path(each.name))
            assert (made.topic, made.filter) == (bus.topic_path(each.topic), each.filter)
            assert made.ack_deadline_seconds == each.lease
            assert made.retry_policy.minimum_backoff == timedelta(seconds=10)
            assert made.retry_policy.maximum_backoff == timedelta(minutes=10)
            attempts = made.dead_letter_policy.max_delivery_attempts
            assert attempts == (0 if each.topic == "dead-letters" else 20)


@pytest.mark.parametrize(("asked", "given"), [(1, 5), (20, 20), (1000, 100)])
def test_attempts_are_kept_within_what_pubsub_takes(google_bus: Buses, asked: int, given: int) -> None:
    bus = google_bus([])
    made = resource(bus, Subscription("orders", "work", max_attempts=asked))
    assert made.dead_letter_policy.max_delivery_attempts == given


@pytest.fixture
def restarted(tmp_path: Path) -> Iterator[Callable[[], PubSub]]:
    """Starts an emulator of the test's own; called again, after the one before has ended, on the same port."""
    from contextlib import ExitStack

    port = free_port()
    stack = ExitStack()

    def start() -> PubSub:
        stack.close()
        return stack.enter_context(pubsub_emulator(tmp_path, port))

    yield start
    stack.close()


def test_a_server_that_is_gone_is_unavailable_and_comes_back(
    restarted: Callable[[], PubSub], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backends.bus.google._RETRY", None)
    server = restarted()
    bus = GoogleBus(server.project, [WORK], guard=Guard("pubsub", failures=2, pause=0.1), emulator=server.host)
    provision(bus, ["orders", "dead-letters"], [WORK], emulator=server.host)
    assert bus.pull(WORK.name, max_messages=1, wait=0.1) == []
    server = restarted()
    provision(bus, ["orders", "dead-letters"], [WORK], emulator=server.host)
    give_up = time.monotonic() + PATIENCE
    while True:
        try:
            bus.publish("orders", [message("a")])
            break
        except BackendUnavailable:
            assert time.monotonic() < give_up
            time.sleep(0.1)
    found: list[str] = []
    while not found and time.monotonic() < give_up + PATIENCE:
        try:
            found += bodies(bus.pull(WORK.name, max_messages=1, wait=1.0))
        except BackendUnavailable:
            time.sleep(0.1)
    assert found == ["a"]
    bus.stop()
