"""What every audit trail keeps to."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from backends.audit import AuditLog
from backends.audit.answers import QueryRefused
from tests.contract.doors import Door
from tests.contract.rows import row


def ids(log: AuditLog, document_id: str | None = None) -> list[str]:
    return [each.event_id for each in log.rows(document_id=document_id)]


def test_gives_back_what_was_appended_with_its_hashes(audit: AuditLog) -> None:
    written = row("a", message='line\nbreak, "quotes", ü and 😀')
    audit.append([written])
    (read,) = audit.rows()
    assert len(read.row_hash) == 64
    assert (bool(read.segment), read.position) == (True, 1)
    place = {"segment": None, "position": None, "previous_hash": "", "row_hash": ""}
    assert read.model_copy(update=place) == written


def test_nothing_was_appended(audit: AuditLog) -> None:
    audit.append([])
    assert ids(audit) == []


def test_one_row_per_event_the_first_recorded_stays(door: Door) -> None:
    first, second = door.audit(), door.audit()
    first.append([row("a", seconds=5, message="later")])
    second.append([row("a", seconds=1, message="earlier"), row("b", seconds=2)])
    first.append([row("b", seconds=2), row("a", seconds=9)])
    assert [(each.event_id, each.message) for each in first.rows()] == [("a", "earlier"), ("b", None)]


def test_two_sources_may_give_the_same_id(audit: AuditLog) -> None:
    other = row("1", seconds=1).model_copy(update={"source": "/programs/closing"})
    audit.append([row("1"), other, row("1", seconds=2)])
    assert [each.source for each in audit.rows()] == ["/functions/normalize", "/programs/closing"]
    with audit.query("SELECT COUNT(*) AS events FROM audit.events", {}) as answer:
        assert list(answer.rows) == [(2,)]


def test_rows_come_in_the_order_of_recording_whoever_wrote_them(door: Door) -> None:
    logs = [door.audit() for _ in range(3)]
    for number in (4, 0, 3, 1, 2, 5):
        logs[number % 3].append([row(str(number), seconds=number)])
    assert ids(door.audit()) == ["0", "1", "2", "3", "4", "5"]


def test_rows_of_one_document(audit: AuditLog) -> None:
    audit.append([row(str(number), seconds=number, document_id="ab"[number % 2] * 32) for number in range(6)])
    assert ids(audit, "a" * 32) == ["0", "2", "4"]
    assert ids(audit, "c" * 32) == []


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM audit.events_raw WHERE TRUE",
        "UPDATE audit.events_raw SET actor = 'nobody' WHERE TRUE",
        "INSERT INTO audit.events_raw (event_id) VALUES ('b')",
        "TRUNCATE TABLE audit.events_raw",
        "DROP TABLE audit.events_raw",
        "CREATE TABLE audit.mine AS SELECT * FROM audit.events_raw",
        "SELECT 1; DROP TABLE audit.events_raw",
    ],
)
def test_only_a_select_is_answered(audit: AuditLog, sql: str) -> None:
    audit.append([row("a")])
    with pytest.raises(QueryRefused, match="SELECT"), audit.query(sql, {}):
        pass
    assert [(each.event_id, each.actor) for each in audit.rows()] == [("a", "")]


def test_reading_while_others_write_gives_whole_rows(door: Door) -> None:
    if not door.at_once:
        pytest.skip("the emulator's DuckDB refuses a query while a row is written; BigQuery does not")
    stop = threading.Event()

    def read() -> int:
        reads = 0
        while not stop.is_set():
            found = ids(door.audit())
            assert len(found) == len(set(found))
            reads += 1
        return reads

    def write(writer: int) -> None:
        log = door.audit()
        for number in range(30):
            log.append([row(f"{writer}-{number}-{part}", seconds=number) for part in range(3)])

    with ThreadPoolExecutor(4) as pool:
        reader = pool.submit(read)
        list(pool.map(write, range(3)))
        stop.set()
        assert reader.result() > 0
    assert len(ids(door.audit())) == 3 * 30 * 3
