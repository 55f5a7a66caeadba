"""The questions that auditors ask, put to trails that the functions themselves wrote."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from random import Random
from typing import Any, Protocol

import pytest

from backends.audit import AuditLog
from backends.audit.answers import Parameters, QueryRefused
from backends.audit.named import Value, named_queries
from backends.audit.translate import to_duckdb
from runtime import composition
from schemas.audit import AuditRow
from schemas.base import ObjectRef
from schemas.batches import FaultyItem, RequestRejected
from schemas.custody import DocumentErased, ErasureRefused, ErasureRequested, HoldPlaced, HoldReleased, HoldRequested
from schemas.deadletters import DeadLetterReplayed
from schemas.documents import DocumentNormalized
from schemas.redlines import PairRequested, RedlineCompleted, RedlineFailed
from tests.emulators.bigquery import BigQuery
from tests.functions.test_chain import run_chain
from tests.functions.test_erase import ask as ask_for
from tests.functions.world import ROOT_TIME, World, docx

NAME = "contracts/lease.docx"
TEXTS = ("The rent is 900 euros.", "The rent is 950 euros.")


class Ask(Protocol):
    """Puts a named query to the trail of a world: its rows, by column."""

    def __call__(self, world: World, name: str, **given: Value) -> list[dict[str, Any]]: ...


def answer_of(log: AuditLog, name: str, given: Parameters) -> list[dict[str, Any]]:
    query = named_queries()[name]
    defaults = {each.name: each.value(each.default) for each in query.parameters if each.default is not None}
    with log.query(query.sql, {**defaults, **given}) as answer:
        return [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]


def ask_here(world: World, name: str, **given: Value) -> list[dict[str, Any]]:
    return answer_of(world.services.audit, name, given)


def parsed(value: Any) -> Any:
    """The emulator gives what JSON_QUERY found as text; BigQuery's client gives a value of type JSON."""
    return json.loads(value) if isinstance(value, str) and value.startswith("[") else value


def asking_bigquery(log: AuditLog) -> Ask:
    """Asks a trail in BigQuery, after every row that the world's trail has gained was appended to it."""
    copied = 0

    def ask(world: World, name: str, **given: Value) -> list[dict[str, Any]]:
        nonlocal copied
        with world.services.audit.query("SELECT * FROM audit.events_raw ORDER BY recorded_at", {}) as answer:
            rows = [AuditRow.model_validate(dict(zip(answer.columns, row, strict=True))) for row in answer.rows]
        log.append(rows[copied:])
        copied = len(rows)
        return [{key: parsed(value) for key, value in row.items()} for row in answer_of(log, name, given)]

    return ask


@pytest.fixture(params=["embedded", "google"])
def ask(request: pytest.FixtureRequest) -> Ask:
    """The same questions, through both doors."""
    if request.param == "embedded":
        return ask_here
    emulator: BigQuery = request.getfixturevalue("bigquery")
    return asking_bigquery(emulator.trail(emulator.new_project()))


def redlined(world: World, name: str = NAME) -> RedlineCompleted:
    """Drop two versions; every message is delivered twice."""
    for text in TEXTS:
        world.post("normalize", world.upload(name, docx(text)))
        said = run_chain(world, Random(2))
    [completed] = {each for each in said if isinstance(each, RedlineCompleted)}
    return completed


def requested(world: World) -> PairRequested:
    world.run("normalize", world.upload(NAME, docx(TEXTS[0])))
    [taken] = world.run("normalize", world.upload(NAME, docx(TEXTS[1])))
    assert isinstance(taken, DocumentNormalized)
    [pair] = world.run("plan", world.event(taken))
    assert isinstance(pair, PairRequested)
    return pair


def only(row: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: row[name] for name in names}


def test_every_query_says_what_it_answers_and_what_it_takes() -> None:
    assert len(named_queries()) == 12
    for query in named_queries().values():
        assert query.question.endswith("?")
        assert {each.name for each in query.parameters} == set(to_duckdb(query.sql).parameters)


def test_who_touched_a_document(world: World, ask: Ask) -> None:
    redlined(world)
    redlined(world, "contracts/other.docx")
    rows = ask(world, "who-touched", document=world.document_id(NAME))
    kinds = [row["event_type"].split(".")[-2] for row in rows]
    assert sorted(kinds) == ["completed", "normalized", "normalized", "rendered"]
    assert {(row["actor"], row["actor_source"]) for row in rows} == {("somebody", "local")}
    assert all(row["emitted_at"] >= row["event_time"] for row in rows)
    assert ask(world, "who-touched", document="0" * 32) == []


def test_of_what_a_redline_was_made(world: World, ask: Ask) -> None:
    completed = redlined(world)
    [row] = ask(world, "made-of", redline=completed.pair_id)
    assert only(row, "engine_version", "before_sha256", "after_sha256", "redline_sha256") == {
        "engine_version": version("redline"),
        "before_sha256": completed.before.sha256,
        "after_sha256": completed.after.sha256,
        "redline_sha256": completed.redline.sha256,
    }
    assert only(row["options"], "author", "granularity", "track_moves") == {
        "author": "Redline",
        "granularity": "word",
        "track_moves": True,
    }
    assert ObjectRef.model_validate(row["inputs"]["before"]) == completed.before
    for other_name in (row["event_id"], hashlib.sha256(world.read(completed.redline)).hexdigest()):
        assert ask(world, "made-of", redline=other_name) == [row]


