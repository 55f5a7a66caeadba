"""Each function run by the very command of its container: functions-framework, told by FUNCTION_TARGET and _SOURCE."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from events.envelope import Event, to_headers
from events.routing import FUNCTIONS
from schemas.documents import DocumentNormalized
from tests.functions.world import ROOT_EVENT, World, docx

HOUSE = Path(__file__).parents[2]
COMMAND = Path(sys.executable).with_name("functions-framework")


@contextmanager
def served(function: str, world: World, log: Path) -> Iterator[str]:
    """URL of the function while it runs."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "FUNCTION_TARGET": function,
        "FUNCTION_SOURCE": f"functions/{function}/main.py",
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "THREADS": "1",
        "PYTHONPATH": str(HOUSE),
        "XDG_RUNTIME_DIR": str(log.parent),  # gunicorn puts its control socket there, or else in the home folder
        "REDLINE_ROOT": str(world.services.settings.root),
    }
    with log.open("wb") as file:
        process = subprocess.Popen([COMMAND], cwd=HOUSE, env=environment, stdout=file, stderr=file)
    try:
        wait_for(port, process, log)
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0, log.read_text()


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    pytest.fail(f"the function did not come up:\n{log.read_text()}")


def post(url: str, event: Event) -> int:
    return httpx.post(url, content=event.data, headers=to_headers(event), timeout=60).status_code


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_comes_up_and_passes_over_what_is_not_for_it(world: World, tmp_path: Path, function: str) -> None:
    with served(function, world, tmp_path / "log") as url:
        assert post(url, ROOT_EVENT) == 200
    [line] = (tmp_path / "log").read_text().splitlines()
    said = json.loads(line)
    assert (said["function"], said["message"]) == (function, "not for this function")


def test_an_upload_goes_in_and_its_fact_comes_out(world: World, tmp_path: Path) -> None:
    name = 'Müller "final"\n😀.docx'
    with served("normalize", world, tmp_path / "log") as url:
        assert post(url, world.upload(name, docx("text"))) == 200
    [said] = world.said()
    assert isinstance(said, DocumentNormalized)
    assert said.document_id == world.document_id(name)
    assert "Müller" not in (tmp_path / "log").read_text()
