"""What the commands about keeping and erasing documents share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import click

from runtime.commands.common import short, unknown_document
from runtime.commands.files import Refusal
from runtime.composition import Services
from runtime.custody import NoAnswerError, Requests
from runtime.documents import Document, Documents, UnknownDocumentError
from schemas.audit import AuditRow

_LONGEST_REASON: Final = 500

reason_option = click.option(
    "--reason", metavar="TEXT", required=True, help="Why; it stays in the audit trail, so name nobody."
)
within_option = click.option(
    "--timeout",
    "within",
    type=click.FloatRange(min=0, min_open=True),
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for each answer.",
)


def checked_reason(reason: str) -> str:
    """The reason as it goes into the trail. Raises Refusal."""
    reason = reason.strip()
    if not 0 < len(reason) <= _LONGEST_REASON:
        raise Refusal(f"The reason has {len(reason)} characters; give one of 1 to {_LONGEST_REASON}.")
    return reason


def found(parts: Services, names: Sequence[str]) -> list[Document]:
    """The documents of these paths or ids, each once. Raises Refusal when one is not known."""
    documents = Documents(parts)
    try:
        return list({each.id: each for each in map(documents.find, names)}.values())
    except UnknownDocumentError as error:
        raise unknown_document(error) from None


def name_of(document: Document) -> str:
    """What a document is called: its path, or its id where that is gone."""
    return short(document.path or document.id)


def ask_for_each(
    requests: Requests,
    documents: Sequence[Document],
    ask: Callable[[Document], str],
    within: float,
    tell: Callable[[Document, AuditRow], str],
) -> None:
    """Ask for all, then say what came of each. Raises Refusal when one of them was refused or not answered."""
    asked = [(document, ask(document)) for document in documents]
    failed = 0
    for document, request in asked:
        try:
            row = requests.answer(document, request, within)
        except NoAnswerError:
            failed += 1
            click.echo(f"{name_of(document)}: no answer within {within:g} s; it may yet come: redline audit", err=True)
            continue
        failed += row.code is not None
        click.echo(f"{name_of(document)}: {tell(document, row) if row.code is None else f'refused. {row.message}'}")
    if failed:
        raise Refusal(f"{failed} of {len(asked)} request{'s' if len(asked) != 1 else ''} did not succeed.")
