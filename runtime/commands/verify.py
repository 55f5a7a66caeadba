"""redline verify: whether a redline gives back both of its documents."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import click

from redline import CompareOptions, DocumentError
from redline import verify as verify_redline
from runtime.commands import tables
from runtime.commands.compare import IGNORABLE, load
from runtime.commands.files import Refusal


@click.command(
    epilog="""\b
Examples:
  redline verify redline.docx draft1.docx draft2.docx
  redline verify redline.docx draft1.docx draft2.docx --ignore formatting --existing keep

Exit status: 0 it is right, 1 it is not, 2 misuse.""",
)
@click.argument("redline", type=click.Path(path_type=Path))
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@click.option(
    "--existing",
    "existing_revisions",
    type=click.Choice(["accept", "reject", "keep"]),
    default="accept",
    show_default=True,
    help="What was done with tracked changes that BEFORE or AFTER had already.",
)
@click.option(
    "--ignore",
    "ignored",
    type=click.Choice(list(IGNORABLE)),
    metavar="KIND",
    multiple=True,
    help="Overlook what the comparison was told to leave unmarked; may be given more than once. "
    f"Kinds: {', '.join(IGNORABLE)}.",
)
def verify(
    redline: Path,
    before: Path,
    after: Path,
    existing_revisions: Literal["accept", "reject", "keep"],
    ignored: tuple[str, ...],
) -> None:
    """Check that rejecting all changes of REDLINE gives BEFORE, and that accepting all gives AFTER.

    It may have been made by any program that writes tracked changes. What its comparison was asked to ignore or to
    keep has to be said here, too.
    """
    left_out: dict[str, Any] = dict(IGNORABLE[kind] for kind in ignored)
    options = CompareOptions(existing_revisions=existing_revisions, **left_out)
    try:
        verification = verify_redline(load(redline), load(before), load(after), options=options)
    except DocumentError as error:
        raise Refusal(error.message) from None
    console = tables.console()
    if verification.findings:
        found = tables.table("resolution", "part", ">block", "weight", "finding")
        for finding in verification.findings[: tables.SHOWN]:
            place = str(finding.position or "")
            found.add_row(f"{finding.side} all", finding.story, place, finding.severity, tables.plain(finding.message))
        console.print(found)
    if not verification.ok:
        count = sum(finding.severity == "error" for finding in verification.findings)
        raise Refusal(f"The redline is not right: {count} difference{'s' if count != 1 else ''}.")
    console.print("The redline is right: reject all gives the document before, accept all gives the document after.")
