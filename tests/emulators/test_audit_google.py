"""The audit trail in BigQuery: what has no counterpart on a laptop."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from google.cloud import bigquery as api

from backends.audit.answers import QueryRefused
from backends.audit.google import TABLE, GoogleAuditLog, connect, connect_writer
from backends.audit.google_admin import migrate
from backends.audit.google_sql import in_dataset
from backends.audit.named import named_queries
from backends.errors import BackendUnavailable
from backends.guard import Guard
from tests.contract.rows import START, row
from tests.emulators.bigquery import DATASET, BigQuery
from tests.emulators.process import free_port


def test_a_second_migration_changes_nothing_and_an_older_table_gains_columns(bigquery: BigQuery) -> None:
    project = bigquery.new_project()
    client, guard = connect(project, emulator=bigquery.url), Guard("bigquery")
    bigquery.trail(project).append([row("a")])
    assert migrate(client, DATASET, guard=guard) == []
    assert [each.event_id for each in bigquery.trail(project).rows()] == ["a"]
    table = client.get_table(f"{project}.{DATASET}.{TABLE}")
    assert table.time_partitioning.field == "event_day"
    older = api.Table(f"{project}.older.{TABLE}", schema=[each for each in table.schema if each.name != "trace_id"])
    client.create_dataset("older")
    client.create_table(older)
    assert migrate(client, "older", guard=guard) == ["added the column trace_id", "made the view older.events"]
    assert "trace_id" in {each.name for each in client.get_table(older.reference).schema}


def test_what_guards_the_trail_is_said_where_there_are_no_seals(bigquery: BigQuery) -> None:
    with pytest.raises(QueryRefused, match="can only append"):
        bigquery.trail(bigquery.new_project()).verify()


def test_an_answer_becomes_a_parquet_file(bigquery: BigQuery, tmp_path: Path) -> None:
    log = bigquery.trail(bigquery.new_project())
    log.append([row("a"), row("b", seconds=1)])
    log.export("SELECT event_id, event_time FROM audit.events ORDER BY event_id", {}, tmp_path / "answer.parquet")
    found = duckdb.read_parquet(str(tmp_path / "answer.parquet")).fetchall()
    assert [(name, moment.timestamp()) for name, moment in found] == [
        ("a", START.timestamp()),
        ("b", START.timestamp()),
    ]


def test_a_question_that_cannot_be_answered_is_refused_in_words(bigquery: BigQuery) -> None:
    log = bigquery.trail(bigquery.new_project())
    with pytest.raises(QueryRefused), log.query("SELECT nothing_such FROM audit.events", {}):
        pass


def test_chains_are_whole_as_the_query_for_gaps_sees_them(bigquery: BigQuery) -> None:
    log = bigquery.trail(bigquery.new_project())
    for number in range(3):
        log.append([row(f"{number}-{part}", seconds=number) for part in range(2)])
    query = named_queries()["gaps"]
    given = {each.name: each.value(each.default) for each in query.parameters if each.default is not None}
    with log.query(query.sql, given) as answer:
        assert list(answer.rows) == []


def test_nobody_there_is_unavailable(bigquery: BigQuery, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backends.audit.google.CALL_WITHIN", 0.5)
    nobody = connect_writer(emulator=f"127.0.0.1:{free_port()}")
    log = GoogleAuditLog(connect("p", emulator=bigquery.url), nobody, DATASET, guard=Guard("bigquery"))
    with pytest.raises(BackendUnavailable):
        log.append([row("a")])


def test_only_names_of_tables_are_replaced() -> None:
    sql = "SELECT 'audit.events' -- audit.events\nFROM audit.events_raw"
    assert in_dataset(sql, "home") == "SELECT 'audit.events' -- audit.events\nFROM `home`.events_raw"
