"""What is sealed in the store, and who can open it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backends.blobs import Blobs, DamagedError, NotFound
from backends.blobs.embedded import EmbeddedBlobs
from backends.blobs.sealed import SealedBlobs, subject_of
from backends.keys import KeyAbsent, KeyWrapper
from backends.keys.envelope import Envelope, is_sealed
from backends.keys.local import LocalKeyWrapper
from backends.keys.records import record_name

NAME = "default/0b03cad66ebc3c7262b2c57274fea9ef/17.docx"
OTHER = "other/1/2.docx"
RECORD, OTHER_RECORD = (record_name(subject_of(name)) for name in (NAME, OTHER))
SECRET = b"The rent is 900 euros."


@pytest.fixture
def store(tmp_path: Path) -> EmbeddedBlobs:
    return EmbeddedBlobs(tmp_path, lambda: datetime.now(UTC))


def sealing(inner: Blobs, wrapper: KeyWrapper | None = None) -> SealedBlobs:
    envelope = Envelope(wrapper or LocalKeyWrapper(b"k" * 32, region="here"))
    return SealedBlobs(inner, lambda: envelope, bucket="sealed", records="records")


def test_the_store_holds_none_of_it_and_says_what_it_is(store: EmbeddedBlobs, tmp_path: Path) -> None:
    blobs = sealing(store)
    written = blobs.put("sealed", NAME, SECRET)
    assert (written.size, written.sha256) == (len(SECRET), hashlib.sha256(SECRET).hexdigest())
    assert blobs.get("sealed", NAME) == SECRET
    assert is_sealed(store.get("sealed", NAME))
    assert not any(SECRET in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())


def test_other_buckets_are_left_as_they_are(store: EmbeddedBlobs) -> None:
    sealing(store).put("uploads", "lease.docx", SECRET)
    assert store.get("uploads", "lease.docx") == SECRET


def test_what_was_there_before_stays_readable(store: EmbeddedBlobs) -> None:
    before = store.put("sealed", NAME, SECRET)
    assert sealing(store).get("sealed", NAME) == SECRET
    assert sealing(store).stat("sealed", NAME) == before


def test_without_its_key_an_object_is_gone(store: EmbeddedBlobs) -> None:
    sealing(store).put("sealed", NAME, SECRET)
    for name, generation in list(store.generations("records", RECORD)):
        store.remove("records", name, generation)
    with pytest.raises(NotFound):
        sealing(store).get("sealed", NAME)


Change = Callable[[EmbeddedBlobs], object]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda store: store.put("sealed", NAME, store.get("sealed", NAME)[:-1] + b"\0"), id="its bytes"),
        pytest.param(lambda store: store.put("sealed", NAME, store.get("sealed", OTHER)), id="another's bytes"),
        pytest.param(
            lambda store: store.put("records", RECORD, store.get("records", OTHER_RECORD)),
            id="another's key",
        ),
    ],
)
def test_what_was_changed_is_damaged(store: EmbeddedBlobs, change: Change) -> None:
    blobs = sealing(store)
    blobs.put("sealed", NAME, SECRET)
    blobs.put("sealed", OTHER, SECRET)
    change(store)
    with pytest.raises(DamagedError):
        sealing(store).get("sealed", NAME)


def test_another_region_opens_nothing(store: EmbeddedBlobs) -> None:
    sealing(store).put("sealed", NAME, SECRET)
    with pytest.raises(DamagedError):
        sealing(store, LocalKeyWrapper(b"k" * 32, region="there")).get("sealed", NAME)


def test_where_the_key_is_not_at_hand_it_is_waited_for_and_nothing_is_given_up(store: EmbeddedBlobs) -> None:
    """A function answers 503 to that, while what is damaged fails for good."""
    sealing(store).put("sealed", NAME, SECRET)
    for blobs in (
        sealing(store, LocalKeyWrapper(b"x" * 32, region="here")),
        SealedBlobs(store, None, bucket="sealed", records="records"),
    ):
        with pytest.raises(KeyAbsent):
            blobs.get("sealed", NAME)
    assert sealing(store).get("sealed", NAME) == SECRET


def test_without_a_key_what_is_new_is_not_sealed(store: EmbeddedBlobs) -> None:
    SealedBlobs(store, None, bucket="sealed", records="records").put("sealed", NAME, SECRET)
    assert store.get("sealed", NAME) == SECRET


def test_writers_at_the_same_time_share_the_key_of_the_first(store: EmbeddedBlobs) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: sealing(store).put("sealed", NAME, b"%d" % number), range(24)))
    assert len(list(store.generations("records", "keys/"))) == 1
    for name, generation in store.generations("sealed"):
        assert sealing(store).get("sealed", name, generation).isdigit()


@settings(deadline=None, max_examples=50)
@given(content=st.binary(max_size=2000))
def test_any_content_comes_back(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    store = EmbeddedBlobs(tmp_path_factory.mktemp("store"), lambda: datetime.now(UTC))
    sealing(store).put("sealed", NAME, content)
    assert sealing(store).get("sealed", NAME) == content
