from __future__ import annotations

from pathlib import Path

from runtime.logfiles import bound


def test_a_long_log_is_set_aside_and_its_writer_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "redline.log"
    with log.open("ab", buffering=0) as writer:
        writer.write(b"x" * 101)
        bound(tmp_path, 100)
        writer.write(b"next\n")
    assert log.read_bytes() == b"next\n"
    assert (tmp_path / "redline.log.1").read_bytes() == b"x" * 101


def test_one_older_log_is_kept(tmp_path: Path) -> None:
    log = tmp_path / "redline.log"
    for letter in (b"a", b"b"):
        log.write_bytes(letter * 101)
        bound(tmp_path, 100)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == {
        "redline.log": b"",
        "redline.log.1": b"b" * 101,
    }


def test_short_logs_and_other_files_are_left_alone(tmp_path: Path) -> None:
    contents = {"redline.log": b"x" * 100, "note.txt": b"x" * 1000}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    bound(tmp_path, 100)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == contents
