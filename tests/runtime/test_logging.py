from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from runtime.logging import HumanFormatter, JsonFormatter, configure, log, place

LOGGER = logging.getLogger("redline.test")


@pytest.fixture(autouse=True)
def root_logger_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def stumble(secret: str) -> None:
    raise ValueError(f"cannot read {secret}")


def failing_record() -> logging.LogRecord:
    try:
        stumble("/home/jane/divorce.docx")
    except ValueError as error:
        return LOGGER.makeRecord(
            "redline.test", logging.ERROR, "", 0, "failed", (), (ValueError, error, error.__traceback__)
        )
    raise AssertionError


def test_a_line_is_one_json_object_with_its_fields(capsys: pytest.CaptureFixture[str]) -> None:
    configure("json", "INFO")
    log(LOGGER, logging.INFO, "done", function="plan", document_id="", milliseconds=1.5, emitted=[])
    log(LOGGER, logging.WARNING, "two\nlines")
    first, second = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (first["severity"], first["message"], first["function"], first["milliseconds"]) == (
        "INFO",
        "done",
        "plan",
        1.5,
    )
    assert "document_id" not in first
    assert "emitted" not in first
    assert (second["severity"], second["message"]) == ("WARNING", "two\nlines")


def test_below_the_level_nothing_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    configure("json", "WARNING")
    log(LOGGER, logging.INFO, "done")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("formatter", [JsonFormatter(), HumanFormatter()], ids=["json", "human"])
def test_an_exception_is_named_by_type_and_place_without_its_message(formatter: logging.Formatter) -> None:
    line = formatter.format(failing_record())
    assert "jane" not in line
    assert "ValueError" in line
    assert "tests/runtime/test_logging.py" in line
    assert "stumble" in line


def test_a_place_names_the_innermost_frames_last() -> None:
    record = failing_record()
    assert record.exc_info
    assert record.exc_info[1]
    assert place(record.exc_info[1])[-1].endswith(" stumble")


def test_a_person_reads_one_short_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure("human", "INFO")
    log(LOGGER, logging.INFO, "done", function="plan", event_id="0e" * 16, emitted=["a", "b"])
    log(LOGGER, logging.ERROR, "failed", code="KeyError")
    first, second = capsys.readouterr().err.splitlines()
    assert first.endswith("done function=plan emitted=a,b")
    assert second.endswith("error: failed code=KeyError")


def test_auto_is_json_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    configure("auto", "INFO")
    log(LOGGER, logging.INFO, "done")
    assert json.loads(capsys.readouterr().err)["message"] == "done"


def test_configuring_twice_says_things_once(capsys: pytest.CaptureFixture[str]) -> None:
    configure("json", "INFO")
    configure("json", "INFO")
    log(LOGGER, logging.INFO, "done")
    assert len(capsys.readouterr().err.splitlines()) == 1
