from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from events.trace import child, trace_id

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
FORM = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


def test_a_child_stays_in_the_trace_with_a_span_of_its_own() -> None:
    trace, span = child(PARENT, trace_seed="c", span_seed="s").split("-")[1:3]
    assert trace == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert span != "00f067aa0ba902b7"


def test_flags_are_passed_on() -> None:
    assert child(PARENT[:-2] + "00", trace_seed="c", span_seed="s").endswith("-00")


@pytest.mark.parametrize(
    "malformed",
    [
        "",
        "00-xyz",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-" + "0" * 32 + "-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-" + "0" * 16 + "-01",
        PARENT.upper(),
        PARENT + "\n",
    ],
)
def test_a_missing_or_malformed_parent_begins_a_new_trace(malformed: str) -> None:
    assert child(malformed, trace_seed="c", span_seed="s") == child("", trace_seed="c", span_seed="s")
    assert FORM.fullmatch(child(malformed, trace_seed="c", span_seed="s"))


@given(st.text(), st.text(), st.text())
def test_every_child_is_well_formed(parent: str, trace_seed: str, span_seed: str) -> None:
    seeds = {"trace_seed": trace_seed.encode(errors="replace").decode(), "span_seed": "s" + str(len(span_seed))}
    assert FORM.fullmatch(child(parent, **seeds))


def test_steps_of_one_chain_share_the_trace_and_not_the_span() -> None:
    first, second = (child("", trace_seed="chain", span_seed=seed) for seed in "ab")
    assert first.split("-")[1] == second.split("-")[1]
    assert first.split("-")[2] != second.split("-")[2]


@pytest.mark.parametrize(
    "traceparent", ["", "x", PARENT.upper(), PARENT.replace("4bf92f3577b34da6a3ce929d0e0e4736", "0" * 32)]
)
def test_a_malformed_traceparent_names_no_trace(traceparent: str) -> None:
    assert trace_id(traceparent) is None


def test_the_trace_of_a_traceparent() -> None:
    assert trace_id(PARENT) == "4bf92f3577b34da6a3ce929d0e0e4736"
