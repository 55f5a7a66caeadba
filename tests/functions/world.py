"""The embedded pipeline without its processes: real blobs, bus, audit and seen-marks, and each function's own app."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import functions_framework
from flask import Flask
from flask.testing import FlaskClient

from backends.bus import Delivery
from backends.redis_client import connect
from events.delivery import to_event
from events.envelope import Event, emitted, to_headers
from events.notifications import from_notification, to_notification
from events.registry import parse
from events.routing import SUBSCRIPTIONS
from redline.plain.text import to_docx
from runtime.composition import Services
from schemas.base import ObjectRef, Payload
from schemas.documents import VersionRecord
from schemas.storage import ObjectDeleted, ObjectFinalized

FUNCTIONS = Path(__file__).parents[2] / "functions"
ROOT_TIME = datetime(2026, 11, 23, 10, 15, 2, 123456, UTC)
ROOT_EVENT = Event(
    id="0e" * 16,
    type="dev.redline.test.v1",
    source="/test",
    subject="",
    time=ROOT_TIME,
    data=b"{}",
    correlation_id="c0" * 16,
    causation_id="",
)


def docx(text: str) -> bytes:
    return to_docx(text.encode())


@cache
def client(target: str, source: Path) -> FlaskClient:
    """What the container runs, without the server around it."""
    app: Flask = functions_framework.create_app(target, str(source), "cloudevent")  # type: ignore[no-untyped-call]
    return app.test_client()


@dataclass(frozen=True)
class World:
    services: Services

    def post(self, function: str, event: Event, source: Path | None = None) -> int:
        """HTTP status that the function answers."""
        target = client(function, source or FUNCTIONS / function / "main.py")
        return target.post("/", data=event.data, headers=to_headers(event)).status_code

    def run(self, function: str, event: Event) -> list[Payload]:
        """What the function said of an event that it handled well."""
        status = self.post(function, event)
        assert status == 200, f"{function} answered {status}"
        return self.said()

    def said(self) -> list[Payload]:
        """Payloads of what was published since the last call, each once, in order for each topic."""
        return [parse(event) for event in self.events()]

    def events(self) -> list[Event]:
        """What was published since the last call; every subscription's copy is taken off its queue."""
        found: dict[str, Event] = {}
        for subscription in SUBSCRIPTIONS:
            for delivery in self.pull(subscription.name):
                event = to_event(delivery.message)
                found[event.id] = event
        return list(found.values())

    def pull(self, subscription: str) -> Sequence[Delivery]:
        deliveries = self.services.bus.pull(subscription, max_messages=1000, wait=0)
        self.services.bus.ack(subscription, deliveries)
        return deliveries

    def upload(self, name: str, data: bytes | Path) -> Event:
        """The event of a new generation."""
        blob = self.services.blobs.put("uploads", name, data)
        resource = ObjectFinalized(
            bucket=blob.bucket, name=name, generation=blob.generation, size=blob.size, time_created=blob.created
        )
        return from_notification(to_notification(resource, ROOT_TIME))

    def delete(self, name: str) -> Event:
        generation = self.services.blobs.delete("uploads", name)
        resource = ObjectDeleted(bucket="uploads", name=name, generation=generation, time_created=ROOT_TIME)
        return from_notification(to_notification(resource, ROOT_TIME))

    def event(self, payload: Payload) -> Event:
        """The event with which a function before said this."""
        return emitted(payload, source="/functions/test", cause=ROOT_EVENT)

    def document_id(self, name: str) -> str:
        return self.services.identity("default", name)

    def record(self, name: str) -> VersionRecord:
        content = self.services.blobs.get("records", f"versions/default/{self.document_id(name)}.json")
        return VersionRecord.model_validate_json(content)

    def read(self, ref: ObjectRef) -> bytes:
        return self.services.blobs.get(ref.bucket, ref.object, ref.generation)

    def json(self, bucket: str, name: str) -> Any:
        return json.loads(self.services.blobs.get(bucket, name))

    def forget(self) -> None:
        """Empty the message server, which the next test uses, too."""
        connect(self.services.settings.effective_redis_url).flushall()

    def forget_marks(self) -> None:
        """Lose what was marked as seen, as a crash right after the work does."""
        redis = connect(self.services.settings.effective_redis_url)
        for key in redis.scan_iter("redline:*:seen:*"):
            redis.delete(key)
