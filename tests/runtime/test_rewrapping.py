"""Keys wrapped anew: after a rotation, and from one door to another."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from backends.blobs import DamagedError
from backends.blobs.embedded import EmbeddedBlobs
from backends.blobs.sealed import KEYS, SealedBlobs
from backends.errors import BackendUnavailable
from backends.keys import KeyWrapper
from backends.keys.envelope import Envelope
from backends.keys.local import LocalKeyWrapper
from runtime.rewrapping import Rewrapped, rewrap_all

OLD, NEW = (LocalKeyWrapper(key * 32, region="here") for key in (b"o", b"n"))
NAMES = [f"default/{document}/{generation}.docx" for document in "ab" for generation in (1, 2, 3)]


class Failing:
    """A wrapper whose service goes away after some calls."""

    def __init__(self, calls: int) -> None:
        self.calls = calls

    def wrap(self, data_key: bytes, document: str) -> bytes:
        self.calls -= 1
        if self.calls < 0:
            raise BackendUnavailable("gone")
        return NEW.wrap(data_key, document)

    def unwrap(self, wrapped: bytes, document: str) -> bytes:
        return NEW.unwrap(wrapped, document)


@pytest.fixture
def store(tmp_path: Path) -> EmbeddedBlobs:
    store = EmbeddedBlobs(tmp_path, lambda: datetime.now(UTC))
    blobs = opening(store, OLD)
    for name in NAMES:
        blobs.put("sealed", name, name.encode())
    return store


def opening(store: EmbeddedBlobs, wrapper: KeyWrapper) -> SealedBlobs:
    envelope = Envelope(wrapper)
    return SealedBlobs(store, lambda: envelope, bucket="sealed", records="records")


def rewrap(store: EmbeddedBlobs, before: KeyWrapper = OLD, after: KeyWrapper = NEW) -> Rewrapped:
    return rewrap_all(store, "records", before=before, after=after, progress=lambda done, total: None)


def assert_only_the_new_key_opens(store: EmbeddedBlobs) -> None:
    assert [opening(store, NEW).get("sealed", name) for name in NAMES] == [name.encode() for name in NAMES]
    for name in NAMES:
        with pytest.raises(DamagedError):
            opening(store, OLD).get("sealed", name)
    assert len(list(store.generations("records", KEYS))) == len(NAMES)


def test_the_new_key_opens_all_and_the_old_one_nothing(store: EmbeddedBlobs) -> None:
    sealed = [store.get("sealed", name) for name in NAMES]
    assert rewrap(store) == Rewrapped(done=6)
    assert_only_the_new_key_opens(store)
    assert [store.get("sealed", name) for name in NAMES] == sealed


def test_it_may_be_run_twice(store: EmbeddedBlobs) -> None:
    rewrap(store)
    assert rewrap(store) == Rewrapped(before=6)
    assert_only_the_new_key_opens(store)


def test_what_was_interrupted_goes_on(store: EmbeddedBlobs) -> None:
    with pytest.raises(BackendUnavailable):
        rewrap(store, after=Failing(calls=4))
    assert rewrap(store) == Rewrapped(done=2, before=4)
    assert_only_the_new_key_opens(store)


def test_what_a_kill_left_of_the_old_wrapping_is_removed_by_the_next_run(store: EmbeddedBlobs) -> None:
    record = next(iter(store.list("records", KEYS)))
    data_key = OLD.unwrap(store.get("records", record.name), record.name.removeprefix(KEYS).removesuffix(".key"))
    store.put("records", record.name, NEW.wrap(data_key, record.name.removeprefix(KEYS).removesuffix(".key")))
    assert rewrap(store) == Rewrapped(done=5, before=1)
    assert_only_the_new_key_opens(store)


def test_a_rotation_within_one_key_wraps_all_again(store: EmbeddedBlobs) -> None:
    assert rewrap(store, before=OLD, after=OLD) == Rewrapped(done=6)


def test_what_no_key_unwraps_is_told_and_left(store: EmbeddedBlobs) -> None:
    stranger = LocalKeyWrapper(b"s" * 32, region="here")
    assert rewrap(store, before=stranger, after=NEW) == Rewrapped(lost=6)
    assert [opening(store, OLD).get("sealed", name) for name in NAMES] == [name.encode() for name in NAMES]
