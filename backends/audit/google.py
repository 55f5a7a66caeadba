"""The audit trail in BigQuery: rows come by the Storage Write API, questions are query jobs.

The writer has the right to append, and none to read, change or delete; that, the table's history of seven days and
Google's own audit logs guard the rows here. The chain of hashes is written as on a laptop, for the query `gaps`.
"""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final, NoReturn

import grpc
from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import bigquery
from google.cloud.bigquery_storage_v1 import BigQueryWriteClient
from google.cloud.bigquery_storage_v1.services.big_query_write.transports import BigQueryWriteGrpcTransport
from google.cloud.bigquery_storage_v1.types import AppendRowsRequest, ProtoRows
from requests import RequestException

from backends.audit.answers import Answer, Parameters, Progress, QueryRefused
from backends.audit.chain import chained
from backends.audit.commits import GroupCommit
from backends.audit.google_rows import encoded, writer_schema
from backends.audit.verify import Report
from backends.errors import BackendUnavailable
from backends.google import (
    FIRST_PAUSE,
    GROWTH,
    LONGEST_PAUSE,
    TRANSIENT,
    TRY_WITHIN,
    channel,
    identified,
    reaching,
    retry,
)
from backends.guard import Guard
from schemas.audit import AuditRow

TABLE: Final = "events_raw"
MOST_BYTES: Final = 8 << 20
"""Of rows in one append; the limit is 10 MB with the framing (BigQuery's quotas, "Storage Write API")."""
APPEND_WITHIN: Final = 20.0
"""Seconds that an append may take with all its tries. Whoever comes during one waits for that and for the next, and is
still answered within the minute that the audit function has."""
QUERY_WITHIN: Final = 300.0
"""Seconds that a query may take."""
_RETRY: Final = retry()
_TYPES: Final = {bool: "BOOL", int: "INT64", float: "FLOAT64", str: "STRING", datetime: "TIMESTAMP", date: "DATE"}


class RowRefused(Exception):  # noqa: N818 - what happened to it
    """BigQuery cannot take a row; none of those that came with it is in the trail."""


