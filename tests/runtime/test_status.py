from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from click.testing import CliRunner

from backends.bus import Depth
from backends.errors import BackendUnavailable
from runtime import cli
from runtime.commands import status as command
from runtime.composition import now
from runtime.state import PipelineState, Scaling
from runtime.status import Observed, Result, collect
from runtime.web import Views, Web
from tests.runtime.doubles import FakeBus

DEPTHS = {"redline-pairs-redline": Depth(3, 2, 1, 75.0), "documents-deliver": Depth(0, 1, 0, 0.25)}


class Queues(FakeBus):
    """Queues of which some hold messages."""

    def depth(self, subscription: str) -> Depth:
        super().depth(subscription)
        return DEPTHS.get(subscription, Depth(0, 0, 0, 0.0))


def known(**functions: int | None) -> PipelineState:
    return PipelineState(
        version="1",
        pid=7,
        url="http://127.0.0.1:8080",
        redis_url="",
        started=0.0,
        phase="ready",
        functions=functions,
        dispatchers=dict.fromkeys(functions, 9),
        valkey=None,
        scaling={"redline": Scaling(time=0.0, before=1, workers=2, reason="14 events wait")},
    )


RESULT = Result(time=now(), kind="redline", path="lease.docx", changes=1, message="", seconds=0.5)
OBSERVED = Observed({"redline-pairs-redline": 12.5}, 3, (RESULT,))


@pytest.fixture
def bus() -> Queues:
    return Queues()


@pytest.fixture
def web(bus: Queues, monkeypatch: pytest.MonkeyPatch) -> Iterator[Web]:
    """The door of a pipeline that seems to run."""
    state = known(redline=os.getpid(), plan=None)
    made = Web(0, Views(lambda: True, lambda: collect(state, bus, OBSERVED), bytes))
    made.start()
    monkeypatch.setattr(command, "running_state", lambda _: state.model_copy(update={"url": made.url}))
    yield made
    made.close()


def test_the_workers_of_a_function_are_the_children_of_its_server(bus: Queues) -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        found = {each.name: each for each in collect(known(redline=os.getpid(), plan=None), bus, OBSERVED).functions}
    finally:
        child.communicate(b"\n")
    assert found["redline"].running
    assert found["redline"].workers >= 1
    assert (found["plan"].running, found["plan"].workers) == (False, 0)


def test_the_backlog_is_all_that_waits_or_is_worked_on(bus: Queues) -> None:
    found = collect(known(redline=1), bus, OBSERVED)
    assert found.backlog == 7
    assert [queue.name for queue in found.delivery if queue.leased] == ["documents-deliver"]


def test_status_is_read_by_people(web: Web) -> None:
    done = CliRunner().invoke(cli.main, ["status"])
    assert done.exit_code == 0
    lines = [line.split() for line in done.output.splitlines() if line.strip()]
    assert lines[0][:2] == ["ready", "for"]
    rows = {tuple(line[:1] + line[2:3]): line for line in lines}
    assert rows["redline", "redline-pairs"][3:] == ["3", "2", "1", "1", "min", "15", "s", "12.5"]
    assert rows["deliver", "documents"][3:] == ["0", "1", "0", "250", "ms"]
    assert rows["plan", "documents"][1] == "restarting"
    assert "lease.docx" in done.output
    assert "1 > 2" in done.output
    assert "14 events wait" in done.output
    assert "1 change " in done.output
    assert "3 dead letters; see: redline dead-letters list" in done.output


def test_status_is_read_by_programs(web: Web) -> None:
    found = json.loads(CliRunner().invoke(cli.main, ["status", "--json"]).output)
    [redline] = [each for each in found["functions"] if each["name"] == "redline"]
    assert redline["queues"][0] == {
        "name": "redline-pairs-redline",
        "ready": 3,
        "leased": 2,
        "delayed": 1,
        "oldest_seconds": 75.0,
        "per_minute": 12.5,
    }
    assert (found["dead_letters"], found["results"][0]["path"]) == (3, "lease.docx")


def test_status_is_watched_until_it_is_stopped(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    naps = iter((None, None))

    def sleep(_: float) -> None:
        if next(naps, "over") == "over":
            raise KeyboardInterrupt

    monkeypatch.setattr(command, "_nap", sleep)
    done = CliRunner().invoke(cli.main, ["status", "--watch", "--json"])
    assert (done.exit_code, [json.loads(line)["phase"] for line in done.output.splitlines()]) == (0, ["ready"] * 3)
    naps = iter((None,))
    done = CliRunner().invoke(cli.main, ["status", "--watch"])
    assert done.exit_code == 0
    assert "redline-pairs" in done.output


def test_a_message_server_that_is_away_is_said_in_a_sentence(web: Web, bus: Queues) -> None:
    bus.away = True
    with pytest.raises(BackendUnavailable):
        collect(known(), bus, OBSERVED)
    _says_that_it_does_not_answer()


def test_a_pipeline_that_does_not_answer_is_said_in_a_sentence(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "running_state", lambda _: known().model_copy(update={"url": "http://127.0.0.1:1"}))
    _says_that_it_does_not_answer()


def _says_that_it_does_not_answer() -> None:
    done = CliRunner().invoke(cli.main, ["status"])
    assert (done.exit_code, done.output) == (
        1,
        "redline: The pipeline does not answer; it is being started or restarted. Try again in a moment.\n",
    )
