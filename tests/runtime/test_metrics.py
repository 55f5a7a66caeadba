from __future__ import annotations

import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from backends.bus import Delivery
from backends.errors import BackendUnavailable
from runtime import exposition, metrics, pipelinemetrics, processmetrics
from runtime.metered import MeteredBus
from runtime.processmetrics import Role
from runtime.state import PipelineState
from runtime.status import FunctionStatus, QueueStatus, Status
from schemas.messaging import Message
from tests.runtime.doubles import FakeBus

CHECKOUT = Path(__file__).parents[2]
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def scraped(*sources: exposition.Source) -> Samples:
    """The samples of an exposition, by name and labels that are not empty."""
    families = list(text_string_to_metric_families(exposition.exposition(*sources).decode()))
    assert len({family.name for family in families}) == len(families)
    return {
        (sample.name, tuple(sorted((name, value) for name, value in sample.labels.items() if value))): sample.value
        for family in families
        for sample in family.samples
    }


def value(samples: Samples, name: str, **labels: str) -> float:
    """The sample with these labels, and maybe others; 0 when there is none."""
    found = [number for (known, pairs), number in samples.items() if known == name and labels.items() <= set(pairs)]
    return sum(found)


def grown(record: Callable[[], object], name: str, **labels: str) -> float:
    """By how much a sample grew."""
    before = value(scraped(exposition.own), name, **labels)
    record()
    return value(scraped(exposition.own), name, **labels) - before


@pytest.mark.parametrize(
    ("name", "exposed"),
    [
        ("messaging.client.operation.duration", "messaging_client_operation_duration_seconds"),
        ("messaging.client.sent.messages", "messaging_client_sent_messages_total"),
        ("http.server.active_requests", "http_server_active_requests"),
        ("process.cpu.time", "process_cpu_time_seconds_total"),
        ("process.memory.usage", "process_memory_usage_bytes"),
        ("target.info", "target_info"),
    ],
)
def test_names_follow_the_rules_for_prometheus(name: str, exposed: str) -> None:
    assert metrics.INSTRUMENTS[name].exposed == exposed


def test_the_bus_is_metered() -> None:
    bus = FakeBus()
    metered = MeteredBus(bus)
    messages = [Message(b"{}", {})] * 3
    sent, topic = "messaging_client_sent_messages_total", {"messaging_destination_name": "documents"}
    assert grown(lambda: metered.publish("documents", messages), sent, **topic) == 3
    calls = "messaging_client_operation_duration_seconds_count"
    delivery = Delivery(messages[0], "1", 1)
    bus.waiting.put(delivery)
    queue = {"messaging_destination_subscription_name": "documents-plan"}
    pull = lambda: metered.pull("documents-plan", max_messages=1, wait=0.01)  # noqa: E731
    assert grown(pull, "messaging_client_consumed_messages_total", **queue) == 1
    settled = {**queue, "messaging_operation_type": "settle"}
    assert grown(lambda: metered.ack("documents-plan", [delivery]), calls, **settled) == 1
    assert grown(lambda: metered.extend("documents-plan", [delivery]), calls, **settled) == 1
    assert grown(lambda: metered.nack("documents-plan", delivery, reason="no"), calls, **settled) == 1
    assert (bus.acked, bus.extended, bus.nacked) == (["1"], ["1"], [("1", "no")])


def test_a_bus_that_is_away_is_metered_too() -> None:
    def publish() -> None:
        with pytest.raises(BackendUnavailable):
            MeteredBus(FakeBus(away=True)).publish("documents", [Message(b"{}", {})])

    labels = {"messaging_destination_name": "documents", "error_type": "BackendUnavailable"}
    assert grown(publish, "messaging_client_sent_messages_total", **labels) == 1
    assert grown(publish, "messaging_client_operation_duration_seconds_count", **labels) == 1


def test_what_a_function_emits_is_timed_from_the_root_event() -> None:
    since = datetime(2026, 1, 1, tzinfo=UTC)

    def emit() -> None:
        metrics.emitted("redline", "x.v1", code="too-complex", since=since, now=since + timedelta(seconds=7))

    assert grown(emit, "redline_chain_duration_seconds_sum", cloudevents_event_type="x.v1") == 7
    assert grown(emit, "redline_events_emitted_total", redline_code="too-complex") == 1


WRITER = """
import os, sys, time
from datetime import UTC, datetime
from pathlib import Path
from runtime import metrics
metrics.handled("early", "type", "done")  # before there is room: not counted
metrics.begin(Path(os.environ["PROMETHEUS_MULTIPROC_DIR"]), "valkey")
for _ in range(int(sys.argv[1])):
    metrics.handled("plan", "type", "done")
    metrics.processed("documents-plan", 0.2)
with metrics.active_request("plan"):
    print("recorded", flush=True)
    sys.stdin.readline()
"""


