"""What the pipeline keeps for itself of a document rests sealed, and works as before."""

from __future__ import annotations

from random import Random

import pytest

from backends.blobs import NotFound
from backends.blobs.sealed import KEYS, key_name
from backends.keys.envelope import is_sealed
from redline import accept, read_text
from runtime.composition import build
from runtime.settings import Settings
from schemas.custody import ErasureRequested
from schemas.redlines import RedlineCompleted
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
        blobs.get(records, key_name(completed.before.object))


def test_a_copy_of_the_store_opens_nothing_without_the_roots_key(world: World, completed: RedlineCompleted) -> None:
    settings = world.services.settings
    settings.layout.wrapping_key.unlink()
    stranger = build(Settings(root=settings.root))
    with pytest.raises(Exception, match="another key"):
        stranger.blobs.get(completed.before.bucket, completed.before.object)
