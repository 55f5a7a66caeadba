"""The forms in which Pub/Sub pushes, at the door of a function as its container serves it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from events.delivery import from_push, to_event
from events.envelope import EnvelopeError
from events.registry import parse
from schemas.documents import DocumentDeleted
from schemas.storage import ObjectFinalized
from tests.data import DATA
from tests.functions.world import FUNCTIONS, World, client


def pushed(name: str) -> Any:
    return json.loads((DATA / "push" / f"{name}.json").read_text())


def test_a_wrapped_notification_is_what_a_pulled_one_is() -> None:
    upload = parse(to_event(from_push(pushed("notification.wrapped"))))
    assert isinstance(upload, ObjectFinalized)
    assert (upload.bucket, upload.name, upload.generation) == ("uploads", "a.docx", 1795477603123456)


def test_a_wrapped_event_is_the_event() -> None:
    event = to_event(from_push(pushed("event.wrapped")))
    assert (event.id, event.correlation_id) == ("e1", "root")
    assert isinstance(parse(event), DocumentDeleted)


@pytest.mark.parametrize("body", [None, [], {}, {"message": 1}, {"message": {"data": "not base64!"}}])
def test_what_is_no_push_delivery_is_said(body: object) -> None:
    with pytest.raises(EnvelopeError, match="push"):
        from_push(body)


def test_a_function_takes_a_wrapped_notification(world: World) -> None:
    answer = client("normalize", FUNCTIONS / "normalize" / "main.py").post("/", json=pushed("notification.wrapped"))
    assert answer.status_code == 200
    (rejected,) = world.events()
    assert "a.docx" not in rejected.data.decode()


def test_a_function_takes_our_events_pushed_either_way(world: World) -> None:
    audit = client("audit", FUNCTIONS / "audit" / "main.py")
    assert audit.post("/", json=pushed("event.wrapped")).status_code == 200
    unwrapped = pushed("event.unwrapped")
    answer = audit.post("/", data=json.dumps(unwrapped["body"]), headers=unwrapped["headers"])
    assert answer.status_code == 200
    assert [row.event_id for row in world.services.audit.rows()] == ["e1"]


def test_an_unwrapped_notification_does_not_get_past_functions_framework(world: World) -> None:
    """It is no CloudEvent, and its headers are not told to us: the uploads' push subscription must wrap."""
    unwrapped = pushed("notification.unwrapped")
    answer = client("normalize", FUNCTIONS / "normalize" / "main.py").post(
        "/", data=json.dumps(unwrapped["body"]), headers=unwrapped["headers"]
    )
    assert answer.status_code in (400, 415)
    assert world.events() == []
