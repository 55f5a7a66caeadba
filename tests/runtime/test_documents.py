from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from events.envelope import Event
from events.routing import SUBSCRIPTIONS
from runtime import cli
from runtime.documents import Documents, UnknownDocumentError
from tests.functions.conftest import world as world
from tests.functions.world import World, docx

LEASE = "contracts/lease.docx"


def see_through(world: World, event: Event) -> None:
    """Have every function do its part of what follows from an event."""
    waiting = [event]
    while waiting:
        event = waiting.pop()
        for function in {each.function for each in SUBSCRIPTIONS if event.type in each.event_types}:
            assert world.post(function, event) == 200
        waiting += world.events()


@pytest.fixture
def filled(world: World) -> World:
    """Documents: one with two versions, one rejected, one deleted."""
    for text in ("One.\nTwo.", "One.\nTwo or three."):
        see_through(world, world.upload(LEASE, docx(text)))
    see_through(world, world.upload("picture.docx", b"\x89PNG\r\n"))
    see_through(world, world.upload("old/deed [1].txt", b"Gone."))
    see_through(world, world.delete("old/deed [1].txt"))
    return world


def redline(world: World, *arguments: str) -> Result:
    return CliRunner().invoke(cli.main, [*arguments, "--root", str(world.services.settings.root)])


def listed(world: World, *arguments: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in redline(world, "documents", "--json", *arguments).output.splitlines()]


def test_documents_are_listed_by_path(filled: World) -> None:
    lease, deed, picture = listed(filled)
    assert [(each["path"], each["versions"], each["state"]) for each in (lease, deed, picture)] == [
        (LEASE, 2, "ready"),
        ("old/deed [1].txt", 1, "deleted"),
        ("picture.docx", 1, "rejected"),
    ]
    assert lease["document_id"] == filled.document_id(LEASE)
    assert lease["last_redline"] is not None
    assert deed["last_redline"] is None
    shown = redline(filled, "documents").output
    for words in (LEASE, "1 > 2", "rejected", "s ago", "old/deed [1].txt"):
        assert words in shown


@pytest.mark.parametrize(
    ("arguments", "paths"),
    [
        (["LEASE"], [LEASE]),
        (["*.docx"], [LEASE, "picture.docx"]),
        (["con*lease.doc?"], [LEASE]),
        (["--state", "deleted"], ["old/deed [1].txt"]),
        (["deed [1]"], ["old/deed [1].txt"]),
        (["lease", "--state", "rejected"], []),
    ],
    ids=str,
)
def test_documents_are_filtered(filled: World, arguments: list[str], paths: list[str]) -> None:
    assert [each["path"] for each in listed(filled, *arguments)] == paths


def test_no_documents_are_said_in_words(world: World) -> None:
    (world.services.settings.layout.state).mkdir(parents=True, exist_ok=True)
    assert "drop one in uploads/" in redline(world, "documents").output
    assert redline(world, "documents", "x").output == "No document matches.\n"


def test_a_document_is_shown_as_one_timeline(filled: World) -> None:
    shown = redline(filled, "show", LEASE).output
    lines = shown.splitlines()
    [first, second] = [number for number, line in enumerate(lines) if " uploaded " in line]
    [redlined] = [number for number, line in enumerate(lines) if "redline.completed" in line]
    assert first < second < redlined
    assert "1 > 2" in lines[redlined]
    assert "1 change" in lines[redlined]
    told = json.loads(redline(filled, "show", LEASE, "--json").output)
    assert (told["path"], told["state"], [each["number"] for each in told["versions"]]) == (LEASE, "ready", [1, 2])
    [made] = told["redlines"]
    assert (made["before_generation"], made["after_generation"]) == tuple(
        each["generation"] for each in told["versions"]
    )
    events = [each["event_type"].split(".")[-2] for each in told["events"]]
    assert events == ["normalized", "normalized", "completed", "rendered"]
    for event in told["events"]:
        assert event["trace_id"] in shown


def test_a_rejected_document_says_why(filled: World) -> None:
    shown = redline(filled, "show", "picture.docx").output
    assert "rejected" in shown
    assert "no redline" not in shown
    assert "6 bytes" in shown


def test_a_document_is_found_in_many_ways(filled: World) -> None:
    identity = filled.document_id(LEASE)
    uploads = filled.services.settings.layout.uploads
    for given in (LEASE, identity, identity[:8], f"./{LEASE}", str(uploads / LEASE)):
        assert Documents(filled.services).find(given).id == identity
    assert listed(filled, LEASE)[0]["document_id"] == identity


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("contracts/laese.docx", f"No document is called contracts/laese.docx; did you mean {LEASE}?"),
        ("lease.docx", f"No document is called lease.docx; did you mean {LEASE}?"),
        ("nothing like it", "No document is called nothing like it; see: redline documents"),
        ("0" * 32, f"No document is called {'0' * 32}; see: redline documents"),
    ],
)
def test_an_unknown_document_is_answered_with_the_nearest(filled: World, given: str, sentence: str) -> None:
    done = redline(filled, "show", given)
    assert (done.exit_code, done.output) == (1, f"redline: {sentence}\n")


def test_an_erased_document_is_still_known_by_its_id(filled: World) -> None:
    identity = filled.document_id(LEASE)
    for bucket, name in (
        ("records", f"paths/default/{identity}.json"),
        ("records", f"versions/default/{identity}.json"),
    ):
        filled.services.blobs.delete(bucket, name)
    with pytest.raises(UnknownDocumentError):
        Documents(filled.services).find("contracts/other.docx")
    assert Documents(filled.services).find(identity).state == "erased"
    shown = redline(filled, "show", identity).output
    assert "its path was erased" in shown
    assert "redline.completed" in shown
    assert [each["path"] for each in listed(filled)] == ["old/deed [1].txt", "picture.docx"]


def test_a_name_that_no_terminal_should_print_is_shown_harmlessly(world: World) -> None:
    see_through(world, world.upload("evil\x1b[31m[bold]\u202e.txt", b"x"))
    shown = redline(world, "documents").output
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert "[bold]" in shown


def test_data_that_is_not_there_is_said(tmp_path: Path) -> None:
    for command in (["documents"], ["show", "x"], ["dead-letters", "list"]):
        done = CliRunner().invoke(cli.main, [*command, "--root", str(tmp_path)])
        assert "There is no pipeline's data in" in done.output
