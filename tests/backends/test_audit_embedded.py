"""The audit segments: torn ends, damage, adoption, rolling."""

from __future__ import annotations

import errno
import itertools
import json
import os
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from backends.audit.embedded import EmbeddedAuditLog
from backends.audit.segment import decode, encode
from backends.errors import BackendUnavailable
from tests.backends.crash import run_and_kill, some_moment
from tests.contract.rows import row

KILLS = 15


def opened(folder: Path, *, roll: int = 1 << 26) -> EmbeddedAuditLog:
    return EmbeddedAuditLog(folder, lambda: datetime.now(UTC), roll=roll)


def segments(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


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
    "a whole line but for its line break": encode(b'{"event_id":"torn"}')[:-1],
    "zeros": bytes(4096),
    "a line that is not what its checksum says": encode(b'{"event_id":"torn"}').replace(b"torn", b"worn"),
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
    assert log.verify_chain() is None
    assert tear not in segment.read_bytes()


def test_every_length_a_segment_can_be_torn_at(tmp_path: Path) -> None:
    segment = written(tmp_path)
    whole = segment.read_bytes()
    ends = [position + 1 for position, byte in enumerate(whole) if byte == ord("\n")]
    for length in range(len(whole)):
        segment.write_bytes(whole[:length])
        assert len(ids(opened(tmp_path))) == sum(end <= length for end in ends)


def _change(lines: list[bytes]) -> list[bytes]:
    return [lines[0], encode(_body(lines[1]).replace(b"local", b"lunar")), lines[2]]


def _forge(lines: list[bytes]) -> list[bytes]:
    forged = {**json.loads(_body(lines[1])), "region": "lunar", "row_hash": "0" * 64}
    return [lines[0], encode(json.dumps(forged).encode()), lines[2]]


def _body(line: bytes) -> bytes:
    body = decode(line)
    assert body is not None
    return body


DAMAGE = {
    "a changed row": (_change, 2, "changed"),
    "a forged hash": (_forge, 2, "changed"),
    "a removed row": (lambda lines: [lines[0], lines[2]], 2, "before it"),
    "a removed first row": (lambda lines: lines[1:], 1, "before it"),
    "a row written twice": (lambda lines: [*lines[:2], *lines[1:]], 3, "before it"),
    "swapped rows": (lambda lines: [lines[0], lines[2], lines[1]], 2, "before it"),
    "a flipped bit": (lambda lines: [lines[0], lines[1].replace(b"local", b"mocal"), lines[2]], 2, "checksum"),
}


@pytest.mark.parametrize(("damage", "line", "words"), DAMAGE.values(), ids=DAMAGE.keys())
def test_the_first_broken_row_is_named(tmp_path: Path, damage: object, line: int, words: str) -> None:
    assert callable(damage)
    segment = written(tmp_path)
    log = opened(tmp_path)
    assert log.verify_chain() is None
    segment.write_bytes(b"".join(damage(segment.read_bytes().splitlines(keepends=True))))
    found = log.verify_chain()
    assert found is not None
    assert (found.segment, found.line) == (segment.name, line)
    assert words in found.reason


def test_a_damaged_row_hides_no_other_and_is_not_cut_off(tmp_path: Path) -> None:
    segment = written(tmp_path)
    lines = segment.read_bytes().splitlines(keepends=True)
    lines[1] = lines[1].replace(b"local", b"mocal")
    segment.write_bytes(b"".join(lines))
    log = opened(tmp_path)
    log.append([row("3", seconds=3)])
    assert ids(log) == ["0", "2", "3"]
    assert segment.read_bytes().startswith(b"".join(lines))


def test_the_chain_covers_fields_of_a_later_release(tmp_path: Path) -> None:
    segment = written(tmp_path, count=1)
    facts = {**json.loads(_body(segment.read_bytes())), "of_a_later_release": 1}
    segment.write_bytes(encode(json.dumps(facts).encode()))
    found = opened(tmp_path).verify_chain()
    assert found is not None
    assert ids(opened(tmp_path)) == ["0"]


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
    assert opened(tmp_path).verify_chain() is None


def test_a_full_segment_is_closed(tmp_path: Path) -> None:
    log = opened(tmp_path, roll=2000)
    for number in range(12):
        log.append([row(str(number), seconds=number)])
    files = segments(tmp_path)
    assert len(files) > 1
    assert all(file.stat().st_size >= 2000 for file in files[:-1])
    assert ids(log) == [str(number) for number in range(12)]
    assert log.verify_chain() is None


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
    assert log.verify_chain() is None


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
    assert log.verify_chain() is None


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
        assert log.verify_chain() is None
    assert acknowledged
    assert len(segments(tmp_path)) == 1
