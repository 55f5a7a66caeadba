from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from redis import Redis

from backends.bus import Delivery
from backends.bus.embedded import EmbeddedBus
from events.delivery import tenant_of, type_of
from events.envelope import Event, emitted, from_headers, to_message
from events.ids import event_id
from runtime import exposition
from runtime.dispatcher import Dispatcher
from runtime.sink import Answer, Sink, Verdict
from schemas.documents import DocumentDeleted
from schemas.messaging import Message, Subscription
from tests.polling import PATIENCE
from tests.runtime.doubles import FakeBus

FACT = DocumentDeleted(tenant="default", region="local", document_id="0" * 32, generation=7)
CAUSE = Event(
    id="root",
    type="google.cloud.storage.object.v1.deleted",
    source="//storage",
    subject='objects/a "strange" näme.docx',
    time=datetime(2026, 1, 1, tzinfo=UTC),
    data=b"{}",
    correlation_id="root",
    causation_id="",
)
EVENT = emitted(FACT, source="/test", cause=CAUSE)
SUBSCRIPTION = Subscription(topic="documents", function="audit", lease=0.15)


def delivery(message: Message | None = None) -> Delivery:
    return Delivery(message or to_message(EVENT), "loan", 1)


@dataclass
class Function:
    """What is POSTed to, with the answers that a test puts in."""

    answers: list[Answer] = field(default_factory=list)
    got: list[Event] = field(default_factory=list)
    block: threading.Event | None = None
    gate: threading.Semaphore | None = None

    def __call__(self, event: Event) -> Answer:
        self.got.append(event)
        if self.block:
            self.block.wait(10)
        if self.gate:
            self.gate.acquire(timeout=10)
        return self.answers.pop(0) if self.answers else Answer(Verdict.DONE)


def wait_for(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.005)


@contextmanager
def dispatching(bus: FakeBus, function: Function, subscription: Subscription = SUBSCRIPTION) -> Iterator[Dispatcher]:
    dispatcher = Dispatcher(bus, [subscription], function, max_in_flight=1)
    dispatcher.start()
    try:
        yield dispatcher
    finally:
        dispatcher.drain(10)


@pytest.mark.parametrize(
    ("answers", "acked", "nacked"),
    [
        pytest.param([Answer(Verdict.DONE)], ["loan"], [], id="done"),
        pytest.param([Answer(Verdict.FAILED, "HTTP 500")], [], [("loan", "HTTP 500")], id="failed"),
        pytest.param(
            [Answer(Verdict.UNAVAILABLE)] * 3 + [Answer(Verdict.DONE)], ["loan"], [], id="unavailable, then done"
        ),
    ],
)
def test_the_answer_settles_the_message(answers: list[Answer], acked: list[str], nacked: list[tuple[str, str]]) -> None:
    bus, function = FakeBus(), Function(list(answers))
    bus.waiting.put(delivery())
    with dispatching(bus, function):
        wait_for(lambda: bus.acked == acked and bus.nacked == nacked)
    assert {event.id for event in function.got} == {event_id(FACT)}
    assert len(function.got) == len(answers)


def test_while_the_function_is_unavailable_nothing_is_pulled_and_leases_are_kept() -> None:
    bus, function = FakeBus(), Function([Answer(Verdict.UNAVAILABLE)] * 4)
    bus.waiting.put(delivery())
    with dispatching(bus, function):
        wait_for(lambda: len(function.got) == 2)
        pulls = bus.pulls
        wait_for(lambda: bool(bus.acked))
        assert pulls == 1
    assert set(bus.extended) == {"loan"}
    assert bus.nacked == []


def test_a_message_of_another_type_is_acked_without_the_function() -> None:
    bus, function = FakeBus(), Function()
    bus.waiting.put(delivery())
    with dispatching(bus, function, Subscription("documents", "plan", frozenset({"another.type"}))):
        wait_for(lambda: bus.acked == ["loan"])
    assert function.got == []


def test_a_message_that_is_no_event_is_nacked_with_the_reason() -> None:
    bus, function = FakeBus(), Function()
    bus.waiting.put(delivery(Message(b"{}", {"ce-type": "x"})))
    with dispatching(bus, function):
        wait_for(lambda: bool(bus.nacked))
    assert bus.nacked[0][1].startswith("the event has no")


