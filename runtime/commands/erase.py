"""redline erase: remove documents for good."""

from __future__ import annotations

from pathlib import Path

import click

from runtime.commands.asking import ask_for_each, checked_reason, found, name_of, reason_option, within_option
from runtime.commands.common import root_option, running_pipeline
from runtime.commands.files import Refusal
from runtime.custody import Requests
from runtime.documents import Document
from schemas.audit import AuditRow

_WORD = "erase"


@click.command(
    epilog="""\b
Examples:
  redline erase clients/doe/divorce.docx --reason "Request of the client, ticket 4711"
  redline erase redline-data/uploads/old/*.docx --reason "The matter is closed" --yes""",
)
@root_option
@reason_option
@within_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.argument("names", metavar="DOCUMENT...", nargs=-1, required=True)
def erase(root: Path, reason: str, within: float, yes: bool, names: tuple[str, ...]) -> None:
    """Remove documents for good: every version, every redline, every record, and the files in the root's folders.

    DOCUMENT is a path below ROOT/uploads, or an id. Also the file in ROOT/uploads is removed, and its redlines below
    ROOT/redlines. What stays is the audit trail, which knows the document by its id alone. Nothing is removed while a
    hold stands.
    """
    reason = checked_reason(reason)
    with running_pipeline(root) as (_, parts):
        documents = found(parts, names)
        if not yes:
            confirm(documents)
        requests = Requests(parts, reason)
        ask_for_each(requests, documents, requests.erase, within, told)


def confirm(documents: list[Document]) -> None:
    """Have the user type what is about to be done. Raises Refusal."""
    for document in documents:
        count = len(document.versions)
        click.echo(f"  {name_of(document)}: {count} version{'s' if count != 1 else ''}")
    click.echo("They will be gone for good, with every redline and the files in the folders.")
    if click.prompt(f"Type {_WORD} to go on", default="", show_default=False).strip() != _WORD:
        raise Refusal("Nothing was erased.")


def told(document: Document, row: AuditRow) -> str:
    """What was erased."""
    details = row.details or {}
    versions, redlines = details["versions"], details["redlines"]
    return (
        f"erased ({versions} version{'s' if versions != 1 else ''}, "
        f"{redlines} redline{'s' if redlines != 1 else ''}); the trail knows it as {document.id}"
    )
