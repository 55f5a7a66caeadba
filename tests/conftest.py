"""Fixtures that several rooms share."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings
from redis import Redis

from backends.bus.valkey import EmbeddedValkey
from backends.redis_client import connect

# No process here uses gRPC on both sides of a fork, and its handlers crash children on their way to exec.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "false")
pytest_plugins = ["tests.emulators.fixtures"]
CHECKOUT = Path(__file__).parents[1]
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")  # a busy machine is no finding


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Folder of real documents to try things on: `REDLINE_CORPUS`, or shared/corpus beside the checkout."""
    named = os.environ.get("REDLINE_CORPUS")
    folder = Path(named) if named else CHECKOUT.parent / "shared" / "corpus"
    if not folder.is_dir():
        pytest.skip(f"there is no corpus: {folder} is not a folder; REDLINE_CORPUS may name one")
    return folder


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedValkey]:
    """A real server for the whole run; tests keep apart by `namespace`."""
    server = EmbeddedValkey(tmp_path_factory.mktemp("valkey"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def redis(valkey: EmbeddedValkey) -> Iterator[Redis]:
    """A client of the server, built as the pipeline builds it."""
    client = connect(valkey.url)
    yield client
    client.close()


@pytest.fixture
def namespace() -> str:
    """A prefix for keys that no other test uses."""
    return f"test-{secrets.token_hex(6)}"
