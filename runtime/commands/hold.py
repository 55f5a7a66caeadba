"""redline hold: keep documents, whatever else is asked for."""

from __future__ import annotations

import json
from pathlib import Path

import click

from runtime.commands import tables
from runtime.commands.asking import ask_for_each, checked_reason, found, name_of, reason_option, within_option
from runtime.commands.common import known_parts, moment, root_option, running_pipeline
from runtime.commands.files import Refusal
from runtime.composition import Services
from runtime.custody import Requests, held, record_of
from runtime.documents import Document, Documents
from schemas.custody import Hold

_SHOWN_ID = 12


@click.group(
    epilog="""\b
Examples:
  redline hold place contracts/lease.docx --reason "Litigation 2026/118"
  redline hold list
  redline hold release contracts/lease.docx --reason "Settled\"""",
)
def hold() -> None:
    """Legal holds: a document on hold cannot be erased."""


@hold.command()
@root_option
@reason_option
@within_option
@click.argument("names", metavar="DOCUMENT...", nargs=-1, required=True)
def place(root: Path, reason: str, within: float, names: tuple[str, ...]) -> None:
    """Place a hold on documents; several may stand on one, each for its own reason."""
    reason = checked_reason(reason)
    with running_pipeline(root) as (_, parts):
        requests = Requests(parts, reason)
        ask_for_each(requests, found(parts, names), requests.hold, within, lambda *_: "on hold")


@hold.command()
@root_option
@reason_option
@within_option
@click.option("--hold", "chosen", metavar="ID", help="Which, where several stand: the id, or its beginning.")
@click.argument("names", metavar="DOCUMENT...", nargs=-1, required=True)
def release(root: Path, reason: str, within: float, chosen: str | None, names: tuple[str, ...]) -> None:
    """End the hold on documents."""
    reason = checked_reason(reason)
    with running_pipeline(root) as (_, parts):
        requests = Requests(parts, reason)
        documents = found(parts, names)
        holds = {document.id: _the_hold(parts, document, chosen) for document in documents}
        ask_for_each(
            requests,
            documents,
            lambda document: requests.release(document, holds[document.id]),
            within,
            lambda *_: "released",
        )


@hold.command("list")
@root_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.argument("names", metavar="[DOCUMENT]...", nargs=-1)
def list_(root: Path, as_json: bool, names: tuple[str, ...]) -> None:
    """Show the holds that stand, on all documents or on these."""
    parts = known_parts(root)
    known = Documents(parts)
    wanted = {document.id for document in found(parts, names)}
    standing = [
        (known.path(identity) or identity, each)
        for identity, record in held(parts).items()
        if not names or identity in wanted
        for each in record.standing
    ]
    if as_json:
        for path, each in sorted(standing, key=lambda pair: pair[0]):
            click.echo(json.dumps({"path": path, **each.model_dump(mode="json", exclude={"released_at"})}))
        return
    made = tables.table("~document", "hold", "since", "by", "~reason")
    for path, each in sorted(standing, key=lambda pair: pair[0]):
        cells = (path, each.hold_id[:_SHOWN_ID], moment(each.requested_at), each.actor, each.reason)
        made.add_row(*map(tables.plain, cells))
    if made.row_count:
        tables.console().print(made)
    else:
        click.echo("No hold stands.")


def _the_hold(parts: Services, document: Document, chosen: str | None) -> Hold:
    """Raises Refusal."""
    standing = record_of(parts, document.id).standing
    fitting = [each for each in standing if each.hold_id.startswith(chosen or "")]
    if len(fitting) == 1:
        return fitting[0]
    if not fitting:
        raise Refusal(f"No such hold stands on {name_of(document)}; see: redline hold list")
    raise Refusal(f"{len(fitting)} holds stand on {name_of(document)}; say which with --hold; see: redline hold list")
