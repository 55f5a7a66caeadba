"""The roles that Terraform grants, the table in docs/identity.md and what the functions do are the same."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable
from typing import Any, get_args, get_type_hints

import pytest

from events.routing import FUNCTIONS, TOPICS
from schemas.base import Payload
from tests.terraform.check import ROOT, TERRAFORM
from tests.terraform.hcl import locals_of

BUCKETS = ("uploads", "normalized", "records", "redlines", "dead-letters")


@pytest.fixture(scope="module")
def granted() -> dict[str, Any]:
    return locals_of(TERRAFORM / "modules" / "identity" / "access.tf")


@pytest.fixture(scope="module")
def documented() -> dict[str, list[str]]:
    text = (ROOT / "docs" / "identity.md").read_text()
    rows = re.findall(r"^\| (\w+) \|(.*)\|$", text.partition("| people and machines")[0], re.MULTILINE)
    return {name: [cell.strip() for cell in cells.split("|")] for name, cells in rows if name != "function"}


def emitted_topics(function: str) -> set[str]:
    """Topics of the events that the handler of a function yields, by its annotation."""
    module = importlib.import_module(f"functions.{function}.main")
    handler: Callable[..., Any] = getattr(module, function)
    while hasattr(handler, "__wrapped__"):
        handler = handler.__wrapped__
    (yielded,) = get_args(get_type_hints(handler)["return"])
    kinds = get_args(yielded) or (yielded,)
    return {kind.topic for kind in kinds if kind is not Payload}


def test_every_function_is_granted_and_documented(granted: dict[str, Any], documented: dict[str, list[str]]) -> None:
    assert set(granted["buckets"]) == set(granted["publishes"]) == set(documented) == set(FUNCTIONS)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_table_says_what_is_granted(
    function: str, granted: dict[str, Any], documented: dict[str, list[str]]
) -> None:
    *buckets, topics = documented[function]
    assert dict(zip(BUCKETS, buckets, strict=True)) == {
        name: granted["buckets"][function].get(name, "") for name in BUCKETS
    }
    assert [topic for topic in topics.split(", ") if topic] == granted["publishes"][function]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_may_publish_what_it_says_and_nothing_else(function: str, granted: dict[str, Any]) -> None:
    assert set(granted["publishes"][function]) == emitted_topics(function)
    assert set(granted["publishes"][function]) <= set(TOPICS)


def test_every_access_that_is_granted_has_roles(granted: dict[str, Any]) -> None:
    used = {access for buckets in granted["buckets"].values() for access in buckets.values()}
    assert used <= set(granted["roles"])
