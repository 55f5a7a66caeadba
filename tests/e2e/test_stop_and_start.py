"""Stopping, killing and starting again lose nothing; in a root so deep that a socket's path does not fit."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from redline import verify
from tests.e2e.pipeline import (
    CHECKOUT,
    PATIENCE,
    Pipeline,
    command,
    contract,
    eventually,
    is_running,
    run,
    wait_for_none,
)

VERSIONS = [contract(*[f"Sentence {number}." for number in range(count)]) for count in range(5)]


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Pipeline]:
    root = tmp_path.joinpath(*["a rather long name for a folder"] * 6)
    root.parent.mkdir(parents=True)
    with Pipeline(root) as running:
        yield running


def test_stopping_drains_and_starting_goes_on(pipeline: Pipeline) -> None:
    pipeline.drop("x.docx", VERSIONS[0])
    pipeline.wait_for_facts("x.docx", "document.normalized")
    pipeline.drop("x.docx", VERSIONS[1])
    eventually(lambda: pipeline.results("x.docx", ".redline.docx"), "the first redline")
    _stop_in_the_middle(pipeline)
    _kill_in_the_middle(pipeline)
    eventually(lambda: _redlines_right(pipeline) == [True] * 4, "each version redlined against the one before it")
    taken = [row.generation for row in pipeline.rows("x.docx") if row.event_type.endswith("document.normalized.v1")]
    assert len(set(taken)) == len(taken) == len(VERSIONS)


@pytest.mark.parametrize("seconds", [0.0, 0.2, 0.6])
def test_ctrl_c_while_starting_is_no_failure(tmp_path: Path, seconds: float) -> None:
    watched = command("up", "--root", tmp_path / "root", "--port", "0")
    # To be told when the command line is read; what comes before that is the interpreter's own start.
    told = ["-X", "importtime"]
    process = subprocess.Popen(
        [watched[0], *told, *watched[1:]], cwd=CHECKOUT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.split()[-1] == "runtime.commands.common":
            break
    drained = threading.Thread(target=process.stderr.read)
    drained.start()
    time.sleep(seconds)
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE) == 0
    drained.join()
    process.stderr.close()


def _redlines_right(pipeline: Pipeline) -> list[bool]:
    """For each delivered version, in the order of time, whether its redline is the one against its predecessor.

    After a kill, versions may be read out of turn; a redline against a farther version is then replaced.
    """
    redlines = pipeline.results("x.docx", ".redline.docx")
    versions = zip(redlines, VERSIONS, VERSIONS[1:], strict=False)
    return [verify(redline.read_bytes(), before, after).ok for redline, before, after in versions]


def _stop_in_the_middle(pipeline: Pipeline) -> None:
    """Ctrl-C right after a drop; one more version while it is down."""
    pipeline.drop("x.docx", VERSIONS[2])
    eventually(lambda: _taken(pipeline) == 3, "the version is taken")
    children = pipeline.processes()
    assert pipeline.send(signal.SIGINT) == 0
    assert not any(is_running(pid) for pid in children)
    assert "No pipeline runs" in run("status", "--root", pipeline.layout.root).stderr
    pipeline.drop("x.docx", VERSIONS[3])
    pipeline.start()


def _kill_in_the_middle(pipeline: Pipeline) -> None:
    """kill -9 of the supervisor right after a drop; nothing is left behind."""
    eventually(lambda: _taken(pipeline) == 4, "what was dropped meanwhile is taken")
    pipeline.drop("x.docx", VERSIONS[4])
    eventually(lambda: _taken(pipeline) == 5, "the version is taken")
    children = pipeline.processes()
    pipeline.send(signal.SIGKILL)
    wait_for_none(children)
    pipeline.start()


def _taken(pipeline: Pipeline) -> int:
    """How many versions the pipeline has announced."""
    notes = pipeline.layout.valkey / "announced.jsonl"
    return notes.read_text().count('"taken"')


def test_a_folder_of_another_format_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / ".redline").mkdir()
    (tmp_path / ".redline" / "format.json").write_text('{"format": 99}')
    done = run("up", "--root", tmp_path)
    assert done.returncode == 1
    assert "format 99" in done.stderr