def test_an_ack_waits_for_the_bus_to_come_back() -> None:
    bus, function = FakeBus(), Function(block=threading.Event())
    bus.waiting.put(delivery())
    with dispatching(bus, function):
        wait_for(lambda: len(function.got) == 1)
        bus.away = True
        assert function.block is not None
        function.block.set()
        time.sleep(0.1)
        bus.away = False
        wait_for(lambda: bus.acked == ["loan"])
    assert len(function.got) == 1


def test_pulling_goes_on_when_the_bus_is_back() -> None:
    bus, function = FakeBus(away=True), Function()
    with dispatching(bus, function):
        time.sleep(0.1)
        bus.away = False
        bus.waiting.put(delivery())
        wait_for(lambda: bus.acked == ["loan"])


def test_the_unforeseen_does_not_end_the_pulling() -> None:
    bus = FakeBus()
    calls: list[Event] = []

    def post(event: Event) -> Answer:
        calls.append(event)
        if len(calls) == 1:
            raise RuntimeError("unforeseen")
        return Answer(Verdict.DONE)

    for _ in range(2):
        bus.waiting.put(delivery())
    dispatcher = Dispatcher(bus, [SUBSCRIPTION], post, max_in_flight=1)
    dispatcher.start()
    wait_for(lambda: bus.acked == ["loan"])
    assert bus.nacked == [("loan", "the dispatcher failed")]  # a bus that renews by itself would hold it for long
    assert dispatcher.drain(10)


def test_the_unforeseen_while_the_function_is_unavailable_does_not_end_the_pulling() -> None:
    bus = FakeBus()
    answers = [lambda: Answer(Verdict.UNAVAILABLE), lambda: 1 / 0, lambda: Answer(Verdict.DONE)]
    for _ in range(2):
        bus.waiting.put(delivery())
    dispatcher = Dispatcher(bus, [SUBSCRIPTION], lambda event: answers.pop(0)(), max_in_flight=1)  # type: ignore[return-value]
    dispatcher.start()
    wait_for(lambda: bus.acked == ["loan"])
    assert bus.nacked == [("loan", "the dispatcher failed")]
    assert dispatcher.drain(10)


def test_draining_waits_for_what_is_in_flight_and_pulls_no_more() -> None:
    bus, function = FakeBus(), Function(block=threading.Event())
    bus.waiting.put(delivery())
    dispatcher = Dispatcher(bus, [SUBSCRIPTION], function, max_in_flight=1)
    dispatcher.start()
    wait_for(lambda: len(function.got) == 1)
    assert not dispatcher.drain(0.05)
    assert bus.stopped
    bus.waiting.put(delivery())
    assert function.block is not None
    function.block.set()
    assert dispatcher.drain(10)
    time.sleep(0.1)
    assert len(function.got) == 1


def test_what_waits_for_its_turn_is_kept_on_lease_until_drained() -> None:
    bus, function = FakeBus(), Function(block=threading.Event())
    bus.waiting.put(delivery())
    bus.waiting.put(Delivery(to_message(EVENT), "next", 1))
    dispatcher = Dispatcher(bus, [SUBSCRIPTION], function, max_in_flight=1, ahead=1)
    dispatcher.start()
    wait_for(lambda: {"loan", "next"} <= set(bus.extended))
    assert not dispatcher.drain(0.01)
    time.sleep(SUBSCRIPTION.lease)
    bus.extended.clear()
    wait_for(lambda: len(bus.extended) > 2)
    assert set(bus.extended) == {"loan"}
    assert function.block is not None
    function.block.set()
    assert dispatcher.drain(10)
    assert bus.acked == ["loan"]


def pair(tenant: str, number: int, priority: str = "bulk") -> Message:
    event = replace(EVENT, id=f"{tenant}{number}", data=json.dumps({"tenant": tenant}).encode(), priority=priority)
    return to_message(event)


