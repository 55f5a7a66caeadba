"""The google backend as a process builds it from its environment."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from google.cloud import storage

from backends.bus.google import GoogleBus
from backends.bus.google_admin import provision
from backends.bus.valkey import EmbeddedValkey
from backends.errors import BackendUnavailable
from backends.guard import Guard
from backends.keys.embedded import KeyUnusable
from events.delivery import to_event
from events.registry import parse
from events.routing import SUBSCRIPTIONS, TOPICS
from runtime.composition import build
from runtime.metered import MeteredBus
from runtime.metrics import REGISTRY
from runtime.settings import Settings
from schemas.storage import ObjectFinalized
from tests.emulators.pubsub import PubSub
from tests.emulators.storage import Notify, make_bucket, storage_emulator
from tests.emulators.variables import google_variables
from tests.polling import PATIENCE

UPLOADS = next(each.name for each in SUBSCRIPTIONS if each.topic == "uploads")


@pytest.fixture
def settings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, valkey: EmbeddedValkey, pubsub: PubSub, prefix: str
) -> Settings:
    variables = {
        **google_variables(tmp_path, redis_url=valkey.url, project=pubsub.project, prefix=prefix),
        "PUBSUB_EMULATOR_HOST": pubsub.host,
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return Settings()


def test_an_upload_reaches_the_queue_as_an_event_and_can_be_read(
    settings: Settings, pubsub: PubSub, prefix: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bus = GoogleBus(pubsub.project, [], guard=Guard("pubsub"), topic_prefix=prefix, emulator=pubsub.host)
    provision(bus, TOPICS, SUBSCRIPTIONS, emulator=pubsub.host)
    notify = Notify(pubsub, f"{prefix}uploads", "uploads")
    with storage_emulator(tmp_path, notify=notify) as server:
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", server.url)
        people = storage.Client("p")  # as anybody uploads
        make_bucket(people, "uploads")
        uploaded = people.bucket("uploads").blob("contracts/a.txt")
        uploaded.upload_from_string(b"one", content_type="text/plain")
        parts = build(settings)
        deliveries, give_up = [], time.monotonic() + PATIENCE
        while not deliveries and time.monotonic() < give_up:
            deliveries = parts.bus.pull(UPLOADS, max_messages=1, wait=1.0)
        event = to_event(deliveries[0].message)
        upload = parse(event)
        assert isinstance(upload, ObjectFinalized)
        assert (upload.name, upload.generation) == ("contracts/a.txt", uploaded.generation)
        assert parts.blobs.get(upload.bucket, upload.name, upload.generation) == b"one"
        parts.bus.ack(UPLOADS, deliveries)
        parts.bus.stop()


def test_where_the_breakers_stand_is_a_metric(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORAGE_EMULATOR_HOST", "http://127.0.0.1:1")
    parts = build(settings)
    assert isinstance(parts.bus, MeteredBus)
    for service in ("storage.googleapis.com", "pubsub.googleapis.com"):
        labels = {"server_address": service, "redline_breaker_state": "closed"}
        assert REGISTRY.get_sample_value("redline_dependency_breakers", labels) == 1


def test_the_key_of_document_ids_is_never_made_here(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDLINE_DOCUMENT_KEY_FILE", "/nowhere/document.key")
    with pytest.raises(KeyUnusable, match="/nowhere"):
        build(settings)


def test_without_credentials_it_is_said_what_is_missing(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nowhere/credentials.json")
    with pytest.raises(BackendUnavailable, match="credentials"):
        build(settings)


def test_the_embedded_pipeline_loads_no_client_of_google() -> None:
    program = "import runtime.dispatcher, runtime.function, runtime.supervisor, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert not {"grpc", "google.api_core", "google.auth", "google.cloud.storage", "google.pubsub_v1"} & set(loaded)


def test_who_only_appends_to_the_trail_loads_nothing_that_reads_sql() -> None:
    program = "import backends.audit.google, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert "google.cloud.bigquery_storage_v1" in loaded
    assert not {"sqlglot", "duckdb"} & set(loaded)
