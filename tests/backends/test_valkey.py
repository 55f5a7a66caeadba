"""The embedded server as a process: where it listens, who it dies with, what it does at start."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backends.bus.sockets import socket_path, socket_url
from backends.bus.valkey import EmbeddedValkey
from backends.errors import BackendUnavailable
from backends.redis_client import connect
from tests.polling import eventually

CHECKOUT = Path(__file__).parents[2]
DEEP = "/".join(["a folder with a long name"] * 6)
STARTS_AND_SLEEPS = """
import sys, time
from pathlib import Path
from backends.bus.valkey import EmbeddedValkey
server = EmbeddedValkey(Path(sys.argv[1]))
server.start()
print(server.pid, flush=True)
time.sleep(60)
"""


def runs(pid: int) -> bool:
    """Whether the process is there and not a zombie that nobody has waited for."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False


@pytest.fixture
def servers() -> Iterator[list[EmbeddedValkey]]:
    """Servers to be stopped in the end."""
    servers: list[EmbeddedValkey] = []
    yield servers
    for server in servers:
        server.stop()


@pytest.mark.parametrize("folder", ["plain", "with space 'quotes\" and ü", DEEP], ids=["plain", "odd", "deep"])
def test_listens_on_a_socket_that_clients_find(tmp_path: Path, servers: list[EmbeddedValkey], folder: str) -> None:
    server = EmbeddedValkey(tmp_path / folder)
    servers.append(server)
    assert not server.is_alive
    server.start()
    server.start()
    assert server.is_alive
    assert server.url == socket_url(tmp_path / folder)
    assert len(os.fsencode(server.socket)) <= 107
    assert server.socket.parent.stat().st_mode & 0o077 == 0
    with connect(server.url) as client:
        assert client.ping()
    server.stop()
    server.stop()
    assert not server.is_alive
    assert not server.socket.exists()


def test_a_deep_folder_has_a_socket_of_its_own(tmp_path: Path) -> None:
    one, two = socket_path(tmp_path / DEEP / "1"), socket_path(tmp_path / DEEP / "2")
    assert one != two
    assert not one.is_relative_to(tmp_path)
    assert socket_path(tmp_path / DEEP / "1") == one


def test_keeps_its_data_over_a_kill(tmp_path: Path, servers: list[EmbeddedValkey]) -> None:
    server = EmbeddedValkey(tmp_path)
    servers.append(server)
    server.start()
    client = connect(server.url)
    client.set("a", "1")
    server.kill()
    assert not server.is_alive
    server.restart()
    assert client.get("a") == b"1"
    client.close()


def test_writes_are_on_disk_before_they_are_answered(valkey: EmbeddedValkey) -> None:
    """A kill of the process cannot show this, only a power loss could."""
    server: Any = connect(valkey.url)
    asked = server.config_get("append*")
    assert (asked["appendonly"], asked["appendfsync"]) == ("yes", "always")
    server.close()


def test_a_server_left_over_is_taken_down(tmp_path: Path, servers: list[EmbeddedValkey]) -> None:
    first, second = EmbeddedValkey(tmp_path), EmbeddedValkey(tmp_path)
    servers += [first, second]
    first.start()
    with connect(first.url) as client:
        client.set("a", "1")
    second.start()
    eventually(lambda: not first.is_alive, "the first server ends")
    with connect(second.url) as client:
        assert client.get("a") == b"1"


def test_a_process_that_only_has_its_number_is_left_alone(tmp_path: Path, servers: list[EmbeddedValkey]) -> None:
    bystander = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], cwd=tmp_path)
    try:
        (tmp_path / "valkey.pid").write_text(str(bystander.pid))
        server = EmbeddedValkey(tmp_path)
        servers.append(server)
        server.start()
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent ended")
def test_dies_with_the_process_that_started_it(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", STARTS_AND_SLEEPS, str(tmp_path)], cwd=CHECKOUT, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    with parent.stdout as lines:
        pid = int(lines.readline())
        assert runs(pid)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    try:
        eventually(lambda: not runs(pid), "the server ends")
    finally:
        with contextlib.suppress(ProcessLookupError):  # a server that outlives the test would run for ever
            os.kill(pid, signal.SIGKILL)


def test_says_why_it_does_not_start(tmp_path: Path, servers: list[EmbeddedValkey]) -> None:
    server = EmbeddedValkey(tmp_path)
    servers.append(server)
    server.start()
    server.stop()
    (tmp_path / "appendonlydir" / "appendonly.aof.manifest").write_text("nonsense\n")
    with pytest.raises(BackendUnavailable, match="manifest"):
        server.start()
    assert not server.is_alive


def test_compacted_files_hold_nothing_that_was_deleted(tmp_path: Path, servers: list[EmbeddedValkey]) -> None:
    """Also not of a stream's entry whose neighbours stay: a binary dump of a stream would still hold its bytes."""
    server = EmbeddedValkey(tmp_path)
    servers.append(server)
    server.start()
    client: Any = connect(server.url)
    first = client.xadd("stream", {"data": "secret"})
    client.xadd("stream", {"data": "other"})
    client.xdel("stream", first)
    assert files_with(tmp_path, b"secret")
    assert server.compact()
    eventually(lambda: not files_with(tmp_path, b"secret"), "it is written anew")
    server.kill()
    server.restart()
    assert [fields for _, fields in client.xrange("stream")] == [{b"data": b"other"}]
    client.close()


def test_what_a_killed_compaction_left_is_removed_at_start(tmp_path: Path, servers: list[EmbeddedValkey]) -> None:
    half = tmp_path / "temp-rewriteaof-bg-1.aof"
    half.write_bytes(b"secret")
    server = EmbeddedValkey(tmp_path)
    servers.append(server)
    server.start()
    assert not half.exists()


def files_with(folder: Path, word: bytes) -> list[Path]:
    found = []
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):  # a socket, or a file that was just replaced
            if word in path.read_bytes():
                found.append(path)
    return found
