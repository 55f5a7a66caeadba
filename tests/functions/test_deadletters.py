from __future__ import annotations

import base64

import pytest

from events.delivery import to_event
from events.envelope import Event, to_message
from events.ids import batch_id, request_digest
from events.notifications import to_notification
from events.registry import parse
from functions.join.main import UNDELIVERABLE
from schemas.batches import RequestRejected
from schemas.documents import DocumentRejected
from schemas.messaging import DELIVERY_COUNT, REASON, SOURCE_SUBSCRIPTION, Message
from schemas.redlines import PairRequested, RedlineFailed
from schemas.storage import ObjectFinalized
from tests.events.test_registry import event_of
from tests.functions.world import ROOT_TIME, World

NORMALIZED = event_of("dev.redline.document.normalized.v1")
REQUESTED = event_of("dev.redline.redline.pair.requested.v1")
COMPLETED = event_of("dev.redline.redline.completed.v1")


def dead(message: Message, subscription: str) -> Event:
    added = {SOURCE_SUBSCRIPTION: subscription, DELIVERY_COUNT: "5", REASON: "HTTP 500"}
    return to_event(Message(message.data, {**message.attributes, **added}))


def test_an_undeliverable_upload_is_a_rejected_document(world: World) -> None:
    upload = ObjectFinalized(bucket="uploads", name="a.docx", generation=7, time_created=ROOT_TIME)
    [said] = world.run("deadletters", dead(to_notification(upload, ROOT_TIME), "uploads-normalize"))
    assert isinstance(said, DocumentRejected)
    assert (said.document_id, said.generation, said.code) == (world.document_id("a.docx"), 7, "undeliverable")
    assert world.json("records", f"paths/default/{said.document_id}.json")["path"] == "a.docx"


def test_an_undeliverable_version_is_a_rejected_document(world: World) -> None:
    [said] = world.run("deadletters", dead(to_message(NORMALIZED), "documents-plan"))
    assert isinstance(said, DocumentRejected)
    assert (said.document_id, said.code) == (NORMALIZED.partition_key, "undeliverable")


@pytest.mark.parametrize("subscription", ["redline-pairs-redline", "redline-pairs-redline-bulk"])
def test_an_undeliverable_pair_is_a_failed_redline_of_the_same_attempt(world: World, subscription: str) -> None:
    [said] = world.run("deadletters", dead(to_message(REQUESTED), subscription))
    pair = parse(REQUESTED)
    assert isinstance(pair, PairRequested)
    assert isinstance(said, RedlineFailed)
    assert (said.pair_id, said.attempt, said.code) == (pair.pair_id, 1, "undeliverable")


def test_an_undeliverable_request_is_a_rejected_request(world: World) -> None:
    event = event_of("dev.redline.redline.requested.v1")
    [said] = world.run("deadletters", dead(to_message(event), "redline-requests-plan"))
    assert isinstance(said, RequestRejected)
    assert (said.request_id, said.code) == ("closing-2026-11", "undeliverable")
    assert said.batch_id == batch_id("default", "closing-2026-11")
    assert said.request_sha256 == request_digest(event.source, event.id, event.data)


def test_an_undeliverable_pair_of_a_request_is_a_failed_redline_of_it(world: World) -> None:
    pair = parse(REQUESTED)
    assert isinstance(pair, PairRequested)
    asked = world.event(pair.model_copy(update={"batch_id": "ba" * 16, "batch_index": 7}))
    [said] = world.run("deadletters", dead(to_message(asked), "redline-pairs-redline"))
    assert isinstance(said, RedlineFailed)
    assert (said.batch_id, said.batch_index, said.code) == ("ba" * 16, 7, UNDELIVERABLE)


@pytest.mark.parametrize(
    ("message", "subscription"),
    [
        (to_message(COMPLETED), "redlines-audit"),
        (to_message(NORMALIZED), "documents-audit"),
        (Message(b"\xff not an event", {"strange": "yes"}), "documents-plan"),
        (Message(b"{}", to_message(REQUESTED).attributes), "redline-pairs-redline"),
        (Message(b"{}", {"eventType": "OBJECT_METADATA_UPDATE"}), "uploads-normalize"),
    ],
    ids=["fact for the audit", "version for the audit", "no event", "no pair", "unused notification"],
)
def test_what_says_nothing_of_a_document_is_kept_alone(world: World, message: Message, subscription: str) -> None:
    assert world.run("deadletters", dead(message, subscription)) == []
    [blob] = world.services.blobs.list("dead-letters")
    kept = world.json("dead-letters", blob.name)
    assert base64.b64decode(kept["data"]) == message.data
    assert kept["attributes"] == dict(message.attributes)
    assert (kept["subscription"], kept["deliveries"], kept["reason"]) == (subscription, 5, "HTTP 500")


def test_a_redelivery_keeps_one_object_and_says_the_same(world: World) -> None:
    event = dead(to_message(REQUESTED), "redline-pairs-redline")
    world.post("deadletters", event)
    once = world.events()
    world.forget_marks()
    world.post("deadletters", event)
    assert world.events() == once
    assert len(list(world.services.blobs.list("dead-letters", versions=True))) == 1