def test_a_backlog_starves_neither_a_single_drop_nor_another_tenant(redis: Redis, namespace: str) -> None:
    drops = Subscription("redline-pairs", "redline", priority="interactive")
    queues = [drops, replace(drops, priority="bulk")]
    bus = EmbeddedBus(redis, queues, type_of=type_of, tenant_of=tenant_of, namespace=namespace)
    function = Function(gate=threading.Semaphore(0))
    bus.publish("redline-pairs", [pair("big", number) for number in range(300)])
    dispatcher = Dispatcher(bus, queues, function, max_in_flight=2, ahead=4, bulk_per_tenant=2)
    dispatcher.start()
    wait_for(lambda: len(function.got) == 1)
    bus.publish("redline-pairs", [pair("small", number) for number in range(10)])
    bus.publish("redline-pairs", [pair("drop", 0, priority="")])
    wait_for(lambda: len(function.got) == 2)
    assert function.got[1].id == "drop0"
    assert function.gate is not None
    for count in range(3, 51):
        function.gate.release()
        wait_for(lambda count=count: len(function.got) >= count - 1)  # type: ignore[misc]
    order = [event.id for event in function.got]
    assert all(f"small{number}" in order[:40] for number in range(10))
    function.gate.release(1000)
    wait_for(lambda: all(bus.depth(each.name).backlog == 0 for each in queues))
    assert dispatcher.drain(10)
    assert len({event.id for event in function.got}) == len(function.got) == 311


def test_draining_does_not_wait_for_an_unavailable_function() -> None:
    bus, function = FakeBus(), Function([Answer(Verdict.UNAVAILABLE)] * 1000)
    bus.waiting.put(delivery())
    dispatcher = Dispatcher(bus, [SUBSCRIPTION], function, max_in_flight=1)
    dispatcher.start()
    wait_for(lambda: len(function.got) >= 1)
    assert dispatcher.drain(10)
    assert (bus.acked, bus.nacked) == ([], [])


def test_it_is_ready_when_it_pulls_and_healthy_while_its_threads_work() -> None:
    bus = FakeBus(away=True)
    dispatcher = Dispatcher(bus, [SUBSCRIPTION], Function(), max_in_flight=1)
    probes = {"/healthz": lambda: dispatcher.is_healthy, "/readyz": lambda: dispatcher.is_ready}
    server = exposition.serve(0, probes=probes)

    def ask(path: str) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
        connection.request("GET", path)
        status = connection.getresponse().status
        connection.close()
        return status

    try:
        dispatcher.start()
        assert (ask("/healthz"), ask("/readyz"), ask("/metrics")) == (200, 503, 200)
        bus.away = False
        wait_for(lambda: ask("/readyz") == 200)
        bus.away = True
        wait_for(lambda: ask("/readyz") == 503)
        bus.away = False
        wait_for(lambda: ask("/readyz") == 200)
        assert dispatcher.drain(10)
        assert (ask("/healthz"), ask("/readyz")) == (200, 503)
    finally:
        server.shutdown()
        server.server_close()


class Server:
    """A function over real HTTP: answers with the statuses that a test puts in; 0 drops the connection.

    It answers nothing before `answering` is set, which it is at first.
    """

    def __init__(self, statuses: list[int]) -> None:
        self.answering = threading.Event()
        self.answering.set()
        self.got: list[Event] = []
        self.connections = 0
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                server.connections += 1
                super().setup()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                server.got.append(from_headers(dict(self.headers), body))
                server.answering.wait(PATIENCE)
                status = statuses.pop(0) if statuses else 200
                if not status:
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}/"
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (200, Verdict.DONE),
        (204, Verdict.DONE),
        (429, Verdict.UNAVAILABLE),
        (503, Verdict.UNAVAILABLE),
        (500, Verdict.FAILED),
        (400, Verdict.FAILED),
        (0, Verdict.FAILED),
    ],
)
def test_the_status_is_judged(status: int, verdict: Verdict) -> None:
    server = Server([status])
    assert Sink(server.url, timeout=5).post(EVENT).verdict is verdict
    assert server.got == [EVENT]
    server.close()


def test_a_connection_is_used_again_and_replaced_when_it_was_closed() -> None:
    server = Server([200, 200, 0, 200])
    sink = Sink(server.url, timeout=5)
    verdicts = [sink.post(EVENT).verdict for _ in range(3)]
    assert verdicts == [Verdict.DONE] * 3
    assert server.connections == 2
    server.close()


def test_nobody_listening_is_unavailable_and_silence_is_failure() -> None:
    server = Server([])
    server.close()
    assert Sink(server.url, timeout=5).post(EVENT).verdict is Verdict.UNAVAILABLE
    silent = socket.create_server(("127.0.0.1", 0))
    answer = Sink(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=0.1).post(EVENT)
    silent.close()
    assert answer.verdict is Verdict.FAILED
