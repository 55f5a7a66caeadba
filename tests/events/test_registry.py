"""Examples of every event: what is published, and the HTTP request it becomes."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from events.delivery import to_event, type_of
from events.envelope import EnvelopeError, Event, from_headers, to_headers
from events.notifications import to_notification
from events.registry import PAYLOADS, parse
from events.routing import DELIVERIES, FUNCTIONS, SUBSCRIPTIONS, TOPICS, function_of
from schemas.messaging import Message
from schemas.storage import StorageObject
from tests.data import DATA

EXAMPLES: dict[str, Any] = {path.stem: json.loads(path.read_text()) for path in (DATA / "events").glob("*.json")}


def message_of(example: Any) -> Message:
    return Message(json.dumps(example["message"]["data"]).encode(), example["message"]["attributes"])


def event_of(name: str) -> Event:
    request = EXAMPLES[name]["request"]
    return from_headers(request["headers"], json.dumps(request["data"]).encode())


def test_there_is_an_example_of_every_event() -> None:
    assert EXAMPLES.keys() == PAYLOADS.keys()


@pytest.mark.parametrize("name", sorted(PAYLOADS))
def test_a_published_message_becomes_its_request(name: str) -> None:
    example = EXAMPLES[name]
    event = to_event(message_of(example))
    assert to_headers(event) == example["request"]["headers"]
    payload = parse(event)
    assert type(payload) is PAYLOADS[name]
    assert json.loads(payload.model_dump_json(by_alias=True)).keys() == example["request"]["data"].keys()


@pytest.mark.parametrize("name", sorted(PAYLOADS))
def test_a_payload_is_written_as_it_was_read(name: str) -> None:
    payload = parse(event_of(name))
    assert json.loads(payload.model_dump_json(by_alias=True)) == EXAMPLES[name]["request"]["data"]


@pytest.mark.parametrize("name", sorted(PAYLOADS))
def test_fields_of_a_later_release_are_ignored(name: str) -> None:
    event = event_of(name)
    newer = {**json.loads(event.data), "added_later": {"x": [1]}}
    for value in newer.values():
        if isinstance(value, dict) and "bucket" in value:
            value["added_later"] = 1
    assert parse(replace(event, data=json.dumps(newer).encode())) == parse(event)


@pytest.mark.parametrize("name", sorted(set(PAYLOADS) - {"dev.redline.message.undeliverable.v1"}))
def test_subscriptions_choose_a_message_by_its_type(name: str) -> None:
    assert type_of(message_of(EXAMPLES[name])) == name


@pytest.mark.parametrize("name", [name for name in PAYLOADS if name.startswith("google.")])
def test_a_notification_is_published_as_the_example_says(name: str) -> None:
    resource = parse(event_of(name))
    assert isinstance(resource, StorageObject)
    message = to_notification(resource, event_of(name).time)
    example = EXAMPLES[name]["message"]
    assert (message.attributes, json.loads(message.data)) == (example["attributes"], example["data"])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"type": "dev.redline.unheard.of.v1"}, "not known"),
        ({"data": b"{}"}, "tenant: missing"),
        ({"data": b"\xff\xfe"}, "malformed"),
        ({"data": b"[1]"}, "malformed"),
        ({"data": b""}, "malformed"),
    ],
    ids=["type", "fields", "encoding", "list", "nothing"],
)
def test_what_cannot_be_parsed_is_an_envelope_error(change: dict[str, Any], said: str) -> None:
    with pytest.raises(EnvelopeError, match=said):
        parse(replace(event_of("dev.redline.document.deleted.v1"), **change))


def test_an_error_does_not_quote_the_data() -> None:
    data = json.dumps({"tenant": "SECRET NAME", "region": 1}).encode()
    with pytest.raises(EnvelopeError) as raised:
        parse(replace(event_of("dev.redline.document.deleted.v1"), data=data))
    assert "SECRET" not in str(raised.value)


def test_every_topic_and_type_of_the_routing_table_is_known() -> None:
    for subscription in (*SUBSCRIPTIONS, *DELIVERIES):
        assert subscription.topic in TOPICS
        for name in subscription.event_types:
            assert PAYLOADS[name].topic == subscription.topic


def test_subscription_names_are_distinct() -> None:
    names = [subscription.name for subscription in (*SUBSCRIPTIONS, *DELIVERIES)]
    assert len(set(names)) == len(names)
    assert FUNCTIONS == ("normalize", "plan", "audit", "index", "redline", "render", "join", "erase", "deadletters")


def test_a_subscription_leads_to_its_function() -> None:
    for subscription in (*SUBSCRIPTIONS, *DELIVERIES):
        assert function_of(subscription.name) == subscription.function
    assert function_of("unheard-of") == ""


def test_pairs_have_a_queue_for_each_priority() -> None:
    names = [each.name for each in SUBSCRIPTIONS if each.function == "redline"]
    assert names == ["redline-pairs-redline", "redline-pairs-redline-bulk"]


def test_every_own_fact_and_every_request_is_read_by_the_audit() -> None:
    audited = {name for each in SUBSCRIPTIONS if each.function == "audit" for name in each.event_types}
    facts = {name for name, model in PAYLOADS.items() if model.topic in ("documents", "redlines", "redline-requests")}
    assert audited == facts
