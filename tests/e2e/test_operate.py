"""Operating a running pipeline: metrics, traces, dead letters, documents, as an operator meets them."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from prometheus_client.parser import text_string_to_metric_families

from runtime.composition import build
from runtime.settings import Settings
from runtime.state import read
from schemas.messaging import Message
from schemas.redlines import PairRequested
from tests.collector import Collector, attributes, collector
from tests.e2e.pipeline import Pipeline, contract, eventually, run
from tests.events.test_registry import event_of

NAME = "operate/lease.docx"


@pytest.fixture(scope="module")
def traces() -> Iterator[Collector]:
    with collector() as made:
        yield made


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory, traces: Collector) -> Iterator[Pipeline]:
    """A pipeline that sends its traces, and has made one redline."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", traces.url)
        with Pipeline(tmp_path_factory.mktemp("operate") / "root") as running:
            running.drop(NAME, contract())
            running.wait_for_facts(NAME, "document.normalized")
            running.drop(NAME, contract("One more sentence."))
            running.wait_for_facts(NAME, "document.normalized", "document.normalized", "redline.completed")
            yield running


def test_one_trace_leads_from_the_dropped_file_to_the_audit_row(pipeline: Pipeline, traces: Collector) -> None:
    [row] = [row for row in pipeline.rows(NAME) if row.event_type == "dev.redline.redline.completed.v1"]
    assert row.trace_id is not None

    def recorded() -> Span | None:
        work = [span for span in traces.trace(row.trace_id or "") if span.name == "audit"]
        return next((span for span in work if attributes(span)["cloudevents.event_id"] == row.event_id), None)

    step = eventually(recorded, "the span of the audit row")
    eventually(lambda: _orphans(traces, row.trace_id or "") == 1, "one span without a parent")
    spans = {span.span_id: span for span in traces.trace(row.trace_id)}
    way = [step.name]
    while step.parent_span_id:
        step = spans[step.parent_span_id]
        way.append(step.name)
    assert way[::-1] == [
        *("send uploads", "process uploads-normalize", "normalize"),
        *("send documents", "process documents-plan", "plan"),
        *("send redline-pairs", "process redline-pairs-redline", "redline"),
        *("send redlines", "process redlines-audit", "audit"),
    ]
    assert not any(b"lease" in span.SerializeToString() for span in spans.values())


def _orphans(traces: Collector, trace_id: str) -> int:
    """Spans of a trace whose parent is not there, or not there yet."""
    spans = traces.trace(trace_id)
    known = {span.span_id for span in spans}
    return sum(1 for span in spans if span.parent_span_id not in known)


def test_every_process_is_on_the_one_port(pipeline: Pipeline) -> None:
    known = read(pipeline.layout)
    assert known is not None
    with urllib.request.urlopen(f"{known.url}/metrics") as answer:
        families = {family.name: family for family in text_string_to_metric_families(answer.read().decode())}
    handled = {sample.labels["faas_name"]: sample.value for sample in families["redline_events_handled"].samples}
    assert handled["normalize"] == 2
    assert handled["redline"] == 1
    seen = {
        sample.labels["messaging_destination_subscription_name"]: sample.value
        for sample in families["messaging_process_duration_seconds"].samples
        if sample.name.endswith("_count")
    }
    assert seen["uploads-normalize"] == 2
    assert seen["redlines-deliver"] == 1
    pids = {int(sample.labels["process_pid"]) for sample in families["process_memory_usage_bytes"].samples}
    assert {known.pid, *pipeline.processes()} <= pids


def test_a_dead_letter_is_listed_replayed_and_discarded(pipeline: Pipeline) -> None:
    root = pipeline.layout.root
    parts = build(Settings(root=root))
    broken = event_of(PairRequested.event_type)
    attributes = {"ce-id": "broken", "ce-type": broken.type, "ce-source": "/test", "ce-time": "2026-11-25T10:00:00Z"}
    parts.bus.publish("redline-pairs", [Message(b"{}", attributes)])

    def letters() -> list[dict[str, object]]:
        lines = run("dead-letters", "list", "--json", "--root", root).stdout.splitlines()
        return [json.loads(line) for line in lines]

    [first] = eventually(letters, "the dead letter")
    assert (first["subscription"], first["attempt"]) == ("redline-pairs-redline", 1)
    assert run("dead-letters", "replay", str(first["id"]), "--root", root).stdout == "1 dead letter published again.\n"
    [again] = eventually(letters, "the dead letter once more")
    assert (again["event_id"], again["attempt"]) == (first["event_id"], 2)
    done = run("dead-letters", "discard", str(again["id"]), "--yes", "--reason", "Broken.", "--root", root)
    assert done.stdout == "1 dead letter discarded.\n"
    assert letters() == []
    eventually(
        lambda: (
            [
                row.event_type.split(".")[-2]
                for row in parts.audit.rows()
                if row.event_type.startswith("dev.redline.message.")
            ]
            == ["replayed", "discarded"]
        ),
        "the trail tells of both",
    )


def test_documents_and_their_story_are_shown(pipeline: Pipeline) -> None:
    root = pipeline.layout.root
    assert NAME in run("documents", "--root", root).stdout
    shown = run("show", Path(NAME).name, "--root", root)
    assert shown.stderr == f"redline: No document is called lease.docx; did you mean {NAME}?\n"
    assert "redline.completed" in run("show", NAME, "--root", root).stdout
