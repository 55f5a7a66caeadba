from __future__ import annotations

import base64
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from backends.blobs.embedded import EmbeddedBlobs
from events.envelope import Event, to_message
from events.ids import hold_id
from functions import remains
from runtime.composition import now
from schemas.base import Payload
from schemas.custody import (
    CustodyRequest,
    DocumentErased,
    ErasureRefused,
    ErasureRequested,
    HoldPlaced,
    HoldRefused,
    HoldReleased,
    HoldReleaseRequested,
    HoldRequested,
)
from schemas.deadletters import MessageUndeliverable
from schemas.documents import DocumentNormalized
from schemas.redlines import PairRequested, RedlineFailed
from tests.functions.test_chain import run_chain
from tests.functions.world import World, docx

NAME = "clients/Jane Zwickel/divorce.docx"
OTHER = "clients/other.docx"
WORDS = ("Xanthippe", "Zwickel", "divorce")
TEXTS = [f"Xanthippe owes {amount} euros." for amount in (100, 200, 300)]


def asked(world: World, kind: type[CustodyRequest], name: str = NAME, **more: object) -> CustodyRequest:
    document_id, moment = world.document_id(name), now()
    if kind is HoldRequested:
        more["hold_id"] = hold_id(document_id, moment)
    return kind(
        tenant="default",
        region="local",
        document_id=document_id,
        requested_at=moment,
        actor="a.counsel",
        actor_source="local",
        reason="The client asked for it.",
        **more,
    )


def ask(world: World, kind: type[CustodyRequest], name: str = NAME, **more: object) -> Payload:
    [said] = world.run("erase", world.event(asked(world, kind, name, **more)))
    return said


def redlined(world: World, name: str = NAME) -> None:
    """Some versions of a document, redlined, with a copy of each in the folders for people."""
    for text in TEXTS:
        file = world.services.settings.layout.uploads / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(docx(text))
        assert world.post("normalize", world.upload(name, file)) == 200
        run_chain(world, Random(1))


def places(world: World, *words: str) -> list[str]:
    """Where, in names or contents below the root, one of these words or an id of the document is found."""
    root = world.services.settings.root
    found = []
    for path in root.rglob("*"):
        inside = path.read_bytes() if path.is_file() else b""
        if any(word.encode() in inside or word in str(path.relative_to(root)) for word in words):
            found.append(str(path.relative_to(root)))
    return found


def kept(world: World, name: str = NAME) -> list[str]:
    """Objects whose name tells of the document, but for its custody record."""
    identity = world.document_id(name)
    buckets = ("uploads", "normalized", "redlines", "records", "dead-letters")
    names = [found for bucket in buckets for found, _ in world.services.blobs.generations(bucket)]
    return [found for found in names if (identity in found or found == name) and not found.startswith("custody/")]


def test_an_erased_document_leaves_nothing_and_its_neighbour_all(world: World) -> None:
    redlined(world)
    redlined(world, OTHER)
    others = kept(world, OTHER)
    assert places(world, *WORDS)
    said = ask(world, ErasureRequested)
    assert isinstance(said, DocumentErased)
    assert (said.versions, said.redlines, said.actor, said.reason) == (
        3,
        2,
        "a.counsel",
        "The client asked for it.",
    )
    assert said.requested_at <= said.completed_at <= now()
    assert kept(world) == []
    assert [place for place in places(world, "Zwickel", "divorce") if place != "uploads/clients/Jane Zwickel"] == []
    assert kept(world, OTHER) == others
    assert (world.services.settings.layout.uploads / OTHER).exists()


def test_an_erasure_is_said_once_however_often_it_is_delivered(world: World) -> None:
    redlined(world)
    event = world.event(asked(world, ErasureRequested))
    once = world.run("erase", event)
    world.forget_marks()
    assert world.run("erase", event) == once


def test_a_hold_stands_against_erasure_until_it_is_released(world: World) -> None:
    redlined(world)
    before = kept(world)
    held = ask(world, HoldRequested)
    assert isinstance(held, HoldPlaced)
    refused = ask(world, ErasureRequested)
    assert isinstance(refused, ErasureRefused)
    assert refused.code == "legal-hold"
    assert "hold" in refused.message
    assert kept(world) == before
    second = ask(world, HoldRequested)
    assert isinstance(second, HoldPlaced)
    assert isinstance(ask(world, HoldReleaseRequested, hold_id=held.hold_id), HoldReleased)
    assert isinstance(ask(world, ErasureRequested), ErasureRefused)
    assert isinstance(ask(world, HoldReleaseRequested, hold_id=second.hold_id), HoldReleased)
    assert isinstance(ask(world, ErasureRequested), DocumentErased)
    assert kept(world) == []


def test_requests_about_holds_may_be_delivered_again(world: World) -> None:
    redlined(world)
    place = asked(world, HoldRequested)
    assert isinstance(place, HoldRequested)
    release = asked(world, HoldReleaseRequested, hold_id=place.hold_id)
    for request, fact in ((place, HoldPlaced), (release, HoldReleased), (place, HoldPlaced), (release, HoldReleased)):
        [said] = world.run("erase", world.event(request))
        assert isinstance(said, fact)
        world.forget_marks()
    assert isinstance(ask(world, ErasureRequested), DocumentErased)


