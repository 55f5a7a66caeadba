"""redline replay: try failed redlines again, such as after an upgrade."""

from __future__ import annotations

from pathlib import Path

import click

from backends.errors import BackendUnavailable
from runtime import replays
from runtime.commands.common import root_option, running_pipeline
from runtime.commands.files import Refusal
from runtime.letters import Letters

_SOURCE = "/replay"


@click.command(
    epilog="""\b
Examples:
  redline replay --all-failed
  redline replay 5f0c3a0e9c6d4b7f8a1b2c3d4e5f6071

The ids of failed pairs are in: redline audit --json | jq -r 'select(.event_type | contains("failed")) | .pair_id'

Messages that could not be delivered are another matter: redline dead-letters --help""",
)
@root_option
@click.option("--all-failed", is_flag=True, help="Every pair that failed and was not completed since.")
@click.argument("pair_ids", metavar="[PAIR_ID]...", nargs=-1)
def replay(root: Path, all_failed: bool, pair_ids: tuple[str, ...]) -> None:
    """Ask for failed redlines again, each with the next attempt number: the failure and what follows are two facts.

    A pair that failed because its message could not be delivered leaves the dead letters by this, too. Of a pair that
    failed in requests as well, each failure is asked for again: the redline comes into the folder of its request, whose
    results.json stays as it was.
    """
    if all_failed == bool(pair_ids):
        raise click.UsageError("Give the ids of the pairs, or --all-failed.")
    with running_pipeline(root) as (_, parts):
        failed = replays.find_failed(parts)
        unknown = sorted(set(pair_ids) - {each.pair_id for each in failed})
        if unknown:
            raise Refusal(f"No failed pair has the id {unknown[0]}; see: redline audit --root {root}")
        chosen = [each for each in failed if all_failed or each.pair_id in pair_ids]
        letters = Letters(parts)
        undelivered = {letter.pair_key: letter for letter in letters}
        try:
            for each in chosen:
                if each.key in undelivered:
                    letters.replay(undelivered[each.key])
                else:
                    replays.ask_again(parts, replays.planned(parts, each), each.event, source=_SOURCE)
        except replays.NoPlanError as error:
            raise Refusal(str(error)) from None
        except BackendUnavailable:
            raise Refusal("The message server is being restarted; try again in a moment.") from None
    if not chosen:
        click.echo("Nothing to do: no redline failed, or each was completed since.")
        return
    click.echo(f"{len(chosen)} redline{'s' if len(chosen) != 1 else ''} asked for again.")
