"""redline reject: a document with every tracked change rejected."""

from __future__ import annotations

from pathlib import Path

import click

from redline import reject as reject_all
from runtime.commands.resolve import resolve


@click.command(
    epilog="""\b
Example:
  redline reject redline.docx -o old.docx""",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="Write the document here.")
def reject(file: Path, output: Path) -> None:
    """Reject every tracked change of FILE, in its text, tables, headers, footers and notes."""
    resolve(file, output, reject_all)
