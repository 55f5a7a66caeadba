"""The blob folder: what only a folder can get wrong."""

from __future__ import annotations

import errno
import hashlib
import itertools
import multiprocessing
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from backends.blobs import Blob, DamagedError, NotFound, PreconditionFailed
from backends.blobs.embedded import EmbeddedBlobs
from backends.blobs.names import MAX_NAME_BYTES, from_path, to_folder, to_path
from backends.errors import BackendUnavailable
from tests.backends.crash import run_and_kill, some_moment

BUCKET = "drawer"
START = datetime(2026, 1, 1, tzinfo=UTC)
KILLS = 15

text = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("/.%@+ "), max_size=300)
object_names = text.filter(lambda name: 0 < len(name.encode()) <= MAX_NAME_BYTES)


def now() -> datetime:
    return datetime.now(UTC)


@given(object_names)
def test_a_name_comes_back_from_its_path(name: str) -> None:
    path = to_path(name)
    assert from_path(path) == name
    assert path.count("/") < 50
    assert all(0 < len(piece) < 255 and piece not in (".", "..") for piece in path.split("/"))
    assert path.isascii()
    assert path.isprintable()


@given(object_names, st.data())
def test_the_folder_of_a_prefix_holds_the_name(name: str, data: st.DataObject) -> None:
    prefix = name[: data.draw(st.integers(0, len(name)))]
    folder = to_folder(prefix)
    assert not folder or to_path(name).startswith(f"{folder}/")


def test_generations_are_microseconds_and_grow_though_the_clock_stands_or_goes_back(tmp_path: Path) -> None:
    times = iter([START, START, START - timedelta(days=1), START + timedelta(seconds=1)])
    blobs = EmbeddedBlobs(tmp_path, lambda: next(times))
    micros = int(START.timestamp() * 1_000_000)
    generations = [blobs.put(BUCKET, "a", b"").generation for _ in range(4)]
    assert generations == [micros, micros + 1, micros + 2, micros + 1_000_000]


def test_what_a_killed_writer_left_is_removed(tmp_path: Path) -> None:
    EmbeddedBlobs(tmp_path, now)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    old, fresh, orphan = (tmp_path / "temporary" / name for name in ("1-old", "1-fresh", f"{gone.pid}-fresh"))
    for file in (old, fresh, orphan):
        file.write_bytes(b"half")
    os.utime(old, (time.time() - 7200, time.time() - 7200))
    EmbeddedBlobs(tmp_path, now)
    assert list((tmp_path / "temporary").iterdir()) == [fresh]


@pytest.mark.parametrize(
    ("failing", "number", "words"),
    [("fsync", errno.ENOSPC, "full"), ("fsync", errno.EIO, "cannot be used"), ("rename", errno.EDQUOT, "full")],
)
def test_a_disk_that_fails_is_unavailable_and_nothing_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str, number: int, words: str
) -> None:
    blobs = EmbeddedBlobs(tmp_path, now)

    def fail(*_: Any) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os if failing == "fsync" else Path, failing, fail)
    with pytest.raises(BackendUnavailable, match=words):
        blobs.put(BUCKET, "a", b"content")
    monkeypatch.undo()
    assert list(blobs.list(BUCKET, versions=True)) == []
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_writer_that_ends_between_its_two_files_leaves_no_generation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs = EmbeddedBlobs(tmp_path, now)
    rename = Path.rename
    renamed: list[Path] = []

    def rename_once(file: Path, target: Path) -> Path:
        if renamed:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        renamed.append(target)
        return rename(file, target)

    monkeypatch.setattr(Path, "rename", rename_once)
    with pytest.raises(BackendUnavailable):
        blobs.put(BUCKET, "a", b"half")
    monkeypatch.undo()
    assert list(tmp_path.rglob("*.data")) == []
    assert list(blobs.list(BUCKET, versions=True)) == []
    written = blobs.put(BUCKET, "a", b"whole", if_generation_match=0)
    assert list(blobs.list(BUCKET, versions=True)) == [written]


@pytest.mark.parametrize(("content", "words"), [(b"con", "3 bytes instead of 7"), (b"content".upper(), "hash")])
def test_content_that_is_not_what_was_written_is_never_given_out(tmp_path: Path, content: bytes, words: str) -> None:
    blobs = EmbeddedBlobs(tmp_path, now)
    blobs.put(BUCKET, "a", b"content")
    (damaged,) = tmp_path.rglob("*.data")
    damaged.write_bytes(content)
    with pytest.raises(DamagedError, match=words):
        blobs.get(BUCKET, "a")


