"""The dispatcher's rules on Pub/Sub itself: what it acks, gives back, holds and leaves behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from backends.bus import Delivery
from backends.bus.google import GoogleBus
from backends.bus.valkey import EmbeddedValkey
from events.envelope import to_message
from events.routing import ON_PUBSUB, TOPICS
from runtime.dispatcher import Dispatcher
from runtime.sink import Answer, Verdict
from schemas.messaging import Message, Subscription
from tests.conftest import CHECKOUT
from tests.emulators.backlog import backlog
from tests.emulators.process import free_port
from tests.emulators.pubsub import PubSub
from tests.emulators.variables import google_variables
from tests.polling import PATIENCE, eventually
from tests.runtime.test_dispatcher import EVENT, Function, Server

Buses = Callable[..., GoogleBus]
WORK = Subscription("document-requests", "erase", lease=10.0, retry_min=1.0, retry_max=1.0)
BACKOFF = 1.0
"""Seconds; the emulator knows no shorter one."""


def messages(count: int) -> list[Message]:
    return [to_message(replace(EVENT, id=str(number))) for number in range(count)]


@dataclass
class Watched:
    """A bus that remembers which attempts were handed out."""

    bus: GoogleBus
    attempts: list[int] = field(default_factory=list)

    def pull(self, subscription: str, *, max_messages: int, wait: float) -> list[Delivery]:
        deliveries = self.bus.pull(subscription, max_messages=max_messages, wait=wait)
        self.attempts += [delivery.attempt for delivery in deliveries]
        return deliveries

    def __getattr__(self, name: str) -> object:
        return getattr(self.bus, name)


@contextmanager
def dispatching(bus: Watched, function: Function, max_in_flight: int) -> Iterator[Dispatcher]:
    dispatcher = Dispatcher(bus, [WORK], function, max_in_flight=max_in_flight)  # type: ignore[arg-type]
    dispatcher.start()
    try:
        yield dispatcher
    finally:
        assert dispatcher.drain(PATIENCE)


def test_an_outage_of_the_function_longer_than_a_lease_costs_no_attempt_and_pulls_nothing_more(
    google_bus: Buses, pubsub: PubSub
) -> None:
    bus = Watched(google_bus([WORK], WORK.topic, "dead-letters", max_messages=2))
    bus.bus.publish(WORK.topic, messages(5))
    back = time.monotonic() + WORK.lease + 2.0

    class Away(Function):
        def __call__(self, event: object) -> Answer:
            self.got.append(event)  # type: ignore[arg-type]
            return Answer(Verdict.UNAVAILABLE if time.monotonic() < back else Verdict.DONE)

    function = Away()
    with dispatching(bus, function, max_in_flight=2):
        while time.monotonic() < back - 0.5:
            time.sleep(0.2)
        assert len({event.id for event in function.got}) <= len(bus.attempts) <= 2
        eventually(lambda: len({event.id for event in function.got}) == 5, "all events")
        eventually(lambda: backlog(pubsub, bus.bus, WORK.topic, WORK.name) == 0, "all acked")
    assert bus.attempts == [1] * 5


def test_what_failed_comes_again_after_the_backoff_and_is_acked_when_it_was_done(
    google_bus: Buses, pubsub: PubSub
) -> None:
    bus = Watched(google_bus([WORK], WORK.topic, "dead-letters"))
    bus.bus.publish(WORK.topic, messages(1))
    function = Function([Answer(Verdict.FAILED, "HTTP 500")] * 3)
    began = time.monotonic()
    with dispatching(bus, function, max_in_flight=1):
        eventually(lambda: len(function.got) == 4, "the fourth attempt")
        took = time.monotonic() - began
        eventually(lambda: backlog(pubsub, bus.bus, WORK.topic, WORK.name) == 0, "acked")
    assert bus.attempts == [1, 2, 3, 4]
    assert took > 2 * BACKOFF  # the emulator does not wait before the first retry


def test_no_more_are_in_flight_than_it_is_told(google_bus: Buses) -> None:
    bus = Watched(google_bus([WORK], WORK.topic, "dead-letters"))
    bus.bus.publish(WORK.topic, messages(12))

    @dataclass
    class Busy(Function):
        most: int = 0
        now: int = 0

        def __call__(self, event: object) -> Answer:
            self.now += 1
            self.most = max(self.most, self.now)
            time.sleep(0.1)
            self.now -= 1
            self.got.append(event)  # type: ignore[arg-type]
            return Answer(Verdict.DONE)

    function = Busy()
    with dispatching(bus, function, max_in_flight=3):
        eventually(lambda: len(function.got) == 12, "all events")
    assert function.most == 3


def test_a_dispatcher_process_ends_what_it_began_on_sigterm_and_leaves_the_rest(
    google_bus: Buses, pubsub: PubSub, prefix: str, valkey: EmbeddedValkey, tmp_path: Path
) -> None:
    bus = google_bus(ON_PUBSUB, *TOPICS)
    bus.publish(WORK.topic, messages(4))
    function, port = Server([]), free_port()
    function.answering.clear()
    environment = {
        **google_variables(tmp_path, redis_url=valkey.url, project=pubsub.project, prefix=prefix),
        "PUBSUB_EMULATOR_HOST": pubsub.host,
        "STORAGE_EMULATOR_HOST": "http://127.0.0.1:1",
        "REDLINE_FUNCTION": WORK.function,
        "REDLINE_PORT": str(port),
        "K_SINK": function.url,
    }
    command = [sys.executable, "-m", "runtime.dispatcher"]
    with subprocess.Popen(command, cwd=CHECKOUT, env={**os.environ, **environment}) as process:
        try:
            eventually(lambda: len(function.got) == 1, "the first delivery")
            assert [_status(port, path) for path in ("healthz", "readyz", "metrics")] == [200, 200, 200]
            process.send_signal(signal.SIGTERM)
            eventually(lambda: _status(port, "readyz") == 503, "not ready while it drains")
            function.answering.set()
            assert process.wait(PATIENCE) == 0
        finally:
            process.kill()
            function.close()
    assert len(function.got) == 1
    assert backlog(pubsub, bus, WORK.topic, WORK.name) == 3


def _status(port: int, path: str) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=PATIENCE) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
