"""How a change is delivered: pinned, without keys, and in the order that the gates stand in."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.knative.manifests import CHECKOUT, OVERLAYS
from tests.outside import program

WORKFLOWS = CHECKOUT / ".github" / "workflows"
NAMES = sorted(path.name for path in WORKFLOWS.glob("*.yml"))


def told(name: str) -> dict[str, Any]:
    workflow: dict[str, Any] = yaml.safe_load((WORKFLOWS / name).read_text())
    return workflow


def actions(name: str) -> Iterator[str]:
    for job in told(name)["jobs"].values():
        yield from (each["uses"] for each in ({"uses": job.get("uses")}, *job.get("steps", ())) if each.get("uses"))


@pytest.mark.parametrize("name", NAMES)
def test_actions_are_pinned_by_commit(name: str) -> None:
    used = list(actions(name))
    assert used
    for each in used:
        assert each.startswith("./") or re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", each), each


@pytest.mark.parametrize("name", NAMES)
def test_no_workflow_may_write_or_holds_a_key(name: str) -> None:
    workflow = told(name)
    assert workflow["permissions"] == {"contents": "read"}
    assert "secrets." not in (WORKFLOWS / name).read_text()
    for job in workflow["jobs"].values():
        assert set(job.get("permissions", {}).items()) <= {("contents", "read"), ("id-token", "write")}


def test_nothing_reaches_production_that_was_not_tested_scanned_and_in_staging() -> None:
    jobs = told("deliver.yml")["jobs"]
    assert set(jobs["image"]["needs"]) == {"tests", "scan"}
    assert jobs["staging"]["needs"] == "image"
    assert jobs["staging"]["with"]["drop"] is True
    assert set(jobs["production"]["needs"]) == {"image", "staging"}
    assert jobs["production"]["if"] == "startsWith(github.ref, 'refs/tags/v')"
    assert set(jobs["production"]["strategy"]["matrix"]["overlay"]) <= set(OVERLAYS)


def test_actionlint_has_nothing_to_say() -> None:
    linted = subprocess.run([program("actionlint"), *sorted(WORKFLOWS.glob("*.yml"))], capture_output=True, text=True)
    assert linted.returncode == 0, linted.stdout