class GoogleAuditLog:
    """AuditLog in a dataset of BigQuery; may be shared between threads, not with processes that are forked later.

    The table and the views must exist (`google_admin.migrate`, or Terraform).
    """

    def __init__(
        self,
        client: bigquery.Client,
        writer: BigQueryWriteClient,
        dataset: str,
        *,
        guard: Guard,
        most_bytes: int = 100 << 30,
    ) -> None:
        """The clients come from `connect` and `connect_writer`. A query that reads `most_bytes` or more is refused."""
        self._client = client
        self._writer = writer
        self._dataset = dataset
        self._guard = guard
        self._most_bytes = most_bytes
        self._stream = f"projects/{client.project}/datasets/{dataset}/tables/{TABLE}/streams/_default"
        self._commits = GroupCommit(self._commit)
        self._begin_chain()

    def append(self, rows: Sequence[AuditRow]) -> None:
        """Add the rows, durable on return, with their chain hashes filled in; who appends at once shares a request.

        Raises BackendUnavailable; then some may be in the trail, and appending them again adds them twice. RowRefused.
        """
        if rows:
            self._commits.add(rows)

    def rows(self, *, document_id: str | None = None) -> Iterator[AuditRow]:
        """One row per event, in the order of recording. Raises BackendUnavailable, QueryRefused."""
        where, parameters = ("WHERE document_id = @document", {"document": document_id}) if document_id else ("", {})
        sql = f"SELECT * FROM audit.events {where} ORDER BY recorded_at, segment, position"  # noqa: S608
        with self.query(sql, parameters) as answer:
            for row in answer.rows:
                yield AuditRow.model_validate(dict(zip(answer.columns, row, strict=True)))

    @contextmanager
    def query(self, sql: str, parameters: Parameters, progress: Progress | None = None) -> Iterator[Answer]:
        """The answer to BigQuery SQL. Raises QueryRefused, also when it would read too much; BackendUnavailable."""
        found = self._ask(sql, parameters)
        yield Answer(tuple(field.name for field in found.schema), (row.values() for row in self._pages(found)))

    def export(self, sql: str, parameters: Parameters, file: Path, progress: Progress | None = None) -> None:
        """Write the answer to BigQuery SQL to a Parquet file. Raises QueryRefused, BackendUnavailable."""
        from backends.audit.google_sql import parquet_of

        found = self._ask(sql, parameters)
        kinds = {field.name: field.field_type for field in found.schema}
        parquet_of(kinds, (row.values() for row in self._pages(found)), file)

    def verify(
        self,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
        note: bytes | None = None,
        progress: Progress | None = None,
    ) -> Report:
        """Raises QueryRefused: there are no seals here."""
        _refuse_seals()

    def note(self, report: Report) -> bytes:
        """Raises QueryRefused: there are no heads here."""
        _refuse_seals()

    def _commit(self, rows: Sequence[AuditRow]) -> None:
        give_up, left = time.monotonic() + APPEND_WITHIN, rows
        while left:
            with self._reaching(), self._table_is_there():
                self._append_within(give_up, batch := _first_batch(left))
            left = left[len(batch) :]

    @contextmanager
    def _table_is_there(self) -> Iterator[None]:
        """A table that is not there, or has not every column yet, says nothing about the rows: they wait for it."""
        try:
            yield
        except (exceptions.NotFound, exceptions.FailedPrecondition, exceptions.InvalidArgument) as error:
            raise BackendUnavailable(
                f"The table {self._dataset}.{TABLE} is not there, or not as this release needs it; "
                "mend it with: redline audit migrate"
            ) from error

    def _begin_chain(self) -> None:
        self._segment, self._count, self._last_hash = f"bigquery-{secrets.token_hex(8)}", 0, ""

    def _append_within(self, give_up: float, rows: Sequence[AuditRow]) -> None:
        """Append, and try again as `backends.google` says.

        What a try without an answer left in the table is unknown. So the next one begins a chain of its own: rows that
        come twice then differ in their place only, and readers keep one of them.
        """
        pause = FIRST_PAUSE
        while True:
            try:
                self._append_once(rows, min(TRY_WITHIN, give_up - time.monotonic()))
                return
            except BaseException as error:
                self._begin_chain()
                wait = random.uniform(0, pause)  # noqa: S311 - jitter
                if not isinstance(error, TRANSIENT) or time.monotonic() + wait > give_up:
                    raise
                time.sleep(wait)
                pause = min(pause * GROWTH, LONGEST_PAUSE)

    def _append_once(self, rows: Sequence[AuditRow], within: float) -> None:
        count, last_hash, lines = self._count, self._last_hash, []
        for row in rows:
            count += 1
            facts = chained(_with_day(row), segment=self._segment, position=count, previous_hash=last_hash)
            last_hash = facts["row_hash"]
            lines.append(encoded(facts))
        data = AppendRowsRequest.ProtoData(writer_schema=writer_schema(), rows=ProtoRows(serialized_rows=lines))
        request = AppendRowsRequest(write_stream=self._stream, proto_rows=data)
        for answer in self._writer.append_rows(iter([request]), retry=None, timeout=within):
            if answer.row_errors:
                raise RowRefused(answer.row_errors[0].message)
            if answer.error.code:
                raise exceptions.from_grpc_status(grpc_code(answer.error.code), answer.error.message)
            self._count, self._last_hash = count, last_hash
            return
        raise exceptions.Unknown("the stream ended without an answer")

    def _ask(self, sql: str, parameters: Parameters) -> Any:
        """The rows that a query found, after a dry run has told what it would read."""
        from backends.audit.google_sql import check_one_select, in_dataset  # sqlglot, which no function needs

        given = [bigquery.ScalarQueryParameter(name, _TYPES[type(value)], value) for name, value in parameters.items()]
        check_one_select(sql)
        text = in_dataset(sql, self._dataset)
        try:
            with self._reaching():
                asked = bigquery.QueryJobConfig(query_parameters=given, dry_run=True, use_query_cache=False)
                self._check(self._client.query(text, asked, retry=_RETRY, job_retry=None, timeout=TRY_WITHIN))
                asked = bigquery.QueryJobConfig(query_parameters=given, maximum_bytes_billed=self._most_bytes)
                job = self._client.query(text, asked, retry=_RETRY, job_retry=None, timeout=TRY_WITHIN)
                return job.result(retry=_RETRY, job_retry=None, timeout=QUERY_WITHIN)
        except exceptions.NotFound as error:
            raise QueryRefused(
                f"{error.message} Where the table was never made, make it with: redline audit migrate"
            ) from None
        except exceptions.BadRequest as error:
            raise QueryRefused(f"BigQuery cannot answer this: {error.message}") from None

    def _check(self, dry: bigquery.QueryJob) -> None:
        if dry.statement_type not in (None, "SELECT"):
            raise QueryRefused(f"Only a SELECT is answered, not {dry.statement_type}.")
        if (dry.total_bytes_processed or 0) > self._most_bytes:
            raise QueryRefused(
                f"The query would read {dry.total_bytes_processed:,} bytes; the limit is {self._most_bytes:,}. "
                "Select fewer columns, or fewer days by event_day."
            )

    def _pages(self, found: Any) -> Iterator[Any]:
        """Rows of all pages; each page is a call."""
        pages = iter(found.pages)
        while True:
            with self._reaching():
                page = next(pages, None)
            if page is None:
                return
            yield from page

    def _reaching(self) -> Any:
        return reaching(self._guard, RequestException, grpc.RpcError)


def connect(project: str, *, emulator: str = "") -> bigquery.Client:
    """A client for queries; `emulator` is the URL of one. Raises BackendUnavailable without credentials."""
    if emulator:
        return bigquery.Client(project, credentials=AnonymousCredentials(), client_options={"api_endpoint": emulator})
    with identified():
        return bigquery.Client(project)


def connect_writer(*, emulator: str = "") -> BigQueryWriteClient:
    """A client for appending; `emulator` is host:port of one's gRPC. Raises BackendUnavailable without credentials."""
    made = channel(BigQueryWriteGrpcTransport.create_channel, emulator)
    with identified():
        return BigQueryWriteClient(transport=BigQueryWriteGrpcTransport(channel=made))


def grpc_code(number: int) -> grpc.StatusCode:
    """The status of gRPC with this number."""
    return next(code for code in grpc.StatusCode if code.value[0] == number)


def _with_day(row: AuditRow) -> AuditRow:
    """The row in its partition: a row without a day is of the day of its event."""
    return row if row.event_day else row.model_copy(update={"event_day": row.event_time.astimezone(UTC).date()})


def _first_batch(rows: Sequence[AuditRow]) -> Sequence[AuditRow]:
    """As many of the first rows as one append takes, one at least."""
    size = 0
    for number, row in enumerate(rows):
        size += len(row.model_dump_json().encode()) + 512  # the chain's columns
        if size > MOST_BYTES and number:
            return rows[:number]
    return rows


def _refuse_seals() -> NoReturn:
    raise QueryRefused(
        "In BigQuery there are no seals to verify: the account that writes can only append, the table's history goes "
        "back seven days, and Cloud Audit Logs name whoever changed it. The query gaps finds rows that are missing."
    )
