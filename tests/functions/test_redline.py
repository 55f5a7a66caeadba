from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

import redline
from backends.blobs.embedded import EmbeddedBlobs
from events.envelope import Event
from events.ids import event_id
from functions.objects import reference
from functions.redline.results import short
from redline.opc.package import Package
from runtime import composition
from schemas.changes import Coverage, NotTracked, Summary
from schemas.messaging import MAX_MESSAGE_BYTES
from schemas.redlines import ChangeList, PairRequested, RedlineCompleted, RedlineFailed
from schemas.requests import RedlineOptions
from tests.functions.world import ROOT_TIME, World, docx

NAME = "contracts/lease.docx"
BEFORE, AFTER = docx("The rent is 900 euros a month.\nThe end."), docx("The rent is 950 euros a month.\nThe end.")


def requested(world: World, before: bytes = BEFORE, after: bytes = AFTER) -> PairRequested:
    """What plan says once both versions were taken."""
    world.run("normalize", world.upload(NAME, before))
    [taken] = world.run("normalize", world.upload(NAME, after))
    [pair] = world.run("plan", world.event(taken))
    assert isinstance(pair, PairRequested)
    return pair


def results(pair: PairRequested) -> str:
    versions = f"{pair.before_generation}-{pair.after_generation}"
    return f"default/{pair.document_id}/{versions}/{pair.attempt}"


def run(world: World, event: Event) -> RedlineCompleted | RedlineFailed:
    [said] = world.run("redline", event)
    assert isinstance(said, RedlineCompleted | RedlineFailed)
    return said


def completed(world: World, event: Event) -> RedlineCompleted:
    said = run(world, event)
    assert isinstance(said, RedlineCompleted)
    return said


def test_a_pair_becomes_a_verified_redline_with_all_that_describes_it(world: World) -> None:
    pair = requested(world)
    said = completed(world, world.event(pair))
    tracked = world.read(said.redline)
    assert redline.verify(tracked, BEFORE, AFTER).ok
    listed = ChangeList.model_validate_json(world.read(said.changes))
    assert [(change.before, change.after) for change in listed.changes] == [("900", "950")]
    assert listed.summary == said.summary == Summary.model_validate_json(world.read(said.summary_object))
    page = world.read(said.html).decode()
    assert "<ins" in page
    assert "950" in page
    told = {name: getattr(said, name) for name in PairRequested.model_fields}
    assert {**told, "options": pair.options} == dict(pair)


def test_a_redline_says_with_which_options_it_was_made(world: World) -> None:
    told = completed(world, world.event(requested(world))).options
    assert told is not None
    defaults = redline.CompareOptions(author="Redline")
    assert dict(told) == {name: getattr(defaults, name) for name in RedlineOptions.model_fields}


def test_a_request_may_name_every_option_of_a_comparison() -> None:
    """But for the date, which is that of the root event, and the format, which is known from the upload."""
    of_the_engine = {option.name for option in fields(redline.CompareOptions)}
    assert set(RedlineOptions.model_fields) == of_the_engine - {"date", "before_format", "after_format"}


@pytest.mark.parametrize("author", ["", "two\nlines", "nul\x00", "a" * 201])
def test_an_author_that_no_document_can_hold_is_no_request(author: str) -> None:
    with pytest.raises(ValidationError, match="author"):
        RedlineOptions(author=author)


def test_a_redline_says_which_release_made_it(world: World) -> None:
    assert completed(world, world.event(requested(world))).engine_version == version("redline")


def test_a_redline_left_by_an_earlier_release_stays_that_of_the_release(world: World) -> None:
    pair = requested(world)
    left = redline.compare(BEFORE, AFTER, redline.CompareOptions(author="Earlier", date=ROOT_TIME)).docx
    world.services.blobs.put("redlines", f"{results(pair)}/redline.docx", left, metadata={"engine-version": "0.0.9"})
    event = world.event(pair)
    assert completed(world, event).engine_version == "0.0.9"
    world.forget_marks()
    assert completed(world, event).engine_version == "0.0.9"


def test_objects_are_named_by_document_versions_and_attempt(world: World) -> None:
    pair = requested(world)
    said = completed(world, world.event(pair))
    refs = (said.redline, said.html, said.changes, said.summary_object)
    names = ("redline.docx", "redline.html", "changes.json", "summary.json")
    assert [(ref.bucket, ref.object) for ref in refs] == [("redlines", f"{results(pair)}/{name}") for name in names]
    for ref in refs:
        assert ref.sha256 == hashlib.sha256(world.read(ref)).hexdigest()


