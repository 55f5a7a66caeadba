"""The bus on a real server: kills, restarts, and any order of operations."""

from __future__ import annotations

import random
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from redis import Redis

from backends.bus import Delivery
from backends.bus.embedded import EmbeddedBus
from backends.bus.valkey import EmbeddedValkey
from backends.cache.embedded import RedisSeenMarks
from backends.errors import BackendUnavailable
from backends.redis_client import connect
from schemas.messaging import Message, Subscription
from tests.contract.doors import type_of
from tests.polling import PATIENCE, eventually

WORK = Subscription("orders", "work", lease=60.0, retry_min=0.001, retry_max=0.002, max_attempts=3)
STILL = replace(WORK, retry_min=600.0, retry_max=600.0)
LOG = Subscription("orders", "log", lease=60.0)
BULK = replace(WORK, priority="bulk")
GRAVE = Subscription("dead-letters", "grave", lease=60.0, max_attempts=1_000_000)
EVERY = (WORK, LOG, GRAVE)


def message(name: str) -> Message:
    return Message(name.encode(), {"ce-id": name})


def bulk(name: str) -> Message:
    return Message(name.encode(), {"ce-id": name, "ce-priority": "bulk"})


def name_of(delivery: Delivery) -> str:
    return delivery.message.attributes["ce-id"]


def drain(bus: EmbeddedBus, subscription: Subscription) -> list[str]:
    """Everything that waits in a subscription, acked as it comes."""
    found: list[str] = []
    give_up = time.monotonic() + PATIENCE
    while bus.depth(subscription.name).backlog:
        assert time.monotonic() < give_up, f"{bus.depth(subscription.name)} does not drain"
        deliveries = bus.pull(subscription.name, max_messages=50, wait=0.05)
        bus.ack(subscription.name, deliveries)
        found += map(name_of, deliveries)
    return found


def test_released_messages_come_at_once_and_the_delivery_does_not_count(redis: Redis, namespace: str) -> None:
    bus = EmbeddedBus(redis, EVERY, type_of=type_of, namespace=namespace)
    bus.publish("orders", [message(str(number)) for number in range(250)])
    lost = [delivery for _ in range(3) for delivery in bus.pull(WORK.name, max_messages=100, wait=0)]
    assert len(lost) == 250
    assert bus.release(WORK.name) == 250
    bus.ack(WORK.name, lost)
    again = bus.pull(WORK.name, max_messages=250, wait=0)
    assert sorted(map(name_of, again)) == sorted(map(name_of, lost))
    assert {delivery.attempt for delivery in again} == {1}
    assert bus.release(LOG.name) == 0


def test_releasing_keeps_the_attempts_before(redis: Redis, namespace: str) -> None:
    bus = EmbeddedBus(redis, EVERY, type_of=type_of, namespace=namespace)
    bus.publish("orders", [message("a")])
    bus.nack(WORK.name, bus.pull(WORK.name, max_messages=1, wait=0)[0], reason="no")
    second = eventually(lambda: bus.pull(WORK.name, max_messages=1, wait=0.05), "the retry")[0]
    assert second.attempt == 2
    bus.release(WORK.name)
    assert bus.pull(WORK.name, max_messages=1, wait=0)[0].attempt == 2


def tenant_of(message: Message) -> str:
    return message.attributes["ce-id"].partition("/")[0]


def test_tenants_take_turns_in_bulk_work_and_each_keeps_its_order(redis: Redis, namespace: str) -> None:
    bus = EmbeddedBus(redis, [BULK], type_of=type_of, tenant_of=tenant_of, namespace=namespace)
    bus.publish("orders", [bulk(f"big/{number}") for number in range(1000)])
    bus.publish("orders", [bulk(f"small/{number}") for number in range(3)])
    assert bus.depth(BULK.name).ready == 1003
    at_hand = 4
    pulled = [name_of(each) for each in bus.pull(BULK.name, max_messages=10, wait=0)]
    assert pulled[:at_hand] == [f"big/{number}" for number in range(at_hand)]
    assert pulled[at_hand:] == ["big/4", "small/0", "big/5", "small/1", "big/6", "small/2"]
    assert [name_of(each) for each in bus.pull(BULK.name, max_messages=3, wait=0)] == ["big/7", "big/8", "big/9"]
    depth = bus.depth(BULK.name)
    assert (depth.ready, depth.leased) == (990, 13)


