"""The emulators as fixtures, started when a test first asks for them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from google.cloud import storage
from google.cloud.kms_v1 import KeyManagementServiceClient

from backends.blobs.google import connect
from backends.bus.google import GoogleBus
from backends.bus.google_admin import provision
from backends.guard import Guard
from schemas.messaging import Subscription
from tests.emulators import elasticsearch
from tests.emulators.bigquery import REQUIREMENTS, BigQuery, bigquery_emulator
from tests.emulators.elasticsearch import Elasticsearch
from tests.emulators.environment import own_python
from tests.emulators.kms import FakeKms, serving
from tests.emulators.pubsub import PubSub, pubsub_emulator
from tests.emulators.storage import Storage, storage_emulator
from tests.emulators.valkey_cluster import Cluster, valkey_cluster


@pytest.fixture(scope="session")
def pubsub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PubSub]:
    """The Pub/Sub emulator, one for the whole run; tests keep apart by the prefix of their topics."""
    with pubsub_emulator(tmp_path_factory.mktemp("pubsub")) as emulator:
        yield emulator


@pytest.fixture(scope="session")
def redis_cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster of Valkeys, one for the whole run; tests keep apart by `namespace`."""
    with valkey_cluster(tmp_path_factory.mktemp("cluster")) as servers:
        yield servers


@pytest.fixture
def prefix() -> str:
    """For the names of topics and subscriptions that no other test uses."""
    return f"test-{secrets.token_hex(6)}-"


@pytest.fixture
def google_bus(pubsub: PubSub, prefix: str) -> Iterator[Callable[..., GoogleBus]]:
    """Makes buses for (subscriptions, *topics) on topics of the test's own; they stop with the test."""
    made: list[GoogleBus] = []

    def make(subscriptions: Sequence[Subscription], *topics: str, max_messages: int = 100) -> GoogleBus:
        bus = GoogleBus(
            pubsub.project,
            subscriptions,
            guard=Guard("pubsub"),
            topic_prefix=prefix,
            ordered=frozenset({"documents"}),
            most_held=lambda subscription: max_messages,
            emulator=pubsub.host,
        )
        made.append(bus)
        provision(bus, topics, subscriptions, emulator=pubsub.host, retention=timedelta(minutes=10))
        return bus

    yield make
    for bus in made:
        bus.stop()


@pytest.fixture
def storage_server(tmp_path: Path) -> Iterator[Storage]:
    """A Cloud Storage emulator for the test alone, without buckets; it starts in 30 ms."""
    with storage_emulator(tmp_path) as emulator:
        yield emulator


@pytest.fixture
def storage_client(storage_server: Storage) -> storage.Client:
    """A client as the pipeline has it."""
    return connect("redline-test", emulator=storage_server.url)


@pytest.fixture
def kms_client() -> Iterator[KeyManagementServiceClient]:
    """The real client of a fake of Cloud KMS, for the test alone."""
    with serving(FakeKms()) as client:
        yield client


@pytest.fixture
def elasticsearch_cluster() -> Elasticsearch:
    """A contract stub of Elasticsearch, for the test alone."""
    return Elasticsearch()


@pytest.fixture
def elasticsearch_url(elasticsearch_cluster: Elasticsearch) -> Iterator[str]:
    """Where the stub is served."""
    with elasticsearch.serving(elasticsearch_cluster) as url:
        yield url


@pytest.fixture(scope="session")
def bigquery(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BigQuery]:
    """The BigQuery emulator, one for the whole run; tests keep apart by projects."""
    cache = request.config.cache
    assert cache is not None
    python = own_python(Path(cache.mkdir("emulators")), "bqemulator", *REQUIREMENTS)
    with bigquery_emulator(python, tmp_path_factory.mktemp("bigquery")) as emulator:
        yield emulator