def test_what_was_delivered_has_the_recorded_hashes(world: World, ask: Ask) -> None:
    completed = redlined(world)
    rows = ask(world, "as-delivered", redline=completed.pair_id)
    assert [row["output"] for row in rows] == ["changes", "html", "redline", "summary"]
    for row in rows:
        content = world.services.blobs.get(row["bucket"], row["object"], row["generation"])
        assert (hashlib.sha256(content).hexdigest(), len(content)) == (row["sha256"], row["size"])


def test_a_removed_row_leaves_a_gap(world: World) -> None:
    redlined(world)
    assert ask_here(world, "gaps") == []
    [segment] = world.services.settings.layout.audit.glob("*.audit")
    lines = segment.read_bytes().splitlines(keepends=True)
    segment.write_bytes(b"".join([lines[0], *lines[2:]]))
    [row] = ask_here(world, "gaps")
    assert only(row, "position", "missing_rows", "finding") == {
        "position": 3,
        "missing_rows": 1,
        "finding": "rows were removed before this one",
    }
    assert ask_here(world, "gaps", until=row["recorded_before"] - timedelta(hours=1)) == []
    assert ask_here(world, "gaps", since=row["recorded_at"] + timedelta(hours=1)) == []


def test_a_row_put_in_the_place_of_another_breaks_the_links(world: World) -> None:
    redlined(world)
    [segment] = world.services.settings.layout.audit.glob("*.audit")
    lines = segment.read_bytes().splitlines(keepends=True)
    segment.write_bytes(b"".join([*lines[:2], lines[1], *lines[2:]]))
    assert [row["finding"] for row in ask_here(world, "gaps")] == ["two rows stand in one place"]


def test_what_was_denied(world: World, ask: Ask) -> None:
    item = FaultyItem(index=3, field="after", code="unknown-document", message="There is no matters/Xerxes.docx.")
    rejected = RequestRejected(
        tenant="default",
        region="local",
        batch_id="b" * 32,
        request_id="r",
        code="unknown-document",
        message="A document is not known.",
        items=(item,),
        request_sha256="a" * 64,
    )
    world.post("audit", world.event(rejected))
    redlined(world)
    ask_for(world, HoldRequested, NAME)
    refused = ask_for(world, ErasureRequested, NAME)
    assert isinstance(refused, ErasureRefused)
    world.post("audit", world.event(refused))
    rows = ask(world, "denied")
    assert {row["code"] for row in rows} == {"unknown-document", refused.code}
    [request] = [row for row in rows if row["batch_id"]]
    assert request["items"] == [{"index": 3, "field": "after", "code": "unknown-document"}]
    assert request["document_id"] is None
    [erasure] = [row for row in rows if row["document_id"]]
    assert (erasure["actor"], erasure["document_id"]) == ("a.counsel", world.document_id(NAME))
    assert ask(world, "denied", until=ROOT_TIME - timedelta(days=400)) == []