def test_the_age_of_bulk_work_is_that_of_the_oldest_in_any_line(redis: Redis, namespace: str) -> None:
    bus = EmbeddedBus(redis, [BULK], type_of=type_of, tenant_of=tenant_of, namespace=namespace)
    bus.publish("orders", [bulk("a/1")])
    time.sleep(0.05)
    bus.publish("orders", [bulk(f"a/{number}") for number in range(2, 10)] + [bulk("b/1")])
    assert bus.depth(BULK.name).oldest_age >= 0.05
    bus.ack(BULK.name, bus.pull(BULK.name, max_messages=9, wait=0))
    eventually(lambda: bus.depth(BULK.name).oldest_age >= 0.02, "what is left in a line grows older")


def test_several_pullers_wait_for_bulk_work(redis: Redis, namespace: str) -> None:
    bus = EmbeddedBus(redis, [BULK], type_of=type_of, tenant_of=tenant_of, namespace=namespace)
    found: list[Delivery] = []
    pullers = [
        threading.Thread(target=lambda: found.extend(bus.pull(BULK.name, max_messages=1, wait=PATIENCE)))
        for _ in range(3)
    ]
    for puller in pullers:
        puller.start()
    bus.publish("orders", [bulk(f"a/{number}") for number in range(3)])
    for puller in pullers:
        puller.join(PATIENCE)
    assert sorted(map(name_of, found)) == ["a/0", "a/1", "a/2"]


def test_backoff_doubles_up_to_the_longest(redis: Redis, namespace: str) -> None:
    work = replace(WORK, retry_min=10.0, retry_max=35.0, max_attempts=9)
    bus = EmbeddedBus(redis, [work], type_of=type_of, namespace=namespace)
    server: Any = redis  # its types mix those of the asynchronous client in
    delayed = f"{namespace}:{work.name}:delayed"
    bus.publish("orders", [message("a")])
    waits = []
    for _ in range(4):
        (delivery,) = bus.pull(work.name, max_messages=1, wait=0)
        seconds, microseconds = server.time()
        bus.nack(work.name, delivery, reason="no")
        ((packed, due),) = server.zrange(delayed, 0, -1, withscores=True)
        waits.append(round(float(due) / 1000 - (seconds + microseconds / 1e6)))
        server.zadd(delayed, {packed: 0})
    assert waits == [10, 20, 35, 35]


def test_without_a_place_for_dead_letters_nothing_is_given_up(redis: Redis, namespace: str) -> None:
    bus = EmbeddedBus(redis, [WORK], type_of=type_of, namespace=namespace)
    bus.publish("orders", [message("a")])
    for attempt in range(1, WORK.max_attempts + 3):
        delivery = eventually(lambda: bus.pull(WORK.name, max_messages=1, wait=0.05), "the retry")[0]
        assert delivery.attempt == attempt
        bus.nack(WORK.name, delivery, reason="no")


def test_marks_fade(redis: Redis, namespace: str) -> None:
    marks = RedisSeenMarks(lambda: redis, ttl=timedelta(milliseconds=20), namespace=namespace)
    marks.mark("a")
    eventually(lambda: not marks.seen("a"), "the mark fades")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedValkey]:
    """A server of the test's own, to be killed."""
    server = EmbeddedValkey(tmp_path / "valkey")
    server.start()
    yield server
    server.stop()


