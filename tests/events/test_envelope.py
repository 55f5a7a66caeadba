from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.envelope import (
    EnvelopeError,
    Event,
    attributes_of,
    emitted,
    from_attributes,
    from_headers,
    from_message,
    to_headers,
    to_message,
)
from schemas.documents import DocumentDeleted
from schemas.messaging import MAX_MESSAGE_BYTES, Message

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]))
SOME_TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
EVENT = Event(
    id="0f" * 16,
    type="dev.redline.document.deleted.v1",
    source="/functions/normalize",
    subject="contract.docx",
    time=datetime(2026, 11, 23, 10, 15, 2, 123456, UTC),
    data=b"{}",
    correlation_id="c0" * 16,
    causation_id="ca" * 16,
    partition_key="d0" * 16,
    data_schema="https://redline.dev/schemas/x.json",
    traceparent="00-" + "a" * 32 + "-" + "b" * 16 + "-01",
)
events = st.builds(
    Event,
    id=SOME_TEXT,
    type=SOME_TEXT,
    source=SOME_TEXT,
    subject=ANY_TEXT,
    time=st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-7)), timezone(timedelta(hours=5.5))])),
    data=st.binary(max_size=200),
    correlation_id=SOME_TEXT,
    causation_id=ANY_TEXT,
    partition_key=ANY_TEXT,
    data_schema=ANY_TEXT,
    traceparent=ANY_TEXT,
    priority=ANY_TEXT,
)


@given(events)
def test_an_event_survives_the_pubsub_binding(event: Event) -> None:
    assert from_message(to_message(event)) == event


@given(events)
def test_an_event_survives_the_http_binding_in_printable_ascii_alone(event: Event) -> None:
    headers = to_headers(event)
    assert all(0x20 < ord(char) < 0x7F for value in headers.values() for char in value)
    assert from_headers(headers, event.data) == event


@pytest.mark.parametrize(
    ("subject", "header"),
    [
        ("Euro € 😀", "Euro%20%E2%82%AC%20%F0%9F%98%80"),  # the example of the CloudEvents HTTP binding, 3.1.3.2
        ('a "b"\nc%', "a%20%22b%22%0Ac%25"),
        ("plain/name-1.docx", "plain/name-1.docx"),
    ],
)
def test_header_values_are_percent_encoded_as_the_binding_says(subject: str, header: str) -> None:
    event = replace(EVENT, subject=subject)
    assert to_headers(event)["ce-subject"] == header
    assert from_headers(to_headers(event), b"{}").subject == subject


def test_a_quoted_header_value_is_unquoted_before_it_is_decoded() -> None:
    headers = {**to_headers(EVENT), "ce-subject": '"Euro \\"%E2%82%AC\\""'}
    assert from_headers(headers, b"{}").subject == 'Euro "€"'


def test_header_names_have_no_case() -> None:
    assert from_headers({name.title(): value for name, value in to_headers(EVENT).items()}, b"{}") == EVENT


@pytest.mark.parametrize("missing", ["id", "type", "source", "time"])
@pytest.mark.parametrize("how", ["absent", "empty"])
def test_a_required_attribute_is_required(missing: str, how: str) -> None:
    attributes = attributes_of(EVENT)
    del attributes[missing]
    with pytest.raises(EnvelopeError, match=missing):
        from_attributes(attributes | ({missing: ""} if how == "empty" else {}), b"{}")


@pytest.mark.parametrize("time", ["yesterday", "2026-13-01T00:00:00Z", "1700000000.5x"])
def test_a_malformed_time_is_said(time: str) -> None:
    with pytest.raises(EnvelopeError, match="time"):
        from_attributes(attributes_of(EVENT) | {"time": time}, b"{}")


def test_a_time_without_zone_is_utc() -> None:
    event = from_attributes(attributes_of(EVENT) | {"time": "2026-11-23T10:15:02.123456"}, b"{}")
    assert event.time == EVENT.time


def test_an_event_that_starts_a_chain_is_its_own_correlation() -> None:
    attributes = attributes_of(EVENT)
    del attributes["correlationid"]
    assert from_attributes(attributes, b"{}").correlation_id == EVENT.id


def test_attributes_unknown_to_this_release_are_ignored() -> None:
    message = to_message(EVENT)
    newer = Message(message.data, {**message.attributes, "ce-newextension": "1", "googclient_x": "y"})
    assert from_message(newer) == EVENT


def test_an_event_larger_than_a_message_may_be_is_refused() -> None:
    to_message(replace(EVENT, data=b"x" * MAX_MESSAGE_BYTES))
    with pytest.raises(EnvelopeError, match="limit"):
        to_message(replace(EVENT, data=b"x" * (MAX_MESSAGE_BYTES + 1)))


def test_what_is_emitted_keeps_time_and_correlation_of_its_cause() -> None:
    payload = DocumentDeleted(tenant="default", region="local", document_id="d0" * 16, generation=7)
    event = emitted(payload, source="/functions/normalize", cause=EVENT)
    assert (event.time, event.correlation_id, event.causation_id) == (EVENT.time, EVENT.correlation_id, EVENT.id)
    assert event.partition_key == "d0" * 16
    assert json.loads(event.data)["generation"] == 7
    assert event.traceparent.split("-")[1] == "a" * 32
    assert event.traceparent.split("-")[2] != "b" * 16


def test_what_is_emitted_again_is_the_very_same_event() -> None:
    payload = DocumentDeleted(tenant="default", region="local", document_id="d0" * 16, generation=7)
    assert emitted(payload, source="/a", cause=EVENT) == emitted(payload, source="/a", cause=EVENT)


def test_what_nobody_waits_for_says_so_in_an_attribute() -> None:
    class Batched(DocumentDeleted):
        @property
        def urgency(self) -> str:
            return "bulk"

    about = {"tenant": "default", "region": "local", "document_id": "d0" * 16, "generation": 7}
    messages = [to_message(emitted(kind(**about), source="/a", cause=EVENT)) for kind in (DocumentDeleted, Batched)]
    assert [message.attributes.get("ce-priority") for message in messages] == [None, "bulk"]


MOMENT = datetime(2026, 11, 23, 10, 15, 3, 5, UTC)


def said_at(moment: datetime | None) -> Event:
    payload = DocumentDeleted(tenant="default", region="local", document_id="d0" * 16, generation=7)
    cause = replace(EVENT, recorded_time=MOMENT)
    return emitted(payload, source="/a", cause=cause, now=moment)


def test_what_is_emitted_tells_when_it_and_its_cause_were_said() -> None:
    later = MOMENT + timedelta(seconds=1)
    event = said_at(later)
    assert attributes_of(event)["recordedtime"] == "2026-11-23T10:15:04.000005Z"
    for read in (from_message(to_message(event)), from_headers(to_headers(event), event.data)):
        assert (read.recorded_time, read.causation_time) == (later, MOMENT)


def test_a_cause_that_does_not_tell_when_it_was_said_was_said_when_it_happened() -> None:
    payload = DocumentDeleted(tenant="default", region="local", document_id="d0" * 16, generation=7)
    assert emitted(payload, source="/a", cause=EVENT).causation_time == EVENT.time


def test_when_an_event_was_said_is_no_part_of_what_it_says() -> None:
    assert said_at(MOMENT) == said_at(None)


def test_a_malformed_time_that_is_not_required_is_ignored() -> None:
    assert from_attributes(attributes_of(EVENT) | {"recordedtime": "soon"}, b"{}").recorded_time is None
