from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backends.bus.valkey import EmbeddedValkey
from runtime import composition
from tests.functions.world import World


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedValkey]:
    server = EmbeddedValkey(tmp_path_factory.mktemp("valkey"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def world(tmp_path: Path, valkey: EmbeddedValkey, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The embedded parts below a new root, and the functions on them."""
    monkeypatch.setenv("REDLINE_ROOT", str(tmp_path / "root"))
    monkeypatch.setenv("REDLINE_REDIS_URL", valkey.url)
    monkeypatch.setenv("REDLINE_ACTOR", "somebody")
    monkeypatch.setenv("REDLINE_LOG_FORMAT", "json")
    composition.services_of_process.cache_clear()
    made = World(composition.services())
    yield made
    made.forget()
    composition.services_of_process.cache_clear()
