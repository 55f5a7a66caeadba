"""redline keys: the keys that seal what the pipeline keeps for itself about documents."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from backends.keys import KeyWrapper
from backends.keys.embedded import load_key
from backends.keys.local import LocalKeyWrapper
from backends.keys.records import KeyRecords
from runtime.commands import tables
from runtime.commands.audit_verify import progress_bar
from runtime.commands.common import known_parts, root_option
from runtime.commands.files import Refusal
from runtime.composition import Services, kms_wrapper
from runtime.rewrapping import in_use, rewrap_all, wrapped_by
from runtime.settings import KmsSettings


@click.group(
    epilog="""\b
Examples:
  redline keys status
  redline keys rewrap"""
)
def keys() -> None:
    """Keys that seal at rest what the pipeline keeps for itself of documents.

    Each version has a data key of its own, which is stored as wrapped alone: by the key of the root, or by a key of
    Cloud KMS (docs/encryption.md).
    """


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

    No document is touched. The pipeline may run meanwhile: what it cannot open for a moment, having the other key,
    waits and is tried again. In the end what was wrapped before is removed for good, so that the old key opens nothing
    any more. When this is interrupted, run it again: what is done is skipped. Exit status 1 when neither key unwraps
    one of them.
    """
    parts = known_parts(root)
    now = _wrapper(parts)
    if file and kms:
        raise click.UsageError("Give --from-key-file or --from-kms, whichever wrapped them until now.")
    before = _former(file, kms, region or parts.settings.region) or now
    with progress_bar("wrapping keys") as progress:
        found = rewrap_all(_records(parts), before=before, after=now, progress=progress)
    click.echo(f"Data keys wrapped anew: {found.done:,}; already so: {found.before:,}.")
    if found.lost:
        click.echo(
            f"{found.lost:,} are unwrapped by neither key; redline keys status names those that wrapped them.", err=True
        )
        sys.exit(1)


@keys.command(
    epilog="""\b
Examples:
  redline keys status
  REDLINE_BACKEND=google redline keys status"""
)
@root_option
def status(root: Path) -> None:
    """Show which key, and which version of it, wraps how many data keys.

    What the settings name now wraps what is new. While any other key is listed it is still needed: wrap anew what it
    wraps by `redline keys rewrap` before it is destroyed.
    """
    parts = known_parts(root)
    current = in_use(_wrapper(parts))
    found = wrapped_by(_records(parts))
    shown = tables.table("key", ">data keys", "~")
    for key in sorted({current, *found}):
        shown.add_row(tables.plain(key), f"{found[key]:,}", "wraps what is new" if key == current else "")
    tables.console().print(shown)


def _wrapper(parts: Services) -> KeyWrapper:
    if parts.key_wrapper is None:
        raise Refusal("Nothing is sealed here: the variable REDLINE_WRAPPING_KEY is not set.")
    return parts.key_wrapper()


def _records(parts: Services) -> KeyRecords:
    return KeyRecords(parts.blobs, parts.settings.records_bucket)


def _former(file: Path | None, kms: str | None, region: str) -> KeyWrapper | None:
    if file:
        return LocalKeyWrapper(load_key(file), region=region)
    return kms_wrapper(KmsSettings(wrapping_key=kms), region) if kms else None
