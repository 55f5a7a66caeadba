from __future__ import annotations

import logging
import sys
from collections.abc import Iterator

import pytest

from backends.errors import BackendUnavailable
from events import trace
from events.envelope import to_message
from events.notifications import from_notification, to_notification
from events.routing import SUBSCRIPTIONS
from runtime import tracing
from runtime.metered import MeteredBus
from schemas.messaging import Message
from schemas.storage import ObjectFinalized
from tests.collector import Collector, attributes, collector
from tests.events.test_registry import event_of
from tests.functions.world import ROOT_TIME
from tests.runtime.doubles import FakeBus

REQUESTED = event_of("dev.redline.redline.pair.requested.v1")
UPLOAD = to_notification(
    ObjectFinalized(bucket="uploads", name="secret/lease.docx", generation=7, time_created=ROOT_TIME), ROOT_TIME
)
PAIRS = next(each for each in SUBSCRIPTIONS if each.name == "redline-pairs-redline")


@pytest.fixture
def received(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    """What a receiver got of the spans of this process."""
    monkeypatch.setattr(tracing, "_exporter", None)
    with collector() as made:
        tracing.begin(made.url, "valkey")
        yield made


def test_a_publication_has_the_ids_that_its_envelope_carries(received: Collector) -> None:
    MeteredBus(FakeBus()).publish("redline-pairs", [to_message(REQUESTED)])
    tracing.flush()
    [span] = received.spans
    assert f"00-{span.trace_id.hex()}-{span.span_id.hex()}-01" == REQUESTED.traceparent
    assert (span.name, span.parent_span_id) == ("send redline-pairs", b"")
    told = attributes(span)
    assert (told["messaging.system"], told["messaging.operation.type"]) == ("valkey", "send")
    assert told["messaging.message.id"] == told["cloudevents.event_id"] == REQUESTED.id
    assert received.resources[0]["service.name"] == "redline"


def test_what_follows_from_an_upload_is_of_its_trace_and_tells_no_path(received: Collector) -> None:
    MeteredBus(FakeBus()).publish("uploads", [UPLOAD])
    tracing.flush()
    [span] = received.spans
    root = from_notification(UPLOAD)
    derived = trace.child("", trace_seed=root.correlation_id, span_seed="what follows")
    assert span.trace_id.hex() == trace.trace_id(derived)
    assert b"secret" not in span.SerializeToString()


def test_delivery_and_work_are_below_the_publication(received: Collector) -> None:
    with tracing.processing(REQUESTED, PAIRS, 2) as failed:
        with tracing.serving("redline", REQUESTED, {"traceparent": tracing.headers()["traceparent"]}):
            pass
        failed("HTTP 500")
    tracing.flush()
    work, delivery = received.spans
    assert delivery.parent_span_id.hex() in REQUESTED.traceparent
    assert work.parent_span_id == delivery.span_id
    assert {span.trace_id.hex() for span in received.spans} == {trace.trace_id(REQUESTED.traceparent)}
    assert (delivery.status.code, attributes(delivery)["error.type"]) == (2, "HTTP 500")
    assert attributes(delivery)["messaging.destination.subscription.name"] == "redline-pairs-redline"
    assert attributes(work)["faas.name"] == "redline"


@pytest.mark.parametrize("carried", ["", "nonsense", f"00-{'a' * 32}-{'b' * 16}-01"])
def test_a_request_that_names_no_delivery_of_the_event_hangs_on_its_publication(
    received: Collector, carried: str
) -> None:
    with tracing.serving("redline", REQUESTED, {"traceparent": carried}):
        pass
    tracing.flush()
    [span] = received.spans
    assert f"00-{span.trace_id.hex()}-{span.parent_span_id.hex()}-01" == REQUESTED.traceparent


def test_what_goes_wrong_is_named_without_its_message(received: Collector) -> None:
    with pytest.raises(ValueError, match="lease"), tracing.serving("redline", REQUESTED, {}):
        raise ValueError("cannot read lease.docx")
    with pytest.raises(BackendUnavailable):
        MeteredBus(FakeBus(away=True)).publish("redline-pairs", [to_message(REQUESTED)])
    tracing.flush()
    work, publication = received.spans
    assert attributes(work)["error.type"] == "ValueError"
    assert attributes(publication)["error.type"] == "BackendUnavailable"
    assert b"lease" not in work.SerializeToString()


def test_what_is_no_event_is_published_without_a_span(received: Collector) -> None:
    bus = FakeBus()
    MeteredBus(bus).publish("documents", [Message(b"x", {})])
    tracing.flush()
    assert (len(bus.published), received.spans) == (1, [])


def test_without_the_extra_one_sentence_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(tracing, "_exporter", None)
    monkeypatch.setitem(sys.modules, "runtime.otlp", None)
    with caplog.at_level(logging.WARNING):
        tracing.begin("http://127.0.0.1:1", "valkey")
    assert "pip install 'redline[otlp]'" in caplog.text
    assert tracing.headers() == {}
    MeteredBus(FakeBus()).publish("redline-pairs", [to_message(REQUESTED)])
