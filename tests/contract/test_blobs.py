"""What every blob store keeps to."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from backends.blobs import Blob, Blobs, NotFound, PreconditionFailed
from tests.contract.doors import Door

BUCKET = "drawer"
ODD_NAMES = {
    "slashes": "a/b/c.docx",
    "only a slash": "/",
    "double and trailing slashes": "a//b/",
    "dots": "../../etc/./passwd",
    "quotes": 'it\'s "quoted".docx',
    "emoji": "📄/✍️ contract 🇪🇺.docx",
    "percent": "100%/%41/%",
    "marks": "a@/b+/c@",
    "space at the ends": " a / b ",
    "control characters": "\x01\x7f\t",
    "the longest, in ASCII": "x" * 1024,
    "the longest, in four-byte characters": "😀" * 256,
    "the deepest": "/" * 1024,
}


def names(listed: list[Blob]) -> list[str]:
    return [blob.name for blob in listed]


def test_put_gives_back_what_it_wrote(blobs: Blobs) -> None:
    written = blobs.put(BUCKET, "a", b"one", content_type="text/plain", metadata={"k": "ü\n", "": ""})
    assert (written.bucket, written.name, written.size) == (BUCKET, "a", 3)
    assert written.sha256 == hashlib.sha256(b"one").hexdigest()
    assert (written.content_type, dict(written.metadata)) == ("text/plain", {"k": "ü\n", "": ""})
    assert written.created.tzinfo is not None
    assert blobs.stat(BUCKET, "a") == blobs.stat(BUCKET, "a", written.generation) == written
    assert blobs.get(BUCKET, "a") == blobs.get(BUCKET, "a", written.generation) == b"one"


def test_every_generation_stays(door: Door, blobs: Blobs) -> None:
    written = [blobs.put(BUCKET, "a", content) for content in (b"one", b"two", b"", b"two")]
    generations = [blob.generation for blob in written]
    assert generations == sorted(set(generations))
    assert [blobs.get(BUCKET, "a", generation) for generation in generations] == [b"one", b"two", b"", b"two"]
    assert blobs.stat(BUCKET, "a").generation == generations[-1]
    assert list(blobs.list(BUCKET)) == written[-1:]
    assert door.stored(written) == written


@pytest.mark.parametrize("name", ODD_NAMES.values(), ids=ODD_NAMES.keys())
def test_takes_any_name(blobs: Blobs, name: str) -> None:
    written = blobs.put(BUCKET, name, name.encode())
    assert blobs.get(BUCKET, name) == name.encode()
    assert list(blobs.list(BUCKET)) == [written]
    assert list(blobs.list(BUCKET, name)) == [written]
    assert blobs.delete(BUCKET, name) == written.generation


def test_odd_names_stay_apart(blobs: Blobs) -> None:
    every = sorted(ODD_NAMES.values(), key=str.encode)
    for name in every:
        blobs.put(BUCKET, name, name.encode())
    assert names(list(blobs.list(BUCKET))) == every
    assert all(blobs.get(BUCKET, name) == name.encode() for name in every)


@pytest.mark.parametrize("name", ["", "x" * 1025, "\udcff"], ids=["empty", "too long", "not Unicode"])
def test_refuses_a_name_that_cannot_be(blobs: Blobs, name: str) -> None:
    with pytest.raises(ValueError, match="object name"):
        blobs.put(BUCKET, name, b"")


@pytest.mark.parametrize("bucket", ["", "..", "a/b", "Upper", "x"])
def test_refuses_a_bucket_that_cannot_be(blobs: Blobs, bucket: str) -> None:
    with pytest.raises(ValueError, match="bucket"):
        blobs.put(bucket, "a", b"")


@pytest.mark.parametrize("size", [0, 1, 3 << 20])
def test_streams_a_file(blobs: Blobs, tmp_path: Path, size: int) -> None:
    source = tmp_path / "source"
    source.write_bytes(bytes(number % 251 for number in range(1000)) * (size // 1000 + 1))
    source.write_bytes(source.read_bytes()[:size])
    written = blobs.put(BUCKET, "a", source)
    assert (written.size, written.sha256) == (size, hashlib.sha256(source.read_bytes()).hexdigest())
    assert blobs.get(BUCKET, "a") == source.read_bytes()
    assert blobs.download(BUCKET, "a", tmp_path / "target") == written
    assert (tmp_path / "target").read_bytes() == source.read_bytes()


def test_downloads_any_generation_into_a_new_file_only(blobs: Blobs, tmp_path: Path) -> None:
    first = blobs.put(BUCKET, "a", b"one")
    blobs.put(BUCKET, "a", b"two")
    assert blobs.download(BUCKET, "a", tmp_path / "first", first.generation) == first
    assert (tmp_path / "first").read_bytes() == b"one"
    with pytest.raises(FileExistsError):
        blobs.download(BUCKET, "a", tmp_path / "first")
    with pytest.raises(NotFound):
        blobs.download(BUCKET, "b", tmp_path / "none")
    assert [file.name for file in tmp_path.iterdir() if file.name in ("first", "none")] == ["first"]


def test_a_source_that_cannot_be_read_leaves_nothing(blobs: Blobs, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        blobs.put(BUCKET, "a", tmp_path / "missing")
    assert list(blobs.list(BUCKET, versions=True)) == []


@pytest.mark.parametrize("generation", [None, 0, 1])
def test_what_is_not_there_is_not_found(blobs: Blobs, generation: int | None) -> None:
    blobs.put(BUCKET, "a/b", b"")
    for name in ("a", "a/", "a/b/c", "c"):
        with pytest.raises(NotFound):
            blobs.get(BUCKET, name, generation)
        with pytest.raises(NotFound):
            blobs.stat(BUCKET, name, generation)
        with pytest.raises(NotFound):
            blobs.delete(BUCKET, name)


def test_lists_a_prefix_in_the_order_of_names(blobs: Blobs) -> None:
    every = ["a", "a!", "a-b", "a/", "a/1", "a/1/2", "a/10", "a0", "b", "ä"]
    for name in reversed(every):
        blobs.put(BUCKET, name, b"")
    blobs.put("other-drawer", "a/1", b"")
    for prefix in ("", "a", "a/", "a/1", "a/1/", "ä", "c"):
        assert names(list(blobs.list(BUCKET, prefix))) == [name for name in every if name.startswith(prefix)]


def test_an_empty_bucket_lists_nothing(blobs: Blobs) -> None:
    assert list(blobs.list(BUCKET)) == []


def test_deleted_is_noncurrent_and_can_be_made_anew(door: Door, blobs: Blobs) -> None:
    first = blobs.put(BUCKET, "a", b"one")
    assert blobs.delete(BUCKET, "a") == first.generation
    with pytest.raises(NotFound):
        blobs.get(BUCKET, "a")
    with pytest.raises(NotFound):
        blobs.delete(BUCKET, "a")
    assert blobs.get(BUCKET, "a", first.generation) == b"one"
    assert list(blobs.list(BUCKET)) == []
    second = blobs.put(BUCKET, "a", b"two", if_generation_match=0)
    assert second.generation > first.generation
    assert blobs.get(BUCKET, "a") == b"two"
    assert door.stored([first, second]) == [first, second]


def test_preconditions_on_put(door: Door, blobs: Blobs) -> None:
    first = blobs.put(BUCKET, "a", b"one", if_generation_match=0)
    for wrong in (0, first.generation + 1):
        with pytest.raises(PreconditionFailed):
            blobs.put(BUCKET, "a", b"no", if_generation_match=wrong)
    second = blobs.put(BUCKET, "a", b"two", if_generation_match=first.generation)
    with pytest.raises(PreconditionFailed):
        blobs.put(BUCKET, "a", b"no", if_generation_match=first.generation)
    with pytest.raises(PreconditionFailed):
        blobs.put(BUCKET, "new", b"no", if_generation_match=second.generation)
    assert door.stored([first, second]) == [first, second]


def test_preconditions_on_delete(blobs: Blobs) -> None:
    first = blobs.put(BUCKET, "a", b"one")
    second = blobs.put(BUCKET, "a", b"two")
    with pytest.raises(PreconditionFailed):
        blobs.delete(BUCKET, "a", if_generation_match=first.generation)
    assert blobs.delete(BUCKET, "a", if_generation_match=second.generation) == second.generation


def test_of_many_who_race_with_one_precondition_one_wins(door: Door) -> None:
    for expected in range(5):
        live = door.blobs().put(BUCKET, "race", b"").generation if expected else 0

        def attempt(number: int, live: int = live) -> int | None:
            try:
                return door.blobs().put(BUCKET, "race", b"%d" % number, if_generation_match=live).generation
            except PreconditionFailed:
                return None

        with ThreadPoolExecutor(8) as pool:
            winners = [generation for generation in pool.map(attempt, range(16)) if generation]
        assert winners == [door.blobs().stat(BUCKET, "race").generation]


def test_a_removed_generation_is_gone_for_good_and_the_others_stay(door: Door, blobs: Blobs) -> None:
    if not door.versions:
        pytest.skip("the emulator deletes the live generation, whichever is named")
    one, two, three = (blobs.put(BUCKET, "a", content) for content in (b"one", b"two", b"three"))
    blobs.remove(BUCKET, "a", two.generation)
    assert door.stored([one, three]) == [one, three]
    with pytest.raises(NotFound):
        blobs.get(BUCKET, "a", two.generation)
    assert blobs.get(BUCKET, "a") == b"three"


def test_no_generation_becomes_live_when_the_live_one_is_removed(door: Door, blobs: Blobs) -> None:
    one, two = (blobs.put(BUCKET, "a", content) for content in (b"one", b"two"))
    blobs.remove(BUCKET, "a", two.generation)
    with pytest.raises(NotFound):
        blobs.stat(BUCKET, "a")
    assert list(blobs.list(BUCKET)) == []
    assert door.stored([one]) == [one]
    assert blobs.get(BUCKET, "a", one.generation) == b"one"
    three = blobs.put(BUCKET, "a", b"three", if_generation_match=0)
    assert three.generation > two.generation
    assert blobs.get(BUCKET, "a") == b"three"


def test_a_deleted_generation_can_be_removed(blobs: Blobs) -> None:
    written = blobs.put(BUCKET, "a", b"one")
    blobs.delete(BUCKET, "a")
    blobs.remove(BUCKET, "a", written.generation)
    assert list(blobs.list(BUCKET, versions=True)) == []


def test_what_is_gone_can_be_removed_again(blobs: Blobs) -> None:
    written = blobs.put(BUCKET, "a/b", b"one")
    for _ in range(2):
        blobs.remove(BUCKET, "a/b", written.generation)
        blobs.remove(BUCKET, "a", written.generation)
        blobs.remove(BUCKET, "never/was", 1)
    assert list(blobs.generations(BUCKET)) == []


def test_generations_names_all_that_is_stored_below_a_prefix(door: Door, blobs: Blobs) -> None:
    written = [blobs.put(BUCKET, name, b"") for name in ("a", "a/1", "a/1", "a/2", "b")]
    blobs.delete(BUCKET, "a/2")
    if door.versions:
        assert list(blobs.generations(BUCKET)) == [(blob.name, blob.generation) for blob in written]
        assert list(blobs.generations(BUCKET, "a/")) == [(blob.name, blob.generation) for blob in written[1:4]]
    assert set(blobs.generations(BUCKET)) >= {(blob.name, blob.generation) for blob in (written[2], written[4])}
    assert list(blobs.generations(BUCKET, "c")) == []


@pytest.mark.parametrize("name", ODD_NAMES.values(), ids=ODD_NAMES.keys())
def test_removes_any_name(blobs: Blobs, name: str) -> None:
    written = blobs.put(BUCKET, name, b"")
    assert list(blobs.generations(BUCKET)) == [(name, written.generation)]
    blobs.remove(BUCKET, name, written.generation)
    assert list(blobs.generations(BUCKET)) == []


def test_of_many_who_put_while_others_remove_all_put_is_there_or_removed(door: Door) -> None:
    """A folder that is removed under a writer's hands must not take what it writes along."""

    def put_and_remove(number: int) -> None:
        blobs = door.blobs()
        kept = blobs.put(BUCKET, f"deep/er/{number % 3}", b"kept %d" % number)
        assert blobs.get(BUCKET, kept.name, kept.generation) == b"kept %d" % number
        blobs.remove(BUCKET, kept.name, kept.generation)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(put_and_remove, range(200)))
    assert list(door.blobs().generations(BUCKET)) == []
