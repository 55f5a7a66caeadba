from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from backends.errors import BackendUnavailable
from runtime import children, state
from runtime.layout import Layout
from runtime.processes import Child, Command, kill_all, stop_all
from runtime.settings import Settings
from runtime.status import Status
from runtime.web import Views, Web
from tests.polling import eventually

FAITHFUL = "import time; print('here', flush=True); time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(15, signal.SIG_IGN); print('here', flush=True); time.sleep(60)"
SHORT = "print('here', flush=True)"


def child(folder: Path, program: str) -> Child:
    arguments = [sys.executable, "-c", program]
    return Child(Command("test", arguments, {"REDLINE_TOLD": "yes"}, folder, folder / "log"))


def _is_here(folder: Path) -> bool:
    return (folder / "log").exists() and "here" in (folder / "log").read_text()


def _is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@pytest.mark.parametrize("program", [FAITHFUL, STUBBORN], ids=["one that listens", "one that does not"])
def test_every_child_is_stopped(tmp_path: Path, program: str) -> None:
    one = child(tmp_path, program)
    one.start()
    pid = one.pid
    eventually(lambda: _is_here(tmp_path), "the child runs")
    stop_all([one], within=0.5, impatient=lambda: False)
    assert pid is not None
    assert not _is_running(pid)
    assert one.pid is None


def test_a_child_is_killed_with_what_it_started(tmp_path: Path) -> None:
    start_another = f"print(subprocess.Popen([sys.executable, '-c', {FAITHFUL!r}]).pid, flush=True)"
    program = f"import subprocess, sys; {start_another}; {FAITHFUL}"
    one = child(tmp_path, program)
    one.start()
    eventually(lambda: (tmp_path / "log").read_text().count("here") == 2, "both run")
    pids = [int(word) for word in (tmp_path / "log").read_text().split() if word.isdigit()]
    kill_all([one])
    eventually(lambda: not any(_is_running(pid) for pid in pids), "both end")


def test_a_child_that_ends_is_started_again_ever_more_slowly(tmp_path: Path) -> None:
    one = child(tmp_path, SHORT)
    one.start()
    times: list[float] = []
    while len(times) < 3:
        if one.revive():
            times.append(time.monotonic())
        time.sleep(0.005)
    assert times[2] - times[1] > 0.15
    assert one.starts == 4
    kill_all([one])


def test_a_child_that_was_never_started_is_not_revived(tmp_path: Path) -> None:
    assert not child(tmp_path, SHORT).revive()


def test_children_die_with_their_parent(tmp_path: Path) -> None:
    program = f"""
import sys, time
from pathlib import Path
from runtime.processes import Child, Command
folder = Path({str(tmp_path)!r})
child = Child(Command("test", [sys.executable, "-c", {FAITHFUL!r}], {{}}, folder, folder / "log"))
child.start()
print(child.pid, flush=True)
time.sleep(60)
"""
    parent = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2], text=True
    )
    assert parent.stdout is not None
    pid = int(parent.stdout.readline())
    eventually(lambda: _is_here(tmp_path), "the child runs")
    parent.kill()
    parent.wait()
    parent.stdout.close()
    eventually(lambda: not _is_running(pid), "the child ends")


def test_a_function_is_run_as_its_container_runs_it(tmp_path: Path) -> None:
    layout = Settings(root=tmp_path).layout
    plan = children.plans()["redline"]
    command = children.function_command("redline", 1234, plan, {"REDLINE_ROOT": "/x"}, layout)
    assert Path(command.arguments[0]).name == "functions-framework"
    assert command.arguments[1:3] == ["--target", "redline"]
    assert Path(command.arguments[4]).is_file()
    assert command.variables["THREADS"] == "1"
    assert plan.max_in_flight == plan.maximum == len(os.sched_getaffinity(0)) + 1


