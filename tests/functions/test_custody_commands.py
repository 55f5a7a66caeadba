"""The commands about keeping and erasing documents, over the functions that answer them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from events.delivery import to_event
from events.ids import hold_id
from runtime import cli
from runtime.commands import erase as erasing
from runtime.commands import hold as holding
from runtime.commands import retention as retaining
from runtime.composition import Services
from schemas.messaging import Message
from tests.functions.test_erase import NAME, OTHER, kept
from tests.functions.world import World, docx

WHY = ("--reason", "The client asked for it")


class Prompt:
    """A bus that has each request answered, and the answer recorded, before `publish` returns."""

    def __init__(self, world: World) -> None:
        self._world = world

    def publish(self, topic: str, messages: Sequence[Message]) -> None:
        assert topic == "document-requests"
        for message in messages:
            self._world.post("erase", to_event(message))
            for event in self._world.events():
                self._world.post("audit", event)


@pytest.fixture
def known(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Two documents that the pipeline took, and commands that find it running."""
    parts = replace(world.services, bus=Prompt(world))  # type: ignore[arg-type]

    @contextmanager
    def running(_: Path) -> Iterator[tuple[None, Services]]:
        yield None, parts

    for module in (erasing, holding, retaining):
        monkeypatch.setattr(module, "running_pipeline", running)
    for name in (NAME, OTHER):
        world.run("normalize", world.upload(name, docx("Some text.")))
    return world


def redline(known: World, *arguments: str, typed: str = "") -> Result:
    command, *rest = arguments
    words = [command, rest.pop(0)] if command == "hold" else [command]
    return CliRunner().invoke(cli.main, [*words, "--root", str(known.services.settings.root), *rest], input=typed)


def test_erase_asks_first(known: World) -> None:
    before = kept(known)
    for typed in ("", "\n", "y\n"):
        done = redline(known, "erase", NAME, *WHY, typed=typed)
        assert done.exit_code == 1
        assert kept(known) == before
    assert "divorce.docx: 1 version" in done.output
    assert "Nothing was erased" in done.output
    done = redline(known, "erase", NAME, *WHY, typed="erase\n")
    assert done.exit_code == 0, done.output
    assert "erased (1 version, 0 redlines)" in done.output
    assert kept(known) == []
    assert kept(known, OTHER)


def test_an_erased_document_is_known_by_its_id_alone(known: World) -> None:
    identity = known.document_id(NAME)
    assert redline(known, "erase", identity, "--yes", *WHY).exit_code == 0
    again = redline(known, "erase", NAME, "--yes", *WHY)
    assert again.exit_code == 1
    assert "erased already" in again.output
    [*_, row] = known.services.audit.rows(document_id=identity)
    assert (row.code, row.actor) == ("already-erased", "somebody")


def test_all_are_asked_for_and_each_is_answered(known: World) -> None:
    assert redline(known, "hold", "place", NAME, *WHY).exit_code == 0
    done = redline(known, "erase", NAME, OTHER, "--yes", *WHY)
    assert done.exit_code == 1
    assert "divorce.docx: refused. A hold stands" in done.output
    assert "other.docx: erased" in done.output
    assert "1 of 2 requests did not succeed" in done.output


def test_holds_are_placed_listed_and_released(known: World) -> None:
    assert "No hold stands" in redline(known, "hold", "list").output
    for reason in ("Litigation", "Audit"):
        assert redline(known, "hold", "place", NAME, "--reason", reason).exit_code == 0
    listed = redline(known, "hold", "list").output
    assert "divorce.docx" in listed
    assert "Litigation" in listed
    assert "No hold stands" in redline(known, "hold", "list", OTHER).output
    several = redline(known, "hold", "release", NAME, "--reason", "Settled")
    assert several.exit_code == 1
    assert "2 holds stand" in several.output
    told = [json.loads(line) for line in redline(known, "hold", "list", "--json").output.splitlines()]
    assert [(each["path"], each["reason"], each["actor"]) for each in told] == [
        (NAME, "Litigation", "somebody"),
        (NAME, "Audit", "somebody"),
    ]
    requested = datetime.fromisoformat(told[0]["requested_at"])
    assert told[0]["hold_id"] == hold_id(known.document_id(NAME), requested)
    for each in told:
        chosen = ("--hold", each["hold_id"][:12])
        assert redline(known, "hold", "release", NAME, "--reason", "Settled", *chosen).exit_code == 0
    assert "No hold stands" in redline(known, "hold", "list").output
    none = redline(known, "hold", "release", NAME, "--reason", "Settled")
    assert (none.exit_code, "No such hold stands" in none.output) == (1, True)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["erase", "never.docx", "--yes", *WHY], "No document is called never.docx"),
        (["hold", "place", "never.docx", *WHY], "No document is called never.docx"),
        (["erase", NAME, "--yes", "--reason", " "], "The reason has 0 characters"),
        (["erase", NAME, "--yes", "--reason", "x" * 501], "The reason has 501 characters"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_a_sentence(known: World, arguments: list[str], sentence: str) -> None:
    done = redline(known, *arguments)
    assert done.exit_code == 1
    assert sentence in done.output
    assert kept(known)


def old(known: World, name: str, days: int) -> None:
    """Have a version that was taken so many days ago."""
    moment = int(datetime.now(UTC).timestamp() - days * 86400) * 1_000_000
    folder = known.services.settings.layout.blobs / "buckets" / "records" / "versions" / "default"
    record = known.record(name)
    aged = record.model_copy(update={"versions": (record.versions[0].model_copy(update={"generation": moment}),)})
    [file] = (folder / f"{known.document_id(name)}.json@").glob("*.data")
    generation = int(file.stem)
    known.services.blobs.put(
        "records",
        f"versions/default/{known.document_id(name)}.json",
        aged.model_dump_json().encode(),
        if_generation_match=generation,
    )


def test_retention_lists_what_is_too_old_and_erases_it_when_asked(
    known: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "kept for ever" in redline(known, "retention").output
    old(known, NAME, 40)
    old(known, OTHER, 20)
    assert "Nothing is past" in redline(known, "retention", "--days", "50").output
    monkeypatch.setenv("REDLINE_RETENTION_DAYS", ".docx=30, *=10")
    listed = redline(known, "retention").output
    assert "divorce.docx" in listed
    assert "other.docx" not in listed
    [told] = [json.loads(line) for line in redline(known, "retention", "--json").output.splitlines()]
    assert (told["path"], told["retention_days"], told["on_hold"]) == (NAME, 30, False)
    assert kept(known)
    assert redline(known, "retention", "--days", "10", "--erase", "--yes").exit_code == 0
    assert kept(known) == kept(known, OTHER) == []
    reasons = [(row.details or {}).get("reason") for row in known.services.audit.rows()]
    assert reasons == ["Past retention"] * 2


def test_retention_spares_what_is_on_hold(known: World) -> None:
    old(known, NAME, 40)
    redline(known, "hold", "place", NAME, *WHY)
    done = redline(known, "retention", "--days", "30", "--erase", "--yes")
    assert done.exit_code == 0
    assert "on hold" in done.output
    assert kept(known)


@pytest.mark.parametrize("value", ["30", "*=0", ".txt", "txt=3", "*=3;.txt=4", "*=many"])
def test_a_retention_that_makes_no_sense_is_named(known: World, monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("REDLINE_RETENTION_DAYS", value)
    done = redline(known, "retention")
    assert done.exit_code == 1
    assert "The variable REDLINE_RETENTION_DAYS cannot be used" in done.output
    assert "such as *=3650,.txt=30" in done.output
