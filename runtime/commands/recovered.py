"""redline recovered: whether a recovered copy holds what the audit trail says was written."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from functools import partial
from pathlib import Path

import click

from functions.records import Records
from runtime import recovery
from runtime.commands.audit_verify import progress_bar
from runtime.commands.common import known_parts, root_option
from runtime.composition import Services


@click.command(
    epilog="""\b
Examples:
  redline recovered --root /mnt/restored
  redline recovered --json | jq -r .object
  REDLINE_BACKEND=google redline recovered""",
)
@root_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line for what is lost.")
def recovered(root: Path, as_json: bool) -> None:
    """Check a recovered copy: read every object that the audit trail names, and compare its SHA-256.

    What was erased since is not looked for. Verify the trail itself first: redline audit verify. Exit status 1 when an
    object is missing or different; the trail tells which event wrote it.
    """
    parts = known_parts(root)
    wanted = recovery.recorded(parts.audit.rows(), partial(_upload, parts))
    with progress_bar("reading objects") as progress:
        found = list(recovery.lost(wanted, parts.blobs, progress))
    for each in found:
        place = f"{each.bucket}/{each.object}#{each.generation}"
        click.echo(json.dumps(asdict(each)) if as_json else f"{each.why}: {place} (event {each.event_id})")
    if not as_json:
        click.echo(f"{len(wanted) - len(found):,} of {len(wanted):,} recorded objects are as they were written.")
    if found:
        sys.exit(1)


def _upload(parts: Services, document_id: str) -> tuple[str, str]:
    """Bucket and name of a document's uploads; where its path record is lost too, the bucket and the id."""
    settings = parts.settings
    about = {"tenant": settings.tenant, "region": settings.region, "document_id": document_id}
    return settings.uploads_bucket, Records(parts.blobs, settings.records_bucket, **about).path() or document_id
