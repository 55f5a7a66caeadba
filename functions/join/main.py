"""join: what came of each pair in, the end of the whole request out.

The truth is one object for each pair that is done. The tally in the cache only says when it is worth counting those:
forgotten, it is filled again from the truth, and the clock looks at every open batch anyhow.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from functions.batches import Batches, OpenBatch
from functions.objects import reference
from runtime.function import Context, function
from schemas.base import ObjectRef
from schemas.batches import BatchPlan, BatchResults, PairResult, PairState, RedlineBatchCompleted
from schemas.clock import ClockTicked
from schemas.redlines import Pair, RedlineCompleted, RedlineFailed
from schemas.requests import OUTPUTS

UNDELIVERABLE: Final = "undeliverable"
_SAY_AGAIN_AFTER: Final = timedelta(minutes=1)
"""Age of an end of which the join itself has not heard yet: whoever was to publish it never came to it."""
_TIMED_OUT: Final = "It was not done by the deadline of the request; ask for it again, or give it more time."


@function(handles=(RedlineCompleted, RedlineFailed, RedlineBatchCompleted, ClockTicked))
def join(
    news: RedlineCompleted | RedlineFailed | RedlineBatchCompleted | ClockTicked, ctx: Context
) -> Iterator[RedlineBatchCompleted]:
    """Note what is done, and say once that nothing more is to be expected of a request."""
    tenant = ctx.settings.tenant if isinstance(news, ClockTicked) else news.tenant
    batches = Batches(ctx.blobs, records=ctx.settings.records, redlines=ctx.settings.redlines, tenant=tenant)
    match news:
        case ClockTicked():
            yield from _look_at_all(news, batches, ctx)
        case RedlineBatchCompleted():
            batches.close(news.batch_id)  # it came back from the bus, so it was published
        case _ if news.batch_id is not None:
            yield from _take(news, news.batch_id, batches, ctx)


def _take(
    news: RedlineCompleted | RedlineFailed, batch_id: str, batches: Batches, ctx: Context
) -> Iterator[RedlineBatchCompleted]:
    result = result_of(news)
    first = batches.note(batch_id, result)
    batch = batches.find_open(batch_id)
    if batch is None:
        return  # it has ended
    known = ctx.tallies.add(batch_id, [result.index])
    if known < batch.size and (known == 1 or not first):
        # The first of all, or the first since the cache forgot; or noted before, by a run that may have got no further.
        known = ctx.tallies.add(batch_id, batches.done(batch_id))
    if known >= batch.size:
        yield from _end(batch, batches, ctx, late=False)


def _look_at_all(tick: ClockTicked, batches: Batches, ctx: Context) -> Iterator[RedlineBatchCompleted]:
    for batch in batches.all_open():
        yield from _end(batch, batches, ctx, late=batch.deadline <= tick.time)


def _end(batch: OpenBatch, batches: Batches, ctx: Context, *, late: bool) -> Iterator[RedlineBatchCompleted]:
    """Say that the batch has ended, if it has. Whoever pinned the end says so, and nobody else while that is fresh."""
    ended = batches.end(batch.batch_id)
    plan = batches.plan(batch.batch_id)
    if plan is None:
        return  # it was erased
    if ended is None:
        done = batches.done(batch.batch_id)
        if len(done) < batch.size and not late:
            return
        ended = batches.pin_end(_results(plan, done, batches, cause=ctx.event.id))
    results, blob = ended
    if results.cause == ctx.event.id or blob.created + _SAY_AGAIN_AFTER < ctx.clock():
        yield _completed(plan, results, reference(blob))


def _results(plan: BatchPlan, done: set[int], batches: Batches, *, cause: str) -> BatchResults:
    pairs = []
    for index, pair in enumerate(plan.pairs):
        missing = _result(pair, "timed-out", code="timed-out", message=_TIMED_OUT)
        pairs.append(batches.result(plan.batch_id, missing) if index in done else missing)
    return BatchResults(batch_id=plan.batch_id, request_id=plan.request_id, cause=cause, pairs=tuple(pairs))


def _completed(plan: BatchPlan, results: BatchResults, kept: ObjectRef) -> RedlineBatchCompleted:
    counts = Counter(pair.state for pair in results.pairs)
    return RedlineBatchCompleted(
        tenant=plan.tenant,
        region=plan.region,
        batch_id=plan.batch_id,
        request_id=plan.request_id,
        total=len(plan.pairs),
        completed=counts["completed"],
        failed=counts["failed"],
        undeliverable=counts["undeliverable"],
        timed_out=counts["timed-out"],
        reused=sum(pair.reused_from is not None for pair in results.pairs),
        deadline=plan.deadline,
        results=kept,
    )


def result_of(news: RedlineCompleted | RedlineFailed) -> PairResult:
    """What came of a pair, as the request's results list it: references to what was wanted, or why there is nothing."""
    if isinstance(news, RedlineFailed):
        state: PairState = "undeliverable" if news.code == UNDELIVERABLE else "failed"
        return _result(news, state, code=news.code, message=news.message)
    made = {"docx": news.redline, "html": news.html, "changes": news.changes, "summary": news.summary_object}
    wanted = {name: made[name] for name in news.outputs or OUTPUTS if name in made}
    return _result(news, "completed", reused_from=news.reused_from, **wanted)


def _result(pair: Pair, state: PairState, **what: Any) -> PairResult:
    """A result of this pair."""
    return PairResult(
        index=pair.batch_index or 0,
        state=state,
        pair_id=pair.pair_id,
        document_id=pair.document_id,
        before_document_id=pair.before_document_id or pair.document_id,
        before_generation=pair.before_generation,
        after_generation=pair.after_generation,
        **what,
    )
