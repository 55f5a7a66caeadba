"""redline replay and redline audit, as people type them."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from functions.batches import Batches
from schemas.batches import BatchPlan
from schemas.custody import DocumentErased
from schemas.redlines import PairRequested, RedlineCompleted, RedlineFailed, RedlineSuperseded
from tests.runtime.commandline import Trail, folder, redline, trail

__all__ = ["folder", "trail"]  # fixtures


def test_replay_asks_for_failed_pairs_again_with_the_next_attempt(trail: Trail) -> None:
    failed, completed, superseded, again = (trail.pair(number) for number in range(4))
    trail.fact(RedlineFailed, failed, code="too-complex")
    trail.fact(RedlineFailed, failed, attempt=2, code="too-complex")
    trail.fact(RedlineFailed, completed, code="too-complex")
    trail.fact(RedlineCompleted, completed, attempt=2)
    trail.fact(RedlineFailed, superseded, code="too-complex")
    trail.fact(RedlineSuperseded, superseded)
    trail.fact(RedlineFailed, again, code="undeliverable")
    done = redline("replay", "--root", "root", "--all-failed")
    assert done.output == "2 redlines asked for again.\n"
    asked = [payload for payload in trail.bus.payloads() if isinstance(payload, PairRequested)]
    assert {(pair.pair_id, pair.attempt) for pair in asked} == {(failed.pair_id, 3), (again.pair_id, 2)}
    assert {event.correlation_id for event in trail.bus.events()} == {"root"}


def test_replay_asks_for_the_failed_pair_of_a_request_by_itself(trail: Trail) -> None:
    """Dropped by itself the same pair was completed; in one request it failed, in another it did not."""
    pair = trail.pair(1)
    asked_for = {name: pair.model_copy(update={"batch_id": name * 16, "batch_index": 3}) for name in ("ab", "cd")}
    trail.fact(RedlineCompleted, pair)
    trail.fact(RedlineFailed, asked_for["ab"], code="undeliverable")
    trail.fact(RedlineCompleted, asked_for["cd"])
    no_plan = redline("replay", "--root", "root", "--all-failed")
    assert (no_plan.exit_code, "ask for the redline anew" in no_plan.output) == (1, True)
    plan = BatchPlan(
        tenant="default",
        region="local",
        batch_id="ab" * 16,
        request_id="r",
        deadline=datetime(2026, 1, 2, tzinfo=UTC),
        content_sha256="0" * 64,
        pairs=(asked_for["ab"],),
    )
    Batches(trail.parts.blobs, records="records", redlines="redlines", tenant="default").pin(plan)
    assert redline("replay", "--root", "root", pair.pair_id).output == "1 redline asked for again.\n"
    [again] = [payload for payload in trail.bus.payloads() if isinstance(payload, PairRequested)]
    assert (again.key, again.attempt) == (asked_for["ab"].key, 2)


def test_replay_of_nothing_says_so(trail: Trail) -> None:
    trail.fact(RedlineCompleted, trail.pair(1))
    assert "no redline failed" in redline("replay", "--root", "root", "--all-failed").output
    assert trail.bus.published == []


def test_replay_passes_over_what_was_erased(trail: Trail) -> None:
    """What its versions were is gone, and with it the plan; what was uploaded since is another matter."""
    gone, later = trail.pair(1), trail.pair(5)
    trail.fact(RedlineFailed, later, code="too-complex", before=1_800_000_000_000_000)
    trail.fact(RedlineFailed, gone, code="too-complex")
    [*_, row] = trail.parts.audit.rows()
    facts = {"event_id": "erased", "event_type": DocumentErased.event_type, "pair_id": None, "code": None}
    trail.parts.audit.append([row.model_copy(update={**facts, "generation": row.after_generation})])
    for blob in list(trail.parts.blobs.list("records", f"plans/default/{gone.document_id}/{gone.after_generation}")):
        trail.parts.blobs.remove("records", blob.name, blob.generation)
    done = redline("replay", "--root", "root", "--all-failed")
    assert done.output == "1 redline asked for again.\n"
    assert [pair.pair_id for pair in trail.bus.payloads() if isinstance(pair, PairRequested)] == [later.pair_id]


def test_replay_of_one_pair_by_its_id(trail: Trail) -> None:
    pair = trail.pair(1)
    trail.fact(RedlineFailed, pair, code="too-complex")
    trail.fact(RedlineFailed, trail.pair(2), code="too-complex")
    assert redline("replay", "--root", "root", pair.pair_id).output == "1 redline asked for again.\n"
    assert "No failed pair has the id x" in redline("replay", "--root", "root", "x").output


def _as_json(output: str) -> list[str]:
    return [json.loads(line)["event_id"] for line in output.splitlines()]


def _as_csv(output: str) -> list[str]:
    return [row["event_id"] for row in csv.DictReader(io.StringIO(output))]


@pytest.mark.parametrize(("form", "read"), [("--json", _as_json), ("--csv", _as_csv)])
def test_audit_is_read_by_programs(trail: Trail, form: str, read: Callable[[str], list[str]]) -> None:
    for number in range(3):
        trail.fact(RedlineCompleted, trail.pair(number))
    wanted = [f"RedlineCompleted-{number:032x}-1" for number in range(3)]
    assert read(redline("audit", "--root", "root", form).output) == wanted
    assert read(redline("audit", "--root", "root", form, "--document", "d" * 32).output) == wanted


def test_audit_is_read_by_people(trail: Trail) -> None:
    assert redline("audit", "--root", "root").output == "Nothing has happened yet.\n"
    trail.fact(RedlineFailed, trail.pair(1), code="too-complex")
    shown = redline("audit", "--root", "root").output
    for words in ("redline.failed", "why", "too-complex", "me", "2023-11-14 "):
        assert words in shown


def test_audit_follows_the_trail_until_it_is_stopped(trail: Trail, monkeypatch: pytest.MonkeyPatch) -> None:
    trail.fact(RedlineCompleted, trail.pair(0))
    naps = iter(range(1, 3))

    def sleep(_: float) -> None:
        number = next(naps, None)
        if number is None:
            raise KeyboardInterrupt
        trail.fact(RedlineCompleted, trail.pair(number))

    monkeypatch.setattr("runtime.commands.audit_list.time", SimpleNamespace(sleep=sleep))
    done = redline("audit", "--root", "root", "--json", "--follow")
    assert done.exit_code == 0
    assert _as_json(done.output) == [f"RedlineCompleted-{number:032x}-1" for number in range(3)]


def test_audit_leaves_out_columns_that_say_nothing(trail: Trail) -> None:
    trail.fact(RedlineCompleted, trail.pair(1))
    header = redline("audit", "--root", "root").output.splitlines()[1].split()
    assert header == ["time", "event", "document", "versions", "actor"]
    trail.fact(RedlineFailed, trail.pair(2), attempt=2, code="too-complex")
    header = redline("audit", "--root", "root").output.splitlines()[1].split()
    assert header == ["time", "event", "document", "versions", "try", "why", "actor"]
