from __future__ import annotations

import json

import pytest

from schemas.custody import ErasureRequested
from tests.functions.conftest import world as world
from tests.functions.test_erase import asked
from tests.functions.world import World, docx
from tests.runtime.test_documents import LEASE, redline, see_through


@pytest.fixture
def filled(world: World) -> World:
    """A document with two versions and their redline."""
    for text in ("One.\nTwo.", "One.\nTwo or three."):
        see_through(world, world.upload(LEASE, docx(text)))
    return world


def lost(world: World) -> list[tuple[str, str]]:
    done = redline(world, "recovered", "--json")
    found = [json.loads(line) for line in done.output.splitlines()]
    assert done.exit_code == (1 if found else 0), done.output
    return [(each["bucket"], each["why"]) for each in found]


def test_a_whole_copy_is_found_whole(filled: World) -> None:
    assert lost(filled) == []
    assert "recorded objects are as they were written" in redline(filled, "recovered").output


@pytest.mark.parametrize("bucket", ["uploads", "normalized", "redlines"])
def test_what_is_missing_is_named(filled: World, bucket: str) -> None:
    blobs = filled.services.blobs
    for name, generation in list(blobs.generations(bucket)):
        blobs.remove(bucket, name, generation)
    found = lost(filled)
    assert found
    assert set(found) == {(bucket, "missing")}


def test_another_content_is_told_from_the_one_that_was_written(filled: World) -> None:
    blobs = filled.services.blobs
    name, generation = next(iter(blobs.generations("normalized")))
    blobs.remove("normalized", name, generation)
    blobs.put("normalized", name, b"something else")
    assert lost(filled) == [("normalized", "different")]


def test_a_copy_may_number_its_generations_anew(filled: World) -> None:
    blobs = filled.services.blobs
    name, generation = next(iter(blobs.generations("redlines")))
    content = blobs.get("redlines", name, generation)
    blobs.remove("redlines", name, generation)
    assert blobs.put("redlines", name, content).generation != generation
    assert lost(filled) == []


def test_a_lost_path_record_loses_the_uploads(filled: World) -> None:
    blobs = filled.services.blobs
    for name, generation in list(blobs.generations("records", "paths/")):
        blobs.remove("records", name, generation)
    assert set(lost(filled)) == {("uploads", "missing")}


def test_what_was_erased_is_not_looked_for(filled: World) -> None:
    assert filled.post("erase", filled.event(asked(filled, ErasureRequested, LEASE))) == 200
    for fact in filled.events():
        see_through(filled, fact)
    assert not list(filled.services.blobs.generations("redlines"))
    assert lost(filled) == []
