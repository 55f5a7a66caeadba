"""Keys wrapped anew: after a rotation, and from one door to another."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from backends.blobs.embedded import EmbeddedBlobs
from backends.blobs.sealed import SealedBlobs, subject_of
from backends.errors import BackendUnavailable
from backends.keys import KeyAbsent, KeyWrapper, Wrapped
from backends.keys.envelope import Envelope
from backends.keys.local import LocalKeyWrapper
from backends.keys.records import KEYS, KeyRecords, record_name
from runtime.composition import kms_wrapper
from runtime.rewrapping import Rewrapped, in_use, rewrap_all, wrapped_by
from runtime.settings import KmsSettings
from tests.emulators.kms import KEY, FakeKms, listening
from tests.functions.conftest import world as world
from tests.functions.world import World, docx
from tests.runtime.test_documents import LEASE, redline, see_through

OLD, NEW = (LocalKeyWrapper(key * 32, region="here") for key in (b"o", b"n"))
NAMES = [f"default/{document}/{generation}.docx" for document in "ab" for generation in (1, 2, 3)]


class Failing:
    """A wrapper whose service goes away after some calls."""

    def __init__(self, calls: int) -> None:
        self.calls = calls

    def wrap(self, data_key: bytes, document: str) -> Wrapped:
        self.calls -= 1
        if self.calls < 0:
            raise BackendUnavailable("gone")
        return NEW.wrap(data_key, document)

    def unwrap(self, wrapped: Wrapped, document: str) -> bytes:
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
    return rewrap_all(KeyRecords(store, "records"), before=before, after=after, progress=lambda done, total: None)


def assert_only_the_new_key_opens(store: EmbeddedBlobs) -> None:
    assert [opening(store, NEW).get("sealed", name) for name in NAMES] == [name.encode() for name in NAMES]
    for name in NAMES:
        with pytest.raises(KeyAbsent):
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
        rewrap(store, after=Failing(calls=5))  # one finds out the name of the key

    assert rewrap(store) == Rewrapped(done=2, before=4)
    assert_only_the_new_key_opens(store)


def test_what_a_kill_left_of_the_old_wrapping_is_removed_by_the_next_run(store: EmbeddedBlobs) -> None:
    records, subject = KeyRecords(store, "records"), subject_of(NAMES[0])
    read = records.read(record_name(subject))
    records.replace(read, NEW.wrap(OLD.unwrap(read.wrapped, subject), subject))
    assert rewrap(store) == Rewrapped(done=5, before=1)
    assert_only_the_new_key_opens(store)


def test_what_the_newest_version_of_the_key_wraps_is_left_as_it_is(store: EmbeddedBlobs) -> None:
    before = list(store.generations("records", KEYS))
    assert rewrap(store, before=OLD, after=OLD) == Rewrapped(before=6)
    assert list(store.generations("records", KEYS)) == before


def test_it_is_told_which_key_wraps_how_many(store: EmbeddedBlobs) -> None:
    opening(store, NEW).put("sealed", "default/c/1.docx", b"c")
    assert wrapped_by(KeyRecords(store, "records")) == {in_use(OLD): 6, in_use(NEW): 1}


def test_what_no_key_unwraps_is_told_and_left(store: EmbeddedBlobs) -> None:
    stranger = LocalKeyWrapper(b"s" * 32, region="here")
    assert rewrap(store, before=stranger, after=NEW) == Rewrapped(lost=6)
    assert [opening(store, OLD).get("sealed", name) for name in NAMES] == [name.encode() for name in NAMES]


def test_an_operator_changes_the_key_of_a_root(world: World) -> None:
    for text in ("One.\nTwo.", "One.\nTwo or three."):
        see_through(world, world.upload(LEASE, docx(text)))
    key = world.services.settings.layout.wrapping_key
    old = key.rename(key.with_name("wrapping.key.old"))
    told = redline(world, "keys", "status").output
    assert told.count("local:") == 2
    assert "wraps what is new" in told
    refused = redline(world, "keys", "rewrap")
    assert (refused.exit_code, "2 are unwrapped by neither key" in refused.output) == (1, True)
    assert "local:" in redline(world, "recovered").output, "the key that is missing is named, no object is called lost"
    done = redline(world, "keys", "rewrap", "--from-key-file", str(old))
    assert (done.exit_code, done.output) == (0, "Data keys wrapped anew: 2; already so: 0.\n")
    old.unlink()
    assert redline(world, "keys", "rewrap").output == "Data keys wrapped anew: 0; already so: 2.\n"
    assert redline(world, "keys", "status").output.count("local:") == 1
    assert redline(world, "recovered").exit_code == 0


def test_a_file_without_a_key_is_refused_in_a_sentence(world: World, tmp_path: Path) -> None:
    see_through(world, world.upload(LEASE, docx("One.")))
    refused = redline(world, "keys", "rewrap", "--from-key-file", str(tmp_path / "none"))
    assert refused.exit_code == 1
    assert refused.output.startswith("redline: The key file")


def test_a_root_takes_over_what_cloud_kms_wrapped(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    see_through(world, world.upload(LEASE, docx("One.")))
    parts, wrapper = world.services, world.services.key_wrapper
    assert wrapper is not None
    with listening(FakeKms()) as host:
        monkeypatch.setenv("REDLINE_KMS_EMULATOR", host)
        kms = kms_wrapper(KmsSettings(wrapping_key=KEY), "europe-west3")
        records = KeyRecords(parts.blobs, parts.settings.records_bucket)
        rewrap_all(records, before=wrapper(), after=kms, progress=lambda done, total: None)
        assert f"{KEY}/cryptoKeyVersions/1" in redline(world, "keys", "status").output
        misspelt = redline(world, "keys", "rewrap", "--from-kms", "documents")
        assert (misspelt.exit_code, "REDLINE_WRAPPING_KEY cannot be used" in misspelt.output) == (1, True)
        done = redline(world, "keys", "rewrap", "--from-kms", KEY, "--from-region", "europe-west3")
    assert done.output == "Data keys wrapped anew: 1; already so: 0.\n"
    assert redline(world, "recovered").exit_code == 0
