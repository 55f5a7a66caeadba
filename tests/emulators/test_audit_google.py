"""The audit trail in BigQuery: what has no counterpart on a laptop."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from google.cloud import bigquery as api
from requests import Response

from backends.audit.answers import QueryRefused
from backends.audit.google import TABLE, GoogleAuditLog, connect, connect_writer
from backends.audit.google_admin import migrate
from backends.audit.google_sql import check_one_select, in_dataset
from backends.audit.named import named_queries
from backends.audit.walk import EVER
from backends.errors import BackendUnavailable
from backends.guard import Guard
from tests.contract.rows import START, row
from tests.emulators.bigquery import DATASET, BigQuery
from tests.emulators.gateway import gateway
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
    monkeypatch.setattr("backends.audit.google.APPEND_WITHIN", 0.5)
    nobody = connect_writer(emulator=f"127.0.0.1:{free_port()}")
    log = GoogleAuditLog(connect("p", emulator=bigquery.url), nobody, DATASET, guard=Guard("bigquery"))
    with pytest.raises(BackendUnavailable):
        log.append([row("a")])


def test_a_table_that_is_not_there_says_nothing_about_the_rows(bigquery: BigQuery) -> None:
    with pytest.raises(BackendUnavailable, match="redline audit migrate"):
        bigquery.trail("redline-never-made").append([row("a")])


def test_threads_that_append_at_once_share_a_request(bigquery: BigQuery) -> None:
    with gateway(int(bigquery.grpc.rpartition(":")[2])) as way:
        project = bigquery.new_project()
        log = replace(bigquery, grpc=way.host).trail(project)
        log.append([row("first")])
        way.delay = 0.2
        with ThreadPoolExecutor(20) as pool:
            list(pool.map(lambda number: log.append([row(str(number), seconds=number)]), range(20)))
    with log.query("SELECT event_id, segment, position FROM audit.events_raw ORDER BY position", {}) as answer:
        rows = list(answer.rows)
    assert {each[0] for each in rows} == {"first", *map(str, range(20))}
    assert [each[2] for each in rows] == list(range(1, 22)), "one chain, whoever appended"


def test_an_answer_that_was_lost_leaves_rows_twice_and_chains_whole(
    bigquery: BigQuery, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backends.audit.google.TRY_WITHIN", 0.5)
    with gateway(int(bigquery.grpc.rpartition(":")[2])) as way:
        log = replace(bigquery, grpc=way.host).trail(bigquery.new_project())
        log.append([row("a")])
        way.delay = 1.0  # the rows arrive, and when the answer does nobody waits for it any more
        threading.Timer(1.2, lambda: setattr(way, "delay", 0.0)).start()
        log.append([row("b", seconds=1)])
    assert [each.event_id for each in log.rows()] == ["a", "b"]
    with log.query("SELECT COUNT(*) FROM audit.events_raw", {}) as answer:
        assert next(answer.rows)[0] > 2
    with log.query(named_queries()["gaps"].sql, {"since": EVER[0], "until": EVER[1]}) as answer:
        assert list(answer.rows) == []


def test_what_would_read_too_much_is_refused_before_it_is_run(bigquery: BigQuery) -> None:
    asked: list[dict[str, Any]] = []

    def told(answer: Response, **_: object) -> Response:
        """The emulator tells of 0 bytes; BigQuery tells what a query would read."""
        if answer.request.body:
            asked.append(json.loads(answer.request.body)["configuration"])
        answer._content = answer.content.replace(b'"totalBytesProcessed":"0"', b'"totalBytesProcessed":"4096"')
        return answer

    client = connect(bigquery.new_project(), emulator=bigquery.url)
    client._http.hooks["response"].append(told)
    logs = {
        limit: GoogleAuditLog(
            client, connect_writer(emulator=bigquery.grpc), DATASET, guard=Guard("bigquery"), most_bytes=limit
        )
        for limit in (4095, 4096)
    }
    sql = "SELECT event_id FROM audit.events"
    with pytest.raises(QueryRefused, match=r"read 4,096 bytes; the limit is 4,095\. .*event_day"):
        logs[4095].query(sql, {}).__enter__()
    assert [each.get("dryRun") for each in asked] == [True]
    with logs[4096].query(sql, {}) as answer:
        assert list(answer.rows) == []
    assert asked[-1]["query"]["maximumBytesBilled"] == "4096"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT ';' AS a; -- the end",
        "WITH a AS (SELECT 1 AS b) SELECT b FROM a",
        "(SELECT 1) UNION ALL (SELECT 2)",
        "FROM audit.events |> SELECT event_id",
    ],
)
def test_a_select_has_many_beginnings(sql: str) -> None:
    check_one_select(sql)


@pytest.mark.parametrize(
    "sql", ["", "SELECT 1; SELECT 2", "BEGIN SELECT 1; END", "CALL x()", "EXPORT DATA AS SELECT 1"]
)
def test_what_is_no_select_is_refused_before_bigquery_sees_it(sql: str) -> None:
    with pytest.raises(QueryRefused, match="SELECT"):
        check_one_select(sql)


def test_only_names_of_tables_are_replaced() -> None:
    sql = "SELECT 'audit.events' -- audit.events\nFROM audit.events_raw"
    assert in_dataset(sql, "home") == "SELECT 'audit.events' -- audit.events\nFROM `home`.events_raw"
