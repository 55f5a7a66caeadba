"""What every bus keeps to."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from backends.bus import Bus, Delivery
from schemas.messaging import Message, Subscription
from tests.contract.doors import Door
from tests.polling import PATIENCE

LONG = 60.0
WORK = Subscription("orders", "work", frozenset({"placed", "changed"}), lease=LONG, retry_min=0.05, retry_max=0.2)
LOG = Subscription("orders", "log")
OTHER = Subscription("parcels", "work")
GRAVE = Subscription("dead-letters", "grave", retry_min=0.01, retry_max=0.01, max_attempts=1_000_000)


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


def nothing_comes(door: Door, bus: Bus, subscription: Subscription) -> bool:
    return bus.pull(subscription.name, max_messages=10, wait=door.quiet) == []


def nack_until_it_waits(door: Door, bus: Bus, subscription: Subscription) -> Delivery:
    """Nack the one message that is there until it has to wait for its retry; its last delivery."""
    for _ in range(1 + door.retries_without_backoff):
        delivery = pull(bus, subscription)[0]
        bus.nack(subscription.name, delivery, reason="not today")
    return delivery


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
    for subscription in takers:
        assert bodies(pull(bus, subscription)) == {"m"}
    for subscription in {WORK, LOG, OTHER} - takers - door.cannot_filter({WORK}):
        assert nothing_comes(door, bus, subscription)


def test_each_priority_has_a_queue_of_its_own(door: Door) -> None:
    drops, batches = replace(WORK, priority="interactive"), replace(WORK, priority="bulk")
    bus = door.bus([drops, batches, LOG])
    drop, batch = message("drop"), message("batch")
    batch = replace(batch, attributes={**batch.attributes, "ce-priority": "bulk"})
    bus.publish("orders", [drop, batch])
    foreign = len(door.cannot_filter({WORK}))
    came = [pull(bus, each, count + foreign) for each, count in ((drops, 1), (batches, 1), (LOG, 2 - foreign))]
    meant = [
        [delivery for delivery in deliveries if each.takes(delivery.message, "placed")]
        for each, deliveries in zip((drops, batches, LOG), came, strict=True)
    ]
    assert list(map(bodies, meant)) == [{"drop"}, {"batch"}, {"drop", "batch"}]


def test_a_topic_without_subscriptions_takes_messages_and_forgets_them(door: Door) -> None:
    bus = door.bus([WORK])
    bus.publish("nowhere", [message("m")])
    assert door.backlog(bus, WORK) == 0


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
    assert door.backlog(bus, WORK) == 50
    assert bodies(pull(bus, WORK, 50)) == names


def test_hands_out_no_more_than_asked_for(door: Door) -> None:
    bus = door.bus([WORK])
    bus.publish("orders", [message(str(number)) for number in range(5)])
    assert len(bus.pull(WORK.name, max_messages=2, wait=PATIENCE)) in (1, 2)
    assert door.backlog(bus, WORK) == 5


def test_acked_is_gone_for_good(door: Door) -> None:
    bus = door.bus([WORK])
    bus.publish("orders", [message("a"), message("b")])
    bus.ack(WORK.name, pull(bus, WORK, 2))
    assert door.backlog(bus, WORK) == 0
    assert nothing_comes(door, bus, WORK)


def test_nacked_waits_and_comes_again_with_the_next_attempt(door: Door) -> None:
    subscription = replace(WORK, retry_min=1.0, retry_max=1.0, max_attempts=10)
    bus = door.bus([subscription, GRAVE])
    bus.publish("orders", [message("a")])
    last = nack_until_it_waits(door, bus, subscription)
    assert bus.pull(subscription.name, max_messages=1, wait=0.3) == []
    assert door.backlog(bus, subscription) == 1
    again = pull(bus, subscription)[0]
    assert (again.message, again.attempt) == (last.message, last.attempt + 1)


def test_one_message_waiting_for_its_retry_does_not_hold_up_others(door: Door) -> None:
    subscription = replace(WORK, retry_min=LONG, retry_max=LONG)
    bus = door.bus([subscription, GRAVE])
    bus.publish("orders", [message("bad")])
    nack_until_it_waits(door, bus, subscription)
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
    assert door.backlog(bus, subscription) == 0
    letter = pull(bus, GRAVE)[0]
    assert letter.message.data == b"bad"
    assert letter.message.attributes == {
        "ce-type": "placed",
        "ce-id": "bad",
        "CloudPubSubDeadLetterSourceSubscription": subscription.name,
        "CloudPubSubDeadLetterSourceDeliveryCount": "3",
        "reason": "reason 3: 'é'\n",
    }
    bus.ack(GRAVE.name, [letter])
    assert door.backlog(bus, GRAVE) == 0


def test_a_dead_letter_is_never_given_up(door: Door) -> None:
    grave = replace(GRAVE, max_attempts=1)
    bus = door.bus([grave])
    bus.publish("dead-letters", [message("letter")])
    for _ in range(3):
        delivery = pull(bus, grave)[0]
        assert delivery.message == message("letter")
        bus.nack(grave.name, delivery, reason="no")
    assert door.backlog(bus, grave) == 1


def test_an_answer_given_twice_counts_once(door: Door) -> None:
    bus = door.bus([WORK, GRAVE])
    bus.publish("orders", [message("a"), message("b")])
    first, second = pull(bus, WORK, 2)
    bus.ack(WORK.name, [first])
    bus.ack(WORK.name, [first, second])
    bus.nack(WORK.name, second, reason="too late")
    assert door.backlog(bus, WORK) == 0
    assert door.backlog(bus, GRAVE) == 0


def test_no_message_is_on_loan_to_two(door: Door) -> None:
    count = 120
    taken: Counter[str] = Counter()
    lock = threading.Lock()

    def work() -> None:
        bus, give_up = door.bus([WORK]), time.monotonic() + PATIENCE
        while taken.total() < count and time.monotonic() < give_up:
            deliveries = bus.pull(WORK.name, max_messages=3, wait=0.2)
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
    assert door.backlog(door.bus([WORK]), WORK) == 0


@pytest.mark.parametrize("cause", ["publish", "retry"])
def test_a_waiting_pull_wakes(door: Door, cause: str) -> None:
    bus = door.bus([WORK, GRAVE])
    held = []
    if cause == "retry":
        bus.publish("orders", [message("a")])
        held = pull(bus, WORK)
    with ThreadPoolExecutor(1) as pool:
        woken = pool.submit(bus.pull, WORK.name, max_messages=1, wait=PATIENCE)
        if cause == "publish":
            door.bus([WORK, GRAVE]).publish("orders", [message("a")])
        else:
            bus.nack(WORK.name, held[0], reason="no")
        assert bodies(woken.result(PATIENCE / 2)) == {"a"}


def test_who_is_stopped_pulls_nothing_more_but_settles_what_it_has(door: Door) -> None:
    subscription = replace(WORK, lease=10.0)  # what an emulator gives to a stream that is just closing comes again then
    bus, other = door.bus([subscription, GRAVE]), door.bus([subscription, GRAVE])
    bus.publish("orders", [message(str(number)) for number in range(5)])
    first, second = pull(bus, subscription, 2)
    bus.stop()
    assert bus.pull(subscription.name, max_messages=5, wait=PATIENCE) == []
    bus.ack(subscription.name, [first])
    bus.nack(subscription.name, second, reason="no")
    if door.lets_go:
        rest = pull(other, subscription, 4)  # at the latest when what was handed out is settled
        assert bodies(rest) == {str(number) for number in range(5)} - bodies([first])
    assert door.backlog(other, subscription) == 4