@pytest.mark.parametrize("sidecar", [None, b"", b"{", b"[]", b'{"size": 7}'])
def test_an_object_of_which_nothing_is_known_is_damaged_and_hides_no_other(
    tmp_path: Path, sidecar: bytes | None
) -> None:
    blobs = EmbeddedBlobs(tmp_path, now)
    blobs.put(BUCKET, "a", b"content")
    (known,) = tmp_path.rglob("*.json")
    blobs.put(BUCKET, "b", b"content")
    known.unlink() if sidecar is None else known.write_bytes(sidecar)
    for ask in (blobs.stat, blobs.get, blobs.delete):
        with pytest.raises(DamagedError):
            ask(BUCKET, "a")
    assert [blob.name for blob in blobs.list(BUCKET, versions=True)] == ["b"]


def test_content_that_vanishes_while_it_is_read_is_damaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blobs = EmbeddedBlobs(tmp_path, now)
    blobs.put(BUCKET, "a", b"content")
    known = blobs.stat(BUCKET, "a")
    monkeypatch.setattr(blobs, "stat", lambda *_: known)
    next(tmp_path.rglob("*.data")).unlink()
    with pytest.raises(DamagedError, match="missing"):
        blobs.get(BUCKET, "a")


def test_what_is_damaged_or_half_written_is_named_and_can_be_removed(tmp_path: Path) -> None:
    blobs = EmbeddedBlobs(tmp_path, now)
    unknown, cut, half = (blobs.put(BUCKET, name, b"content") for name in ("unknown", "cut", "half"))
    next((tmp_path / "buckets" / BUCKET / "unknown@").glob("*.json")).write_bytes(b"{")
    next((tmp_path / "buckets" / BUCKET / "cut@").glob("*.json")).unlink()
    next((tmp_path / "buckets" / BUCKET / "half@").glob("*.data")).unlink()
    assert sorted(blobs.generations(BUCKET)) == sorted((blob.name, blob.generation) for blob in (unknown, cut, half))
    for blob in (unknown, cut, half):
        blobs.remove(BUCKET, blob.name, blob.generation)
    assert list((tmp_path / "buckets" / BUCKET).iterdir()) == []


def test_folders_named_after_what_was_removed_go_with_it(tmp_path: Path) -> None:
    blobs = EmbeddedBlobs(tmp_path, now)
    secret = blobs.put(BUCKET, "clients/Jane Doe/divorce.docx", b"")
    kept = blobs.put(BUCKET, "clients/other.docx", b"")
    blobs.remove(BUCKET, secret.name, secret.generation)
    assert not [path for path in tmp_path.rglob("*") if "Jane" in path.name or "divorce" in path.name]
    assert list(blobs.generations(BUCKET)) == [(kept.name, kept.generation)]


@pytest.mark.parametrize("left", ["clients/Jane Doe/divorce.docx@", "clients/Jane Doe"])
def test_folders_that_a_killed_remover_left_go_when_it_is_removed_again(tmp_path: Path, left: str) -> None:
    (tmp_path / "buckets" / BUCKET / left).mkdir(parents=True)
    EmbeddedBlobs(tmp_path, now).remove(BUCKET, "clients/Jane Doe/divorce.docx", 1)
    assert list((tmp_path / "buckets" / BUCKET).iterdir()) == []


def test_a_killed_remover_can_be_followed_by_another(tmp_path: Path) -> None:
    chance = random.Random(11)
    for _ in range(KILLS):
        writer = EmbeddedBlobs(tmp_path, now)
        every = [writer.put(BUCKET, f"a/b/{number % 7}", b"x" * number) for number in range(40)]

        def remove(every: list[Blob] = every) -> Iterator[str]:
            for blob in every:
                EmbeddedBlobs(tmp_path, now).remove(BUCKET, blob.name, blob.generation)
                yield f"{blob.name} {blob.generation}"

        done = run_and_kill(remove, after=some_moment(chance))
        left = {f"{name} {generation}" for name, generation in writer.generations(BUCKET)}
        assert not left & set(done)
        for blob in every:
            writer.remove(BUCKET, blob.name, blob.generation)
        assert list((tmp_path / "buckets" / BUCKET).iterdir()) == []


def _race(root: Path, live: int, number: int, winners: Any) -> None:
    try:
        winners.put(EmbeddedBlobs(root, now).put(BUCKET, "race", b"%d" % number, if_generation_match=live).generation)
    except PreconditionFailed:
        winners.put(None)


def test_of_processes_that_race_one_wins(tmp_path: Path) -> None:
    fork = multiprocessing.get_context("fork")
    live = EmbeddedBlobs(tmp_path, now).put(BUCKET, "race", b"").generation
    results = fork.Queue()
    racers = [fork.Process(target=_race, args=(tmp_path, live, number, results)) for number in range(12)]
    for racer in racers:
        racer.start()
    outcomes = [results.get(timeout=20) for _ in racers]
    for racer in racers:
        racer.join()
    assert [each for each in outcomes if each] == [EmbeddedBlobs(tmp_path, now).stat(BUCKET, "race").generation]


