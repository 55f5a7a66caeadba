"""redline keys: the keys that seal what the pipeline keeps for itself about documents."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from backends.keys import KeyWrapper
from backends.keys.embedded import load_key
from backends.keys.local import LocalKeyWrapper
from runtime.commands.audit_verify import progress_bar
from runtime.commands.common import Refusal, known_parts, root_option
from runtime.composition import kms_wrapper
from runtime.rewrapping import rewrap_all
from runtime.settings import GoogleSettings


@click.group()
def keys() -> None:
    """Keys that seal what the pipeline keeps for itself: docs/encryption.md."""


@keys.command(
    epilog="""\b
Examples:
  redline keys rewrap                                        after a rotation in Cloud KMS
  redline keys rewrap --from-key-file wrapping.key.old       after the key of the root was changed
  REDLINE_BACKEND=google redline keys rewrap --from-key-file wrapping.key --from-region local"""
)
@root_option
@click.option(
    "--from-key-file", "file", type=click.Path(path_type=Path), help="The key of a root that wrapped them until now."
)
@click.option("--from-kms", "kms", metavar="NAME", help="The Cloud KMS key that wrapped them until now.")
@click.option("--from-region", "region", help="The region they were wrapped for, if it was another.")
def rewrap(root: Path, file: Path | None, kms: str | None, region: str | None) -> None:
    """Wrap the key of every document anew, by the key that the settings name now.

    No document is touched, and documents can be read meanwhile, each by whoever has the key that wraps it at that
    moment. What was wrapped before is removed for good: the old key opens nothing any more. When it is interrupted, run
    it again. Exit status 1 when neither key unwraps one of them.
    """
    parts = known_parts(root)
    if parts.key_wrapper is None:
        raise Refusal("Nothing is sealed here: the variable REDLINE_WRAPPING_KEY is not set.")
    if file and kms:
        raise click.UsageError("Give --from-key-file or --from-kms, whichever wrapped them until now.")
    now = parts.key_wrapper()
    before = _former(file, kms, region or parts.settings.region) or now
    with progress_bar("wrapping keys") as progress:
        found = rewrap_all(parts.blobs, parts.settings.records_bucket, before=before, after=now, progress=progress)
    click.echo(f"{found.done:,} keys were wrapped anew, {found.before:,} had been already.")
    if found.lost:
        click.echo(f"{found.lost:,} are unwrapped by neither key: look for the key that wrapped them.", err=True)
        sys.exit(1)


def _former(file: Path | None, kms: str | None, region: str) -> KeyWrapper | None:
    if file:
        return LocalKeyWrapper(load_key(file), region=region)
    return kms_wrapper(GoogleSettings(wrapping_key=kms), region) if kms else None
