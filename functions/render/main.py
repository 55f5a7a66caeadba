"""render: a redline in, its PDF out. A step of its own: laying out pages takes longer than the redline itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from backends.blobs import DamagedError, NotFound
from functions.custody import unless_erased
from functions.objects import PDF, get, put_once, reference
from redline import DocumentError, render_pdf
from runtime.function import Context, function
from schemas.base import ObjectRef
from schemas.redlines import Pair, RedlineCompleted, RedlineRendered, RenderingFailed
from schemas.requests import OUTPUTS

_DAMAGED: Final = "The stored redline is missing or damaged; ask for it again."


@function(handles=RedlineCompleted)
@unless_erased
def render(redline: RedlineCompleted, ctx: Context) -> Iterator[RedlineRendered | RenderingFailed]:
    """Lay the redline out as a PDF and write it beside the Word file, where a PDF is wanted."""
    if "pdf" not in (redline.outputs or OUTPUTS):
        return
    pair = {name: getattr(redline, name) for name in Pair.model_fields}
    try:
        pdf = _pdf(redline.redline, ctx)
    except DocumentError as error:
        yield RenderingFailed(**pair, code=error.code, message=error.message)
    except (DamagedError, NotFound):
        yield RenderingFailed(**pair, code="damaged-object", message=_DAMAGED)
    else:
        yield RedlineRendered(**pair, pdf=pdf)


def _pdf(docx: ObjectRef, ctx: Context) -> ObjectRef:
    """The PDF that is there, or a new one. Raises DocumentError; DamagedError or NotFound without the redline."""
    name = f"{docx.object.rpartition('/')[0]}/redline.pdf"
    try:
        return reference(ctx.blobs.stat(docx.bucket, name))
    except NotFound:
        return put_once(ctx.blobs, docx.bucket, name, render_pdf(get(ctx.blobs, docx)), PDF)
