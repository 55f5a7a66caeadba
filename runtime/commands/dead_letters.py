"""redline dead-letters: what could not be delivered, and what to do about it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from pydantic import JsonValue
from rich.table import Table

from runtime.commands import tables
from runtime.commands.common import known_parts, moment, root_option, running_pipeline
from runtime.commands.files import Refusal
from runtime.composition import Services
from runtime.documents import Documents
from runtime.letters import Letter, Letters, NotReplayableError

_SHOWN_ID = 12
_SHORTEST_PREFIX = 4


@click.group(
    name="dead-letters",
    epilog="""\b
Examples:
  redline dead-letters list
  redline dead-letters show 5f0c3a0e
  redline dead-letters replay --all
  redline dead-letters discard 5f0c3a0e --reason "test upload"

An id may be shortened to its first characters, as long as only one dead letter begins so.""",
)
def dead_letters() -> None:
    """Look at messages that could not be delivered, publish them again, or give them up.

    A function failed on such a message in every attempt. It is kept as it was published, so nothing is lost: once the
    cause is mended, replay it. Each replay and each discard is a row of the audit trail.
    """


@dead_letters.command("list", epilog="Example: redline dead-letters list --json | jq -r .id")
@root_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def list_command(root: Path, as_json: bool) -> None:
    """List the dead letters, oldest first."""
    parts = known_parts(root)
    found, documents = list(Letters(parts)), Documents(parts)
    if as_json:
        for letter in found:
            click.echo(json.dumps(_told(letter, documents)))
    elif found:
        tables.console().print(_table(found, documents))
    else:
        click.echo("There are no dead letters.")


@dead_letters.command("show", epilog="Example: redline dead-letters show 5f0c3a0e")
@root_option
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
@click.argument("letter_id", metavar="ID")
def show_command(root: Path, as_json: bool, letter_id: str) -> None:
    """Show one dead letter whole: where it failed and why, and the message."""
    parts = known_parts(root)
    [letter] = _chosen(Letters(parts), [letter_id])
    told = {**_told(letter, Documents(parts)), "attributes": dict(letter.content.attributes), "data": _readable(letter)}
    if as_json:
        click.echo(json.dumps(told))
        return
    console = tables.console()
    for name, value in told.items():
        if isinstance(value, dict):
            console.print(f"[bold]{name}[/]")
            console.print(tables.lines(json.dumps(value, indent=2, ensure_ascii=False)))
        elif value not in ("", None):
            console.print(f"[bold]{name.replace('_', ' '):<14}[/]", tables.plain(str(value)))


@dead_letters.command("replay", epilog="Example: redline dead-letters replay --all")
@root_option
@click.option("--all", "everything", is_flag=True, help="Every dead letter there is.")
@click.argument("letter_ids", metavar="[ID]...", nargs=-1)
def replay_command(root: Path, everything: bool, letter_ids: tuple[str, ...]) -> None:
    """Publish messages again: a pair as its next attempt, anything else as it was."""
    if everything == bool(letter_ids):
        raise click.UsageError("Give the ids of dead letters, or --all.")
    with _operating(root) as parts:
        letters = Letters(parts)
        chosen = list(letters) if everything else _chosen(letters, letter_ids)
        for letter in chosen:
            letters.replay(letter)
    click.echo(f"{_count(chosen)} published again." if chosen else "Nothing to do: there are no dead letters.")


@dead_letters.command("discard", epilog='Example: redline dead-letters discard 5f0c3a0e --reason "test upload"')
@root_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--reason", default="", metavar="TEXT", help="Why; it stands in the audit trail.")
@click.argument("letter_ids", metavar="ID...", nargs=-1, required=True)
def discard_command(root: Path, yes: bool, reason: str, letter_ids: tuple[str, ...]) -> None:
    """Give messages up for good. What they asked for will not happen."""
    if len(reason) > 500:
        raise click.UsageError("The reason is longer than 500 characters; shorten it.")
    with _operating(root) as parts:
        letters = Letters(parts)
        chosen = _chosen(letters, letter_ids)
        if not yes:
            tables.console().print(_table(chosen, Documents(parts)))
            click.confirm(f"Discard {_count(chosen)} for good?", abort=True)
        for letter in chosen:
            letters.discard(letter, reason)
    click.echo(f"{_count(chosen)} discarded.")


@contextmanager
def _operating(root: Path) -> Iterator[Services]:
    """The parts of a running pipeline, to do something about its dead letters. Raises Refusal."""
    with running_pipeline(root) as (_, parts):
        try:
            yield parts
        except NotReplayableError as error:
            raise Refusal(str(error)) from None


def _count(letters: Sequence[Letter]) -> str:
    return f"{len(letters)} dead letter{'s' if len(letters) != 1 else ''}"


def _chosen(letters: Letters, given: Sequence[str]) -> list[Letter]:
    """The letters of these ids or beginnings of ids, each once. Raises Refusal."""
    known = {letter.id: letter for letter in letters}
    chosen: dict[str, Letter] = {}
    for each in given:
        fitting = [letter for identity, letter in known.items() if identity.startswith(each)]
        if len(each) < _SHORTEST_PREFIX or not fitting:
            raise Refusal(f"No dead letter has the id {each}; see: redline dead-letters list")
        if len(fitting) > 1:
            raise Refusal(f"{len(fitting)} dead letters have an id that begins with {each}; give more of it.")
        chosen[fitting[0].id] = fitting[0]
    return list(chosen.values())


def _told(letter: Letter, documents: Documents) -> dict[str, Any]:
    """What is known about a letter but the message itself."""
    return {
        "id": letter.id,
        "kept": letter.kept.isoformat(),
        "subscription": letter.content.subscription,
        "event_type": letter.event.type if letter.event else None,
        "event_id": letter.content.message_id,
        "document_id": letter.document_id or None,
        "path": documents.path(letter.document_id) or None,
        "pair_id": letter.pair_id or None,
        "deliveries": letter.content.deliveries,
        "attempt": letter.content.attempt,
        "reason": letter.content.reason,
    }


def _table(letters: Sequence[Letter], documents: Documents) -> Table:
    made = tables.table("id", "kept", "queue", "~document", ">tries", "~reason")
    for letter in letters:
        told = _told(letter, documents)
        cells = (
            letter.id[:_SHOWN_ID],
            moment(letter.kept),
            letter.content.subscription,
            told["path"] or told["document_id"] or "",
            str(letter.content.deliveries),
            letter.content.reason,
        )
        made.add_row(*map(tables.plain, cells))
    return made


def _readable(letter: Letter) -> JsonValue:
    """The body of the message: as JSON, as text, or as bytes in hex."""
    try:
        parsed: JsonValue = json.loads(letter.content.data)
    except ValueError:
        return letter.content.data.decode(errors="backslashreplace")
    return parsed
