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
from tests.terraform.check import TERRAFORM

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


def test_what_workflows_ask_of_an_environment_is_what_terraform_tells() -> None:
    told = set(re.findall(r"^    ([A-Z_]+) +=", (TERRAFORM / "modules" / "delivery" / "outputs.tf").read_text(), re.M))
    asked = {name for each in NAMES for name in re.findall(r"vars\.([A-Z_]+)", (WORKFLOWS / each).read_text())}
    assert asked == told


def test_every_session_and_module_that_a_workflow_runs_is_there() -> None:
    text = "".join((WORKFLOWS / each).read_text() for each in NAMES)
    sessions = set(re.findall(r"^def (\w+)\(session", (CHECKOUT / "noxfile.py").read_text(), re.M))
    run = {name for line in re.findall(r"nox -s ([\w ]+)", text) for name in line.split()}
    assert {"lint", "types", "schemas", "tests", "manifests", "terraform", "scan"} <= run <= sessions
    for module in re.findall(r"python -m (tests[\w.]+)", text):
        assert (CHECKOUT / f"{module.replace('.', '/')}.py").is_file()


def test_actionlint_has_nothing_to_say() -> None:
    linted = subprocess.run([program("actionlint"), *sorted(WORKFLOWS.glob("*.yml"))], capture_output=True, text=True)
    assert linted.returncode == 0, linted.stdout
