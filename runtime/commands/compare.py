"""redline compare: the engine alone, on two files."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from functions.formats import Kind, kind_of, normalize
from redline import CompareOptions, DocumentError, Redline, render_html, verify
from redline import compare as compare_documents
from runtime.commands import tables
from runtime.commands.common import Refusal, check_output, read_document, short_path, write_output
from schemas.redlines import ChangeList


@click.command(
    epilog="""\b
Examples:
  redline compare draft1.docx draft2.docx
  redline compare draft1.docx draft2.docx -o redline.docx --html redline.html
  redline compare notes1.md notes2.md --json changes.json --author "A. Counsel"

Exit status: 0 the redline is right, 1 it could not be made or is not right (nothing is written), 2 misuse.""",
)
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write the Word file with tracked changes here.")
@click.option("--html", type=click.Path(path_type=Path), help="Write the redline as one self-contained web page here.")
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="Write the list of changes here.")
@click.option("--author", default="Redline", show_default=True, help="Author of every tracked change.")
@click.option(
    "--date",
    type=click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"]),
    help="Date of every tracked change, in UTC; now when not given. Same inputs and date give the same bytes.",
)
def compare(
    before: Path,
    after: Path,
    output: Path | None,
    html: Path | None,
    json_path: Path | None,
    author: str,
    date: datetime | None,
) -> None:
    """Make the redline of BEFORE and AFTER (.docx, .txt or .md) and print a table of the changes.

    The redline is checked before anything is written: rejecting all its changes gives BEFORE, accepting all gives
    AFTER.
    """
    for path in filter(None, (output, html, json_path)):
        check_output(path, before, after)
    old, new = load(before), load(after)
    options = CompareOptions(author=author, date=(date or datetime.now(UTC)).replace(tzinfo=UTC))
    try:
        made = compare_documents(old, new, options)
        verification = verify(made.docx, old, new)
    except DocumentError as error:
        raise Refusal(error.message) from None
    if not verification.ok:
        first = next(finding for finding in verification.findings if finding.severity == "error")
        raise Refusal(f"The redline is not right, so nothing was written: {first.message} Please report this pair.")
    _write(made, output, html, json_path, f"{after.name} against {before.name}")
    _show(made, [path for path in (output, html, json_path) if path])


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


def _write(made: Redline, output: Path | None, html: Path | None, json_path: Path | None, title: str) -> None:
    if output:
        write_output(output, made.docx)
    if html:
        page = render_html(made.docx, title=title, changes=made.changes, summary=made.summary)
        write_output(html, page.encode())
    if json_path:
        listed = ChangeList(changes=made.changes, summary=made.summary)
        write_output(json_path, listed.model_dump_json(indent=1).encode())


def _show(made: Redline, written: list[Path]) -> None:
    console = tables.console()
    if made.changes:
        console.print(tables.change_table(made.changes))
    for line in (tables.more_changes(made.changes), *tables.coverage_lines(made.summary)):
        if line:
            console.print(tables.plain(line, "yellow"))
    console.print(tables.plain(tables.summary_line(made.summary), "bold"))
    console.print("Verified: reject all gives the document before, accept all gives the document after.")
    for path in written:
        console.print(tables.plain(f"written: {short_path(path)}"))