@pytest.mark.parametrize("depth", [0, 10], ids=["near", "deep"])
def test_control_sockets_have_folders_of_their_own(tmp_path: Path, depth: int) -> None:
    layout = Settings(root=tmp_path.joinpath(*["a long name"] * depth)).layout
    plans = children.plans()
    commands = [children.function_command(name, 1, plan, {}, layout) for name, plan in plans.items()]
    folders = [Path(command.variables["XDG_RUNTIME_DIR"]) for command in commands]
    children.make_socket_folders(layout)
    assert len(set(folders)) == len(plans)
    assert all(folder.stat().st_mode & 0o777 == 0o700 for folder in folders)
    (folders[0] / "gunicorn.ctl").touch()
    children.forget_sockets(layout)
    assert not any(folder.exists() for folder in folders)


def test_free_ports_are_free_and_differ() -> None:
    ports = children.free_ports(5)
    assert len(set(ports)) == 5
    with socket.create_server(("127.0.0.1", ports[0])):
        assert children.is_listening(ports[0])
    assert not children.is_listening(ports[1])


def test_one_pipeline_at_a_time_holds_a_root(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    state.prepare(layout)
    assert not state.is_running(layout)
    with state.lock(layout):
        assert state.is_running(layout)
        with pytest.raises(state.FolderError, match="runs in"):
            state.lock(layout)
    assert not state.is_running(layout)
    state.lock(layout).close()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [('{"format": 2}', "has format 2"), ("not json", "damaged"), ("{}", "damaged"), ("[]", "damaged")],
)
def test_a_root_of_another_format_is_refused(tmp_path: Path, content: str, sentence: str) -> None:
    layout = Layout(tmp_path)
    layout.state.mkdir()
    (layout.state / "format.json").write_text(content)
    with pytest.raises(state.FolderError, match=sentence):
        state.prepare(layout)


def test_a_root_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "root").touch()
    with pytest.raises(state.FolderError, match="is a file"):
        state.prepare(Layout(tmp_path / "root"))


def test_the_state_is_read_as_it_was_written(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    state.prepare(layout)
    assert json.loads((layout.state / "format.json").read_text()) == {"format": state.FORMAT}
    written = state.PipelineState(
        version="1",
        pid=7,
        url="http://127.0.0.1:1",
        redis_url="unix:///x",
        started=1.5,
        phase="ready",
        functions={"plan": 8, "audit": None},
        dispatchers={"plan": 9},
        valkey=None,
    )
    state.save(layout, written)
    assert state.read(layout) == written
    state.forget(layout)
    assert state.read(layout) is None


STATUS = Status(phase="ready", version="1", pid=1, url="", uptime_seconds=1.0, functions=(), delivery=())

VIEWS = Views(lambda: True, lambda: STATUS, lambda: b"")


def _unavailable() -> Status:
    raise BackendUnavailable("away")


@pytest.mark.parametrize(
    ("path", "healthy", "status", "code"),
    [
        ("/healthz", True, lambda: STATUS, 200),
        ("/healthz", False, lambda: STATUS, 503),
        ("/readyz", True, lambda: STATUS, 200),
        ("/readyz", True, lambda: STATUS.model_copy(update={"phase": "starting"}), 503),
        ("/readyz", True, _unavailable, 503),
        ("/status", True, lambda: STATUS, 200),
        ("/status", True, _unavailable, 503),
        ("/metrics", True, lambda: STATUS, 200),
        ("/elsewhere", True, lambda: STATUS, 404),
    ],
)
def test_probes_are_answered(path: str, healthy: bool, status: object, code: int) -> None:
    web = Web(0, Views(lambda: healthy, status, bytes))  # type: ignore[arg-type]
    web.start()
    try:
        with urllib.request.urlopen(web.url + path) as answer:
            found = answer.status
    except urllib.error.HTTPError as error:
        found = error.code
        error.close()
    web.close()
    assert found == code


def test_a_taken_port_is_passed_over() -> None:
    first = Web(0, VIEWS)
    port = int(first.url.rpartition(":")[2])
    second = Web(port, VIEWS)
    assert second.url != first.url
    for web in (first, second):
        web.start()
        web.close()


def test_signals_are_for_the_supervisor_alone(tmp_path: Path) -> None:
    one = child(tmp_path, FAITHFUL)
    one.start()
    assert one.pid is not None
    assert os.getsid(one.pid) == one.pid != os.getsid(0)
    one.signal(signal.SIGKILL)
    assert one.wait(time.monotonic() + 5)
