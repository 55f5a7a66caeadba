"""redline: a pair of versions in, their verified redline out."""

from __future__ import annotations

from collections.abc import Iterator

from functions.objects import get
from functions.redline.results import Results
from redline import CompareOptions, DocumentError, compare, render_html, verify
from runtime.function import Context, function
from schemas.redlines import PairRequested, RedlineCompleted, RedlineFailed

NOT_VERIFIED = "The redline did not give back both versions exactly, so it was withheld; please report this pair."


class NotVerifiedError(Exception):
    """The redline is not what it should be; it must not be delivered."""


@function(handles=PairRequested)
def redline(pair: PairRequested, ctx: Context) -> Iterator[RedlineCompleted | RedlineFailed]:
    """Compare, verify the final bytes, and only then write them; or say why there is no redline."""
    results = Results(ctx.blobs, ctx.settings.redlines, pair)
    try:
        completed = results.written() or make(pair, results, ctx)
    except DocumentError as error:
        yield RedlineFailed(**dict(pair), code=error.code, message=error.message)
    except NotVerifiedError:
        yield RedlineFailed(**dict(pair), code="verification-failed", message=NOT_VERIFIED)
    else:
        yield completed


def make(pair: PairRequested, results: Results, ctx: Context) -> RedlineCompleted:
    """Raises DocumentError, NotVerifiedError."""
    before, after = get(ctx.blobs, pair.before), get(ctx.blobs, pair.after)
    options = CompareOptions(author=ctx.settings.author, date=ctx.event.time)
    made = compare(before, after, options, deadline=ctx.settings.compare_deadline)
    if not verify(made.docx, before, after).ok:
        raise NotVerifiedError
    page = render_html(made.docx, changes=made.changes, summary=made.summary)
    return results.write(made.docx, page, made.changes, made.summary)
