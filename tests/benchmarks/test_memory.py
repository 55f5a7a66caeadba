from __future__ import annotations

import os
import subprocess
import sys

from benchmarks.memory import footprints


def test_a_process_is_listed_with_its_workers_each_once() -> None:
    child = subprocess.Popen([sys.executable, "-c", "print(flush=True); input()"], stdin=-1, stdout=-1)
    assert child.stdout is not None
    child.stdout.readline()
    try:
        alone = footprints({"test": os.getpid()})
        named = footprints({"test": os.getpid(), "child": child.pid})
    finally:
        child.communicate(b"\n")
    assert "test worker" in [each.name for each in alone]
    assert [each.name for each in named if each.name == "child"] == ["child"]
    assert len(alone) == len(named)
    assert all(0 < each.pss <= each.rss for each in alone)
