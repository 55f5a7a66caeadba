"""redline validate: whether a document keeps the rules of tracked changes."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter
from pathlib import Path

import click

from redline import DocumentError
from redline.validator.validate import validate as find_broken_rules
from runtime.commands import tables
from runtime.commands.files import Refusal, read_document, short_path


@click.command(
    epilog="""\b
Example:
  redline validate redline.docx

Exit status: 0 every rule is kept, 1 some are not, 2 misuse.""",
)
@click.argument("file", type=click.Path(path_type=Path))
def validate(file: Path) -> None:
    """Check FILE against the rules of ECMA-376 for tracked changes, whoever wrote it."""
    try:
        findings = find_broken_rules(read_document(file))
    except DocumentError as error:
        raise Refusal(f"{short_path(file)}: {error.message}") from None
    console = tables.console()
    if not findings:
        console.print("Every rule of tracked changes is kept.")
        return
    for rule, places in groupby(findings[: tables.SHOWN], key=attrgetter("rule")):
        first, *others = places
        console.print(tables.plain(f"{first.message} ({rule}; {first.section})", "bold"), soft_wrap=True)
        for place in (first, *others):
            console.print(tables.plain(f"  {place.part} {place.path}"), soft_wrap=True)
    if len(findings) > tables.SHOWN:
        console.print(f"... and {len(findings) - tables.SHOWN} more")
    raise Refusal(f"{len(findings)} broken rule{'s' if len(findings) != 1 else ''} in {short_path(file)}.")