def test_a_server_that_is_gone_is_unavailable_and_comes_back(server: EmbeddedValkey) -> None:
    client = connect(server.url)
    bus, marks = EmbeddedBus(client, EVERY, type_of=type_of), RedisSeenMarks(lambda: client)
    bus.publish("orders", [message("a")])
    marks.mark("a")
    (delivery,) = bus.pull(WORK.name, max_messages=1, wait=0)
    server.stop()
    for attempt in (
        lambda: bus.publish("orders", [message("b")]),
        lambda: bus.pull(WORK.name, max_messages=1, wait=0),
        lambda: bus.extend(WORK.name, [delivery]),
        lambda: bus.ack(WORK.name, [delivery]),
        lambda: bus.nack(WORK.name, delivery, reason="no"),
        lambda: bus.depth(WORK.name),
        lambda: marks.seen("a"),
        lambda: marks.mark("a"),
    ):
        with pytest.raises(BackendUnavailable):
            attempt()
    server.start()
    assert marks.seen("a")
    bus.ack(WORK.name, [delivery])
    assert bus.depth(WORK.name).backlog == 0
    assert drain(bus, LOG) == ["a"]
    client.close()


def test_a_blocked_pull_ends_when_the_server_is_killed(server: EmbeddedValkey) -> None:
    client = connect(server.url)
    bus = EmbeddedBus(client, EVERY, type_of=type_of)
    bus.depth(WORK.name)
    outcome: list[object] = []

    def wait() -> None:
        try:
            outcome.append(bus.pull(WORK.name, max_messages=1, wait=60))
        except BackendUnavailable as error:
            outcome.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    server.kill()
    thread.join(20)
    assert isinstance(outcome[0], BackendUnavailable)
    client.close()


def test_a_killed_server_keeps_every_publish_it_answered_and_none_in_part(server: EmbeddedValkey) -> None:
    chance = random.Random(3)
    acknowledged: set[str] = set()
    for kill in range(6):
        client = connect(server.url)
        bus = EmbeddedBus(client, EVERY, type_of=type_of)
        killer = threading.Timer(chance.uniform(0.005, 0.08), server.kill)
        killer.start()
        try:
            for number in range(100_000):
                batch = [f"{kill}-{number}-{part}" for part in range(3)]
                bus.publish("orders", [message(name) for name in batch])
                acknowledged.update(batch)
        except BackendUnavailable:
            killer.join()
        server.restart()
        client.close()
    bus = EmbeddedBus(connect(server.url), EVERY, type_of=type_of)
    found = drain(bus, WORK)
    assert acknowledged
    assert acknowledged <= set(found)
    assert sorted(found) == sorted(drain(bus, LOG))
    batches = {name.rsplit("-", 1)[0] for name in found}
    assert len(set(found)) == 3 * len(batches)


def test_a_torn_end_of_the_append_only_file_loses_the_end_only(server: EmbeddedValkey, tmp_path: Path) -> None:
    bus = EmbeddedBus(connect(server.url), EVERY, type_of=type_of)
    for number in range(10):
        bus.publish("orders", [message(str(number))])
    server.kill()
    (appended,) = (tmp_path / "valkey" / "appendonlydir").glob("*.incr.aof")
    with appended.open("r+b") as handle:
        handle.truncate(appended.stat().st_size - 3)
    server.restart()
    assert drain(bus, WORK) == [str(number) for number in range(9)]
    assert drain(bus, LOG) == [str(number) for number in range(9)]


def some_tenant(message: Message) -> str:
    """One of three, by the number of the message."""
    return str(int(message.data.strip(b"<>")) % 3)


