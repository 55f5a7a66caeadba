"""Within `.v1` fields are only added: a reader of the first release reads today's events, and the other way round."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from schemas.generate import GENERATED
from tests.data import DATA

FIRST = DATA / "schemas-0.1"
NAMES = sorted(path.stem for path in FIRST.glob("*.json"))
_DOCUMENTATION = ("description", "title", "default", "$id", "$schema")


def breaks(old: Any, new: Any, where: str = "") -> list[str]:
    """What in the new schema would refuse, or no longer say, what the old one allows."""
    if isinstance(old, list):
        same = isinstance(new, list) and len(new) == len(old)
        if not same:
            return [f"{where}: changed"]
        return [
            found
            for index, (a, b) in enumerate(zip(old, new, strict=True))
            for found in breaks(a, b, f"{where}/{index}")
        ]
    if not isinstance(old, dict):
        return [] if old == new else [f"{where}: {old!r} became {new!r}"]
    if not isinstance(new, dict):
        return [f"{where}: changed"]
    grows = where.endswith(("/properties", "/$defs"))
    found = [f"{where}/{name}: removed" for name in old if name not in new and name not in _DOCUMENTATION]
    if not grows:
        found += [f"{where}/{name}: new rule" for name in new if name not in old and name not in _DOCUMENTATION]
    for name in old.keys() & new.keys():
        if name == "required":
            found += [f"{where}: {field} became required" for field in set(new[name]) - set(old[name])]
            found += [f"{where}: {field} is no longer certain" for field in set(old[name]) - set(new[name])]
        elif grows or name not in _DOCUMENTATION:
            found += breaks(old[name], new[name], f"{where}/{name}")
    return found


def load(name: str) -> Any:
    return json.loads((FIRST / f"{name}.json").read_text())


@pytest.mark.parametrize("name", NAMES)
def test_only_additions_since_the_first_release(name: str) -> None:
    current = GENERATED / "events" / f"{name}.json"
    assert current.exists(), f"the event {name} was published and must stay"
    assert breaks(load(name), json.loads(current.read_text())) == []


def changed(change: Any) -> list[str]:
    old = load("dev.redline.redline.failed.v1")
    new = copy.deepcopy(old)
    change(new)
    return breaks(old, new)


def test_an_optional_field_and_a_new_shape_are_additions() -> None:
    def add(schema: Any) -> None:
        schema["properties"]["retry_after"] = {"type": "integer", "default": 0}
        schema["$defs"]["New"] = {"type": "object"}
        schema["$defs"]["ObjectRef"]["properties"]["crc32c"] = {"type": "string", "default": ""}
        schema["properties"]["code"]["description"] = "said better"

    assert changed(add) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda schema: schema["properties"].pop("code"),
        lambda schema: schema["properties"]["code"].update(type="integer"),
        lambda schema: schema["properties"]["code"].update(maxLength=3),
        lambda schema: schema["required"].append("attempt"),
        lambda schema: schema["required"].remove("code"),
        lambda schema: schema["$defs"]["ObjectRef"]["properties"].pop("bucket"),
        lambda schema: schema.update(additionalProperties=False),
    ],
    ids=["field removed", "type", "new rule", "required", "no longer required", "nested field removed", "closed"],
)
def test_everything_else_is_a_break(change: Any) -> None:
    assert changed(change) != []
