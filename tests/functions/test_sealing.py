"""What the pipeline keeps for itself of a document rests sealed, and works as before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

import pytest

from backends.blobs import NotFound
from backends.blobs.embedded import EmbeddedBlobs
from backends.blobs.sealed import subject_of
from backends.keys import KeyAbsent
from backends.keys.envelope import is_sealed
from backends.keys.records import KEYS, KeyRecords, record_name
from redline import accept, read_text
from runtime import composition
from runtime.composition import build
from runtime.settings import Settings
from schemas.custody import ErasureRequested
from schemas.redlines import PairRequested, RedlineCompleted
from tests.functions.test_chain import run_chain
from tests.functions.test_erase import ask
from tests.functions.world import World, docx

NAME = "contracts/lease.docx"
TEXTS = ("The rent is 900 euros.", "The rent is 950 euros.")


@pytest.fixture
def completed(world: World) -> RedlineCompleted:
    for text in TEXTS:
        world.post("normalize", world.upload(NAME, docx(text)))
        said = run_chain(world, Random(3))
    [redline] = {each for each in said if isinstance(each, RedlineCompleted)}
    return redline


def stored(world: World) -> list[bytes]:
    """What lies in the bucket, as the store itself has it."""
    folder = world.services.settings.layout.blobs / "buckets" / "normalized"
    return [path.read_bytes() for path in folder.rglob("*.data")]


def test_the_canonical_form_is_sealed_and_the_redline_is_right(world: World, completed: RedlineCompleted) -> None:
    assert len(stored(world)) == len(TEXTS)
    assert all(is_sealed(content) for content in stored(world))
    assert read_text(accept(world.read(completed.redline))) == read_text(docx(TEXTS[1]))
    assert world.read(completed.before) == docx(TEXTS[0])
    assert completed.before.size == len(docx(TEXTS[0]))


def test_an_erasure_takes_the_keys_with_it(world: World, completed: RedlineCompleted) -> None:
    blobs, records = world.services.blobs, world.services.settings.records_bucket
    assert len(list(blobs.generations(records, KEYS))) == len(TEXTS)
    ask(world, ErasureRequested, NAME)
    assert list(blobs.generations(records, KEYS)) == []
    with pytest.raises(NotFound):
        blobs.get(records, record_name(subject_of(completed.before.object)))


def test_while_the_wrapping_key_is_not_at_hand_work_waits_and_no_redline_fails(
    world: World, completed: RedlineCompleted
) -> None:
    """Another key in its place says nothing about the documents: 503, until the right one is back."""
    pair = world.event(PairRequested(**{**dict(completed), "attempt": 2}))
    key = world.services.settings.layout.wrapping_key
    kept = key.rename(key.with_name("elsewhere"))
    with away(world) as stranger:
        assert stranger.post("redline", pair) == 503
        assert stranger.said() == []
    kept.replace(key)
    with away(world) as again:
        [said] = again.run("redline", pair)
    assert isinstance(said, RedlineCompleted)


@contextmanager
def away(world: World) -> Iterator[World]:
    """The functions in another process, with what rests below the root by now."""
    composition.services_of_process.cache_clear()
    yield World(composition.services())
    composition.services_of_process.cache_clear()


def test_a_key_that_is_wrapped_anew_during_the_erasure_goes_too(
    world: World, completed: RedlineCompleted, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts, remove, late = world.services, EmbeddedBlobs.remove, []

    def rewrapped_first(self: EmbeddedBlobs, bucket: str, name: str, generation: int) -> None:
        if name.startswith(KEYS) and not late:
            late.append(name)
            records = KeyRecords(parts.blobs, bucket)
            records.replace(records.read(name), records.read(name).wrapped)
        remove(self, bucket, name, generation)

    monkeypatch.setattr(EmbeddedBlobs, "remove", rewrapped_first)
    ask(world, ErasureRequested, NAME)
    assert late
    assert list(parts.blobs.generations(parts.settings.records_bucket, KEYS)) == []


def test_a_copy_of_the_store_opens_nothing_without_the_roots_key(world: World, completed: RedlineCompleted) -> None:
    settings = world.services.settings
    settings.layout.wrapping_key.unlink()
    stranger = build(Settings(root=settings.root))
    with pytest.raises(KeyAbsent, match="redline keys status"):
        stranger.blobs.get(completed.before.bucket, completed.before.object)