class Writer:
    """A process that records, and waits to be ended."""

    def __init__(self, folder: Path, count: int) -> None:
        environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(folder)}
        command = [sys.executable, "-c", WRITER, str(count)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self._process = subprocess.Popen(command, cwd=CHECKOUT, env=environment, **pipes)  # type: ignore[call-overload]
        assert self._process.stdout.readline() == b"recorded\n"

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()


def counts(shared: exposition.Shared) -> tuple[float, ...]:
    """Events handled, deliveries timed, those of them within 0.25 s, seconds they took, requests worked on."""
    samples = scraped(shared.collect)
    assert value(samples, "redline_events_handled_total", faas_name="early") == 0
    return (
        value(samples, "redline_events_handled_total", faas_name="plan"),
        value(samples, "messaging_process_duration_seconds_count", messaging_system="valkey"),
        value(samples, "messaging_process_duration_seconds_bucket", le="0.25"),
        round(value(samples, "messaging_process_duration_seconds_sum"), 6),
        value(samples, "http_server_active_requests", faas_name="plan"),
    )


def test_processes_are_added_up_also_when_they_have_ended(tmp_path: Path) -> None:
    shared = exposition.Shared(tmp_path / "metrics")
    shared.clear()
    writers = [Writer(tmp_path / "metrics", count) for count in (1, 2, 4)]
    shared.fold()
    assert counts(shared) == (7, 7, 7, 1.4, 3)
    for ended, writer in enumerate(writers, start=1):
        writer.kill()
        shared.fold()
        assert counts(shared) == (7, 7, 7, 1.4, 3 - ended)
    assert sorted(file.name for file in (tmp_path / "metrics").iterdir()) == ["counter_0.db", "histogram_0.db"]
    shared.clear()
    assert counts(shared) == (0, 0, 0, 0, 0)


def test_without_room_nothing_is_recorded_and_it_is_said(tmp_path: Path) -> None:
    program = """
import resource, signal
from pathlib import Path
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from backends.errors import BackendUnavailable
from runtime import metrics
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    metrics.begin(Path("metrics"), "valkey")
except BackendUnavailable as error:
    print(error)
metrics.handled("plan", "type", "done")
"""
    (tmp_path / "metrics").mkdir()
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": "metrics", "PYTHONPATH": str(CHECKOUT)}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "The folder metrics cannot be used: File too large.\n"
    assert not list((tmp_path / "metrics").glob("*.db"))


def test_a_process_alone_serves_its_own() -> None:
    metrics.handled("alone", "type", "done")
    server = exposition.serve(0)
    with urllib.request.urlopen(f"http://127.0.0.1:{server.server_address[1]}/metrics") as answer:
        text = answer.read().decode()
        assert answer.headers["Content-Type"] == exposition.CONTENT_TYPE
    server.shutdown()
    server.server_close()
    names = {family.name for family in text_string_to_metric_families(text)}
    assert {"redline_events_handled", "process_memory_usage_bytes", "process_cpu_time_seconds"} <= names


def test_what_a_process_takes_is_what_the_kernel_says() -> None:
    found = processmetrics.usage(os.getpid())
    assert found is not None
    assert found.parent == os.getppid()
    assert 1 << 20 < found.resident < found.virtual
    assert found.user > 0 < found.uptime
    assert found.threads >= 1 <= found.descriptors
    assert processmetrics.usage(2**22 + 1) is None


def test_the_parts_of_a_pipeline_have_roles() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    state = PipelineState(
        version="1",
        pid=os.getppid(),
        url="",
        redis_url="",
        started=0.0,
        phase="ready",
        functions={"plan": os.getpid(), "audit": None},
        dispatchers={"plan": 2**22 + 1},
        valkey=None,
    )
    try:
        samples = scraped(lambda: pipelinemetrics.of_processes(state))
    finally:
        child.communicate(b"\n")
    memory = [dict(labels) for name, labels in samples if name == "process_memory_usage_bytes"]
    assert {(each["redline_component"], each["process_pid"]) for each in memory} >= {
        ("supervisor", str(os.getppid())),
        ("function", str(os.getpid())),
        ("worker", str(child.pid)),
    }
    assert {each.get("faas_name") for each in memory} == {"plan", None}


def test_queues_are_exposed_with_their_states() -> None:
    queue = QueueStatus(name="documents-plan", ready=3, leased=2, delayed=1, oldest_seconds=1.5)
    plan = FunctionStatus(name="plan", running=True, workers=2, queues=(queue,))
    status = Status(phase="ready", version="1", pid=1, url="", uptime_seconds=1, functions=(plan,), delivery=())
    samples = scraped(lambda: pipelinemetrics.of_status(status))
    assert value(samples, "redline_queue_messages", redline_state="leased") == 2
    assert value(samples, "redline_queue_messages") == 6
    assert value(samples, "redline_queue_oldest_message_age_seconds") == 1.5
    assert value(samples, "redline_function_workers", faas_name="plan") == 2
    assert value(samples, "target_info", service_name="redline", service_version="1") == 1


@given(st.lists(st.sampled_from(["plan", "audit"]), max_size=6), st.lists(st.sampled_from(["plan"]), max_size=6))
def test_two_sources_of_one_metric_become_one(one: list[str], other: list[str]) -> None:
    roles = [{os.getpid(): Role("function", name)} for name in one]
    more = [{os.getppid(): Role("worker", name)} for name in other]
    sources = [(lambda each=each: processmetrics.of(each)) for each in (*roles, *more)]
    families = list(text_string_to_metric_families(exposition.exposition(*sources).decode()))
    assert len(families) == len({family.name for family in families}) <= 6
    assert sum(len(family.samples) for family in families) == 7 * (len(one) + len(other))


def test_every_metric_is_in_the_manual() -> None:
    manual = (CHECKOUT / "docs" / "operate.md").read_text()
    kinds = {" counter ", " gauge ", " histogram "}
    table = [line for line in manual.splitlines() if kinds.intersection(line.split("|")[3:4])]
    assert sorted(table) == sorted(map(in_the_manual, metrics.INSTRUMENTS.values()))


def in_the_manual(each: metrics.Instrument) -> str:
    attributes = ", ".join(f"`{name}`" for name in each.attributes)
    return f"| `{each.name}` | `{each.exposed}` | {each.kind} | {attributes} | {each.text} |"
