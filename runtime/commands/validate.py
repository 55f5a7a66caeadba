"""redline validate: whether a document keeps the rules of tracked changes."""

from __future__ import annotations

from pathlib import Path

import click

from redline import DocumentError
from redline.validator.validate import validate as find_broken_rules
from runtime.commands import tables
from runtime.commands.common import Refusal, read_document, short_path


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
    found = tables.table("rule", "section", "part", "~what is wrong", "~where")
    for finding in findings[: tables.SHOWN]:
        cells = (finding.rule, finding.section, finding.part, finding.message, finding.path)
        found.add_row(*(tables.plain(cell) for cell in cells))
    console.print(found)
    raise Refusal(f"{len(findings)} broken rule{'s' if len(findings) != 1 else ''} in {short_path(file)}.")