def test_what_failed_was_rejected_or_degraded(world: World, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    world.post("normalize", world.upload("broken.docx", b"broken"))
    monkeypatch.setenv("REDLINE_COMPARE_DEADLINE", "1e-9")
    composition.services_of_process.cache_clear()
    world = World(composition.services())
    redlined(world)
    failed = RedlineFailed(**dict(requested(world)), code="too-complex", message="It is too complex; split it.")
    world.post("audit", world.event(failed))
    rows = {row["outcome"]: row for row in ask(world, "failed")}
    assert rows.keys() == {"rejected", "degraded", "failed"}
    assert rows["rejected"]["document_id"] == world.document_id("broken.docx")
    assert rows["rejected"]["message"]
    assert only(rows["failed"], "code", "message") == only(dict(failed), "code", "message")
    assert any("time" in sentence for sentence in rows["degraded"]["degraded"])
    assert ask(world, "failed", since=ROOT_TIME + timedelta(days=1)) == []


def test_what_was_recorded_twice_and_what_was_tried_again(world: World, ask: Ask) -> None:
    pair = requested(world)
    [completed] = world.run("redline", world.event(pair))
    [again] = world.run("redline", world.event(pair.model_copy(update={"attempt": 2})))
    first = world.event(completed)
    for event in (first, first, first, world.event(again)):
        world.post("audit", event)
        world.forget_marks()
    letter = DeadLetterReplayed(
        tenant="default", region="local", letter_id="1" * 32, subscription="x", actor="me", actor_source="local"
    )
    world.post("audit", world.event(letter))
    rows = ask(world, "repeated")
    assert [only(row, "kind", "event_id", "times") for row in rows] == [
        {"kind": "duplicate", "event_id": first.id, "times": 3},
        {"kind": "replay", "event_id": world.event(again).id, "times": 2},
        {"kind": "dead letter replayed", "event_id": world.event(letter).id, "times": 1},
    ]
    assert rows[1]["instead_of"] == pair.pair_id


def test_what_was_erased_and_when(world: World, ask: Ask) -> None:
    redlined(world)
    assert ask(world, "erased") == []
    erased = ask_for(world, ErasureRequested, NAME)
    assert isinstance(erased, DocumentErased)
    world.post("audit", world.event(erased))
    [row] = ask(world, "erased")
    assert only(row, "document_id", "actor", "reason", "versions", "redlines") == {
        "document_id": world.document_id(NAME),
        "actor": "a.counsel",
        "reason": "The client asked for it.",
        "versions": 2,
        "redlines": 1,
    }
    assert (row["requested_at"], row["completed_at"]) == (erased.requested_at, erased.completed_at)


def test_which_holds_stand(world: World, ask: Ask) -> None:
    for name in (NAME, "other.docx"):
        world.run("normalize", world.upload(name, docx(TEXTS[0])))
    placed, released = (ask_for(world, HoldRequested, name) for name in (NAME, "other.docx"))
    assert isinstance(placed, HoldPlaced)
    assert isinstance(released, HoldPlaced)
    for fact in (placed, released, HoldReleased(**{**dict(released), "requested_at": datetime.now(UTC)})):
        world.post("audit", world.event(fact))
    rows = {row["hold_id"]: row for row in ask(world, "holds")}
    assert {hold: row["stands"] for hold, row in rows.items()} == {placed.hold_id: True, released.hold_id: False}
    assert only(rows[placed.hold_id], "document_id", "placed_by", "reason", "released_at") == {
        "document_id": world.document_id(NAME),
        "placed_by": "a.counsel",
        "reason": "The client asked for it.",
        "released_at": None,
    }
    assert rows[released.hold_id]["released_by"] == "a.counsel"


def test_what_is_kept_for_too_long(world: World, ask: Ask) -> None:
    for name in ("kept.docx", "held.docx", "erased.docx"):
        world.post("normalize", world.upload(name, docx(TEXTS[0])))
        run_chain(world, Random(4))
    for fact in (ask_for(world, HoldRequested, "held.docx"), ask_for(world, ErasureRequested, "erased.docx")):
        world.post("audit", world.event(fact))
    later = ROOT_TIME + timedelta(days=31)
    rows = ask(world, "past-retention", days=30, at=later)
    assert {row["document_id"]: row["on_hold"] for row in rows} == {
        world.document_id("kept.docx"): False,
        world.document_id("held.docx"): True,
    }
    assert {row["days_kept"] for row in rows} == {31}
    assert ask(world, "past-retention", days=32, at=later) == []
    assert ask(world, "past-retention", days=30, at=ROOT_TIME - timedelta(days=1)) == []


def test_how_long_each_step_takes(world: World, ask: Ask) -> None:
    pair = requested(world)
    [completed] = world.run("redline", world.event(pair))
    said = replace(world.event(completed), source="/functions/redline")
    for milliseconds in (100, 200, 400):
        times = {"causation_time": ROOT_TIME, "recorded_time": ROOT_TIME + timedelta(milliseconds=milliseconds)}
        world.post("audit", replace(said, id=f"{milliseconds:032}", **times))
    rows = {row["step"]: row for row in ask(world, "latency")}
    assert rows.keys() == {"redline", "audit", "in all"}
    assert only(rows["redline"], "event_day", "events", "p50_ms", "p95_ms", "max_ms") == {
        "event_day": ROOT_TIME.date(),
        "events": 3,
        "p50_ms": 200.0,
        "p95_ms": 380.0,
        "max_ms": 400.0,
    }


def test_the_chain_itself_tells_how_long_its_steps_take(world: World, ask: Ask) -> None:
    redlined(world)
    rows = {row["step"]: row for row in ask(world, "latency")}
    assert {"normalize", "redline", "audit", "in all"} <= rows.keys()
    assert 0 < rows["redline"]["p50_ms"] <= rows["redline"]["p95_ms"] < 60_000


def test_how_much_work_was_done(world: World, ask: Ask) -> None:
    completed = redlined(world)
    world.post("normalize", world.upload("broken.docx", b"broken"))
    run_chain(world, Random(5))
    [row] = ask(world, "work")
    sizes = sum(len(docx(text)) for text in TEXTS)
    words = completed.summary.words_before + completed.summary.words_after
    assert row == {
        "tenant": "default",
        "event_day": ROOT_TIME.date(),
        "documents": 2,
        "versions": 2,
        "versions_rejected": 1,
        "bytes_taken": sizes,
        "redlines": 1,
        "redlines_failed": 0,
        "redlines_reused": 0,
        "words_compared": words,
        "batches": 0,
    }


@pytest.mark.parametrize(("kind", "text"), [("days", "many"), ("at", "yesterday")])
def test_a_parameter_that_is_no_value_of_its_type_is_refused(kind: str, text: str) -> None:
    parameters = {each.name: each for each in named_queries()["past-retention"].parameters}
    with pytest.raises(QueryRefused, match=f"@{kind} is to be"):
        parameters[kind].value(text)
