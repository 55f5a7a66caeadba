"""The chain on Google's parts: functions and dispatchers as the processes of a cluster, over the emulators."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from google.cloud import storage

from backends.blobs.google import connect
from backends.bus.google import GoogleBus
from backends.bus.google_admin import provision
from backends.bus.valkey import EmbeddedValkey
from backends.guard import Guard
from events.delivery import to_event
from events.registry import parse
from events.routing import SUBSCRIPTIONS, TOPICS
from redline import verify
from schemas.base import Payload
from schemas.redlines import RedlineCompleted
from tests.conftest import CHECKOUT
from tests.e2e.drop_in_buckets import drop
from tests.emulators.process import free_port
from tests.emulators.pubsub import PubSub
from tests.emulators.storage import Notify, make_bucket, storage_emulator

BUCKETS = ("uploads", "normalized", "records", "redlines", "dead-letters")
WITHIN = 180.0
FACTS = ("documents-audit", "redlines-audit")


@pytest.fixture
def bus(pubsub: PubSub, prefix: str) -> Iterator[GoogleBus]:
    """The topics of the pipeline; we take the place of `audit`."""
    made = GoogleBus(
        pubsub.project,
        SUBSCRIPTIONS,
        guard=Guard("pubsub"),
        topic_prefix=prefix,
        most_held=lambda subscription: 10,
        emulator=pubsub.host,
    )
    provision(made, TOPICS, SUBSCRIPTIONS, emulator=pubsub.host)
    yield made
    made.stop()


@pytest.fixture
def uploads(
    bus: GoogleBus, pubsub: PubSub, prefix: str, valkey: EmbeddedValkey, tmp_path: Path
) -> Iterator[storage.Client]:
    """A client that anybody may upload with, while normalize, plan and redline run, each behind its dispatcher."""
    with (
        storage_emulator(tmp_path, notify=Notify(pubsub, f"{prefix}uploads", "uploads")) as server,
        ExitStack() as stack,
    ):
        client = connect("p", emulator=server.url)
        for name in BUCKETS:
            make_bucket(client, name)
        key = tmp_path / "document.key"
        key.write_bytes(b"k" * 32)
        key.chmod(0o400)
        environment = {
            **os.environ,
            "REDLINE_BACKEND": "google",
            "REDLINE_REDIS_URL": valkey.url,
            "REDLINE_ROOT": str(tmp_path / "root"),
            "REDLINE_PROJECT": pubsub.project,
            "REDLINE_TOPIC_PREFIX": prefix,
            "REDLINE_DOCUMENT_KEY_FILE": str(key),
            "PUBSUB_EMULATOR_HOST": pubsub.host,
            "STORAGE_EMULATOR_HOST": server.url,
        }
        for function in ("normalize", "plan", "redline"):
            port = free_port()
            framework = [sys.executable, "-m", "functions_framework", "--target", function, "--port", str(port)]
            source = ["--source", f"functions/{function}/main.py"]
            sink = {"REDLINE_FUNCTION": function, "K_SINK": f"http://127.0.0.1:{port}"}
            log = stack.enter_context((tmp_path / f"{function}.log").open("wb"))
            for command, more in (([*framework, *source], {}), ([sys.executable, "-m", "runtime.dispatcher"], sink)):
                process = subprocess.Popen(
                    command, cwd=CHECKOUT, env={**environment, **more}, stdout=log, stderr=subprocess.STDOUT
                )
                stack.callback(process.wait, 60)
                stack.callback(process.terminate)
        yield client


def test_a_second_upload_becomes_a_verified_redline(uploads: storage.Client, bus: GoogleBus, tmp_path: Path) -> None:
    for text in (b"Clause 1. The fee is 100.", b"Clause 1. The fee is 200."):
        uploads.bucket("uploads").blob("contracts/a.txt").upload_from_string(text, content_type="text/plain")
    said: list[Payload] = []
    give_up = time.monotonic() + WITHIN
    while not any(isinstance(each, RedlineCompleted) for each in said):
        assert time.monotonic() < give_up, [file.read_text()[-1000:] for file in tmp_path.glob("*.log")]
        for name in FACTS:
            deliveries = bus.pull(name, max_messages=10, wait=0.5)
            said += [parse(to_event(delivery.message)) for delivery in deliveries]
            bus.ack(name, deliveries)
    (completed,) = [each for each in said if isinstance(each, RedlineCompleted)]
    made = uploads.bucket("redlines").blob(completed.redline.object).download_as_bytes()
    documents = [blob.name for blob in uploads.list_blobs("normalized")]
    before, after = (
        next(uploads.bucket("normalized").blob(name).download_as_bytes() for name in documents if str(number) in name)
        for number in (completed.before_generation, completed.after_generation)
    )
    assert verify(made, before, after).ok
    assert drop(uploads, "uploads", "redlines") == 0, "what looks at a deployed pipeline sees that this one works"
