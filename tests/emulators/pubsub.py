"""The official Pub/Sub emulator, a part of the gcloud CLI, in Java."""

from __future__ import annotations

import functools
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.emulators.process import free_port, running
from tests.outside import HOW_TO_GET, program, unavailable

PROJECT = "redline-test"


@dataclass(frozen=True)
class PubSub:
    """A running emulator. `host` is what PUBSUB_EMULATOR_HOST would hold."""

    host: str
    project: str = PROJECT


@functools.cache
def jar() -> Path:
    """The emulator's jar, asked of gcloud. Skips, or fails where it is required, when it is not installed."""
    asked = [program("gcloud"), "info", "--format=value(installation.sdk_root)"]
    root = subprocess.run(asked, capture_output=True, text=True, check=True, timeout=60).stdout.strip()
    jars = sorted(Path(root).glob("platform/pubsub-emulator/lib/*.jar"))
    if not jars:
        unavailable("gcloud", f"gcloud has no Pub/Sub emulator: {HOW_TO_GET['gcloud']}")
    return jars[-1]


@contextmanager
def pubsub_emulator(folder: Path, port: int = 0) -> Iterator[PubSub]:
    """An empty emulator; its log goes to `folder`. It keeps nothing when it ends."""
    java, port = program("java"), port or free_port()
    options = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx256m"]
    command = [java, *options, "-jar", jar(), "--host=127.0.0.1", f"--port={port}"]

    def is_ready() -> bool:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=1) as answer:
            return answer.read().strip() == b"Ok"

    with running(command, is_ready=is_ready, log=folder / "pubsub.log"):
        yield PubSub(f"127.0.0.1:{port}")
