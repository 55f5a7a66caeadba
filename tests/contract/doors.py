"""The doors that the contract tests go through. Another one joins by an entry in DOORS."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis import Redis

from backends.audit import AuditLog
from backends.audit.embedded import EmbeddedAuditLog
from backends.blobs import Blobs
from backends.blobs.embedded import EmbeddedBlobs
from backends.bus import Bus
from backends.bus.embedded import EmbeddedBus
from backends.cache import SeenMarks
from backends.cache.embedded import RedisSeenMarks
from backends.search import Search
from backends.search.embedded import EmbeddedSearch
from schemas.messaging import Message, Subscription


@dataclass(frozen=True)
class Door:
    """Makes clients. All that come from one door share one store, which is empty at first."""

    bus: Callable[[Sequence[Subscription]], Bus]
    blobs: Callable[[], Blobs]
    audit: Callable[[], AuditLog]
    marks: Callable[[], SeenMarks]
    search: Callable[[], Search]


def type_of(message: Message) -> str:
    return message.attributes.get("ce-type", "")


def now() -> datetime:
    return datetime.now(UTC)


def embedded(request: pytest.FixtureRequest) -> Door:
    redis: Redis = request.getfixturevalue("redis")
    namespace: str = request.getfixturevalue("namespace")
    folder: Path = request.getfixturevalue("tmp_path")
    return Door(
        bus=functools.partial(EmbeddedBus, redis, type_of=type_of, namespace=namespace),
        blobs=functools.partial(EmbeddedBlobs, folder / "blobs", now),
        audit=functools.partial(EmbeddedAuditLog, folder / "audit", now, b"k" * 32),
        marks=functools.partial(RedisSeenMarks, redis, namespace=namespace),
        search=functools.partial(EmbeddedSearch, folder / "search"),
    )


DOORS: dict[str, Callable[[pytest.FixtureRequest], Door]] = {"embedded": embedded}
