"""Makes the dataset, table and views of the audit trail in BigQuery, and brings older ones up to date.

Safe to run at any time and any number of times: it adds what is missing, and never drops or empties anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from google.api_core import exceptions
from google.cloud import bigquery

from backends.audit.google import TABLE
from backends.audit.google_sql import ACCESS_LOG, in_dataset
from backends.audit.named import view
from backends.google import TRY_WITHIN, reaching, retry
from backends.guard import Guard
from schemas.audit import AuditRow
from schemas.bigquery import table_schema

_RETRY: Final = retry()
_STANDARD: Final = {"INT64": "INTEGER", "FLOAT64": "FLOAT", "BOOL": "BOOLEAN"}
"""Names of types in GoogleSQL, and the older ones that the API answers with."""
CLUSTERING: Final = ("tenant", "document_id", "event_type", "event_id")


class MigrationRefused(Exception):  # noqa: N818 - what happened to it
    """What is there does not fit and is left as it is; the message says what."""


def migrate(client: bigquery.Client, dataset: str, *, guard: Guard, location: str = "", access: str = "") -> list[str]:
    """What was made or added, in sentences; nothing where all was there. Raises BackendUnavailable, MigrationRefused.

    `access` is the dataset that the buckets' audit logs go to.
    """
    home = f"{client.project}.{dataset}"
    with reaching(guard), _in_words():
        done = [*_dataset(client, dataset, location), *_table(client, dataset)]
        done += _view(client, dataset, "events", in_dataset(view("events"), home))
        if access and _exists(client, access, ACCESS_LOG):
            sql = in_dataset(view("access"), home, f"{client.project}.{access}")
            done += _view(client, dataset, "access", sql)
        elif access:
            done.append(f"no view {dataset}.access yet: nothing was logged to {access}; run this again when there was")
        return done


@contextmanager
def _in_words() -> Iterator[None]:
    """What BigQuery cannot do as asked: a location or a dataset that is not there, a log table of another form."""
    try:
        yield
    except (exceptions.BadRequest, exceptions.NotFound, exceptions.Conflict) as error:
        raise MigrationRefused(f"BigQuery refuses: {error.message}") from error


def _dataset(client: bigquery.Client, name: str, location: str) -> list[str]:
    if any(found.dataset_id == name for found in client.list_datasets()):
        return []
    wanted = bigquery.Dataset(f"{client.project}.{name}")
    if location:
        wanted.location = location
    client.create_dataset(wanted, exists_ok=True, retry=_RETRY, timeout=TRY_WITHIN)
    return [f"made the dataset {name}"]


def _table(client: bigquery.Client, dataset: str) -> list[str]:
    columns = [bigquery.SchemaField.from_api_repr(column) for column in table_schema(AuditRow)]
    if not _exists(client, dataset, TABLE):
        wanted = bigquery.Table(f"{client.project}.{dataset}.{TABLE}", schema=columns)
        wanted.time_partitioning = bigquery.TimePartitioning(field="event_day")
        wanted.clustering_fields = list(CLUSTERING)
        client.create_table(wanted, exists_ok=True, retry=_RETRY, timeout=TRY_WITHIN)
        return [f"made the table {dataset}.{TABLE}"]
    table = client.get_table(f"{client.project}.{dataset}.{TABLE}")
    there = {column.name: column for column in table.schema}
    _check_additions(there, columns)
    missing = [column for column in columns if column.name not in there]
    if missing:
        added = [bigquery.SchemaField(each.name, each.field_type, description=each.description) for each in missing]
        table.schema = [*table.schema, *added]  # NULLABLE: rows that are there have no value in them
        client.update_table(table, ["schema"], retry=_RETRY, timeout=TRY_WITHIN)
    return [f"added the column {column.name}" for column in missing]


def _check_additions(there: Mapping[str, bigquery.SchemaField], wanted: Sequence[bigquery.SchemaField]) -> None:
    for column in wanted:
        found = there.get(column.name, column)
        kind = _STANDARD.get(found.field_type, found.field_type)
        if kind != column.field_type or (found.mode == "REQUIRED" and column.mode != "REQUIRED"):
            raise MigrationRefused(
                f"The column {column.name} is {found.mode} {kind} and would have to become {column.mode} "
                f"{column.field_type}. Columns are only added: make a new dataset, and copy what is to be kept."
            )


def _view(client: bigquery.Client, dataset: str, name: str, sql: str) -> list[str]:
    if not _exists(client, dataset, name):
        wanted = bigquery.Table(f"{client.project}.{dataset}.{name}")
        wanted.view_query = sql
        client.create_table(wanted, exists_ok=True, retry=_RETRY, timeout=TRY_WITHIN)
        return [f"made the view {dataset}.{name}"]
    there = client.get_table(f"{client.project}.{dataset}.{name}")
    if there.table_type != "VIEW":
        raise MigrationRefused(
            f"{dataset}.{name} is a {there.table_type.lower()} and would have to be a view; rename it."
        )
    there.view_query = sql  # not compared first: what comes back may be spelled otherwise
    client.update_table(there, ["view_query"], retry=_RETRY, timeout=TRY_WITHIN)
    return []


def _exists(client: bigquery.Client, dataset: str, name: str) -> bool:
    return any(found.table_id == name for found in client.list_tables(f"{client.project}.{dataset}"))
