"""BigQuery's SQL means in DuckDB what it means in BigQuery, and nothing but a question about the trail gets through."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from backends.audit.answers import QueryRefused
from backends.audit.embedded import EmbeddedAuditLog
from backends.audit.translate import to_duckdb
from schemas.audit import AuditRow
from tests.contract.rows import row

ROW = row("a", message="Été").model_copy(
    update={
        "event_time": datetime(2026, 1, 31, 23, 59, 59, 900_000, UTC),
        "event_day": date(2026, 1, 31),
        "DATE_SUB(event_day, INTERVAL 1 DAY)": date(2026, 1, 30),
        "DATE_ADD(event_day, INTERVAL 1 MONTH)": date(2026, 2, 28),
        "DATE_TRUNC(event_day, MONTH)": date(2026, 1, 1),
        "FORMAT_DATE('%Y%m', event_day)": "202601",
        "LAST_DAY(DATE '2026-02-04')": date(2026, 2, 28),
        "EXTRACT(ISOWEEK FROM event_day)": 5,
        "event_time + INTERVAL 100 MILLISECOND": datetime(2026, 2, 1, tzinfo=UTC),
        "event_time BETWEEN '2026-01-01' AND '2026-02-01'": True,
        "emitted_at": datetime(2026, 2, 1, 0, 0, 0, 100_000, UTC),
        "generation": 1_769_904_000_123_456,
        "inputs": {"before": {"sha256": "b" * 64, "size": 12}, "odd name": {"x.y": "z"}},
        "details": {"items": [{"code": "one"}, {"code": "two"}], "whole": True, "words": 7, "none": None},
    }
)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedAuditLog]:
    made = EmbeddedAuditLog(tmp_path_factory.mktemp("trail"), lambda: datetime.now(UTC), b"k" * 32)
    made.append([ROW])
    yield made
    made.close()


def value(log: EmbeddedAuditLog, expression: str) -> object:
    with log.query(f"SELECT {expression} FROM audit.events AS e", {}) as answer:
        [[found]] = answer.rows
    return found


MEANS: dict[str, object] = {
    # whole units, not boundaries
    "TIMESTAMP_DIFF(emitted_at, event_time, MILLISECOND)": 200,
    "TIMESTAMP_DIFF(emitted_at, event_time, SECOND)": 0,
    "TIMESTAMP_DIFF(emitted_at, event_time, DAY)": 0,
    "TIMESTAMP_DIFF(event_time, emitted_at, SECOND)": 0,
    "DATE_DIFF(DATE(emitted_at), DATE(event_time), DAY)": 1,
    "DATE_DIFF(DATE '2026-02-01', DATE '2026-01-31', WEEK)": 1,
    # moments
    "event_time": datetime(2026, 1, 31, 23, 59, 59, 900_000, UTC),
    "TIMESTAMP_TRUNC(event_time, HOUR)": datetime(2026, 1, 31, 23, tzinfo=UTC),
    "TIMESTAMP_TRUNC(event_time, DAY)": datetime(2026, 1, 31, tzinfo=UTC),
    "TIMESTAMP_ADD(event_time, INTERVAL 100 MILLISECOND)": datetime(2026, 2, 1, tzinfo=UTC),
    "TIMESTAMP_SUB(TIMESTAMP '2026-03-01', INTERVAL 1 DAY)": datetime(2026, 2, 28, tzinfo=UTC),
    "TIMESTAMP_MICROS(generation)": datetime(2026, 2, 1, 0, 0, 0, 123_456, UTC),
    "TIMESTAMP_DIFF(TIMESTAMP_MICROS(generation), event_time, MILLISECOND)": 223,
    "DATE_ADD(DATE_SUB(event_day, INTERVAL 1 DAY), INTERVAL 1 DAY)": date(2026, 1, 31),
    "TIMESTAMP_SECONDS(86400)": datetime(1970, 1, 2, tzinfo=UTC),
    "PARSE_TIMESTAMP('%Y-%m-%d', '2026-05-06')": datetime(2026, 5, 6, tzinfo=UTC),
    "TIMESTAMP('2026-01-01 12:00:00+02')": datetime(2026, 1, 1, 10, tzinfo=UTC),
    "UNIX_SECONDS(TIMESTAMP '1970-01-02')": 86400,
    "UNIX_MICROS(TIMESTAMP '1970-01-01 00:00:01')": 1_000_000,
    "FORMAT_TIMESTAMP('%Y-%m-%d %H:%M', event_time)": "2026-01-31 23:59",
    "EXTRACT(YEAR FROM event_time)": 2026,
    "EXTRACT(DAYOFWEEK FROM DATE '2026-02-01')": 1,
    "DATE(event_time)": date(2026, 1, 31),
    "DATE_TRUNC(DATE '2026-02-04', WEEK)": date(2026, 2, 1),
    "DATE_TRUNC(DATE '2026-02-04', MONTH)": date(2026, 2, 1),
    "event_day": date(2026, 1, 31),
    # JSON
    "inputs": ROW.inputs,
    "inputs.before.sha256": "b" * 64,
    "e.inputs.before.size": 12,
    "STRING(inputs.before.sha256)": "b" * 64,
    "INT64(details.words) + 1": 8,
    "details.items[1].code": "two",
    "details.items": [{"code": "one"}, {"code": "two"}],
    "details.missing.deeper": None,
    "inputs['odd name']": {"x.y": "z"},
    "JSON_VALUE(inputs, '$.before.size')": "12",
    "JSON_VALUE(inputs, '$.before')": None,
    "JSON_VALUE(details, '$.whole')": "true",
    "JSON_VALUE(details.items[0], '$.code')": "one",
    "JSON_QUERY(inputs, '$.before')": {"sha256": "b" * 64, "size": 12},
    "ARRAY_LENGTH(JSON_QUERY_ARRAY(details, '$.items'))": 2,
    "outputs": None,
    # numbers, text, lists
    "7 / 2": 3.5,
    "DIV(7, 2)": 3,
    "MOD(7, 2)": 1,
    "SAFE_DIVIDE(1, 0)": None,
    "SAFE_CAST('x' AS INT64)": None,
    "ROUND(2.345, 2)": 2.35,
    "1.5 + 1": 2.5,
    "CAST(2.6 AS INT64)": 3,
    "DIV(-7, 2)": -3,
    "MOD(-7, 2)": -1,
    "GREATEST(1, NULL)": None,
    "CAST('12' AS INT64)": 12,
    "UPPER(message)": "ÉTÉ",
    "LENGTH(message)": 3,
    "SUBSTR('abc', 2)": "bc",
    "SUBSTR('abc', -2)": "bc",
    "STRPOS('abc', 'c')": 3,
    "SPLIT('a.b', '.')[OFFSET(1)]": "b",
    "SPLIT('a.b', '.')[SAFE_OFFSET(5)]": None,
    "CONCAT('a', 'b')": "ab",
    "CONCAT('a', NULL)": None,
    "'a' || NULL": None,
    "'a' LIKE 'A%'": False,
    "SUBSTR('abc', 0)": "abc",
    "SPLIT('a,b')[OFFSET(1)]": "b",
    "REGEXP_CONTAINS('a1', r'\\d')": True,
    "REGEXP_EXTRACT('a1b', r'\\d')": "1",
    "REGEXP_REPLACE('a1b2', r'\\d', '')": "ab",
    "STARTS_WITH('abc', 'ab')": True,
    "IFNULL(NULL, 'x')": "x",
    "NULLIF('', '')": None,
    "IF(1 = 1, 'y', 'n')": "y",
    "COALESCE(NULL, 2)": 2,
    "TO_HEX(SHA256('a'))": hashlib.sha256(b"a").hexdigest(),
    "[1, 2][OFFSET(0)]": 1,
    "ARRAY_TO_STRING(['a', 'b'], ', ')": "a, b",
    "(SELECT SUM(x) FROM UNNEST([1, 2, 3]) AS x)": 6,
    "(SELECT STRING_AGG(x, '+' ORDER BY x DESC) FROM UNNEST(['a', 'b']) AS x)": "b+a",
    "(SELECT COUNTIF(x > 1) FROM UNNEST([1, 2, 3]) AS x)": 2,
    "(SELECT LOGICAL_OR(x > 2) FROM UNNEST([1, 2, 3]) AS x)": True,
    "(SELECT APPROX_QUANTILES(x, 2)[OFFSET(1)] FROM UNNEST([1, 2, 3]) AS x)": 2,
    "(SELECT COUNT(DISTINCT x) FROM UNNEST(['a', 'a', NULL]) AS x)": 1,
    "(SELECT COUNT(*) FROM UNNEST(GENERATE_DATE_ARRAY('2026-01-01', '2026-01-05')) AS d)": 5,
    "(SELECT x FROM UNNEST([2, 1, NULL]) AS x ORDER BY x LIMIT 1)": None,
}


@pytest.mark.parametrize("expression", MEANS)
def test_an_expression_means_what_it_means_in_bigquery(log: EmbeddedAuditLog, expression: str) -> None:
    found = value(log, expression)
    assert found == MEANS[expression]
    assert type(found) is type(MEANS[expression])


def columns(log: EmbeddedAuditLog, sql: str) -> tuple[str, ...]:
    with log.query(sql, {}) as answer:
        return answer.columns


def test_columns_have_the_names_that_bigquery_gives_them(log: EmbeddedAuditLog) -> None:
    counts = "COUNT(*), MAX(attempt), MIN(attempt) AS least"
    sql = f"SELECT event_id, inputs.before.sha256, {counts} FROM audit.events GROUP BY 1, 2"
    assert columns(log, sql) == ("event_id", "sha256", "f0_", "f1_", "least")
    assert columns(log, "SELECT * FROM audit.events") == tuple(AuditRow.model_fields)
    assert columns(log, "SELECT * EXCEPT (inputs, outputs) FROM audit.events")[-1] == "row_hash"


TABLES = (
    "audit.events",
    "`audit.events`",
    "`audit`.`events`",
    "my-project.audit.events",
    "`my-project.audit.events`",
    "AUDIT.EVENTS",
    "(SELECT * FROM audit.events_raw)",
)


@pytest.mark.parametrize("table", TABLES)
def test_the_table_is_found_by_every_name_that_it_has_in_bigquery(log: EmbeddedAuditLog, table: str) -> None:
    with log.query(f"SELECT event_id FROM {table}", {}) as answer:
        assert list(answer.rows) == [("a",)]


QUESTIONS = (
    "WITH x AS (SELECT event_id FROM audit.events) SELECT * FROM x",
    "SELECT event_id FROM audit.events UNION ALL SELECT event_id FROM audit.events_raw",
    "SELECT event_id FROM audit.events QUALIFY ROW_NUMBER() OVER (PARTITION BY tenant ORDER BY event_time) = 1;",
    "SELECT event_id, LAG(event_id) OVER (ORDER BY event_time) FROM audit.events",
    "SELECT a.event_id FROM audit.events a JOIN audit.events b USING (event_id)",
    "SELECT event_id FROM audit.events WHERE event_id IN UNNEST(['a'])",
    "FROM audit.events |> WHERE attempt = 1 |> SELECT event_id",
    "# a comment\nSELECT event_id /* another */ FROM audit.events -- a third",
    "SELECT event_id FROM audit.events GROUP BY ALL HAVING COUNT(*) > 0 ORDER BY 1",
)


@pytest.mark.parametrize("sql", QUESTIONS)
def test_questions_of_many_forms_are_answered(log: EmbeddedAuditLog, sql: str) -> None:
    with log.query(sql, {}) as answer:
        assert next(iter(answer.rows))[0] == "a"


REFUSED: dict[str, str] = {
    "": "Give one SELECT",
    ";": "Give one SELECT",
    "SELECT": "cannot be answered",
    "SELECT (": "line 1, column 8",
    "SELECT 'abc": "BigQuery SQL",
    "hello": "only be read",
    "SELECT 1; SELECT 2": "2 statements",
    "SELECT event_id FROM audit.events; DROP TABLE audit.events": "2 statements",
    "DELETE FROM audit.events WHERE TRUE": "only be read",
    "INSERT INTO audit.events (event_id) VALUES ('x')": "only be read",
    "UPDATE audit.events SET actor = 'x' WHERE TRUE": "only be read",
    "MERGE audit.events USING audit.events_raw ON FALSE WHEN NOT MATCHED THEN INSERT ROW": "only be read",
    "TRUNCATE TABLE audit.events": "only be read",
    "CREATE TABLE audit.x AS SELECT 1": "only be read",
    "CREATE OR REPLACE VIEW audit.events AS SELECT 1": "only be read",
    "DROP VIEW audit.events": "only be read",
    "ALTER TABLE audit.events ADD COLUMN x INT64": "only be read",
    "EXPORT DATA OPTIONS (uri = 'gs://x/*') AS SELECT 1": "only be read",
    "WITH x AS (SELECT 1) DELETE FROM audit.events WHERE TRUE": "only be read",
    "SELECT * INTO x FROM audit.events": "only be read",
    "EXECUTE IMMEDIATE 'SELECT 1'": "only be read",
    "CALL x()": "only be read",
    "SET x = 1": "only be read",
    "DECLARE x INT64": "only be read",
    "BEGIN TRANSACTION": "only be read",
    "COPY audit.events TO 'x'": "only be read",
    "PRAGMA database_list": "only be read",
    "INSTALL httpfs": "only be read",
    "ATTACH 'x.db'": "BigQuery SQL",
    "DESCRIBE audit.events": "only be read",
    "SHOW TABLES": "only be read",
    "SELECT * FROM read_csv('/etc/passwd')": "is no table",
    "SELECT * FROM read_text('/etc/passwd')": "is no table",
    "SELECT * FROM read_parquet('x')": "is no table",
    "SELECT * FROM duckdb_settings()": "is no table",
    "SELECT (SELECT COUNT(*) FROM duckdb_secrets())": "is no table",
    "SELECT * FROM query('SELECT 1')": "is no table",
    "SELECT * FROM EXTERNAL_QUERY('a', 'b')": "is no table",
    "SELECT * FROM '/etc/passwd'": "no table /etc/passwd",
    "SELECT * FROM `/etc/passwd`": "no table /etc/passwd",
    "SELECT * FROM 'https://example.org/x.parquet'": "no table",
    "SELECT * FROM events": "There is no table events; the trail has the tables audit.events",
    "SELECT * FROM audit.rows": "There is no table audit.rows",
    "SELECT * FROM live": "There is no table live",
    "SELECT * FROM trail": "There is no table trail",
    "SELECT * FROM other.events": "There is no table other.events",
    "SELECT * FROM INFORMATION_SCHEMA.TABLES": "There is no table",
    "SELECT * FROM sqlite_master": "There is no table",
    "SELECT * FROM audit.events FOR SYSTEM_TIME AS OF TIMESTAMP '2026-01-01'": "SYSTEM_TIME",
    "SELECT * FROM audit.events TABLESAMPLE SYSTEM (10 PERCENT)": "TABLESAMPLE",
    "SELECT read_text('/etc/passwd')": "READ_TEXT is not one of BigQuery's",
    "SELECT getenv('HOME')": "GETENV is not one of BigQuery's",
    "SELECT current_setting('allowed_paths')": "CURRENT_SETTING is not one of BigQuery's",
    "SELECT FORMAT('%d', 7)": "FORMAT is not one of BigQuery's",
    "SELECT EXTRACT(WEEK FROM event_day) FROM audit.events": "ISOWEEK can",
    "SELECT @@version": "System variables",
    "SELECT ?": "Name the parameters",
    "SELECT ARRAY_AGG(event_id LIMIT 1) FROM audit.events": "cannot be translated",
    "SELECT nothing FROM audit.events": "no column nothing; audit.events has: event_id, ",
    "SELECT e.nothing FROM audit.events e": "no column nothing; audit.events has: event_id, ",
    "SELECT event_id + 1 FROM audit.events": "cannot be answered",
    "SELECT CAST('x' AS INT64)": "cannot be answered",
    "SELECT COUNT(*), event_id FROM audit.events": "GROUP BY",
    "SELECT @document": "needs a value for @document; give it with --param document=VALUE",
}


@pytest.mark.parametrize("sql", REFUSED)
def test_what_is_no_question_about_the_trail_is_refused_in_a_sentence(log: EmbeddedAuditLog, sql: str) -> None:
    with pytest.raises(QueryRefused) as refused, log.query(sql, {}) as answer:
        list(answer.rows)
    message = str(refused.value)
    assert REFUSED[sql] in message
    assert "\n" not in message
    assert "\x1b" not in message
    assert value(log, "COUNT(*)") == 1


def test_a_parameter_that_the_question_does_not_have_is_refused(log: EmbeddedAuditLog) -> None:
    with pytest.raises(QueryRefused, match="no parameter @x"), log.query("SELECT 1", {"x": 1}):
        pass


def test_parameters_are_values_and_never_sql(log: EmbeddedAuditLog) -> None:
    given = {"id": "a' OR TRUE --", "n": 3, "at": datetime(2026, 1, 1, tzinfo=UTC)}
    sql = "SELECT @id, @N, @at FROM audit.events WHERE event_id != @id"
    with log.query(sql, given) as answer:
        assert list(answer.rows) == [tuple(given.values())]


def test_the_names_of_parameters_have_no_case() -> None:
    assert to_duckdb("SELECT @Since, @since").parameters == ("since",)


def test_duckdb_reaches_no_file_also_when_asked_behind_the_back_of_the_translation(
    tmp_path: Path, log: EmbeddedAuditLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret")
    attempts = (
        f"SELECT * FROM read_text('{secret}')",
        f"SELECT * FROM read_csv('{secret}')",
        f"COPY (SELECT 1) TO '{tmp_path / 'out.csv'}'",
        f"ATTACH '{tmp_path / 'x.db'}'",
        f"SELECT * FROM glob('{tmp_path}/*')",
        "SET enable_external_access = true",
        "SET lock_configuration = false",
        "RESET allowed_paths",
        "INSTALL httpfs",
        "LOAD httpfs",
    )
    from backends.audit import query
    from backends.audit.translate import Translated

    for attempt in attempts:
        monkeypatch.setattr(query, "_checked", lambda sql, _: Translated(sql, ()))
        with pytest.raises(QueryRefused), log.query(attempt, {}) as answer:
            list(answer.rows)
    assert [file.name for file in tmp_path.iterdir()] == ["secret.txt"]
