"""Whatever is done to a trail without its key, `verify` finds it, also when writers go on after it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backends.audit.chain import row_hash
from backends.audit.embedded import EmbeddedAuditLog
from backends.audit.note import NoteDamaged
from backends.audit.segment import decode, encode
from backends.audit.verify import Finding
from tests.contract.rows import START, row

KEY = b"k" * 32
ROLL = 4000
"""Bytes of a segment in these tests: five rows or so."""


def opened(folder: Path, key: bytes = KEY) -> EmbeddedAuditLog:
    return EmbeddedAuditLog(folder, lambda: datetime.now(UTC), key, roll=ROLL)


def segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.audit"))


def findings(folder: Path) -> tuple[Finding, ...]:
    return opened(folder).verify().findings


def written(folder: Path, count: int = 12) -> Path:
    """A trail of writers that are gone, and its first segment."""
    writers = [opened(folder), opened(folder)]
    for number in range(count):
        writers[number % 4 == 3].append([row(str(number), seconds=number)])
    for writer in writers:
        writer.close()
    assert len(segments(folder)) > 2
    return segments(folder)[0]


def lines_of(segment: Path) -> list[bytes]:
    return segment.read_bytes().splitlines(keepends=True)


def facts_of(line: bytes) -> dict[str, object]:
    body = decode(line).json
    assert body is not None
    facts: dict[str, object] = json.loads(body)
    return facts


def line_of(facts: dict[str, object], seal: str) -> bytes:
    return encode(json.dumps(facts).encode(), seal)


def rehashed(lines: list[bytes], start: int) -> list[bytes]:
    """The lines from `start` on with a chain that fits, as somebody writes them who has not the key."""
    made = lines[:start]
    previous = str(facts_of(made[-1])["row_hash"]) if made else ""
    for line in lines[start:]:
        facts = facts_of(line) | {"position": len(made) + 1, "previous_hash": previous}
        facts["row_hash"] = previous = row_hash(facts, previous)
        made.append(line_of(facts, decode(line).seal))
    return made


Change = Callable[[list[bytes], int], list[bytes]]


def edit(lines: list[bytes], at: int) -> list[bytes]:
    facts = facts_of(lines[at]) | {"actor": "somebody else"}
    return [*lines[:at], line_of(facts, decode(lines[at]).seal), *lines[at + 1 :]]


def add_a_field(lines: list[bytes], at: int) -> list[bytes]:
    facts = facts_of(lines[at]) | {"of_a_later_release": 1}
    return [*lines[:at], line_of(facts, decode(lines[at]).seal), *lines[at + 1 :]]


def forge(lines: list[bytes], at: int) -> list[bytes]:
    facts = facts_of(lines[at]) | {"event_id": "forged"}
    return rehashed([*lines[: at + 1], line_of(facts, decode(lines[at]).seal), *lines[at + 1 :]], at + 1)


CHANGES: dict[str, Change] = {
    "edited": edit,
    "edited, the chain made to fit": lambda lines, at: rehashed(edit(lines, at), at),
    "a field added": add_a_field,
    "a bit flipped": lambda lines, at: [
        *lines[:at], lines[at][:100] + bytes([lines[at][100] ^ 1]) + lines[at][101:], *lines[at + 1 :]
    ],
    "removed": lambda lines, at: [*lines[:at], *lines[at + 1 :]],
    "removed, the chain made to fit": lambda lines, at: rehashed([*lines[:at], *lines[at + 1 :]], at),
    "cut from the end": lambda lines, at: lines[:at],
    "cut in the middle of a row": lambda lines, at: [*lines[:at], lines[at][:50]],
    "added, the chain made to fit": forge,
    "written twice": lambda lines, at: [*lines[: at + 1], *lines[at:]],
    "reordered": lambda lines, at: [*lines[:at], *reversed(lines[at:])] if at < len(lines) - 1 else lines[::-1],
    "reordered, the chain made to fit": lambda lines, at: rehashed(lines[::-1], 0),
    "all removed": lambda lines, at: [],
    "not JSON, with a checksum that fits": lambda lines, at: [
        *lines[:at], encode(b"{x", decode(lines[at]).seal), *lines[at + 1 :]
    ],
}  # fmt: skip


def remove_segment(folder: Path, segment: Path) -> None:
    segment.unlink()


def remove_segment_and_head(folder: Path, segment: Path) -> None:
    segment.unlink()
    segment.with_suffix(".head").unlink()


def remove_head(folder: Path, segment: Path) -> None:
    segment.with_suffix(".head").unlink()


def copy_head_of_another(folder: Path, segment: Path) -> None:
    other = next(each for each in segments(folder) if each != segment)
    shutil.copy(other.with_suffix(".head"), segment.with_suffix(".head"))


def lower_head(folder: Path, segment: Path) -> None:
    head = segment.with_suffix(".head")
    head.write_bytes(b"%012d" % (len(lines_of(segment)) - 1) + head.read_bytes()[12:])
    segment.write_bytes(b"".join(lines_of(segment)[:-1]))


def copy_segment(folder: Path, segment: Path) -> None:
    for suffix in (".audit", ".head"):
        shutil.copy(segment.with_suffix(suffix), folder / f"20200101T000000.000000{suffix}")


def swap_segments(folder: Path, segment: Path) -> None:
    other = next(each for each in segments(folder) if each != segment)
    one, two = segment.read_bytes(), other.read_bytes()
    segment.write_bytes(two)
    other.write_bytes(one)


def move_a_row(folder: Path, segment: Path) -> None:
    other = next(each for each in segments(folder) if each != segment)
    *kept, moved = lines_of(segment)
    segment.write_bytes(b"".join(kept))
    other.write_bytes(other.read_bytes() + moved)


def remove_register(folder: Path, segment: Path) -> None:
    (folder / "register.json").unlink()


def strike_from_register(folder: Path, segment: Path) -> None:
    register = folder / "register.json"
    told = json.loads(register.read_bytes())
    told["said"]["open"] = [name for name in told["said"]["open"] if name != segment.stem]
    told["said"]["closed"].pop(segment.stem, None)
    register.write_text(json.dumps(told))
    remove_segment_and_head(folder, segment)


def remove_register_and_segment(folder: Path, segment: Path) -> None:
    remove_segment_and_head(folder, segment)
    remove_register(folder, segment)


FOLDER_CHANGES = (
    remove_segment,
    remove_segment_and_head,
    remove_head,
    copy_head_of_another,
    lower_head,
    copy_segment,
    swap_segments,
    move_a_row,
    remove_register,
    strike_from_register,
    remove_register_and_segment,
)


def go_on(folder: Path) -> None:
    """Writers of a later start."""
    for number in range(8):
        log = opened(folder)
        log.append([row(f"later {number}", seconds=1000 + number)])
        log.close()


def test_nothing_is_found_in_what_was_only_written(tmp_path: Path) -> None:
    assert findings(tmp_path) == ()
    written(tmp_path)
    assert findings(tmp_path) == ()
    go_on(tmp_path)
    report = opened(tmp_path).verify()
    assert (report.rows, report.findings) == (20, ())


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(CHANGES)), st.data())
def test_every_change_to_a_segment_is_found_also_after_writers_went_on(name: str, data: st.DataObject) -> None:
    with TemporaryDirectory() as scratch:
        folder = Path(scratch) / "audit"
        written(folder)
        segment = data.draw(st.sampled_from(segments(folder)))
        lines = lines_of(segment)
        changed = CHANGES[name](lines, data.draw(st.integers(0, len(lines) - 1)))
        if changed == lines:
            return
        segment.write_bytes(b"".join(changed))
        assert findings(folder)
        go_on(folder)
        assert findings(folder)


@pytest.mark.parametrize("index", range(3))
@pytest.mark.parametrize("change", FOLDER_CHANGES, ids=lambda change: change.__name__)
def test_every_change_to_the_folder_is_found_also_after_writers_went_on(
    tmp_path: Path, change: Callable[[Path, Path], None], index: int
) -> None:
    written(tmp_path)
    change(tmp_path, segments(tmp_path)[index])
    assert findings(tmp_path)
    go_on(tmp_path)
    assert findings(tmp_path)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_byte_changed_anywhere_is_found(data: st.DataObject) -> None:
    with TemporaryDirectory() as scratch:
        folder = Path(scratch) / "audit"
        written(folder)
        file = data.draw(st.sampled_from([*segments(folder), *sorted(folder.glob("*.head"))]))
        content = bytearray(file.read_bytes())
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
        file.write_bytes(content)
        assert findings(folder)


REASONS = {
    "edited": "the row was changed",
    "edited, the chain made to fit": "its seal is wrong",
    "a bit flipped": "checksum",
    "removed": "1 row was removed before this one",
    "written twice": "the row before it is not the one",
}


@pytest.mark.parametrize(("name", "words"), REASONS.items())
def test_the_first_broken_row_is_named(tmp_path: Path, name: str, words: str) -> None:
    segment = written(tmp_path)
    segment.write_bytes(b"".join(CHANGES[name](lines_of(segment), 1)))
    first, *_ = findings(tmp_path)
    assert (first.segment, first.line) == (segment.stem, 3 if name == "written twice" else 2)
    assert words in first.reason


def test_rows_that_were_cut_are_counted(tmp_path: Path) -> None:
    segment = written(tmp_path)
    count = len(lines_of(segment))
    segment.write_bytes(b"".join(lines_of(segment)[:-2]))
    reasons = [each.reason for each in findings(tmp_path)]
    assert reasons == [f"2 rows were cut off from its end: the head tells of {count}"]


@pytest.mark.parametrize(("since", "until", "found"), [(0, 2, True), (-9, 0, False), (2, 9, True), (3, 9, False)])
def test_a_window_leaves_out_what_happened_to_other_rows(tmp_path: Path, since: int, until: int, found: bool) -> None:
    log = opened(tmp_path)
    for number in range(4):
        log.append([row(str(number), seconds=number)])
    log.close()
    [segment] = segments(tmp_path)
    segment.write_bytes(b"".join(CHANGES["removed"](lines_of(segment), 1)))
    window = {"since": START + timedelta(seconds=since), "until": START + timedelta(seconds=until)}
    assert bool(opened(tmp_path).verify(**window).findings) == found


def test_a_moved_time_does_not_move_a_changed_row_out_of_the_window(tmp_path: Path) -> None:
    segment = written(tmp_path)
    lines = lines_of(segment)
    facts = facts_of(lines[1]) | {"recorded_at": "1999-01-01T00:00:00Z"}
    segment.write_bytes(b"".join([lines[0], line_of(facts, decode(lines[1]).seal), *lines[2:]]))
    window = {"since": START, "until": START + timedelta(hours=1)}
    assert [each.line for each in opened(tmp_path).verify(**window).findings] == [2]


def older_copy(folder: Path, keep: Path) -> bytes:
    """Take a note and write on, then put what was there before the note in the place of the trail."""
    written(folder)
    shutil.copytree(folder, keep)
    go_on(folder)
    log = opened(folder)
    note = log.note(log.verify())
    shutil.rmtree(folder)
    shutil.copytree(keep, folder)
    return note


def test_an_older_copy_of_the_whole_folder_is_found_by_a_note(tmp_path: Path) -> None:
    folder = tmp_path / "audit"
    note = older_copy(folder, tmp_path / "copy")
    assert findings(folder) == ()
    reasons = [each.reason for each in opened(folder).verify(note=note).findings]
    assert reasons
    assert all("the note tells of" in reason or "the whole segment is gone" in reason for reason in reasons)


def test_a_trail_that_grew_since_the_note_is_as_noted(tmp_path: Path) -> None:
    written(tmp_path)
    log = opened(tmp_path)
    note = log.note(log.verify())
    go_on(tmp_path)
    assert opened(tmp_path).verify(note=note).findings == ()


def more_rows(note: bytes) -> bytes:
    told = json.loads(note)
    for head in told["said"]["segments"].values():
        head[0] += 1
    return json.dumps(told).encode()


@pytest.mark.parametrize("damage", [more_rows, lambda _: b"", lambda _: b"[]", lambda _: b'{"said": {}, "mac": 1}'])
def test_a_note_that_was_changed_is_refused(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    written(tmp_path)
    log = opened(tmp_path)
    with pytest.raises(NoteDamaged):
        log.verify(note=damage(log.note(log.verify())))


def test_a_note_of_another_trail_is_refused(tmp_path: Path) -> None:
    other = opened(tmp_path / "other", b"o" * 32)
    other.append([row("a")])
    note = other.note(other.verify())
    written(tmp_path / "audit")
    with pytest.raises(NoteDamaged, match="another trail"):
        opened(tmp_path / "audit").verify(note=note)


def test_a_look_while_writers_work_finds_nothing(tmp_path: Path) -> None:
    log = opened(tmp_path)
    for number in range(60):
        log.append([row(f"{number}-{part}", seconds=number) for part in range(3)])
        assert opened(tmp_path).verify().findings == ()
