from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from backends.bus import Depth
from runtime.logging import to_file
from runtime.pools import LOGGER, Pools
from runtime.processes import Child, Command, kill_all
from runtime.scaler import Limits
from tests.polling import eventually
from tests.runtime.doubles import FakeBus

LISTENER = """
import signal, time
for number in (signal.SIGTTIN, signal.SIGTTOU):
    signal.signal(number, lambda number, _: print(signal.Signals(number).name, flush=True))
print("here", flush=True)
while True: time.sleep(60)
"""


class Queues(FakeBus):
    """One queue holds as many messages as a test says."""

    waiting_pairs = 0

    def depth(self, subscription: str) -> Depth:
        super().depth(subscription)
        return Depth(self.waiting_pairs if subscription == "redline-pairs-redline-bulk" else 0, 0, 0, 0.0)


def test_a_pool_follows_its_queues_and_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = [0.0]
    monkeypatch.setattr("runtime.pools.time", SimpleNamespace(monotonic=lambda: seconds[0], time=time.time))
    heard, told = tmp_path / "heard", tmp_path / "scaler.log"
    server = Child(Command("redline", [sys.executable, "-c", LISTENER], {}, tmp_path, heard))
    server.start()
    end = to_file(LOGGER, told)
    try:
        eventually(lambda: heard.read_text() == "here\n", "the server listens")
        bus = Queues()
        pools = Pools({"redline": Limits(1, 2, calm=10.0), "plan": Limits(1, 1)}, {"redline": server})
        pools.adjust(bus)
        assert dict(pools.scaling) == {}
        bus.waiting_pairs = 40
        pools.adjust(bus)
        eventually(lambda: heard.read_text().split() == ["here", "SIGTTIN"], "one worker more is asked for")
        bus.away = True
        pools.adjust(bus)
        bus.away, bus.waiting_pairs = False, 0
        for seconds[0] in (1.0, 5.0, 12.0):
            pools.adjust(bus)
        eventually(lambda: heard.read_text().split() == ["here", "SIGTTIN", "SIGTTOU"], "one worker less is asked for")
    finally:
        end()
        kill_all([server])
    lines = [json.loads(line) for line in told.read_text().splitlines()]
    assert [(line["function"], line["before"], line["workers"]) for line in lines] == [
        ("redline", 1, 2),
        ("redline", 2, 2),
        ("redline", 2, 1),
    ]
    assert lines[0]["reason"] == "a backlog of 40 at 1 a worker calls for 2 within 1 to 2"
    last = pools.scaling["redline"]
    assert (last.before, last.workers, last.reason) == (2, 1, lines[2]["reason"])
