"""redline compare: the engine alone, on two files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import click

from functions.formats import Kind, kind_of, normalize
from redline import CompareOptions, DocumentError, Redline, render_html, render_pdf, verify
from redline import compare as compare_documents
from runtime.commands import tables
from runtime.commands.files import Refusal, check_outputs, read_document, short_path, write_output
from runtime.commands.grouped import GroupedCommand, GroupedOption
from schemas.redlines import ChangeList

FILE: Final = click.Path(path_type=Path)
output = partial(click.option, cls=GroupedOption, group="What to write")
marks = partial(click.option, cls=GroupedOption, group="How changes are marked")
finding = partial(click.option, cls=GroupedOption, group="How changes are found")

IGNORABLE: Final[dict[str, tuple[str, bool]]] = {
    "formatting": ("track_formatting", False),
    "case": ("track_case", False),
    "white-space": ("track_white_space", False),
    "numbers": ("ignore_numbers", True),
    "punctuation": ("ignore_punctuation", True),
    "tables": ("track_tables", False),
    "headers": ("track_headers", False),
    "notes": ("track_notes", False),
    "text-boxes": ("track_text_boxes", False),
    "fields": ("track_fields", False),
    "page-numbers": ("track_computed", False),
    "comments": ("track_comments", False),
}
"""What each kind that is to be ignored means for CompareOptions."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where each output goes; None for one that is not wanted."""

    docx: Path | None
    html: Path | None
    pdf: Path | None
    changes: Path | None


def check_author(_: click.Context, __: click.Parameter, author: str) -> str:
    """What can stand in a document as the name of an author."""
    if not author.strip() or not author.isprintable():
        raise click.BadParameter("give a name, without line breaks and control characters.")
    return author


@click.command(
    cls=GroupedCommand,
    epilog="""\b
Examples:
  redline compare draft1.docx draft2.docx
  redline compare draft1.docx draft2.docx -o redline.docx --html redline.html --pdf redline.pdf
  redline compare notes1.md notes2.md --json changes.json --author "A. Counsel"

Exit status: 0 the redline is right, 1 it could not be made or is not right (nothing is written), 2 misuse.""",
)
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@output("-o", "--output", type=FILE, metavar="FILE", help="The Word file with tracked changes.")
@output("--html", type=FILE, metavar="FILE", help="The redline as one self-contained web page.")
@output("--pdf", type=FILE, metavar="FILE", help="The redline as a PDF, for print.")
@output("--json", "json_path", type=FILE, metavar="FILE", help="The list of changes.")
@marks("--author", default="Redline", show_default=True, help="Author of every tracked change.", callback=check_author)
@marks(
    "--date",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
    metavar="DATE",
    help="Date of every tracked change, in UTC, as 2026-01-31 or 2026-01-31T15:04:05; now when not given. "
    "Same inputs, options and date give the same bytes.",
)
@finding(
    "--by",
    "granularity",
    type=click.Choice(["word", "character"]),
    default="word",
    show_default=True,
    help="Mark whole words, or single characters.",
)
@finding(
    "--existing",
    "existing_revisions",
    type=click.Choice(["accept", "reject", "keep"]),
    default="accept",
    show_default=True,
    help="What to do with tracked changes that a document has already: accept or reject them first, or keep them "
    "with their authors.",
)
@finding(
    "--ignore",
    "ignored",
    type=click.Choice(list(IGNORABLE)),
    metavar="KIND",
    multiple=True,
    help="Leave differences of this kind unmarked, as they are in AFTER; may be given more than once. "
    f"Kinds: {', '.join(IGNORABLE)}.",
)
@finding(
    "--no-moves",
    "moves",
    is_flag=True,
    flag_value=False,
    default=True,
    help="Show text that moved as deleted and inserted.",
)
@finding(
    "--deadline",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SECONDS",
    help="Compare what is left after this time in coarser steps, and say so.",
)
def compare(
    before: Path,
    after: Path,
    output: Path | None,
    html: Path | None,
    pdf: Path | None,
    json_path: Path | None,
    date: datetime | None,
    deadline: float | None,
    ignored: tuple[str, ...],
    moves: bool,
    **asked: Any,
) -> None:
    """Make the redline of BEFORE and AFTER (.docx, .txt or .md) and print a table of the changes.

    The redline is checked before anything is written: rejecting all its changes gives BEFORE, accepting all gives
    AFTER.
    """
    wanted = Wanted(output, html, pdf, json_path)
    outputs = [path for path in astuple(wanted) if path]
    check_outputs(outputs, before, after)
    old, new = load(before), load(after)
    left_out: dict[str, Any] = dict(IGNORABLE[kind] for kind in ignored)
    options = CompareOptions(
        date=(date or datetime.now(UTC)).replace(tzinfo=UTC),
        track_moves=moves,
        **left_out,
        **asked,
    )
    try:
        made = compare_documents(old, new, options, deadline=deadline)
        check(made, old, new, options)
        _write(made, wanted, f"{after.name} against {before.name}")
    except DocumentError as error:
        raise Refusal(error.message) from None
    _show(made, outputs, ignored)


def check(made: Redline, old: bytes, new: bytes, options: CompareOptions) -> None:
    """Raises Refusal when the redline does not give back both documents, but for what the options leave out."""
    verification = verify(made.docx, old, new, options=options)
    if not verification.ok:
        first = next(finding for finding in verification.findings if finding.severity == "error")
        raise Refusal(f"The redline is not right, so nothing was written: {first.message}; please report this pair.")


def load(path: Path) -> bytes:
    """The Word document in a file; text and Markdown become one. Raises Refusal."""
    data = read_document(path)
    try:
        return normalize(_kind_of(path), data)
    except DocumentError as error:
        raise Refusal(f"{short_path(path)}: {error.message}") from None


def _kind_of(path: Path) -> Kind:
    """The kind that the name promises; a name that promises nothing leaves it to the content."""
    try:
        return kind_of(path.name)
    except DocumentError:
        return "docx"


def _write(made: Redline, wanted: Wanted, title: str) -> None:
    """Write all that is wanted. Raises DocumentError before anything is written when there can be no PDF."""
    pdf = render_pdf(made.docx) if wanted.pdf else b""
    if wanted.docx:
        write_output(wanted.docx, made.docx)
    if wanted.html:
        page = render_html(made.docx, title=title, changes=made.changes, summary=made.summary)
        write_output(wanted.html, page.encode())
    if wanted.pdf:
        write_output(wanted.pdf, pdf)
    if wanted.changes:
        listed = ChangeList(changes=made.changes, summary=made.summary)
        write_output(wanted.changes, listed.model_dump_json(indent=1).encode())


def _show(made: Redline, written: list[Path], ignored: Sequence[str]) -> None:
    console = tables.console()
    if made.changes:
        console.print(tables.change_table(made.changes))
    for line in (tables.more_changes(made.changes), *tables.coverage_lines(made.summary)):
        if line:
            console.print(tables.plain(line, "yellow"))
    console.print(tables.plain(tables.summary_line(made.summary), "bold"))
    but = f" (but for its {', '.join(ignored)})" if ignored else ""
    console.print(f"Verified: reject all gives the document before{but}, accept all gives the document after.")
    for path in written:
        console.print(tables.plain(f"written: {short_path(path)}"))
