"""What stands in for Terraform on a local cluster makes what the functions there need, on the emulators they use."""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path

import pytest
from google.cloud.pubsub_v1 import PublisherClient, SubscriberClient

from backends.blobs.google import connect
from backends.keys.embedded import KEY_BYTES
from events.routing import SUBSCRIPTIONS, TOPICS
from tests.emulators.process import running
from tests.emulators.pubsub import PubSub
from tests.emulators.storage import storage_emulator
from tests.knative.manifests import CHECKOUT, KNATIVE, settings

BUCKETS = {"uploads", "normalized", "records", "redlines", "dead-letters"}


def test_topics_queues_and_buckets_are_made(pubsub: PubSub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBSUB_EMULATOR_HOST", pubsub.host)
    project = f"kind-{secrets.token_hex(4)}"
    key = tmp_path / "document.key"
    key.write_bytes(b"k" * KEY_BYTES)
    key.chmod(0o400)
    log = tmp_path / "emulated.log"
    with storage_emulator(tmp_path) as storage:
        told = {**settings("kind"), "REDLINE_PROJECT": project, "REDLINE_DOCUMENT_KEY_FILE": str(key)}
        told |= {"PUBSUB_EMULATOR_HOST": pubsub.host, "STORAGE_EMULATOR_HOST": storage.url, "PYTHONPATH": str(CHECKOUT)}
        told |= {"REDLINE_REDIS_URL": "redis://127.0.0.1:1"}  # which it does not need
        command = [sys.executable, KNATIVE / "overlays" / "kind" / "emulated.py"]
        with running(
            command, is_ready=lambda: "are there" in log.read_text(), log=log, environment={**os.environ, **told}
        ):
            topics = PublisherClient().list_topics(request={"project": f"projects/{project}"})
            queues = SubscriberClient().list_subscriptions(request={"project": f"projects/{project}"})
            assert {each.name.rpartition("/")[2] for each in topics} == set(TOPICS)
            assert {each.name.rpartition("/")[2] for each in queues} == {each.name for each in SUBSCRIPTIONS}
            assert {each.name for each in connect(project, emulator=storage.url).list_buckets()} == BUCKETS
