from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator  # type: ignore[import-untyped]

from events.registry import PAYLOADS
from events.routing import SUBSCRIPTIONS
from schemas.audit import AuditRow
from schemas.base import Shape
from schemas.bigquery import table_schema
from schemas.generate import GENERATED, drift, generated, main, write
from tests.data import DATA
from tests.events.test_registry import EXAMPLES

ASYNCAPI: Any = json.loads((GENERATED / "asyncapi.json").read_text())


def schema_of(name: str) -> Any:
    return json.loads((GENERATED / "events" / f"{name}.json").read_text())


def test_committed_files_are_current() -> None:
    assert drift(generated(), GENERATED) == []
    assert main(["--check"]) == 0


def test_drift_names_what_is_missing_stale_or_left_over(tmp_path: Path) -> None:
    write({"same.json": "1", "stale.json": "1", "left/over.json": "1"}, tmp_path)
    wanted = {"same.json": "1", "stale.json": "2", "new/missing.json": "3"}
    assert drift(wanted, tmp_path) == ["left/over.json", "new/missing.json", "stale.json"]
    write(wanted, tmp_path)
    assert drift(wanted, tmp_path) == []


def test_check_fails_and_says_what_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("schemas.generate.GENERATED", tmp_path)
    assert main(["--check"]) == 1
    assert "python -m schemas.generate" in capsys.readouterr().err
    assert main([]) == 0
    assert main(["--check"]) == 0


@pytest.mark.parametrize("name", sorted(PAYLOADS))
def test_an_event_schema_is_json_schema_and_its_example_is_valid(name: str) -> None:
    schema = schema_of(name)
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    assert list(validator.iter_errors(EXAMPLES[name]["request"]["data"])) == []
    assert list(validator.iter_errors({})) != []


@pytest.mark.parametrize("name", [name for name in sorted(PAYLOADS) if name.startswith("dev.")])
def test_an_event_names_its_schema(name: str) -> None:
    named = EXAMPLES[name]["request"]["headers"].get("ce-dataschema")
    assert named == schema_of(name)["$id"]


def test_the_asyncapi_document_is_valid_by_the_official_schema() -> None:
    official = json.loads((DATA / "asyncapi" / "asyncapi-3.0.0.schema.json").read_text())
    assert [error.message for error in Draft7Validator(official).iter_errors(ASYNCAPI)] == []


def test_the_official_schema_does_find_mistakes() -> None:
    official = json.loads((DATA / "asyncapi" / "asyncapi-3.0.0.schema.json").read_text())
    wrong = {**ASYNCAPI, "operations": {"x": {"action": "shout", "channel": {"$ref": "#/channels/uploads"}}}}
    assert list(Draft7Validator(official).iter_errors(wrong)) != []


def test_every_reference_of_the_asyncapi_document_leads_somewhere() -> None:
    references = list(refs(ASYNCAPI))
    assert references
    for reference in references:
        file, _, pointer = reference.partition("#")
        target = json.loads((GENERATED / file).read_text()) if file else ASYNCAPI
        for step in pointer.strip("/").split("/") if pointer else ():
            target = target[step]


def refs(node: object) -> list[str]:
    if isinstance(node, dict):
        here = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return here + [found for value in node.values() for found in refs(value)]
    return [found for value in node for found in refs(value)] if isinstance(node, list) else []


def test_the_asyncapi_document_names_every_subscription() -> None:
    receiving = {name for name, operation in ASYNCAPI["operations"].items() if operation["action"] == "receive"}
    assert receiving == {subscription.name for subscription in SUBSCRIPTIONS}
    plan = ASYNCAPI["operations"]["documents-plan"]["messages"]
    assert [reference["$ref"].rpartition("/")[2] for reference in plan] == [
        "dev.redline.document.normalized.v1",
        "dev.redline.document.unchanged.v1",
    ]


def test_the_audit_table_has_a_column_for_each_field() -> None:
    columns = {column["name"]: column for column in table_schema(AuditRow)}
    assert columns.keys() == AuditRow.model_fields.keys()
    assert columns["event_time"]["type"] == "TIMESTAMP"
    assert (columns["generation"]["type"], columns["generation"]["mode"]) == ("INTEGER", "NULLABLE")
    assert (columns["event_id"]["type"], columns["event_id"]["mode"]) == ("STRING", "REQUIRED")


def test_a_column_cannot_hold_a_list() -> None:
    class Nested(Shape):
        many: tuple[str, ...] = ()

    with pytest.raises(TypeError, match="column"):
        table_schema(Nested)
