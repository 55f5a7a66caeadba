"""What every bus keeps to."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest

from backends.bus import Bus, Delivery
from schemas.messaging import Message, Subscription
from tests.contract.doors import Door
from tests.polling import PATIENCE, eventually

LONG = 60.0
WORK = Subscription("orders", "work", frozenset({"placed", "changed"}), lease=LONG, retry_min=0.05, retry_max=0.2)
LOG = Subscription("orders", "log")
OTHER = Subscription("parcels", "work")
GRAVE = Subscription("dead-letters", "grave", retry_min=0.01, retry_max=0.01, max_attempts=1_000_000)
SHORT = replace(WORK, lease=0.2)


def message(name: str, event_type: str = "placed") -> Message:
    return Message(name.encode(), {"ce-type": event_type, "ce-id": name})


def pull(bus: Bus, subscription: Subscription, count: int = 1) -> list[Delivery]:
    """Exactly `count` messages, leased within the patience of the tests."""
    found: list[Delivery] = []
    give_up = time.monotonic() + PATIENCE
    while len(found) < count and time.monotonic() < give_up:
        found += bus.pull(subscription.name, max_messages=count - len(found), wait=1.0)
    assert len(found) == count
    return found


def bodies(deliveries: Sequence[Delivery]) -> set[str]:
    return {delivery.message.data.decode() for delivery in deliveries}


def nothing_there(bus: Bus, subscription: Subscription) -> bool:
    return bus.pull(subscription.name, max_messages=10, wait=0) == []


def is_empty(bus: Bus, subscription: Subscription) -> bool:
    return bus.depth(subscription.name).backlog == 0


@pytest.mark.parametrize(
    ("event_type", "takers"),
    [
        pytest.param("placed", {WORK, LOG}, id="a type that both take"),
        pytest.param("cancelled", {LOG}, id="a type that only the one without a list takes"),
        pytest.param("", {LOG}, id="no type"),
    ],
)
def test_fans_out_by_type(door: Door, event_type: str, takers: set[Subscription]) -> None:
    bus = door.bus([WORK, LOG, OTHER])
    bus.publish("orders", [message("m", event_type)])
    for subscription in (WORK, LOG, OTHER):
        expected = {"m"} if subscription in takers else set()
        assert bodies(bus.pull(subscription.name, max_messages=5, wait=0)) == expected


def test_each_priority_has_a_queue_of_its_own(door: Door) -> None:
    drops, batches = replace(WORK, priority="interactive"), replace(WORK, priority="bulk")
    bus = door.bus([drops, batches, LOG])
    drop, batch = message("drop"), message("batch")
    batch = replace(batch, attributes={**batch.attributes, "ce-priority": "bulk"})
    bus.publish("orders", [drop, batch])
    assert [bodies(pull(bus, each, count)) for each, count in ((drops, 1), (batches, 1), (LOG, 2))] == [
        {"drop"},
        {"batch"},
        {"drop", "batch"},
    ]


def test_a_topic_without_subscriptions_takes_messages_and_forgets_them(door: Door) -> None:
    bus = door.bus([WORK])
    bus.publish("nowhere", [message("m")])
    assert is_empty(bus, WORK)


def test_carries_any_bytes_and_any_text(door: Door) -> None:
    bus = door.bus([LOG])
    sent = Message(bytes(range(256)), {"ce-id": "1", "path": 'a\n"b"/ü/😀\0', "empty": "", "@data": "x", "data": "y"})
    bus.publish("orders", [sent])
    assert pull(bus, LOG)[0].message == sent


def test_published_before_anybody_pulls_is_kept(door: Door) -> None:
    door.bus([WORK]).publish("orders", [message("early")])
    assert bodies(pull(door.bus([WORK]), WORK)) == {"early"}


def test_one_publish_takes_many_messages(door: Door) -> None:
    bus = door.bus([WORK])
    names = {f"m{number}" for number in range(50)}
    bus.publish("orders", [message(name) for name in names])
    assert bus.depth(WORK.name).ready == 50
    assert bodies(pull(bus, WORK, 50)) == names


def test_leases_no_more_than_asked_for(door: Door) -> None:
    bus = door.bus([WORK])
    bus.publish("orders", [message(str(number)) for number in range(5)])
    assert len(bus.pull(WORK.name, max_messages=2, wait=1)) == 2
    depth = bus.depth(WORK.name)
    assert (depth.ready, depth.leased) == (3, 2)


def test_acked_is_gone_for_good(door: Door) -> None:
    bus = door.bus([SHORT])
    bus.publish("orders", [message("a"), message("b")])
    bus.ack(SHORT.name, pull(bus, SHORT, 2))
    assert is_empty(bus, SHORT)
    assert bus.pull(SHORT.name, max_messages=5, wait=2 * SHORT.lease) == []


def test_comes_again_when_the_lease_ends(door: Door) -> None:
    bus = door.bus([SHORT])
    bus.publish("orders", [message("a")])
    assert [pull(bus, SHORT)[0].attempt for _ in range(3)] == [1, 2, 3]


def test_extending_keeps_the_lease(door: Door) -> None:
    subscription = replace(WORK, lease=0.5)
    bus = door.bus([subscription])
    lost: list[Delivery] = []
    done = threading.Event()

    def rival() -> None:
        other = door.bus([subscription])
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
    assert is_empty(bus, subscription)


def test_nacked_waits_and_comes_again_with_the_next_attempt(door: Door) -> None:
    subscription = replace(WORK, retry_min=0.3, retry_max=0.3)
    bus = door.bus([subscription, GRAVE])
    bus.publish("orders", [message("a")])
    first = pull(bus, subscription)[0]
    bus.nack(subscription.name, first, reason="not today")
    assert nothing_there(bus, subscription)
    assert bus.depth(subscription.name).delayed == 1
    again = pull(bus, subscription)[0]
    assert (again.message, again.attempt) == (first.message, 2)


def test_one_message_waiting_for_its_retry_does_not_hold_up_others(door: Door) -> None:
    subscription = replace(WORK, retry_min=LONG, retry_max=LONG)
    bus = door.bus([subscription, GRAVE])
    bus.publish("orders", [message("bad")])
    bus.nack(subscription.name, pull(bus, subscription)[0], reason="no")
    bus.publish("orders", [message("good")])
    assert bodies(pull(bus, subscription)) == {"good"}


def test_after_the_last_attempt_it_goes_to_the_dead_letters(door: Door) -> None:
    subscription = replace(WORK, max_attempts=3)
    bus = door.bus([subscription, GRAVE])
    bus.publish("orders", [message("bad")])
    for attempt in (1, 2, 3):
        delivery = pull(bus, subscription)[0]
        assert delivery.attempt == attempt
        bus.nack(subscription.name, delivery, reason=f"reason {attempt}: 'é'\n")
    assert is_empty(bus, subscription)
    letter = pull(bus, GRAVE)[0]
    assert letter.attempt == 1
    assert letter.message.data == b"bad"
    assert letter.message.attributes == {
        "ce-type": "placed",
        "ce-id": "bad",
        "CloudPubSubDeadLetterSourceSubscription": subscription.name,
        "CloudPubSubDeadLetterSourceDeliveryCount": "3",
        "reason": "reason 3: 'é'\n",
    }
    bus.ack(GRAVE.name, [letter])
    assert is_empty(bus, GRAVE)


def test_a_lease_that_ends_counts_as_an_attempt(door: Door) -> None:
    subscription = replace(SHORT, max_attempts=2)
    bus = door.bus([subscription, GRAVE])
    bus.publish("orders", [message("bad")])
    assert [pull(bus, subscription)[0].attempt for _ in range(2)] == [1, 2]

    def letters() -> list[Delivery]:
        bus.pull(subscription.name, max_messages=1, wait=0)
        return bus.pull(GRAVE.name, max_messages=1, wait=0)

    letter = eventually(letters, "the dead letter")[0]
    assert letter.message.attributes["CloudPubSubDeadLetterSourceDeliveryCount"] == "2"
    assert letter.message.attributes["reason"]
    assert is_empty(bus, subscription)


def test_a_dead_letter_is_never_given_up(door: Door) -> None:
    grave = replace(GRAVE, max_attempts=1)
    bus = door.bus([grave])
    bus.publish("dead-letters", [message("letter")])
    for attempt in (1, 2, 3):
        delivery = pull(bus, grave)[0]
        assert delivery.attempt == attempt
        bus.nack(grave.name, delivery, reason="no")
    assert bus.depth(grave.name).backlog == 1


@pytest.mark.parametrize("late", ["ack", "nack", "extend"])
def test_who_lost_the_lease_changes_nothing_for_the_next_holder(door: Door, late: str) -> None:
    subscription = replace(SHORT, max_attempts=2)
    bus = door.bus([subscription, GRAVE])
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
    assert is_empty(bus, GRAVE)
    bus.nack(subscription.name, held, reason="in time")
    assert is_empty(bus, subscription)
    assert bus.depth(GRAVE.name).backlog == 1


def test_an_answer_given_twice_counts_once(door: Door) -> None:
    bus = door.bus([WORK, GRAVE])
    bus.publish("orders", [message("a"), message("b")])
    first, second = pull(bus, WORK, 2)
    bus.ack(WORK.name, [first])
    bus.ack(WORK.name, [first, second])
    bus.nack(WORK.name, second, reason="too late")
    assert is_empty(bus, WORK)
    assert is_empty(bus, GRAVE)


def test_no_message_is_on_loan_to_two(door: Door) -> None:
    count = 120
    taken: Counter[str] = Counter()
    lock = threading.Lock()

    def work() -> None:
        bus = door.bus([WORK])
        while deliveries := bus.pull(WORK.name, max_messages=3, wait=0.2):
            with lock:
                taken.update(bodies(deliveries))
            bus.ack(WORK.name, deliveries)

    door.bus([WORK]).publish("orders", [message(str(number)) for number in range(count)])
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert taken == Counter(str(number) for number in range(count))
    assert is_empty(door.bus([WORK]), WORK)


@pytest.mark.parametrize("cause", ["publish", "retry", "end of a lease"])
def test_a_waiting_pull_wakes(door: Door, cause: str) -> None:
    subscription = SHORT if cause == "end of a lease" else WORK
    bus, other = door.bus([subscription, GRAVE]), door.bus([subscription, GRAVE])
    held = []
    if cause != "publish":
        other.publish("orders", [message("a")])
        held = pull(other, subscription)
    woken: list[Delivery] = []
    puller = threading.Thread(
        target=lambda: woken.extend(bus.pull(subscription.name, max_messages=1, wait=PATIENCE)),
    )
    puller.start()
    if cause == "publish":
        other.publish("orders", [message("a")])
    elif cause == "retry":
        other.nack(subscription.name, held[0], reason="no")
    puller.join(PATIENCE / 2)
    assert bodies(woken) == {"a"}


def test_depth_tells_what_waits(door: Door) -> None:
    bus = door.bus([replace(WORK, retry_min=LONG, retry_max=LONG), GRAVE])
    empty = bus.depth(WORK.name)
    assert (empty.backlog, empty.oldest_age) == (0, 0)
    bus.publish("orders", [message("a"), message("b"), message("c")])
    leased = pull(bus, WORK, 2)
    bus.nack(WORK.name, leased[0], reason="no")
    depth = bus.depth(WORK.name)
    assert (depth.ready, depth.leased, depth.delayed, depth.backlog) == (1, 1, 1, 3)
    eventually(lambda: bus.depth(WORK.name).oldest_age > 0.05, "the age of the oldest grows")
