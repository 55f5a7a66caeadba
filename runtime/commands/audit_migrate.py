"""redline audit migrate: make the table and views of the trail in BigQuery, or bring them up to this release."""

from __future__ import annotations

import click

from backends.errors import BackendUnavailable
from backends.guard import Guard
from runtime.commands.files import Refusal
from runtime.settings import GoogleSettings, Settings


@click.command(
    "audit migrate",
    epilog="""\b
Example:
  REDLINE_BACKEND=google REDLINE_PROJECT=p REDLINE_AUDIT_DATASET=eu_audit redline audit migrate --access eu_access""",
)
@click.option("--location", default="", metavar="REGION", help="Where to make the dataset if there is none.")
@click.option("--access", default="", metavar="DATASET", help="Where the buckets' Cloud Audit Logs go: audit.access.")
def migrate(location: str, access: str) -> None:
    """Make the table and views of the audit trail in BigQuery, or bring those of an older release up to date.

    Columns are added, and nothing is ever dropped, emptied or changed; where that would be needed, nothing is done and
    it is said which column. Safe to run twice, and while rows are written. Run it before a new release is deployed.
    """
    if Settings().backend != "google":
        raise Refusal("The trail below the root needs no migration; this is for REDLINE_BACKEND=google.")
    google = GoogleSettings()
    if not google.audit_dataset:
        raise Refusal("Name the dataset: the variable REDLINE_AUDIT_DATASET is not set.")
    for done in _migrated(google, location, access) or ["nothing to do: all is there"]:
        click.echo(done)


def _migrated(google: GoogleSettings, location: str, access: str) -> list[str]:
    try:
        from backends.audit.google import connect
        from backends.audit.google_admin import MigrationRefused, migrate
    except ModuleNotFoundError as error:
        raise BackendUnavailable("For REDLINE_BACKEND=google install more: pip install 'redline[google]'.") from error
    client, guard = connect(google.project, emulator=google.bigquery_emulator), Guard("bigquery.googleapis.com")
    try:
        return migrate(client, google.audit_dataset, guard=guard, location=location, access=access)
    except MigrationRefused as refused:
        raise Refusal(str(refused)) from None
