"""The server of marks and tallies is killed amid work, as Redis may be on Google Cloud: nothing is lost or doubled."""

from __future__ import annotations

import dataclasses
from collections import Counter
from pathlib import Path

import pytest

from backends.bus.valkey import EmbeddedValkey
from backends.cache.embedded import RedisSeenMarks, RedisTallies
from backends.cache.forgetful import ForgetfulSeenMarks, ForgetfulTallies
from backends.guard import Guard
from backends.redis_client import connect
from events.envelope import Event
from runtime import function
from schemas.batches import RedlineBatchCompleted
from schemas.documents import DocumentNormalized
from tests.functions.requesting import completed, planned, request, take
from tests.functions.test_join import tell
from tests.functions.world import World, docx

DOCUMENTS = 6


@pytest.fixture
def killed(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Guard:
    """Functions whose cache was there and is killed; the breaker before it."""
    server, guard = EmbeddedValkey(tmp_path / "cache"), Guard("redis")
    server.start()
    redis = connect(server.url)
    seen = ForgetfulSeenMarks(RedisSeenMarks(lambda: redis), guard)
    tallies = ForgetfulTallies(RedisTallies(lambda: redis), guard)
    parts = dataclasses.replace(world.services, seen=seen, tallies=tallies)
    monkeypatch.setattr(function, "services", lambda: parts)
    seen.mark("before")
    assert seen.seen("before")
    server.kill()
    return guard


def test_every_upload_delivered_three_times_is_one_fact(world: World, killed: Guard) -> None:
    uploads: list[Event] = [world.upload(f"{n}.docx", docx(f"Number {n}.")) for n in range(DOCUMENTS)]
    said: Counter[tuple[str, str]] = Counter()
    objects: set[tuple[str, str]] = set()
    for _ in range(3):
        for upload in uploads:
            assert world.post("normalize", upload) == 200
            for event in world.events():
                if event.type == DocumentNormalized.event_type:
                    said[event.id, event.data.decode()] += 1
        objects = {(blob.name, str(blob.generation)) for blob in world.services.blobs.list("normalized", versions=True)}
    lost, doubled = DOCUMENTS - len({name for name, _ in said}), len(said) - DOCUMENTS
    assert (lost, doubled) == (0, 0)
    assert len({name for name, _ in objects}) == len(objects) == DOCUMENTS
    assert killed.state == "open"


def test_a_request_ends_once_when_its_tally_cannot_be_asked(world: World, killed: Guard) -> None:
    take(world, "lease.docx", "one", "two")
    pairs = planned(world, request({"pairs": [{"after": {"path": "lease.docx"}}] * 4}))
    news = [world.event(completed(pair)) for pair in pairs]
    ends: list[RedlineBatchCompleted] = tell(world, *news[:-1])
    assert ends == []
    ends = tell(world, news[-1], *news)
    assert {end.completed for end in ends} == {4}
    assert len({world.event(end).id for end in ends}) == 1
    assert killed.state == "open"