@pytest.mark.parametrize(
    ("kind", "more", "code"),
    [
        (ErasureRequested, {}, "unknown-document"),
        (HoldRequested, {}, "unknown-document"),
        (HoldReleaseRequested, {"hold_id": "0" * 32}, "no-such-hold"),
    ],
)
def test_what_is_not_there_is_refused(
    world: World, kind: type[CustodyRequest], more: dict[str, str], code: str
) -> None:
    said = ask(world, kind, "never/was.docx", **more)
    assert isinstance(said, ErasureRefused | HoldRefused)
    assert said.code == code
    assert list(world.services.blobs.list("records", "custody/")) == []


def test_another_tenants_document_is_refused(world: World) -> None:
    redlined(world)
    request = asked(world, ErasureRequested).model_copy(update={"tenant": "another"})
    [said] = world.run("erase", world.event(request))
    assert isinstance(said, ErasureRefused)
    assert said.code == "other-tenant"
    assert kept(world)


def test_what_is_erased_already_is_refused_and_cannot_be_held(world: World) -> None:
    redlined(world)
    ask(world, ErasureRequested)
    for kind in (ErasureRequested, HoldRequested):
        said = ask(world, kind)
        assert isinstance(said, ErasureRefused | HoldRefused)
        assert said.code == "already-erased"


@pytest.mark.parametrize("kind", [ErasureRequested, HoldRequested, HoldReleaseRequested])
def test_a_request_that_cannot_be_delivered_is_refused_at_last(world: World, kind: type[CustodyRequest]) -> None:
    request = asked(world, kind, **({"hold_id": "0" * 32} if kind is HoldReleaseRequested else {}))
    said = undeliverable(world, "document-requests-erase", world.event(request))
    assert isinstance(said, ErasureRefused | HoldRefused)
    assert (said.code, said.document_id) == ("undeliverable", request.document_id)


def undeliverable(world: World, subscription: str, event: Event) -> Payload | None:
    """What deadletters says of an event that could not be delivered."""
    message = to_message(event)
    letter = MessageUndeliverable(
        message_id=event.id,
        subscription=subscription,
        attributes=dict(message.attributes),
        data=base64.b64encode(message.data),
    )
    said = world.run("deadletters", world.event(letter))
    return said[0] if said else None


class CrashError(Exception):
    """The process is gone."""


def crashing(after: int) -> Callable[..., None]:
    """A removal that ends in a crash after some."""
    remove, left = EmbeddedBlobs.remove, iter(range(after))

    def removal(self: EmbeddedBlobs, bucket: str, name: str, generation: int) -> None:
        if next(left, None) is None:
            raise CrashError
        remove(self, bucket, name, generation)

    return removal


