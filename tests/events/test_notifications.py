from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.delivery import to_event, type_of
from events.envelope import EnvelopeError, from_headers, to_headers
from events.notifications import NOTIFICATION_TYPES, from_notification, is_notification, to_notification
from events.registry import parse
from schemas.messaging import Message
from schemas.storage import ObjectFinalized, StorageObject

NAME = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
TIME = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
resources = st.builds(
    lambda model, **fields: model(**fields),
    st.sampled_from(list(NOTIFICATION_TYPES.values())),
    bucket=NAME,
    name=NAME,
    generation=st.integers(0, 2**63 - 1),
    size=st.integers(0, 2**40),
    content_type=NAME,
    time_created=TIME,
    metadata=st.dictionaries(NAME, NAME, max_size=3),
)
FINALIZED = to_notification(
    ObjectFinalized(bucket="uploads", name="a.docx", generation=7, time_created=datetime(2026, 11, 23, tzinfo=UTC)),
    datetime(2026, 11, 23, 10, tzinfo=UTC),
)


@given(resources, TIME)
def test_a_notification_says_the_resource_and_when(resource: StorageObject, time: datetime) -> None:
    message = to_notification(resource, time)
    event = from_notification(message)
    assert is_notification(message)
    assert parse(event) == resource
    assert (event.time, event.type, type_of(message)) == (time, resource.event_type, resource.event_type)


@given(resources, TIME)
def test_any_name_reaches_the_function_over_http(resource: StorageObject, time: datetime) -> None:
    event = to_event(to_notification(resource, time))
    received = from_headers(to_headers(event), event.data)
    assert received == event
    assert received.subject == f"objects/{resource.name}"


def test_one_change_told_twice_is_one_event() -> None:
    again = Message(FINALIZED.data, {**FINALIZED.attributes, "eventTime": "2026-11-23T10:00:01+00:00"})
    assert from_notification(again).id == from_notification(FINALIZED).id


def test_finalizing_and_deleting_one_generation_are_two_events() -> None:
    deleted = Message(FINALIZED.data, {**FINALIZED.attributes, "eventType": "OBJECT_DELETE"})
    assert from_notification(deleted).id != from_notification(FINALIZED).id


def test_a_notification_without_its_time_has_that_of_the_resource() -> None:
    attributes = {name: value for name, value in FINALIZED.attributes.items() if name != "eventTime"}
    data = FINALIZED.data.replace(b"{", b'{"updated": "2026-01-02T03:04:05Z", ', 1)
    assert from_notification(Message(data, attributes)).time == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "data"),
    [
        ({"eventType": "OBJECT_METADATA_UPDATE"}, FINALIZED.data),
        ({"objectGeneration": "seven"}, FINALIZED.data),
        ({"eventTime": "late"}, FINALIZED.data),
        ({}, b"not json"),
        ({}, b"\xff"),
        ({"eventTime": ""}, b"[]"),
        ({"eventTime": ""}, b"{}"),
    ],
    ids=["unused type", "generation", "time", "no json", "no text", "list", "no updated"],
)
def test_a_malformed_notification_is_said(change: dict[str, str], data: bytes) -> None:
    with pytest.raises(EnvelopeError):
        from_notification(replace(FINALIZED, data=data, attributes={**FINALIZED.attributes, **change}))


def test_a_notification_without_bucket_is_malformed() -> None:
    attributes = {name: value for name, value in FINALIZED.attributes.items() if name != "bucketId"}
    with pytest.raises(EnvelopeError):
        from_notification(Message(FINALIZED.data, attributes))
