"""The audit trail in BigQuery as processes and the command line find it by their settings."""

from __future__ import annotations

import secrets
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from google.cloud import bigquery as api
from requests import Response

from backends.audit.google import TABLE, GoogleAuditLog, connect
from backends.audit.google_admin import MigrationRefused, migrate
from backends.bus.valkey import EmbeddedValkey
from backends.guard import Guard
from runtime.cli import main
from runtime.composition import build
from runtime.metrics import REGISTRY
from runtime.settings import Settings
from tests.contract.rows import row
from tests.emulators.bigquery import DATASET, BigQuery
from tests.emulators.variables import google_variables


@pytest.fixture
def project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, valkey: EmbeddedValkey, bigquery: BigQuery) -> str:
    """A project without a trail, and an environment that names it."""
    variables = {
        **google_variables(tmp_path, redis_url=valkey.url, project=f"redline-{secrets.token_hex(6)}"),
        "REDLINE_AUDIT_DATASET": DATASET,
        "REDLINE_BIGQUERY_WRITE_EMULATOR": bigquery.grpc,
        "BIGQUERY_EMULATOR_HOST": bigquery.url,
        "PUBSUB_EMULATOR_HOST": "127.0.0.1:1",
        "STORAGE_EMULATOR_HOST": "http://127.0.0.1:1",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return variables["REDLINE_PROJECT"]


def redline(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def test_the_trail_is_made_by_a_command_that_may_be_run_twice(project: str) -> None:
    made = redline("audit", "migrate")
    assert made.output.splitlines() == [
        f"made the dataset {DATASET}",
        f"made the table {DATASET}.{TABLE}",
        f"made the view {DATASET}.events",
    ]
    assert redline("audit", "migrate").output == "nothing to do: all is there\n"


def test_what_is_no_addition_is_refused_by_name(project: str, bigquery: BigQuery) -> None:
    client = connect(project, emulator=bigquery.url)
    client.create_dataset(DATASET)
    other = [api.SchemaField("event_id", "STRING", "REQUIRED"), api.SchemaField("attempt", "STRING")]
    client.create_table(api.Table(f"{project}.{DATASET}.{TABLE}", schema=other))
    refused = redline("audit", "migrate")
    assert (refused.exit_code, refused.output.count("\n")) == (1, 1)
    assert "column attempt is NULLABLE STRING and would have to become REQUIRED INTEGER" in refused.output
    assert {column.name for column in client.get_table(f"{project}.{DATASET}.{TABLE}").schema} == {
        "event_id",
        "attempt",
    }


def test_a_table_in_the_place_of_a_view_is_left_as_it_is(project: str, bigquery: BigQuery) -> None:
    client = connect(project, emulator=bigquery.url)
    client.create_dataset(DATASET)
    client.create_table(api.Table(f"{project}.{DATASET}.events", schema=[api.SchemaField("mine", "STRING")]))
    refused = redline("audit", "migrate")
    assert (refused.exit_code, refused.output.count("\n")) == (1, 1)
    assert f"{DATASET}.events is a table and would have to be a view" in refused.output


def test_what_bigquery_refuses_is_said_in_a_sentence(project: str, bigquery: BigQuery) -> None:
    """The emulator lists no tables of a dataset that is not there; BigQuery answers as this does."""
    client = connect(project, emulator=bigquery.url)

    def answered(answer: Response, **_: object) -> None:
        if "/datasets/nowhere/" in answer.url:
            answer.status_code = 404
            answer._content = b'{"error": {"code": 404, "message": "Not found: Dataset nowhere"}}'

    client._http.hooks["response"].append(answered)
    with pytest.raises(MigrationRefused, match=r"BigQuery refuses: .*Not found: Dataset nowhere"):
        migrate(client, DATASET, guard=Guard("bigquery"), access="nowhere")


def test_rows_go_to_bigquery_and_are_asked_for_there(project: str) -> None:
    redline("audit", "migrate")
    parts = build(Settings())
    assert isinstance(parts.audit, GoogleAuditLog)
    assert parts.audit is parts.audit
    labels = {"server_address": "bigquery.googleapis.com", "redline_breaker_state": "closed"}
    assert REGISTRY.get_sample_value("redline_dependency_breakers", labels) == 1
    parts.audit.append([row("a"), row("b", seconds=1)])
    asked = redline("audit", "SELECT event_id FROM audit.events ORDER BY event_id", "--csv")
    assert asked.output.splitlines() == ["event_id", "a", "b"]
    parts.bus.stop()


def test_seals_that_are_not_there_are_said_in_a_sentence(project: str) -> None:
    redline("audit", "migrate")
    refused = redline("audit", "verify")
    assert (refused.exit_code, refused.output.count("\n")) == (1, 1)
    assert "there are no seals to verify" in refused.output


def test_a_trail_that_was_never_made_is_said_with_what_makes_it(project: str) -> None:
    refused = redline("audit", "SELECT 1 FROM audit.events")
    assert refused.exit_code == 1
    assert "redline audit migrate" in refused.output


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("REDLINE_AUDIT_DATASET", "", "REDLINE_AUDIT_DATASET is not set"),
        ("REDLINE_BACKEND", "embedded", "needs no migration"),
    ],
)
def test_where_there_is_nothing_to_migrate(
    project: str, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(variable, value)
    refused = redline("audit", "migrate")
    assert refused.exit_code == 1
    assert sentence in refused.output