def test_killed_after_any_step_it_is_finished_by_the_redelivery(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    redlined(world)
    event = world.event(asked(world, ErasureRequested))
    steps = 0
    while True:
        with monkeypatch.context() as crash:
            crash.setattr(EmbeddedBlobs, "remove", crashing(steps))
            status = world.post("erase", event)
        if status == 200:
            break
        assert isinstance(ask(world, HoldRequested), HoldRefused), "too late to hold what is half gone"
        steps += 1
    assert steps > 5
    erased = [said for said in world.said() if isinstance(said, DocumentErased)]
    assert [(said.versions, said.redlines) for said in erased] == [(3, 2)]
    assert kept(world) == []


def test_what_comes_late_ends_quietly_and_brings_nothing_back(world: World) -> None:
    first = world.upload(NAME, docx(TEXTS[0]))
    [one] = world.run("normalize", first)
    second = world.upload(NAME, docx(TEXTS[1]))
    [two] = world.run("normalize", second)
    [pair] = world.run("plan", world.event(two))
    assert isinstance(one, DocumentNormalized)
    assert isinstance(pair, PairRequested)
    assert isinstance(ask(world, ErasureRequested), DocumentErased)
    world.forget_marks()
    for function, event in (("normalize", first), ("plan", world.event(two))):
        assert world.run(function, event) == []
    [failed] = world.run("redline", world.event(pair))
    assert isinstance(failed, RedlineFailed)
    assert failed.code == "erased"
    assert undeliverable(world, "documents-plan", world.event(two)) is None
    assert kept(world) == []
    assert places(world, "divorce") == []


def test_a_letter_that_names_the_path_goes_and_one_of_the_audit_stays(world: World) -> None:
    upload = world.upload(NAME, docx(TEXTS[0]))
    [one] = world.run("normalize", upload)
    other = world.upload(OTHER, docx(TEXTS[0]))
    undeliverable(world, "uploads-normalize", upload)
    undeliverable(world, "uploads-normalize", other)
    undeliverable(world, "documents-audit", world.event(one))
    world.said()
    ask(world, ErasureRequested)
    letters = [
        world.json("dead-letters", blob.name)["subscription"] for blob in world.services.blobs.list("dead-letters")
    ]
    assert sorted(letters) == ["documents-audit", "uploads-normalize"]
    assert places(world, "divorce") == []


@pytest.mark.parametrize("function", ["normalize", "plan", "redline"])
def test_an_erasure_in_the_middle_of_the_work_leaves_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch, function: str
) -> None:
    """The document is erased after the function has looked and before it writes."""
    for text in TEXTS[:2]:
        [said] = world.run("normalize", world.upload(NAME, docx(text)))
    events = {
        "normalize": lambda: world.upload(NAME, docx(TEXTS[2])),
        "plan": lambda: world.event(said),
        "redline": lambda: world.event(world.run("plan", world.event(said))[0]),
    }
    event = events[function]()
    put = EmbeddedBlobs.put
    erased = []

    def put_late(self: EmbeddedBlobs, bucket: str, name: str, *arguments: object, **more: object) -> object:
        if not erased and not name.startswith("custody/"):
            erased.append(name)
            assert isinstance(ask(world, ErasureRequested), DocumentErased)
        return put(self, bucket, name, *arguments, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(EmbeddedBlobs, "put", put_late)
    late = [said for said in world.run(function, event) if not isinstance(said, DocumentErased)]
    assert erased
    assert [type(said) for said in late] == ([RedlineFailed] if function == "redline" else [])
    assert kept(world) == []
    assert places(world, "divorce") == []


def test_what_is_uploaded_after_an_erasure_is_a_new_document(world: World) -> None:
    redlined(world)
    ask(world, ErasureRequested)
    redlined(world)
    record = world.record(NAME)
    assert len(record.versions) == 3
    said = ask(world, ErasureRequested)
    assert isinstance(said, DocumentErased)
    assert (said.versions, said.redlines) == (3, 2)
    assert kept(world) == []


def test_what_is_uploaded_after_the_request_outlives_the_erasure(world: World) -> None:
    """Also what the request finds already there when it is delivered late; the file that it was made from, too."""
    redlined(world)
    request = asked(world, ErasureRequested)
    [erased] = world.run("erase", world.event(request))
    layout = world.services.settings.layout
    file = layout.uploads / NAME
    file.write_bytes(docx("A new start."))
    [taken] = world.run("normalize", world.upload(NAME, file))
    world.forget_marks()
    assert world.run("erase", world.event(request)) == [erased]
    assert isinstance(taken, DocumentNormalized)
    assert [version.generation for version in world.record(NAME).versions] == [taken.generation]
    assert file.exists()
    assert world.services.blobs.get("uploads", NAME, taken.generation) == docx("A new start.")


def test_a_request_from_the_future_reaches_no_further_than_now(world: World) -> None:
    redlined(world)
    request = asked(world, ErasureRequested).model_copy(update={"requested_at": now() + timedelta(days=400)})
    [said] = world.run("erase", world.event(request))
    assert isinstance(said, DocumentErased)
    assert datetime.fromtimestamp(said.generation / 1e6, UTC) <= now()


def test_damaged_objects_are_erased_too(world: World) -> None:
    redlined(world)
    blobs: Path = world.services.settings.layout.blobs
    for sidecar in (blobs / "buckets" / "normalized").rglob("*.json"):
        sidecar.write_bytes(b"{")
    for data in (blobs / "buckets" / "redlines").rglob("*.data"):
        os.truncate(data, 1)
    ask(world, ErasureRequested)
    assert kept(world) == []


def test_a_redline_filed_with_another_document_goes_too(world: World) -> None:
    """A request may compare two documents: the redline holds words of both, and is filed with the later one."""
    [one] = world.run("normalize", world.upload(NAME, docx(TEXTS[0])))
    [two] = world.run("normalize", world.upload(OTHER, docx("Something else.")))
    assert isinstance(one, DocumentNormalized)
    assert isinstance(two, DocumentNormalized)
    pair = PairRequested(
        tenant="default",
        region="local",
        pair_id="a" * 32,
        document_id=two.document_id,
        before_document_id=one.document_id,
        before=one.normalized,
        after=two.normalized,
        before_generation=one.generation,
        after_generation=two.generation,
    )
    world.run("redline", world.event(pair))
    assert list(world.services.blobs.list("redlines"))
    held = ask(world, HoldRequested, OTHER)
    assert isinstance(held, HoldPlaced)
    refused = ask(world, ErasureRequested)
    assert isinstance(refused, ErasureRefused)
    assert refused.code == "legal-hold"
    assert two.document_id in refused.message
    ask(world, HoldReleaseRequested, OTHER, hold_id=held.hold_id)
    said = ask(world, ErasureRequested)
    assert isinstance(said, DocumentErased)
    assert said.redlines == 1
    assert list(world.services.blobs.generations("redlines")) == []
    assert kept(world) == []
    assert kept(world, OTHER)


def test_marks_of_results_elsewhere_come_back_from_their_names() -> None:
    name = remains.beside("default", remains.Version("a" * 32, 17), "default/b/17-18/1")
    assert name.removeprefix(f"beside/default/{'a' * 32}/").partition("/")[::2] == ("17", "default/b/17-18/1")
