from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from backends.blobs.embedded import EmbeddedBlobs
from events.delivery import to_event
from events.envelope import Event, to_message
from events.notifications import to_notification
from runtime import cli
from runtime.commands import dead_letters as command
from runtime.commands import replay as replaying
from runtime.composition import Services, now
from runtime.letters import Letter, Letters, NotReplayableError
from schemas.deadletters import DeadLetterDiscarded, DeadLetterReplayed
from schemas.messaging import DELIVERY_COUNT, REASON, SOURCE_SUBSCRIPTION, Message
from schemas.redlines import PairRequested, RedlineFailed
from schemas.storage import ObjectFinalized
from tests.events.test_registry import event_of
from tests.functions.conftest import world as world
from tests.functions.world import ROOT_TIME, World

REQUESTED = event_of("dev.redline.redline.pair.requested.v1")
NORMALIZED = event_of("dev.redline.document.normalized.v1")
UPLOAD = to_notification(
    ObjectFinalized(bucket="uploads", name="letters/lease.docx", generation=7, time_created=ROOT_TIME), ROOT_TIME
)


def bury(world: World, message: Message, subscription: str) -> Letter:
    """Have a message kept as a dead letter, by the function that keeps them."""
    known = {letter.id for letter in Letters(world.services)}
    added = {SOURCE_SUBSCRIPTION: subscription, DELIVERY_COUNT: "5", REASON: "HTTP 500"}
    assert world.post("deadletters", to_event(Message(message.data, {**message.attributes, **added}))) == 200
    [letter] = [letter for letter in Letters(world.services) if letter.id not in known]
    return letter


def replayed(world: World, letter: Letter, subscription: str) -> tuple[Message, list[Event]]:
    """Replay a letter: what its queue got, and what the audit is told."""
    Letters(world.services).replay(letter)
    [delivery] = world.pull(subscription)
    return delivery.message, [to_event(each.message) for each in world.pull("documents-audit")]


def test_a_replayed_message_is_published_as_it_was(world: World) -> None:
    letter = bury(world, UPLOAD, "uploads-normalize")
    message, told = replayed(world, letter, "uploads-normalize")
    assert (message.data, to_event(message)) == (UPLOAD.data, to_event(UPLOAD))
    [fact] = [event for event in told if event.type == DeadLetterReplayed.event_type]
    assert json.loads(fact.data)["letter_id"] == letter.id
    assert fact.correlation_id == to_event(UPLOAD).id
    assert list(Letters(world.services)) == []


def test_what_fails_again_is_kept_again(world: World) -> None:
    message = UPLOAD
    for attempt in (1, 2, 3):
        letter = bury(world, message, "uploads-normalize")
        assert letter.content.attempt == attempt
        message, _ = replayed(world, letter, "uploads-normalize")


def test_a_pair_is_replayed_as_its_next_attempt(world: World) -> None:
    letter = bury(world, to_message(REQUESTED), "redline-pairs-redline")
    [failed] = [event for event in world.events() if event.type == RedlineFailed.event_type]
    world.run("audit", failed)
    for attempt in (2, 2):  # the second time nothing more is known to the trail
        Letters(world.services).replay(letter)
        [delivery] = world.pull("redline-pairs-redline")
        event = to_event(delivery.message)
        assert (event.type, json.loads(event.data)["attempt"]) == (PairRequested.event_type, attempt)
        assert event.correlation_id == REQUESTED.correlation_id


def test_a_kill_before_the_letter_is_removed_loses_and_doubles_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    letter = bury(world, UPLOAD, "uploads-normalize")

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(EmbeddedBlobs, "remove", killed)
        with pytest.raises(KeyboardInterrupt):
            Letters(world.services).replay(letter)
    [kept] = Letters(world.services)
    assert kept == letter
    Letters(world.services).replay(kept)
    deliveries = world.pull("uploads-normalize")
    assert len({to_event(each.message).id for each in deliveries}) == 1
    told = {to_event(each.message).id for each in world.pull("documents-audit")}
    assert len(told) == 2  # rejected, and replayed once


def test_a_discarded_message_is_gone_for_good_and_the_trail_says_who_and_why(world: World) -> None:
    letter = bury(world, to_message(NORMALIZED), "documents-plan")
    Letters(world.services).discard(letter, "A test upload.")
    assert list(world.services.blobs.generations("dead-letters")) == []
    [fact] = [event for event in world.events() if event.type == DeadLetterDiscarded.event_type]
    world.run("audit", fact)
    [row] = world.services.audit.rows(document_id=NORMALIZED.partition_key)
    assert (row.event_type, row.actor) == (DeadLetterDiscarded.event_type, "somebody")
    assert row.details is not None
    assert row.details["reason"] == "A test upload."
    assert row.details["letter_id"] == letter.id


@pytest.mark.parametrize("message", [Message(b"\xff not an event", {"strange": "yes"}), Message(b"", {})], ids=repr)
def test_what_is_no_event_can_only_be_discarded(world: World, message: Message) -> None:
    letter = bury(world, message, "documents-plan")
    with pytest.raises(NotReplayableError, match="discard it"):
        Letters(world.services).replay(letter)
    assert [each.id for each in Letters(world.services)] == [letter.id]
    assert letter.event is None
    Letters(world.services).discard(letter, "")
    [fact] = [event for event in world.events() if event.type == DeadLetterDiscarded.event_type]
    world.run("audit", fact)
    [row] = world.services.audit.rows()
    assert row.document_id == ""


