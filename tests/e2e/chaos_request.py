"""A request amid kills and a cache that forgets: it ends exactly once, with every pair counted."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from random import Random
from typing import Final

from redis.exceptions import RedisError

from backends.errors import BackendUnavailable
from backends.redis_client import connect
from runtime.composition import Services
from runtime.requesting import Published, publish, spelled
from schemas.audit import AuditRow
from schemas.batches import RedlineBatchCompleted
from schemas.redlines import RedlineCompleted
from schemas.requests import MAX_PAIRS, DocumentVersion, RedlineOptions, RedlineRequested, RequestedPair
from tests.e2e.chaos_documents import Document

_TICK: Final = 0.1
_OTHERWISE: Final = RedlineOptions(granularity="character")
"""Another comparison than when a version was dropped: the redline is not there yet."""


def ask(
    parts: Services,
    documents: Sequence[Document],
    patience: float,
    *,
    request_id: str = "chaos",
    options: RedlineOptions = _OTHERWISE,
) -> Published:
    """Ask for the two newest versions of each document."""
    identities = [parts.identity(parts.settings.tenant, document.path) for document in documents[:MAX_PAIRS]]
    request = RedlineRequested(
        pairs=tuple(RequestedPair(after=DocumentVersion(document_id=identity)) for identity in identities),
        options=options,
        request_id=request_id,
    )
    until = time.monotonic() + patience
    while True:
        try:
            return publish(parts, spelled(request))
        except BackendUnavailable:
            if time.monotonic() > until:
                raise
            time.sleep(_TICK)


def forget_cache(parts: Services) -> None:
    """Lose every mark and every tally, as a cache does that is flushed; the streams of the bus stay."""
    with contextlib.suppress(RedisError):  # it may be down just now, and its memory with it
        redis = connect(parts.settings.effective_redis_url)
        for kind in ("seen", "tally"):
            for key in redis.scan_iter(f"redline:*:{kind}:*"):
                redis.delete(key)


def wait_for_end(published: Published, patience: float) -> Iterator[str]:
    """Wait until the request has ended, and the join knows that this was published."""
    until = time.monotonic() + patience
    batches, identity = published.batches, published.batch_id
    while batches.end(identity) is None or batches.find_open(identity) is not None:
        if time.monotonic() > until:
            yield f"the request has not ended after {patience:.0f} s; {len(batches.done(identity))} pairs are done"
            return
        time.sleep(_TICK)


def judge_request(rows: Sequence[AuditRow], published: Published, count: int) -> Iterator[str]:
    """What is wrong with the end of the request."""
    mine = [row for row in rows if row.batch_id == published.batch_id]
    ends = [row for row in mine if row.event_type == RedlineBatchCompleted.event_type]
    made = sorted(row.batch_index or 0 for row in mine if row.event_type == RedlineCompleted.event_type)
    if len(ends) != 1:
        yield f"the request ended {len(ends)} times"
    if made != list(range(count)):
        yield f"{len(made)} pairs of the request were made, not each of {count} once"
    ended = published.batches.end(published.batch_id)
    if ended is None or [pair.state for pair in ended[0].pairs] != ["completed"] * count:
        yield "the end of the request does not count every pair as completed"


def pause(random: Random, mean: float) -> None:
    """Let the request go on for a while."""
    time.sleep(random.uniform(0, 2 * mean))
