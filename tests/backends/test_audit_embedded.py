"""The audit segments: torn ends, damage, adoption, rolling."""

from __future__ import annotations

import errno
import itertools
import os
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backends.audit.embedded import EmbeddedAuditLog
from backends.audit.segment import encode
from backends.errors import BackendUnavailable
from tests.backends.crash import run_and_kill, some_moment
from tests.contract.rows import row

KILLS = 15
KEY = b"k" * 32


def opened(folder: Path, *, roll: int = 1 << 26) -> EmbeddedAuditLog:
    return EmbeddedAuditLog(folder, lambda: datetime.now(UTC), KEY, roll=roll)


def segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.audit"))


def ids(log: EmbeddedAuditLog) -> list[str]:
    return [each.event_id for each in log.rows()]


def written(folder: Path, count: int = 3) -> Path:
    """The segment of a writer that is gone."""
    log = opened(folder)
    for number in range(count):
        log.append([row(str(number), seconds=number)])
    log.close()
    (segment,) = segments(folder)
    return segment


TEARS = {
    "half a line": b'812 0a1b2c3d {"event_id":"tor',
    "a whole line but for its line break": encode(b'{"event_id":"torn"}', "0" * 64)[:-1],
    "zeros": bytes(4096),
    "a line that is not what its checksum says": encode(b'{"event_id":"torn"}', "0" * 64).replace(b"torn", b"worn"),
    "text": b"hello\n",
}


@pytest.mark.parametrize("tear", TEARS.values(), ids=TEARS.keys())
def test_a_torn_end_is_passed_over_and_cut_off_by_the_next_writer(tmp_path: Path, tear: bytes) -> None:
    segment = written(tmp_path)
    with segment.open("ab") as handle:
        handle.write(tear)
    log = opened(tmp_path)
    assert ids(log) == ["0", "1", "2"]
    log.append([row("3", seconds=3)])
    assert segments(tmp_path) == [segment]
    assert ids(log) == ["0", "1", "2", "3"]
    assert log.verify().findings == ()
    assert tear not in segment.read_bytes()


def test_every_length_a_segment_can_be_torn_at(tmp_path: Path) -> None:
    segment = written(tmp_path)
    whole = segment.read_bytes()
    ends = [position + 1 for position, byte in enumerate(whole) if byte == ord("\n")]
    for length in range(len(whole)):
        segment.write_bytes(whole[:length])
        assert len(ids(opened(tmp_path))) == sum(end <= length for end in ends)


def test_a_damaged_row_hides_no_other_and_is_not_cut_off(tmp_path: Path) -> None:
    segment = written(tmp_path)
    lines = segment.read_bytes().splitlines(keepends=True)
    lines[1] = lines[1].replace(b"local", b"mocal")
    segment.write_bytes(b"".join(lines))
    log = opened(tmp_path)
    log.append([row("3", seconds=3)])
    assert ids(log) == ["0", "2", "3"]
    assert segment.read_bytes().startswith(b"".join(lines))


def test_writers_at_one_time_have_segments_of_their_own(tmp_path: Path) -> None:
    logs = [opened(tmp_path) for _ in range(3)]
    for number, log in enumerate(logs):
        log.append([row(str(number), seconds=number)])
    assert len(segments(tmp_path)) == 3


def test_a_new_writer_takes_the_segment_of_one_that_is_gone(tmp_path: Path) -> None:
    for number in range(5):
        log = opened(tmp_path)
        log.append([row(str(number), seconds=number)])
        log.close()
    assert len(segments(tmp_path)) == 1
    assert opened(tmp_path).verify().findings == ()


def test_a_full_segment_is_closed(tmp_path: Path) -> None:
    log = opened(tmp_path, roll=2000)
    for number in range(12):
        log.append([row(str(number), seconds=number)])
    files = segments(tmp_path)
    assert len(files) > 1
    assert all(file.stat().st_size >= 2000 for file in files[:-1])
    assert ids(log) == [str(number) for number in range(12)]
    assert log.verify().findings == ()


def test_a_forked_writer_leaves_the_segment_of_its_parent(tmp_path: Path) -> None:
    log = opened(tmp_path)
    log.append([row("parent 1", seconds=1)])

    def child() -> Iterator[str]:
        for number in range(3):
            log.append([row(f"child {number}", seconds=10 + number)])
            yield str(number)

    assert len(run_and_kill(child, after=0.3)) == 3
    log.append([row("parent 2", seconds=2)])
    assert ids(log) == ["parent 1", "parent 2", "child 0", "child 1", "child 2"]
    assert len(segments(tmp_path)) == 2
    assert log.verify().findings == ()


def test_a_disk_that_fails_takes_none_of_the_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = opened(tmp_path)
    log.append([row("a")])
    size = segments(tmp_path)[0].stat().st_size

    def fail(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(BackendUnavailable, match="full"):
        log.append([row("b"), row("c")])
    monkeypatch.undo()
    assert segments(tmp_path)[0].stat().st_size == size
    log.append([row("d", seconds=1)])
    assert ids(log) == ["a", "d"]
    assert log.verify().findings == ()


def test_a_killed_writer_loses_nothing_it_acknowledged(tmp_path: Path) -> None:
    chance = random.Random(11)
    acknowledged: set[str] = set()
    for kill in range(KILLS):

        def write(kill: int = kill) -> Iterator[str]:
            log = opened(tmp_path)
            for number in itertools.count():
                batch = [f"{kill}-{number}-{part}" for part in range(3)]
                log.append([row(name, seconds=kill) for name in batch])
                yield from batch

        acknowledged.update(run_and_kill(write, after=some_moment(chance)))
        log = opened(tmp_path)
        assert acknowledged <= set(ids(log))
        assert log.verify().findings == ()
    assert acknowledged
    assert len(segments(tmp_path)) == 1


def test_threads_that_append_at_once_share_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = opened(tmp_path)
    log.append([row("first")])
    syncs: list[int] = []
    real = os.fsync

    def slow(descriptor: int) -> None:
        syncs.append(descriptor)
        time.sleep(0.05)
        real(descriptor)

    monkeypatch.setattr(os, "fsync", slow)
    with ThreadPoolExecutor(20) as pool:
        list(pool.map(lambda number: log.append([row(str(number), seconds=number)]), range(60)))
    assert len(syncs) < 60, "how many share a sync is up to the machine; that some do is not"
    assert set(ids(log)) == {"first", *map(str, range(60))}
    assert log.verify().findings == ()


def test_all_who_share_a_write_that_fails_learn_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = opened(tmp_path)
    log.append([row("a")])

    def fail(_: int) -> None:
        time.sleep(0.02)
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    def attempt(number: int) -> bool:
        try:
            log.append([row(str(number))])
        except BackendUnavailable:
            return False
        return True

    monkeypatch.setattr(os, "fsync", fail)
    with ThreadPoolExecutor(10) as pool:
        assert not any(pool.map(attempt, range(20)))
    monkeypatch.undo()
    assert ids(log) == ["a"]
    assert log.verify().findings == ()


def test_a_segment_without_its_head_is_left_for_verify_to_find(tmp_path: Path) -> None:
    segment = written(tmp_path)
    segment.with_suffix(".head").unlink()
    log = opened(tmp_path)
    log.append([row("3", seconds=3)])
    assert len(segments(tmp_path)) == 2
    assert ids(log) == ["0", "1", "2", "3"]
    assert [found.segment for found in log.verify().findings] == [segment.stem]