def test_revisions_carry_the_author_of_the_settings_and_the_time_of_the_root_event(world: World) -> None:
    said = completed(world, world.event(requested(world)))
    package = Package.open(world.read(said.redline))
    main = package.read(package.main).decode()
    assert 'w:author="Redline"' in main
    assert f'w:date="{ROOT_TIME:%Y-%m-%dT%H:%M:%SZ}"' in main


def test_a_redelivery_writes_nothing_more_and_says_the_same(world: World) -> None:
    event = world.event(requested(world))
    world.post("redline", event)
    once = world.events()
    world.forget_marks()
    assert world.post("redline", event) == 200
    assert world.events() == once
    assert len(list(world.services.blobs.list("redlines", versions=True))) == 4


@pytest.mark.parametrize("written", range(4))
def test_a_crash_between_the_objects_is_made_good_by_a_redelivery(
    world: World, monkeypatch: pytest.MonkeyPatch, written: int
) -> None:
    event = world.event(requested(world))
    real, puts = EmbeddedBlobs.put, list[str]()

    def put(self: EmbeddedBlobs, bucket: str, name: str, data: bytes, **more: Any) -> Any:
        if len(puts) >= written:
            raise RuntimeError("killed")
        puts.append(name)
        return real(self, bucket, name, data, **more)

    with monkeypatch.context() as crash:
        crash.setattr(EmbeddedBlobs, "put", put)
        assert world.post("redline", event) == 500
    assert world.events() == []
    said = completed(world, event)
    assert len(list(world.services.blobs.list("redlines", versions=True))) == 4
    assert redline.verify(world.read(said.redline), BEFORE, AFTER).ok


def test_a_redline_that_is_there_and_differs_stays_and_everything_describes_it(world: World) -> None:
    pair = requested(world)
    other = redline.compare(
        BEFORE, AFTER, redline.CompareOptions(author="An earlier release", date=datetime(2020, 1, 1, tzinfo=UTC))
    )
    world.services.blobs.put("redlines", f"{results(pair)}/redline.docx", other.docx)
    said = completed(world, world.event(pair))
    assert world.read(said.redline) == other.docx
    listed = ChangeList.model_validate_json(world.read(said.changes))
    assert {change.author for change in listed.changes} == {"An earlier release"}
    assert "An earlier release" in world.read(said.html).decode()


def test_what_cannot_be_read_is_a_failure_with_a_code_and_a_sentence(world: World) -> None:
    pair = requested(world)
    broken = world.services.blobs.put("normalized", "broken.docx", b"PK\x03\x04 no more")
    ref = reference(broken)
    said = run(world, world.event(pair.model_copy(update={"before": ref})))
    assert isinstance(said, RedlineFailed)
    assert said.code == "damaged-package"
    assert said.message.endswith(".")
    assert list(world.services.blobs.list("redlines")) == []