class BusAgainstModel(RuleBasedStateMachine):
    """No message is lost, none comes after it was acked, none is in two places; whatever is done in whatever order.

    Time passes only where a rule lets it, so that every run goes the same way.
    """

    server: EmbeddedValkey
    work: Subscription

    @initialize()
    def start(self) -> None:
        self.client: Any = connect(self.server.url)
        self.namespace = secrets.token_hex(6)
        self.bus = EmbeddedBus(
            self.client, (self.work, GRAVE), type_of=type_of, tenant_of=some_tenant, namespace=self.namespace
        )
        self.published = 0
        self.attempts: dict[str, int] = {}
        self.held: dict[str, Delivery] = {}
        self.lost: list[Delivery] = []
        self.acked: set[str] = set()
        self.dead: set[str] = set()
        self.delayed: set[str] = set()

    def teardown(self) -> None:
        if not hasattr(self, "client"):
            return
        for name, delivery in self.held.items():
            self.bus.ack(self.work.name, [delivery])
            self.acked.add(name)
        for name in self.delayed:
            self.make_due(name)
        rest = drain(self.bus, self.work)
        letters = drain(self.bus, GRAVE)
        every = [*self.acked, *rest, *letters]
        assert sorted(every) == sorted(f"<{number}>" for number in range(self.published))
        assert set(letters) == self.dead
        self.client.delete(*self.client.scan_iter(f"{self.namespace}:*"))
        self.client.close()

    @rule(count=st.integers(1, 4))
    def publish(self, count: int) -> None:
        self.bus.publish("orders", [bulk(f"<{self.published + number}>") for number in range(count)])
        self.published += count

    @rule(most=st.integers(1, 4))
    def pull(self, most: int) -> None:
        for delivery in self.bus.pull(self.work.name, max_messages=most, wait=0):
            name = name_of(delivery)
            assert name not in self.acked | self.dead | self.delayed
            assert name not in self.held
            assert delivery.attempt == self.attempts.get(name, 0) + 1
            self.attempts[name] = delivery.attempt
            self.held[name] = delivery

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def ack(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.held)))
        self.bus.ack(self.work.name, [self.held.pop(name)])
        self.acked.add(name)

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def nack(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.held)))
        self.bus.nack(self.work.name, self.held.pop(name), reason="no")
        if self.attempts[name] == self.work.max_attempts:
            self.dead.add(name)
        else:
            self.delayed.add(name)

    @precondition(lambda self: self.delayed)
    @rule(data=st.data())
    def let_a_retry_come_due(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.delayed)))
        self.make_due(name)
        self.delayed.remove(name)
        self.pull(50)
        assert name in self.held

    def make_due(self, name: str) -> None:
        key = f"{self.namespace}:{self.work.name}:delayed"
        (packed,) = [each for each in self.client.zrange(key, 0, -1) if name.encode() in each]
        self.client.zadd(key, {packed: 0})

    @precondition(lambda self: self.held)
    @rule()
    def extend(self) -> None:
        self.bus.extend(self.work.name, list(self.held.values()))

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def lose_a_lease(self, data: st.DataObject) -> None:
        """Its time runs out: the next pull takes it over, or buries it after the last attempt."""
        name = data.draw(st.sampled_from(sorted(self.held)))
        delivery = self.held.pop(name)
        entry = delivery.ack_id.split("/")[0]
        stream = f"{self.namespace}:{self.work.name}:stream"
        self.client.xclaim(stream, "workers", "any", 0, [entry], idle=61_000, justid=True)
        if delivery.attempt == self.work.max_attempts:
            self.dead.add(name)
        self.pull(50)
        self.lost.append(delivery)

    @precondition(lambda self: self.lost)
    @rule(data=st.data(), answer=st.sampled_from(["ack", "nack", "extend"]))
    def answer_too_late(self, data: st.DataObject, answer: str) -> None:
        delivery = data.draw(st.sampled_from(self.lost))
        if answer == "ack":
            self.bus.ack(self.work.name, [delivery])
        elif answer == "nack":
            self.bus.nack(self.work.name, delivery, reason="late")
        else:
            self.bus.extend(self.work.name, [delivery])

    @precondition(lambda self: self.held)
    @rule()
    def start_the_puller_again(self) -> None:
        assert self.bus.release(self.work.name) == len(self.held)
        for name, delivery in self.held.items():
            self.attempts[name] = delivery.attempt - 1
            self.lost.append(delivery)
        self.held.clear()

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        if hasattr(self, "bus"):
            assert self.bus.depth(self.work.name).backlog == self.published - len(self.acked) - len(self.dead)
            assert self.bus.depth(GRAVE.name).backlog == len(self.dead)


@pytest.mark.parametrize("subscription", [STILL, replace(STILL, priority="bulk")], ids=["one line", "tenants in turns"])
def test_the_bus_against_a_model(valkey: EmbeddedValkey, subscription: Subscription) -> None:
    class Machine(BusAgainstModel):
        server = valkey
        work = subscription

    run_state_machine_as_test(Machine, settings=settings(max_examples=30, stateful_step_count=40, deadline=None))
