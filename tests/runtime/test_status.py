from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner

from backends.bus import Depth
from backends.errors import BackendUnavailable
from runtime import cli
from runtime.commands import status as command
from runtime.state import PipelineState
from runtime.status import collect
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
    )


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Queues:
    made = Queues()

    @contextmanager
    def running(_: Path) -> Iterator[tuple[PipelineState, SimpleNamespace]]:
        yield known(redline=os.getpid(), plan=None), SimpleNamespace(bus=made)

    monkeypatch.setattr(command, "running_pipeline", running)
    return made


def test_the_workers_of_a_function_are_the_children_of_its_server(bus: Queues) -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        found = {each.name: each for each in collect(known(redline=os.getpid(), plan=None), bus).functions}
    finally:
        child.communicate(b"\n")
    assert found["redline"].running
    assert found["redline"].workers >= 1
    assert (found["plan"].running, found["plan"].workers) == (False, 0)


def test_the_backlog_is_all_that_waits_or_is_worked_on(bus: Queues) -> None:
    found = collect(known(redline=1), bus)
    assert found.backlog == 7
    assert [queue.name for queue in found.delivery if queue.leased] == ["documents-deliver"]


def test_status_is_read_by_people(bus: Queues) -> None:
    done = CliRunner().invoke(cli.main, ["status"])
    assert done.exit_code == 0
    lines = [line.split() for line in done.output.splitlines() if line.strip()]
    assert lines[0][:2] == ["ready", "for"]
    rows = {tuple(line[:1] + line[2:3]): line for line in lines}
    assert rows["redline", "redline-pairs"][3:] == ["3", "2", "1", "1", "min", "15", "s"]
    assert rows["deliver", "documents"][3:] == ["0", "1", "0", "250", "ms"]
    assert rows["plan", "documents"][1] == "restarting"


def test_status_is_read_by_programs(bus: Queues) -> None:
    found = json.loads(CliRunner().invoke(cli.main, ["status", "--json"]).output)
    [redline] = [each for each in found["functions"] if each["name"] == "redline"]
    assert redline["queues"] == [
        {"name": "redline-pairs-redline", "ready": 3, "leased": 2, "delayed": 1, "oldest_seconds": 75.0},
        {"name": "redline-pairs-redline-bulk", "ready": 0, "leased": 0, "delayed": 0, "oldest_seconds": 0.0},
    ]


def test_a_message_server_that_is_away_is_said_in_a_sentence(bus: Queues) -> None:
    bus.away = True
    with pytest.raises(BackendUnavailable):
        collect(known(), bus)
    done = CliRunner().invoke(cli.main, ["status"])
    assert (done.exit_code, done.output) == (
        1,
        "redline: The message server is being restarted; try again in a moment.\n",
    )
