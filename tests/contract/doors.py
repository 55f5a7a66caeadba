"""The doors that the contract tests go through; another one joins by an entry in DOORS."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NoReturn

import pytest
from google.cloud import storage
from redis import Redis

from backends.audit import AuditLog
from backends.audit.embedded import EmbeddedAuditLog
from backends.blobs import Blob, Blobs
from backends.blobs.embedded import EmbeddedBlobs
from backends.blobs.google import GoogleBlobs
from backends.blobs.sealed import SealedBlobs
from backends.bus import Bus
from backends.bus.embedded import EmbeddedBus
from backends.bus.google import GoogleBus
from backends.cache import SeenMarks, Tallies
from backends.cache.embedded import RedisSeenMarks, RedisTallies
from backends.guard import Guard
from backends.keys import KeyWrapper
from backends.keys.envelope import Envelope
from backends.keys.google import GoogleKeyWrapper
from backends.keys.local import LocalKeyWrapper
from backends.redis_client import cluster
from backends.search import Search
from backends.search.elasticsearch import ElasticsearchSearch, connect
from backends.search.embedded import EmbeddedSearch
from schemas.messaging import Message, Subscription
from tests.emulators.backlog import backlog
from tests.emulators.elasticsearch import API_KEY
from tests.emulators.kms import KEY
from tests.emulators.storage import make_bucket

TOPICS = ("orders", "parcels", "nowhere", "dead-letters")
BUCKETS = ("drawer", "other-drawer")


def not_offered(*_: object) -> NoReturn:
    raise AssertionError("DOORS names a door for a capability that it does not offer")


@dataclass(frozen=True)
class Door:
    """Makes clients. All that come from one door share one store, which is empty at first.

    `backlog` counts what waits in a subscription, leased or delayed messages too. What has not come within `quiet`
    seconds does not come. The rest is where an emulator is laxer than its service: filters that it stores and ignores,
    noncurrent generations that it neither lists nor removes, calls that it refuses at the same time,
    retries that come without backoff at first, streams that it goes on feeding when they are closed.
    """

    bus: Callable[[Sequence[Subscription]], Bus] = not_offered
    blobs: Callable[[], Blobs] = not_offered
    backlog: Callable[[Any, Subscription], int] = not_offered
    quiet: float = 0.0
    audit: Callable[[], AuditLog] = not_offered
    marks: Callable[[], SeenMarks] = not_offered
    search: Callable[[], Search] = not_offered
    tallies: Callable[[], Tallies] = not_offered
    keys: Callable[[str], KeyWrapper] = not_offered
    filters: bool = True
    at_once: bool = True
    versions: bool = True
    lets_go: bool = True
    retries_without_backoff: int = 0

    def stored(self, expected: list[Blob]) -> list[Blob]:
        """Every generation of the first bucket: as listed, or where that leaves noncurrent ones out, as looked up."""
        blobs = self.blobs()
        if self.versions:
            return list(blobs.list(BUCKETS[0], versions=True))
        return [blobs.stat(each.bucket, each.name, each.generation) for each in expected]

    def cannot_filter(self, subscriptions: set[Subscription]) -> set[Subscription]:
        """Those of the subscriptions that take what their filter excludes; the dispatcher passes such messages over."""
        return set() if self.filters else subscriptions


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
        marks=functools.partial(RedisSeenMarks, lambda: redis, namespace=namespace),
        search=functools.partial(EmbeddedSearch, folder / "search"),
        backlog=lambda bus, subscription: bus.depth(subscription.name).backlog,
        quiet=0.3,
        tallies=functools.partial(RedisTallies, lambda: redis, namespace=f"{namespace}:tally"),
        keys=lambda region: LocalKeyWrapper(b"k" * 32, region=region),
    )


def google(request: pytest.FixtureRequest) -> Door:
    """The Pub/Sub emulator starts when a test first asks for a bus, and is skipped with it where it is missing."""
    client: storage.Client = request.getfixturevalue("storage_client")
    for name in BUCKETS:
        make_bucket(client, name)

    def bus(subscriptions: Sequence[Subscription]) -> GoogleBus:
        return request.getfixturevalue("google_bus")(subscriptions, *TOPICS)

    def waiting(bus: GoogleBus, subscription: Subscription) -> int:
        return backlog(request.getfixturevalue("pubsub"), bus, subscription.topic, subscription.name)

    def keys(region: str) -> GoogleKeyWrapper:
        return GoogleKeyWrapper(request.getfixturevalue("kms_client"), KEY, region=region, guard=Guard("kms"))

    @functools.cache
    def project() -> str:
        return request.getfixturevalue("bigquery").new_project()

    return Door(
        bus=bus,
        audit=lambda: request.getfixturevalue("bigquery").trail(project()),
        blobs=functools.partial(GoogleBlobs, client, now, guard=Guard("storage")),
        backlog=waiting,
        quiet=1.0,
        filters=False,
        at_once=False,
        versions=False,
        lets_go=False,
        retries_without_backoff=1,
        keys=keys,
    )


def clustered(request: pytest.FixtureRequest) -> Door:
    """Three servers that share the keys, as Memorystore has them; only what is kept there."""
    url: str = request.getfixturevalue("redis_cluster").url
    namespace: str = request.getfixturevalue("namespace")
    return Door(
        marks=lambda: RedisSeenMarks(cluster(url), namespace=namespace),
        tallies=lambda: RedisTallies(cluster(url), namespace=f"{namespace}:tally"),
    )


def sealed(request: pytest.FixtureRequest) -> Door:
    """The embedded door with its first bucket sealed."""
    door = embedded(request)
    envelope = Envelope(LocalKeyWrapper(b"k" * 32, region="local"))
    return replace(
        door, blobs=lambda: SealedBlobs(door.blobs(), lambda: envelope, bucket=BUCKETS[0], records="records")
    )


def elasticsearch(request: pytest.FixtureRequest) -> Door:
    """On a contract stub: no server of Elasticsearch can be had here."""
    url: str = request.getfixturevalue("elasticsearch_url")
    client = connect(url, api_key=API_KEY)
    request.addfinalizer(client.close)
    return Door(
        search=lambda: ElasticsearchSearch(client, "redline-search-test", now, guard=Guard("elasticsearch")),
    )


DOORS: dict[str, tuple[Callable[[pytest.FixtureRequest], Door], ...]] = {
    "blobs": (embedded, google, sealed),
    "bus": (embedded, google),
    "audit": (embedded, google),
    "cache": (embedded, clustered),
    "search": (embedded, elasticsearch),
    "keys": (embedded, google),
}
"""Which doors lead to each capability; the tests of `test_NAME.py` run once through each door of NAME."""