def test_a_redline_that_does_not_verify_is_withheld(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    event = world.event(requested(world))
    with monkeypatch.context() as defect:
        _lose_every_change(defect)
        said = run(world, event)
    assert isinstance(said, RedlineFailed)
    assert said.code == "verification-failed"
    assert "reject" in said.message
    assert "900" not in said.message
    assert list(world.services.blobs.list("redlines")) == []


def test_a_failure_is_replayed_to_a_completed_redline_as_the_next_attempt(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair = requested(world)
    with monkeypatch.context() as defect:
        _lose_every_change(defect)
        world.post("redline", world.event(pair))
    [failed] = world.events()
    again = pair.model_copy(update={"attempt": 2})
    world.post("redline", world.event(again))
    [done] = world.events()
    assert done.id != failed.id
    said = RedlineCompleted.model_validate_json(done.data)
    assert (said.pair_id, said.attempt) == (pair.pair_id, 2)
    assert said.redline.object == f"{results(again)}/redline.docx"
    for event in (failed, done):
        world.post("audit", event)
    assert [(row.attempt, row.code) for row in world.services.audit.rows()] == [(1, "verification-failed"), (2, None)]


def _lose_every_change(defect: pytest.MonkeyPatch) -> None:
    """A comparer that delivers the after version as it is; the verifier stays the real one."""
    defect.setattr(sys.modules["redline.comparer.compare"], "_compare_packages", lambda _: None)


@pytest.mark.parametrize("damage", [Path.unlink, lambda file: file.write_bytes(b"PK")], ids=["missing", "cut"])
def test_a_stored_version_that_is_damaged_is_a_failure_and_no_outage(
    world: World, damage: Callable[[Path], object]
) -> None:
    pair = requested(world)
    blobs = world.services.settings.layout.blobs
    damage(next(blobs.rglob(f"normalized/**/{pair.before.generation}.data")))
    said = run(world, world.event(pair))
    assert isinstance(said, RedlineFailed)
    assert said.code == "damaged-object"
    assert "upload the earlier version again" in said.message


def test_an_event_names_some_untracked_places_and_says_how_many_more() -> None:
    places = tuple(NotTracked(part="word/document.xml", path="/x" * 500, code="c", message="m") for _ in range(5000))
    degraded = tuple(f"Paragraph {number} was compared as a whole." for number in range(5000))
    summary = Summary(coverage=Coverage(complete=False, not_tracked=places, degraded=degraded))
    cut = short(summary)
    assert cut.coverage.not_tracked[-1].code == "more"
    assert "4980" in cut.coverage.not_tracked[-1].message
    assert len(cut.model_dump_json()) < MAX_MESSAGE_BYTES / 2
    assert cut.model_copy(update={"coverage": Coverage()}) == summary.model_copy(update={"coverage": Coverage()})


def test_a_short_coverage_is_left_as_it_is() -> None:
    summary = Summary(
        insertions=1,
        coverage=Coverage(complete=False, not_tracked=(NotTracked(part="p", code="c", message="m"),), degraded=("x",)),
    )
    assert short(summary) == summary


def test_options_of_a_pair_are_kept_to_and_its_results_are_its_own(world: World) -> None:
    pair = requested(world, docx("Rent: 900 euros."), docx("Rent: 950 euros."))
    options = RedlineOptions(author="A. Counsel", granularity="character")
    asked = pair.model_copy(update={"options": options, "batch_id": "ba" * 16, "batch_index": 0})
    own, plain = completed(world, world.event(asked)), completed(world, world.event(pair))
    [change] = ChangeList.model_validate_json(world.read(own.changes)).changes
    assert (change.before, change.after, change.author) == ("0", "5", "A. Counsel")
    [change] = ChangeList.model_validate_json(world.read(plain.changes)).changes
    assert (change.before, change.after, change.author) == ("900", "950", "Redline")
    assert own.options is not None
    assert (own.options.author, own.options.granularity) == (options.author, options.granularity)


def test_what_options_leave_out_is_no_reason_to_withhold_the_redline(world: World) -> None:
    pair = requested(world, docx("The Rent of 2025."), docx("the rent of 2026."))
    options = RedlineOptions(track_case=False, ignore_numbers=True)
    said = completed(world, world.event(pair.model_copy(update={"options": options, "batch_id": "ba" * 16})))
    assert said.summary.revisions == 0
    assert said.summary.coverage.not_tracked != ()


def of_batch(pair: PairRequested, batch: str, **more: Any) -> PairRequested:
    return pair.model_copy(update={"batch_id": batch * 16, "batch_index": 0, **more})


def test_what_was_made_before_is_used_again_and_said_so(world: World) -> None:
    pair = requested(world)
    plain = completed(world, world.event(pair))
    again = completed(world, world.event(of_batch(pair, "ba")))
    assert (again.redline, again.summary_object, again.engine_version) == (
        plain.redline,
        plain.summary_object,
        plain.engine_version,
    )
    assert (plain.reused_from, again.reused_from) == (None, event_id(plain))
    character = RedlineOptions(granularity="character")
    first = completed(world, world.event(of_batch(pair, "bb", options=character)))
    second = completed(world, world.event(of_batch(pair, "bc", options=character)))
    assert first.redline.object not in (plain.redline.object, "")
    assert (first.reused_from, second.reused_from) == (None, event_id(first))
    assert second.redline == first.redline
    assert len(list(world.services.blobs.list("redlines", versions=True))) == 8


def test_what_another_engine_made_is_not_used_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    pair = requested(world)
    plain = completed(world, world.event(pair))
    composition.services_of_process.cache_clear()
    monkeypatch.setattr(composition, "release", lambda: "99.0")
    said = completed(world, world.event(of_batch(pair, "ba")))
    assert (said.reused_from, said.engine_version) == (None, "99.0")
    assert said.redline.object != plain.redline.object
    redelivered = completed(world, world.event(pair.model_copy(update={"region": "again"})))
    assert redelivered.redline == plain.redline


def test_a_redelivery_of_a_requested_pair_is_no_reuse(world: World) -> None:
    event = world.event(of_batch(requested(world), "ba"))
    said = completed(world, event)
    world.forget_marks()
    assert completed(world, event) == said
    assert said.reused_from is None


def test_a_pair_across_documents_is_filed_with_both(world: World) -> None:
    pair = requested(world)
    said = completed(world, world.event(of_batch(pair, "ba", before_document_id="d0" * 16)))
    versions = f"{'d0' * 16}.{pair.before_generation}-{pair.after_generation}"
    assert said.redline.object.startswith(f"default/{pair.document_id}/{versions}/")