def test_a_letter_of_a_queue_that_is_gone_stays(world: World) -> None:
    letter = bury(world, UPLOAD, "uploads-of-yore")
    with pytest.raises(NotReplayableError, match="in the queue uploads-of-yore, which"):
        Letters(world.services).replay(letter)
    assert len(list(Letters(world.services))) == 1


def test_a_damaged_letter_is_passed_over(world: World) -> None:
    world.services.blobs.put("dead-letters", "broken.json", b"{}")
    assert list(Letters(world.services)) == []


@pytest.fixture
def root(world: World, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A pipeline that seems to run, with two dead letters."""

    @contextmanager
    def running(_: Path) -> Iterator[tuple[None, Services]]:
        yield None, world.services

    for module in (command, replaying):
        monkeypatch.setattr(module, "running_pipeline", running)
    bury(world, UPLOAD, "uploads-normalize")
    bury(world, to_message(REQUESTED), "redline-pairs-redline")
    return world.services.settings.root


def redline(root: Path, *arguments: str, answer: str = "") -> Result:
    return CliRunner().invoke(cli.main, [*arguments, "--root", str(root)], input=answer)


def listed(root: Path) -> list[dict[str, object]]:
    done = redline(root, "dead-letters", "list", "--json")
    return [json.loads(line) for line in done.output.splitlines()]


def test_dead_letters_are_listed(root: Path) -> None:
    upload, pair = listed(root)
    assert (upload["path"], upload["subscription"], upload["reason"]) == (
        "letters/lease.docx",
        "uploads-normalize",
        "HTTP 500",
    )
    assert pair["pair_id"] == json.loads(REQUESTED.data)["pair_id"]
    shown = redline(root, "dead-letters", "list").output
    for words in ("letters/lease.docx", "uploads-normalize", "HTTP 500", str(upload["id"])[:12]):
        assert words in shown


def test_a_dead_letter_is_shown_whole(root: Path) -> None:
    upload, _ = listed(root)
    shown = redline(root, "dead-letters", "show", str(upload["id"])[:8]).output
    assert '"eventType": "OBJECT_FINALIZE"' in shown
    assert '"generation": "7"' in shown
    told = json.loads(redline(root, "dead-letters", "show", str(upload["id"]), "--json").output)
    assert told["data"]["name"] == "letters/lease.docx"


def test_dead_letters_are_replayed_one_by_one_or_all(root: Path, world: World) -> None:
    upload, pair = listed(root)
    assert redline(root, "dead-letters", "replay", str(pair["id"])).output == "1 dead letter published again.\n"
    assert [each["id"] for each in listed(root)] == [upload["id"]]
    assert redline(root, "dead-letters", "replay", "--all").output == "1 dead letter published again.\n"
    assert "there are no dead letters" in redline(root, "dead-letters", "replay", "--all").output
    assert redline(root, "dead-letters", "list").output == "There are no dead letters.\n"
    assert len(world.pull("uploads-normalize")) == len(world.pull("redline-pairs-redline")) == 1


def test_a_discard_is_asked_for(root: Path) -> None:
    upload, _ = listed(root)
    done = redline(root, "dead-letters", "discard", str(upload["id"]), answer="n\n")
    assert done.exit_code == 1
    assert len(listed(root)) == 2
    assert redline(root, "dead-letters", "discard", str(upload["id"]), answer="y\n").exit_code == 0
    assert len(listed(root)) == 1
    done = redline(root, "dead-letters", "discard", str(listed(root)[0]["id"]), "--yes", "--reason", "done")
    assert done.output == "1 dead letter discarded.\n"


def test_a_failed_pair_that_is_replayed_by_its_id_leaves_the_dead_letters(root: Path, world: World) -> None:
    _, pair = listed(root)
    [failed] = [event for event in world.events() if event.type == RedlineFailed.event_type]
    world.run("audit", failed)
    assert redline(root, "replay", str(pair["pair_id"])).output == "1 redline asked for again.\n"
    assert [each["subscription"] for each in listed(root)] == ["uploads-normalize"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["show", "feed" * 8], "No dead letter has the id"),
        (["show", "a"], "No dead letter has the id a"),
        (["replay", "feed"], "see: redline dead-letters list"),
        (["discard", "feed", "--yes"], "No dead letter has the id feed"),
    ],
)
def test_an_unknown_letter_is_refused_in_a_sentence(root: Path, arguments: list[str], sentence: str) -> None:
    done = redline(root, "dead-letters", *arguments)
    assert (done.exit_code, done.output.count("\n")) == (1, 1)
    assert sentence in done.output


def test_a_beginning_that_fits_several_is_refused(world: World, root: Path) -> None:
    letter = next(iter(Letters(world.services)))
    content = letter.content.model_copy(update={"data": base64.b64encode(letter.content.data)})
    for name in ("feed1", "feed2"):
        world.services.blobs.put("dead-letters", f"{name}.json", content.model_dump_json().encode())
    assert "2 dead letters have an id that begins with feed" in redline(root, "dead-letters", "show", "feed").output


@pytest.mark.parametrize(
    "arguments", [["replay"], ["replay", "--all", "x"], ["discard"], ["show"], ["discard", "x", "--reason", "x" * 501]]
)
def test_misuse_is_told(root: Path, arguments: list[str]) -> None:
    assert redline(root, "dead-letters", *arguments).exit_code == 2


def test_letters_keep_the_time_they_were_given_up(world: World) -> None:
    before = now()
    assert before <= bury(world, UPLOAD, "uploads-normalize").kept <= now()
