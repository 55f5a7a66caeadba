"""Which processes a pipeline on one machine is made of, besides the supervisor: what a container would run, for each
function, and its dispatcher.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import functions
from backends.bus.sockets import private_folder, socket_path
from events.routing import FUNCTIONS
from runtime.layout import Layout
from runtime.processes import Command
from runtime.scaler import Limits
from runtime.settings import Settings

_LIGHT_THREADS: Final = 4
_INDEX_THREADS: Final = 16
"""They nearly always wait for the disk, and what waits together is written in one commit."""
_HOST: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Plan:
    """How a function is run: threads of a worker, and how many workers there may be.

    A worker of one thread is a process that takes one request at a time, as containerConcurrency 1 does.
    """

    threads: int
    maximum: int

    @property
    def limits(self) -> Limits:
        """Bounds for the scaler."""
        return Limits(minimum=1, maximum=self.maximum, per_worker=self.threads)

    @property
    def max_in_flight(self) -> int:
        """Events on loan at a time: as many as the workers can take."""
        return self.threads * self.maximum


def plans() -> dict[str, Plan]:
    """The plan of each function. Comparing and reading documents is work for a whole processor each."""
    processors = len(os.sched_getaffinity(0))
    heavy = Plan(threads=1, maximum=processors + 1)  # bulk work leaves one to what somebody waits for
    others = {"redline": heavy, "index": Plan(_INDEX_THREADS, 1)}
    return {name: others.get(name, Plan(_LIGHT_THREADS, 1)) for name in FUNCTIONS}


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind((_HOST, 0))
        return [each.getsockname()[1] for each in sockets]


def variables(settings: Settings, redis_url: str) -> dict[str, str]:
    """What every process of the pipeline is told."""
    return {
        "REDLINE_ROOT": str(settings.layout.root),
        "REDLINE_REDIS_URL": redis_url,
        "REDLINE_LOG_FORMAT": "json",
        "PROMETHEUS_MULTIPROC_DIR": str(settings.layout.metrics),
        "PYTHONPATH": str(Path(functions.__file__).parents[1]),  # also where the project is run without being installed
        "PYTHONUNBUFFERED": "1",
    }


def function_command(name: str, port: int, plan: Plan, shared: Mapping[str, str], layout: Layout) -> Command:
    """The very command of the function's container."""
    source = Path(functions.__file__).parent / name / "main.py"
    framework = Path(sys.executable).with_name("functions-framework")
    arguments = [str(framework), "--target", name, "--source", str(source), "--host", _HOST, "--port", str(port)]
    told = {
        "WORKERS": "1",
        "THREADS": str(plan.threads),
        "XDG_RUNTIME_DIR": str(
            _private(layout, name)
        ),  # gunicorn puts a control socket there, or else in the home folder
    }
    return Command(name, arguments, {**shared, **told}, layout.run, layout.logs / f"{name}.log")


def dispatcher_command(name: str, port: int, plan: Plan, shared: Mapping[str, str], layout: Layout) -> Command:
    """The dispatcher that feeds the function."""
    told = {
        "REDLINE_FUNCTION": name,
        "K_SINK": f"http://{_HOST}:{port}/",
        "REDLINE_MAX_IN_FLIGHT": str(plan.max_in_flight),
    }
    log = layout.logs / f"dispatcher-{name}.log"
    return Command(name, [sys.executable, "-m", "runtime.dispatcher"], {**shared, **told}, layout.run, log)


def make_socket_folders(layout: Layout) -> None:
    """Make the folders for the control sockets: where one is missing, gunicorn turns to the home folder.

    Raises BackendUnavailable.
    """
    for name in FUNCTIONS:
        private_folder(_private(layout, name))


def forget_sockets(layout: Layout) -> None:
    """Remove the folders that held the control sockets."""
    for name in FUNCTIONS:
        with contextlib.suppress(OSError):
            (_private(layout, name) / "gunicorn.ctl").unlink(missing_ok=True)
            _private(layout, name).rmdir()


def _private(layout: Layout, name: str) -> Path:
    """A folder for the function's sockets, with a path that is short enough for one."""
    return socket_path(layout.run / name).parent


def is_listening(port: int) -> bool:
    """Whether somebody takes connections on the port."""
    with socket.socket() as probe:
        probe.settimeout(0.2)
        return probe.connect_ex((_HOST, port)) == 0
