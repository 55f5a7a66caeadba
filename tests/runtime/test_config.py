"""redline config, as it is called."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from runtime import cli
from runtime.settings import without_secrets


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in os.environ:
        if name.startswith("REDLINE_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def config(*arguments: str) -> Result:
    return CliRunner().invoke(cli.main, ["config", *arguments])


def test_says_what_is_in_force_and_where_it_comes_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDLINE_TENANT", "firm-a")
    monkeypatch.setenv("REDLINE_RETENTION_DAYS", "*=3650,.txt=30")
    monkeypatch.setenv("REDLINE_REDIS_URL", "rediss://user:p@ss/w@cache:6379/1")
    lines = [json.loads(line) for line in config("--json").stdout.splitlines()]
    by_variable = {line["variable"]: (line["value"], line["given"]) for line in lines}
    assert by_variable["REDLINE_TENANT"] == ("firm-a", True)
    assert by_variable["REDLINE_RETENTION_DAYS"] == ("*=3650,.txt=30", True)
    assert by_variable["REDLINE_REGION"] == ("local", False)
    assert by_variable["REDLINE_REDIS_URL"] == ("rediss://***@cache:6379/1", True)
    assert by_variable["PROMETHEUS_MULTIPROC_DIR"][0] == ""


def test_a_dispatcher_shows_its_own_settings_each_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDLINE_FUNCTION", "plan")
    monkeypatch.setenv("K_SINK", "http://127.0.0.1:9000")
    variables = [json.loads(line)["variable"] for line in config("--json").stdout.splitlines()]
    assert {"REDLINE_FUNCTION", "K_SINK", "REDLINE_MAX_IN_FLIGHT", "REDLINE_TENANT"} <= set(variables)
    assert len(variables) == len(set(variables))


def test_a_table_for_people_hides_the_password_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDLINE_REDIS_URL", "redis://:hunter2@cache")
    result = config()
    assert result.exit_code == 0
    assert "redis://***@cache" in result.output
    assert "hunter2" not in result.output


def test_names_all_that_is_wrong_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDLINE_TENANT", "Not A Name")
    monkeypatch.setenv("REDLINE_COMPARE_DEADLINE", "soon")
    result = config()
    assert result.exit_code == 1
    assert "REDLINE_TENANT cannot be used" in result.stderr
    assert "REDLINE_COMPARE_DEADLINE cannot be used" in result.stderr
    assert "Not A Name" not in result.stderr


def test_what_the_google_backend_lacks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDLINE_BACKEND", "google")
    assert "REDLINE_REDIS_URL" in config().stderr
    monkeypatch.setenv("REDLINE_REDIS_URL", "redis://cache")
    result = config()
    assert result.exit_code == 1
    assert "REDLINE_PROJECT is not set" in result.stderr
    assert "REDLINE_DOCUMENT_KEY_FILE is not set" in result.stderr


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("redis://cache:6379/1", "redis://cache:6379/1"),
        ("redis://cache?db=1&password=secret&x=1", "redis://cache?db=1&password=***&x=1"),
        ("unix://user:secret@/run/valkey.sock", "unix://***@/run/valkey.sock"),
    ],
)
def test_secrets_in_urls(text: str, shown: str) -> None:
    assert without_secrets(text) == shown
