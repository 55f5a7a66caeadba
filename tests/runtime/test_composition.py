from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backends.bus.valkey import EmbeddedValkey
from events.notifications import to_notification
from events.routing import SUBSCRIPTIONS
from runtime.composition import Services, build, services, services_of_process
from runtime.settings import Settings
from schemas.storage import ObjectFinalized
from tests.emulators.process import free_port


def pipeline(root: Path, server: EmbeddedValkey) -> Services:
    return build(Settings(root=root, redis_url=server.url))


NOW = datetime(2026, 11, 23, tzinfo=UTC)
NOTIFICATION = to_notification(ObjectFinalized(bucket="uploads", name="a", generation=1, time_created=NOW), NOW)
UPLOADS = next(each.name for each in SUBSCRIPTIONS if each.topic == "uploads")


def test_pipelines_on_one_message_server_do_not_mix(tmp_path: Path, valkey: EmbeddedValkey) -> None:
    one, other = pipeline(tmp_path / "one", valkey), pipeline(tmp_path / "other", valkey)
    one.bus.publish("uploads", [NOTIFICATION])
    one.seen.mark("audit:1")
    assert (one.bus.depth(UPLOADS).ready, other.bus.depth(UPLOADS).ready) == (1, 0)
    assert (one.seen.seen("audit:1"), other.seen.seen("audit:1")) == (True, False)


@pytest.mark.parametrize("moved", [False, True], ids=["stays", "moved"])
def test_a_pipeline_finds_its_queues_again(tmp_path: Path, valkey: EmbeddedValkey, moved: bool) -> None:
    first = pipeline(tmp_path / "one", valkey)
    first.bus.publish("uploads", [NOTIFICATION])
    root = tmp_path / "one"
    if moved:
        root = root.rename(tmp_path / "elsewhere")
    again = pipeline(root, valkey)
    assert again.bus.depth(UPLOADS).ready == 1


def test_requests_that_come_at_once_share_the_parts_of_their_process(
    tmp_path: Path, valkey: EmbeddedValkey, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Metrics are served at a port that a second set of parts could not have."""
    monkeypatch.setenv("REDLINE_ROOT", str(tmp_path))
    monkeypatch.setenv("REDLINE_REDIS_URL", valkey.url)
    monkeypatch.setenv("REDLINE_METRICS_PORT", str(free_port()))
    services_of_process.cache_clear()
    try:
        with ThreadPoolExecutor(8) as pool:
            made = list(pool.map(lambda _: services(), range(8)))
        assert len({id(each) for each in made}) == 1
    finally:
        services_of_process.cache_clear()
