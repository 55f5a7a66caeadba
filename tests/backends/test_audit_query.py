"""SQL over segments, closed ones and those that are written to; also torn, touched, and while others write."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backends.audit.answers import QueryRefused
from backends.audit.embedded import EmbeddedAuditLog
from backends.audit.segment import encode
from tests.contract.rows import row

ROLL = 4000


def opened(folder: Path) -> EmbeddedAuditLog:
    return EmbeddedAuditLog(folder, lambda: datetime.now(UTC), b"k" * 32, roll=ROLL)


def column(folder: Path, sql: str) -> list[object]:
    with opened(folder).query(sql, {}) as answer:
        return [found for (found,) in answer.rows]


def ids(folder: Path, table: str = "events") -> list[object]:
    return column(folder, f"SELECT event_id FROM audit.{table} ORDER BY recorded_at, event_id")


def written(folder: Path, count: int = 20) -> list[str]:
    log = opened(folder)
    for number in range(count):
        log.append([row(f"{number:03}", seconds=number)])
    log.close()
    assert len(list(folder.glob("*.audit"))) > 2
    return [f"{number:03}" for number in range(count)]


def copies(folder: Path) -> dict[str, int]:
    return {file.name: file.stat().st_mtime_ns for file in (folder / "columns").glob("*.parquet")}


def test_closed_segments_are_copied_once_and_the_others_read_each_time(tmp_path: Path) -> None:
    assert ids(tmp_path) == []
    wanted = written(tmp_path)
    told: list[tuple[int, int]] = []
    with opened(tmp_path).query("SELECT COUNT(*) FROM audit.events", {}, lambda *done: told.append(done)) as answer:
        assert list(answer.rows) == [(20,)]
    made = copies(tmp_path)
    assert told == [(number, len(made)) for number in range(1, len(made) + 1)]
    assert len(made) == len(list(tmp_path.glob("*.audit"))) - 1
    opened(tmp_path).append([row("999", seconds=999)])
    assert ids(tmp_path) == [*wanted, "999"]
    assert copies(tmp_path) == made


def test_a_torn_end_and_damaged_lines_are_passed_over(tmp_path: Path) -> None:
    wanted = written(tmp_path)
    first, *_, last = sorted(tmp_path.glob("*.audit"))
    last.write_bytes(last.read_bytes() + encode(b'{"event_id":"torn"}', "0" * 64)[:-1])
    first.write_bytes(first.read_bytes().replace(b"local", b"mocal", 1) + encode(b"{x", "0" * 64))
    assert ids(tmp_path) == wanted[1:]


def test_one_row_per_event_the_first_recorded(tmp_path: Path) -> None:
    first, second = opened(tmp_path), opened(tmp_path)
    first.append([row("a", seconds=5, message="later")])
    second.append([row("a", seconds=1, message="earlier"), row("b", seconds=2)])
    first.append([row("b", seconds=2), row("a", seconds=9)])
    assert column(tmp_path, "SELECT message FROM audit.events ORDER BY event_id") == ["earlier", None]
    assert ids(tmp_path, "events_raw") == ["a", "b", "b", "a", "a"]


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 99)), min_size=1, max_size=40), st.integers(1, 3))
def test_sql_sees_the_rows_that_reading_gives(
    tmp_path_factory: pytest.TempPathFactory, recorded: list[tuple[int, int]], writers: int
) -> None:
    folder = tmp_path_factory.mktemp("trail")
    logs = [opened(folder) for _ in range(writers)]
    for number, (event, seconds) in enumerate(recorded):
        logs[number % writers].append([row(str(event), seconds=seconds, message=f"{seconds}")])
    wanted = {(each.event_id, each.message) for each in logs[0].rows()}
    with logs[0].query("SELECT event_id, message FROM audit.events", {}) as answer:
        assert sorted(answer.rows) == sorted(wanted)


def test_a_segment_that_was_changed_is_copied_anew(tmp_path: Path) -> None:
    wanted = written(tmp_path)
    assert ids(tmp_path) == wanted
    first = min(tmp_path.glob("*.audit"))
    first.write_bytes(b"".join(first.read_bytes().splitlines(keepends=True)[1:]) + b" " * ROLL)
    assert ids(tmp_path) == wanted[1:]


def test_a_copy_that_was_touched_is_made_anew(tmp_path: Path) -> None:
    wanted = written(tmp_path)
    assert ids(tmp_path) == wanted
    for name in copies(tmp_path):
        copy = str(tmp_path / "columns" / name)
        duckdb.execute(f"COPY (SELECT * REPLACE ('forged' AS event_id) FROM read_parquet('{copy}')) TO '{copy}.new'")
        Path(f"{copy}.new").replace(copy)
    assert ids(tmp_path) == wanted


def test_a_copy_without_its_seal_is_made_anew(tmp_path: Path) -> None:
    wanted = written(tmp_path)
    assert ids(tmp_path) == wanted
    for seal in (tmp_path / "columns").glob("*.seal"):
        seal.unlink()
    assert ids(tmp_path) == wanted


def test_questions_are_answered_while_others_write(tmp_path: Path) -> None:
    stop = threading.Event()

    def read() -> int:
        most = 0
        while not stop.is_set() or most < 3 * 30:
            found = ids(tmp_path)
            assert len(found) == len(set(found)) >= most
            most = len(found)
        return most

    def write(writer: int) -> None:
        log = opened(tmp_path)
        for number in range(30):
            log.append([row(f"{writer}-{number}", seconds=number)])

    with ThreadPoolExecutor(4) as pool:
        reader = pool.submit(read)
        list(pool.map(write, range(3)))
        stop.set()
        assert reader.result() == 90


def test_an_answer_is_written_as_parquet(tmp_path: Path) -> None:
    written(tmp_path / "trail")
    file = tmp_path / "it's an answer.parquet"
    sql = "SELECT event_id, event_time, inputs FROM audit.events WHERE event_id < @id ORDER BY 1"
    opened(tmp_path / "trail").export(sql, {"id": "003"}, file)
    read = duckdb.read_parquet(str(file))
    assert [found for (found,) in read.project("event_id").fetchall()] == ["000", "001", "002"]
    assert dict(zip(read.columns, map(str, read.types), strict=True)) == {
        "event_id": "VARCHAR",
        "event_time": "TIMESTAMP WITH TIME ZONE",
        "inputs": "JSON",
    }


def test_only_the_answer_can_be_written(tmp_path: Path) -> None:
    written(tmp_path / "trail")
    with pytest.raises(QueryRefused):
        opened(tmp_path / "trail").export("COPY audit.events TO 'x'", {}, tmp_path / "x.parquet")
    assert not (tmp_path / "x.parquet").exists()


def test_rows_of_an_early_release_have_the_day_of_their_event(tmp_path: Path) -> None:
    written(tmp_path)
    assert set(column(tmp_path, "SELECT CAST(event_day AS STRING) FROM audit.events")) == {"2026-01-01"}