def test_a_killed_writer_leaves_whole_generations_only(tmp_path: Path) -> None:
    chance = random.Random(7)
    acknowledged: dict[tuple[str, int], str] = {}

    def write() -> Iterator[str]:
        blobs = EmbeddedBlobs(tmp_path, now)
        source = tmp_path / "source"
        for number in itertools.count():
            content = os.urandom(random.randrange(300_000))
            source.write_bytes(content)
            blob = blobs.put(BUCKET, f"object/{number % 5}", source if number % 2 else content)
            yield f"{blob.name} {blob.generation} {hashlib.sha256(content).hexdigest()}"

    for _ in range(KILLS):
        for line in run_and_kill(write, after=some_moment(chance)):
            name, number, sha256 = line.rsplit(" ", 2)
            acknowledged[name, int(number)] = sha256
        blobs = EmbeddedBlobs(tmp_path, now)
        found = {(blob.name, blob.generation): blob for blob in blobs.list(BUCKET, versions=True)}
        assert acknowledged.keys() <= found.keys()
        for (name, generation), blob in found.items():
            content = blobs.get(BUCKET, name, generation)
            assert hashlib.sha256(content).hexdigest() == blob.sha256
            assert acknowledged.get((name, generation), blob.sha256) == blob.sha256
    assert acknowledged


class FolderAgainstModel(RuleBasedStateMachine):
    """The folder does what a dict of lists does, whatever is done to it in whatever order."""

    seen = Bundle("seen")

    @initialize()
    def start(self) -> None:
        self.scratch = tempfile.TemporaryDirectory(prefix="redline-blobs-")
        self.root = Path(self.scratch.name)
        self.blobs = EmbeddedBlobs(self.root, now)
        self.versions: dict[str, list[tuple[Blob, bytes]]] = {}
        self.live: dict[str, int] = {}

    def teardown(self) -> None:
        self.scratch.cleanup()

    @rule(target=seen, name=st.sampled_from(["a", "a/b", "a/", "a/b/c", "é\n", "b@", "b"]) | object_names)
    def name(self, name: str) -> str:
        return name

    @rule(name=seen, content=st.binary(max_size=20), expected=st.sampled_from(["any", "none", "live", "wrong"]))
    def put(self, name: str, content: bytes, expected: str) -> None:
        live = self.live.get(name, 0)
        match = {"any": None, "none": 0, "live": live, "wrong": live + 1}[expected]
        if match not in (None, live):
            with pytest.raises(PreconditionFailed):
                self.blobs.put(BUCKET, name, content, if_generation_match=match)
            return
        blob = self.blobs.put(BUCKET, name, content, if_generation_match=match)
        assert blob.generation > max((each.generation for each, _ in self.versions.get(name, [])), default=0)
        self.versions.setdefault(name, []).append((blob, content))
        self.live[name] = blob.generation

    @rule(name=seen)
    def delete(self, name: str) -> None:
        if name not in self.live:
            with pytest.raises(NotFound):
                self.blobs.delete(BUCKET, name)
            return
        assert self.blobs.delete(BUCKET, name) == self.live.pop(name)

    @rule(name=seen, data=st.data())
    def remove(self, name: str, data: st.DataObject) -> None:
        known = self.versions.get(name, [])
        generation = data.draw(st.sampled_from([1, *(blob.generation for blob, _ in known)]))
        self.blobs.remove(BUCKET, name, generation)
        self.versions[name] = [each for each in known if each[0].generation != generation]
        if self.live.get(name) == generation:
            del self.live[name]

    @rule(name=seen)
    def read(self, name: str) -> None:
        for blob, content in self.versions.get(name, []):
            assert self.blobs.get(BUCKET, name, blob.generation) == content
        if name not in self.live:
            with pytest.raises(NotFound):
                self.blobs.stat(BUCKET, name)
        else:
            assert self.blobs.stat(BUCKET, name) == self.versions[name][-1][0]

    @rule()
    def open_again(self) -> None:
        self.blobs = EmbeddedBlobs(self.root, now)

    @rule(name=seen, length=st.integers(0, 5))
    def list_a_prefix(self, name: str, length: int) -> None:
        self.check_listing(name[:length])

    @invariant()
    def lists_all(self) -> None:
        self.check_listing("")

    def check_listing(self, prefix: str) -> None:
        names = sorted((name for name in self.versions if name.startswith(prefix)), key=str.encode)
        every = [blob for name in names for blob, _ in self.versions[name]]
        assert list(self.blobs.generations(BUCKET, prefix)) == [(blob.name, blob.generation) for blob in every]
        assert list(self.blobs.list(BUCKET, prefix, versions=True)) == every
        assert list(self.blobs.list(BUCKET, prefix)) == [
            blob for blob in every if self.live.get(blob.name) == blob.generation
        ]


TestFolderAgainstModel = FolderAgainstModel.TestCase
TestFolderAgainstModel.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
