"""redline: a pair of versions in, their verified redline out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Final

from backends.blobs import DamagedError, NotFound
from functions.custody import unless_erased
from functions.objects import TEXT, get, put_once
from functions.redline.recipe import compare_options, options_in_full, recipe_of
from functions.redline.results import Results
from functions.remains import Version, beside
from redline import CompareOptions, DocumentError, Redline, Verification, compare, render_html, verify
from runtime.function import Context, function
from schemas.redlines import PairRequested, RedlineCompleted, RedlineFailed

_DAMAGED: Final = (
    "The stored copy of one of the two versions is missing or damaged; "
    "upload the earlier version again, and then the later one."
)


class NotVerifiedError(Exception):
    """The redline does not give back both versions; it must not be delivered."""

    def __init__(self, verification: Verification) -> None:
        """Keeps a sentence that names the kinds of findings, and none of the text they were found in."""
        errors = [finding for finding in verification.findings if finding.severity == "error"]
        kinds = sorted({f"{finding.side} {finding.code}" for finding in errors})
        self.message = (
            f"The redline did not give back both versions exactly ({', '.join(kinds)}), so it was withheld; "
            "please report this pair."
        )
        super().__init__(self.message)


@function(handles=PairRequested)
@unless_erased
def redline(pair: PairRequested, ctx: Context) -> Iterator[RedlineCompleted | RedlineFailed]:
    """Compare, verify the final bytes, and only then write them; or say why there is no redline."""
    options = compare_options(pair, author=ctx.settings.author, date=ctx.event.time)
    release = ctx.settings.release
    results = Results(ctx.blobs, ctx.settings.redlines, pair, recipe_of(options, release), release)
    if pair.before_document_id:  # noted first, for an erasure of that document to find what is filed with this one
        before = Version(pair.before_document_id, pair.before_generation)
        put_once(ctx.blobs, ctx.settings.records, beside(pair.tenant, before, results.folder), b"", TEXT)
    try:
        completed = results.written() or make(pair, options, results, ctx)
    except DocumentError as error:
        yield _failed(pair, options, error.code, error.message, release)
    except NotVerifiedError as error:
        yield _failed(pair, options, "verification-failed", error.message, release)
    except (DamagedError, NotFound):
        yield _failed(pair, options, "damaged-object", _DAMAGED, release)
    else:
        yield completed.model_copy(update={"options": options_in_full(options)})


def make(pair: PairRequested, options: CompareOptions, results: Results, ctx: Context) -> RedlineCompleted:
    """Raises DocumentError, NotVerifiedError; DamagedError or NotFound when a version is not what was stored."""
    before, after = get(ctx.blobs, pair.before), get(ctx.blobs, pair.after)
    made = compare(before, after, options, deadline=ctx.settings.compare_deadline)
    verification = verify(made.docx, before, after, options=options)
    if not verification.ok:
        raise NotVerifiedError(verification)
    kept = results.keep_docx(made.docx)
    if kept.sha256 != hashlib.sha256(made.docx).hexdigest():
        # An earlier run was killed after it wrote its verified redline, and it came out otherwise: by another release,
        # or coarser for want of time. What is there stays, and everything beside it must describe it.
        made = Redline(get(ctx.blobs, kept), made.coverage)
    page = render_html(made.docx, changes=made.changes, summary=made.summary)
    return results.write(kept, page, made.changes, made.summary)


def _failed(pair: PairRequested, options: CompareOptions, code: str, message: str, release: str) -> RedlineFailed:
    told = {**dict(pair), "options": options_in_full(options)}
    return RedlineFailed(**told, code=code, message=message, engine_version=release)
