"""redline accept: a document with every tracked change accepted."""

from __future__ import annotations

from pathlib import Path

import click

from redline import accept as accept_all
from runtime.commands.resolve import resolve


@click.command(
    epilog="""\b
Example:
  redline accept redline.docx -o new.docx""",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="Write the document here.")
def accept(file: Path, output: Path) -> None:
    """Accept every tracked change of FILE, in its text, tables, headers, footers and notes."""
    resolve(file, output, accept_all)
