"""BigQuery away and slow while facts keep coming: the trail gets each of them, and no message is blamed for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from backends.audit.google import APPEND_WITHIN, TABLE
from backends.google import TRY_WITHIN
from benchmarks.dispatching import about_one_document
from tests.e2e.cluster import QUEUES, Cluster, cluster
from tests.emulators.backlog import backlog
from tests.emulators.bigquery import BigQuery
from tests.emulators.pubsub import PubSub

QUEUE: Final = next(each for each in QUEUES if each.name == "documents-audit")
EACH_SECOND: Final = 10
AT_ONCE: Final = 8
MOST: Final = 1000
PATIENCE: Final = 180.0


@contextmanager
def facts_coming(made: Cluster) -> Iterator[list[str]]:
    """Ids of the facts that are published all the while, some in each second."""
    ids: list[str] = []
    stop = threading.Event()

    def publish() -> None:
        for message in about_one_document(MOST):
            if stop.wait(1 / EACH_SECOND):
                return
            made.bus.publish(QUEUE.topic, [message])
            ids.append(message.attributes["ce-id"])

    thread = threading.Thread(target=publish)
    thread.start()
    try:
        yield ids
    finally:
        stop.set()
        thread.join()


def wait(made: Cluster, is_done: Callable[[], bool]) -> None:
    give_up = time.monotonic() + PATIENCE
    while not is_done():
        assert time.monotonic() < give_up, made.logs()
        time.sleep(0.5)


def test_facts_are_in_the_trail_once_though_bigquery_was_away_and_slow(
    tmp_path: Path, pubsub: PubSub, bigquery: BigQuery, prefix: str
) -> None:
    with cluster(tmp_path, pubsub, bigquery, prefix) as made:
        made.start(["audit"], max_in_flight=AT_ONCE)
        with facts_coming(made) as ids:
            wait(made, lambda: '"message": "done"' in (tmp_path / "audit.log").read_text())
            for way in made.ways["bigquery"]:
                way.delay = TRY_WITHIN + 1  # rows arrive, and when the answer does nobody waits for it any more
            time.sleep(TRY_WITHIN + 3)
            for way in made.ways["bigquery"]:
                way.cut()
            time.sleep(APPEND_WITHIN + 5)  # so long that appends are given up
            for way in made.ways["bigquery"]:
                way.delay = 0.5
                way.mend()
            time.sleep(5)
        for way in made.ways["bigquery"]:
            way.delay = 0.0
        wait(made, lambda: not backlog(made.pubsub, made.bus, QUEUE.topic, QUEUE.name))
        told = [row.event_id for row in made.parts.audit.rows()]
        assert (set(ids) - set(told), len(told) - len(set(told))) == (set(), 0), "lost, doubled"
        assert len(told) == len(ids)
        with made.parts.audit.query(f"SELECT COUNT(*) FROM audit.{TABLE}", {}) as answer:
            assert next(answer.rows)[0] > len(ids), "answers were lost, so rows came twice"
        assert "unavailable" in (tmp_path / "audit dispatcher.log").read_text()
        assert made.failures() == [], "an outage of BigQuery says nothing about a message"
        assert not list(made.parts.blobs.list("dead-letters"))
