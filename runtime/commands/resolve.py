"""What accept and reject have in common."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from redline import DocumentError
from runtime.commands.files import Refusal, check_outputs, read_document, short_path, write_output


def resolve(file: Path, output: Path, engine: Callable[[bytes], bytes]) -> None:
    """Resolve the revisions of a file into another. Raises Refusal."""
    check_outputs([output], file)
    data = read_document(file)
    try:
        resolved = engine(data)
    except DocumentError as error:
        raise Refusal(f"{short_path(file)}: {error.message}") from None
    write_output(output, resolved)
    click.echo(f"written: {short_path(output)}")
