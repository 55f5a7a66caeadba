"""Sealed objects in Cloud Storage under a key of Cloud KMS: moves between doors, and an outage."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from google.cloud import storage

from backends.blobs import NotFound
from backends.blobs.google import GoogleBlobs
from backends.blobs.sealed import SealedBlobs
from backends.errors import BackendUnavailable
from backends.guard import Guard
from backends.keys import KeyWrapper
from backends.keys.envelope import Envelope, is_sealed
from backends.keys.google import GoogleKeyWrapper, connect
from backends.keys.local import LocalKeyWrapper
from backends.keys.records import KEYS, KeyRecords
from runtime.rewrapping import Rewrapped, rewrap_all
from tests.emulators.kms import KEY, FakeKms, listening
from tests.emulators.process import free_port
from tests.emulators.storage import make_bucket

BUCKETS = ("canonical", "key-records")


@pytest.fixture
def store(storage_client: storage.Client) -> GoogleBlobs:
    for name in BUCKETS:
        make_bucket(storage_client, name)
    return GoogleBlobs(storage_client, lambda: datetime.now(UTC), guard=Guard("storage"))


def sealing(store: GoogleBlobs, wrapper: KeyWrapper) -> SealedBlobs:
    envelope = Envelope(wrapper)
    return SealedBlobs(store, lambda: envelope, bucket=BUCKETS[0], records=BUCKETS[1])


def cloud(host: str) -> GoogleKeyWrapper:
    return GoogleKeyWrapper(connect(emulator=host), KEY, region="here", guard=Guard("kms", pause=0.2))


def test_ciphertext_moves_from_a_laptop_to_the_cloud_by_wrapping_its_keys_anew(store: GoogleBlobs) -> None:
    local = LocalKeyWrapper(b"k" * 32, region="here")
    names = [f"default/a/{number}.docx" for number in range(3)]
    for name in names:
        sealing(store, local).put(BUCKETS[0], name, name.encode())
    before = [store.get(BUCKETS[0], name) for name in names]
    assert all(map(is_sealed, before))
    with listening(FakeKms()) as host:
        kms = cloud(host)
        done = rewrap_all(KeyRecords(store, BUCKETS[1]), before=local, after=kms, progress=lambda *_: None)
        assert done == Rewrapped(done=3)
        assert [sealing(store, kms).get(BUCKETS[0], name) for name in names] == [name.encode() for name in names]
    assert [store.get(BUCKETS[0], name) for name in names] == before


def test_while_kms_is_away_nothing_is_written_half_and_all_is_written_once_after(
    store: GoogleBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backends.google.CALL_WITHIN", 0.3)
    kms, port = FakeKms(), free_port()
    wrapper, back = cloud(f"127.0.0.1:{port}"), threading.Event()
    names = [f"default/b/{number}.docx" for number in range(12)]

    def write(name: str) -> int:
        """As a function is called again and again until it answers 200; how often it was told to wait."""
        waited = 0
        while True:
            try:
                sealing(store, wrapper).put(BUCKETS[0], name, name.encode(), if_generation_match=0)
                return waited
            except BackendUnavailable:
                waited += 1
                with pytest.raises(NotFound):
                    store.stat(BUCKETS[0], name)
                back.wait(timeout=5)

    with ThreadPoolExecutor(4) as pool:
        writes = [pool.submit(write, name) for name in names]
        threading.Timer(1.0, back.set).start()
        back.wait()
        with listening(kms, port):
            waited = [each.result(timeout=60) for each in writes]
            assert sum(waited) > 0
            found = {name: sealing(store, wrapper).get(BUCKETS[0], name) for name in names}
    assert found == {name: name.encode() for name in names}
    objects = [*store.generations(BUCKETS[0], "default/b/"), *store.generations(BUCKETS[1], f"{KEYS}default/b/")]
    assert len(objects) == 2 * len(names)
