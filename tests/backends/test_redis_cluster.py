"""A cluster whose nodes go: the client says that it is away, and finds it when it is back."""

from __future__ import annotations

from pathlib import Path

import pytest

from backends.cache.embedded import RedisSeenMarks, RedisTallies
from backends.errors import BackendUnavailable
from backends.redis_client import cluster
from tests.emulators.process import free_port
from tests.emulators.valkey_cluster import Cluster, valkey_cluster


def test_keys_lie_on_every_node(redis_cluster: Cluster, namespace: str) -> None:
    marks = RedisSeenMarks(cluster(redis_cluster.url), namespace=namespace)
    for number in range(60):
        marks.mark(str(number))
    assert all(marks.seen(str(number)) for number in range(60))
    held = [len(redis_cluster.node(number).keys(f"{namespace}:*")) for number in range(3)]
    assert sum(held) == 60
    assert all(held)


def test_a_cluster_that_is_away_is_looked_for_when_it_is_needed() -> None:
    marks = RedisSeenMarks(cluster(f"redis://127.0.0.1:{free_port()}"))
    for _ in range(2):
        with pytest.raises(BackendUnavailable):
            marks.seen("a")


def test_a_slot_whose_node_is_gone_is_away(tmp_path: Path) -> None:
    with valkey_cluster(tmp_path) as servers:
        tallies = RedisTallies(cluster(servers.url))
        names = [str(number) for number in range(12)]
        assert [tallies.add(name, [1]) for name in names] == [1] * 12
        servers.node(2).shutdown(nosave=True)
        outcomes = set()
        for name in names:
            try:
                outcomes.add(tallies.add(name, [1]))
            except BackendUnavailable:
                outcomes.add("away")
        assert "away" in outcomes
