"""redline replay: try failed redlines again, such as after an upgrade."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from backends.errors import BackendUnavailable
from events.envelope import Event, emitted, to_message
from runtime.commands.common import Refusal, root_option, running_pipeline
from runtime.composition import Services, now
from schemas.audit import AuditRow
from schemas.redlines import PairRequested, Plan, RedlineCompleted, RedlineFailed, RedlineSuperseded

SOURCE = "/replay"


@dataclass(frozen=True, slots=True)
class Failed:
    """The last failure of a pair that was neither completed nor superseded since."""

    pair_id: str
    row: AuditRow


@click.command(
    epilog="""\b
Examples:
  redline replay --all-failed
  redline replay 5f0c3a0e9c6d4b7f8a1b2c3d4e5f6071

The ids of failed pairs are in: redline audit --json | jq -r 'select(.event_type | contains("failed")) | .pair_id'""",
)
@root_option
@click.option("--all-failed", is_flag=True, help="Every pair that failed and was not completed since.")
@click.argument("pair_ids", metavar="[PAIR_ID]...", nargs=-1)
def replay(root: Path, all_failed: bool, pair_ids: tuple[str, ...]) -> None:
    """Ask for failed redlines again, each with the next attempt number: the failure and what follows are two facts."""
    if all_failed == bool(pair_ids):
        raise click.UsageError("Give the ids of the pairs, or --all-failed.")
    with running_pipeline(root) as (_, parts):
        failed = {each.pair_id: each for each in find_failed(parts)}
        unknown = [pair_id for pair_id in pair_ids if pair_id not in failed]
        if unknown:
            raise Refusal(f"No failed pair has the id {unknown[0]}; see: redline audit --root {root}")
        chosen = [failed[pair_id] for pair_id in pair_ids] if pair_ids else list(failed.values())
        try:
            for each in chosen:
                request(parts, each)
        except BackendUnavailable:
            raise Refusal("The message server is being restarted; try again in a moment.") from None
    if not chosen:
        click.echo("Nothing to do: no redline failed, or each was completed since.")
        return
    click.echo(f"{len(chosen)} redline{'s' if len(chosen) != 1 else ''} asked for again.")


def find_failed(parts: Services) -> Sequence[Failed]:
    """Pairs whose last word is a failure."""
    last: dict[str, AuditRow] = {}
    over = set()
    for row in parts.audit.rows():
        if row.pair_id is None:
            continue
        if row.event_type in (RedlineCompleted.event_type, RedlineSuperseded.event_type):
            over.add(row.pair_id)
        elif row.event_type == RedlineFailed.event_type and _attempt(last.get(row.pair_id)) < row.attempt:
            last[row.pair_id] = row
    return [Failed(pair_id, row) for pair_id, row in last.items() if pair_id not in over]


def request(parts: Services, failed: Failed) -> None:
    """Publish the pair again, as its plan has it, with the next attempt. Raises Refusal, BackendUnavailable."""
    row = failed.row
    pair = _planned(parts, row).model_copy(update={"attempt": row.attempt + 1})
    cause = Event(
        id=row.event_id,
        type=row.event_type,
        source=row.source,
        subject=failed.pair_id,
        time=row.event_time,
        data=b"",
        correlation_id=row.correlation_id,
        causation_id=row.causation_id,
    )
    parts.bus.publish(pair.topic, [to_message(emitted(pair, source=SOURCE, cause=cause, now=now()))])


def _planned(parts: Services, row: AuditRow) -> PairRequested:
    bucket = parts.settings.records_bucket
    for blob in parts.blobs.list(bucket, f"plans/{row.tenant}/{row.document_id}/"):
        plan = Plan.model_validate_json(parts.blobs.get(bucket, blob.name))
        for pair in plan.requested:
            if pair.pair_id == row.pair_id:
                return pair
    raise Refusal(f"The plan of the pair {row.pair_id} is gone; upload the document again.")


def _attempt(row: AuditRow | None) -> int:
    return row.attempt if row else 0
