"""The pipeline on Google's parts: emulators, each behind a gateway, and a function and a dispatcher for each queue."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from unittest.mock import patch

from google.cloud import storage

from backends.audit.google import connect as connect_bigquery
from backends.audit.google_admin import migrate
from backends.blobs.google import connect
from backends.bus.google import GoogleBus
from backends.bus.google_admin import provision, resource
from backends.bus.google_pull import subscriber
from backends.bus.valkey import EmbeddedValkey
from backends.guard import Guard
from events.routing import ON_PUBSUB, TOPICS
from runtime.composition import Services, build
from runtime.dispatcher import FAILED
from runtime.settings import Settings
from tests.conftest import CHECKOUT
from tests.e2e.chaos_processes import MARK
from tests.emulators.bigquery import BigQuery
from tests.emulators.gateway import Gateway, gateway
from tests.emulators.kms import KEY, FakeKms, listening
from tests.emulators.process import free_port
from tests.emulators.pubsub import PubSub
from tests.emulators.storage import Notify, make_bucket, storage_emulator
from tests.emulators.streams import lively_streams
from tests.emulators.variables import google_variables

BUCKETS: Final = ("uploads", "normalized", "records", "redlines", "dead-letters")
QUEUES: Final = tuple(replace(each, lease=10.0) for each in ON_PUBSUB)
FACTS: Final = tuple(replace(each, function="facts") for each in QUEUES if each.function == "audit")
"""What `audit` gets goes here, too."""
_REACHED_BY: Final = {
    "storage": ["STORAGE_EMULATOR_HOST"],
    "pubsub": ["PUBSUB_EMULATOR_HOST"],
    "bigquery": ["BIGQUERY_EMULATOR_HOST", "REDLINE_BIGQUERY_WRITE_EMULATOR"],
    "kms": ["REDLINE_KMS_EMULATOR"],
}
"""Which variables say where a service is."""
NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})
_KEPT: Final = timedelta(hours=1)
_STOPS_WITHIN: Final = 60.0


@dataclass(frozen=True, slots=True)
class Failure:
    """An attempt to deliver an event that failed."""

    event_id: str
    event_type: str
    reason: str


@dataclass(slots=True)
class Cluster:
    """A running pipeline. `parts` and `uploads` reach the emulators past the gateways, `ways` by service."""

    root: Path
    pubsub: PubSub
    bus: GoogleBus
    uploads: storage.Client
    valkey: EmbeddedValkey
    parts: Services
    ways: Mapping[str, Sequence[Gateway]]
    environment: Mapping[str, str]
    ports: dict[str, int] = field(default_factory=dict)
    """Where the dispatcher of each function serves its metrics."""
    _running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _commands: dict[str, tuple[list[str], Mapping[str, str]]] = field(default_factory=dict)

    def start(
        self,
        functions: Sequence[str],
        *,
        clocks: Mapping[str, float] = NOTHING,
        sources: Mapping[str, Path] = NOTHING,
        max_in_flight: int = 1,
    ) -> None:
        """Start these functions, each with its dispatcher.

        `clocks` says by how many seconds whose clock is off, `sources` which file takes the place of whose own.
        """
        for name in functions:
            port = str(free_port())
            command = [str(Path(sys.executable).with_name("functions-framework"))]
            if name in clocks:
                command = [sys.executable, "-m", "tests.e2e.skewed", str(clocks[name])]
            source = str(sources.get(name, Path("functions", name, "main.py")))
            command += ["--target", name, "--source", source, "--port", port]
            self._commands[name] = (command, {"WORKERS": "1", "THREADS": str(max_in_flight)})
            self.ports[name] = free_port()
            more = {
                "REDLINE_FUNCTION": name,
                "REDLINE_MAX_IN_FLIGHT": str(max_in_flight),
                "REDLINE_PORT": str(self.ports[name]),
                "K_SINK": f"http://127.0.0.1:{port}",
            }
            self._commands[f"{name} dispatcher"] = ([sys.executable, "-m", "runtime.dispatcher"], more)
        self.mend()

    def mend(self) -> None:
        """Start what is not running, as Kubernetes does."""
        for name, (command, more) in self._commands.items():
            running = self._running.get(name)
            if running is not None and running.poll() is None:
                continue
            with (self.root / f"{name}.log").open("ab") as log:
                self._running[name] = subprocess.Popen(
                    command,
                    cwd=CHECKOUT,
                    env={**os.environ, **self.environment, **more, MARK: str(self.root)},
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )

    def pids(self) -> dict[str, int]:
        """Process ids by name, such as `plan` and `plan dispatcher`."""
        return {name: process.pid for name, process in self._running.items()}

    def stop(self) -> None:
        """SIGTERM to all, and wait."""
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            try:
                process.wait(_STOPS_WITHIN)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def failures(self) -> list[Failure]:
        """What the dispatchers have counted as an attempt of a message, so far."""
        lines = (line for file in self.root.glob("* dispatcher.log") for line in file.read_text().splitlines())
        told = (json.loads(line) for line in lines if line.startswith("{"))
        return [
            Failure(each["event_id"], each["event_type"], each["error"]) for each in told if each["message"] == FAILED
        ]

    def logs(self) -> str:
        """The end of what each process said."""
        return "\n".join(f"{file.name}:\n{file.read_text()[-1500:]}" for file in sorted(self.root.glob("*.log")))


@contextmanager
def cluster(root: Path, pubsub: PubSub, bigquery: BigQuery, prefix: str) -> Iterator[Cluster]:
    """Topics, queues, buckets and a dataset of its own, and nothing running yet."""
    with ExitStack() as stack:
        bus = GoogleBus(
            pubsub.project,
            (*QUEUES, *FACTS),
            guard=Guard("pubsub"),
            topic_prefix=prefix,
            most_held=lambda subscription: 100,
            emulator=pubsub.host,
        )
        stack.callback(bus.stop)
        _provision(bus, pubsub)
        to_storage = free_port()
        notify = Notify(pubsub, f"{prefix}uploads", "uploads")
        server = stack.enter_context(storage_emulator(root, notify=notify, public=f"127.0.0.1:{to_storage}"))
        client = connect(pubsub.project, emulator=server.url)
        for name in BUCKETS:
            make_bucket(client, name)
        valkey = EmbeddedValkey(root / "valkey")
        valkey.start()
        stack.callback(valkey.stop)
        direct = {
            "PUBSUB_EMULATOR_HOST": pubsub.host,
            "STORAGE_EMULATOR_HOST": server.url,
            "BIGQUERY_EMULATOR_HOST": bigquery.url,
            "REDLINE_BIGQUERY_WRITE_EMULATOR": bigquery.grpc,
            "REDLINE_KMS_EMULATOR": stack.enter_context(listening(FakeKms())),
        }
        environment = _environment(root, valkey, pubsub, bigquery, prefix)
        with patch.dict(os.environ, {**environment, **direct}):
            parts = build(Settings())
        stack.callback(parts.bus.stop)
        targets = {variable: _port(address) for variable, address in direct.items()}
        targets["PUBSUB_EMULATOR_HOST"] = stack.enter_context(lively_streams(pubsub))
        gates = {
            variable: stack.enter_context(gateway(port, port=to_storage if "STORAGE" in variable else 0))
            for variable, port in targets.items()
        }
        through = {name: f"{address.rpartition(':')[0]}:{gates[name].port}" for name, address in direct.items()}
        ways = {service: [gates[variable] for variable in variables] for service, variables in _REACHED_BY.items()}
        made = Cluster(root, pubsub, bus, client, valkey, parts, ways, {**environment, **through})
        stack.callback(made.stop)
        yield made


def _provision(bus: GoogleBus, pubsub: PubSub) -> None:
    """Queues with all their attempts, and without backoff.

    A message that fails uses its attempts up within seconds, on Google Cloud within two hours: were an outage counted
    against the messages, one of seconds would fill the dead letters. With backoff the emulator may never retry again
    (tests/emulators/test_pubsub.py).
    """
    provision(bus, TOPICS, [], emulator=pubsub.host, retention=_KEPT)
    with subscriber(pubsub.host) as client:
        for each in (*QUEUES, *FACTS):
            made = resource(bus, each)
            made.retry_policy = None
            client.create_subscription(made)


def _port(address: str) -> int:
    return int(address.rpartition(":")[2])


def _environment(root: Path, valkey: EmbeddedValkey, pubsub: PubSub, bigquery: BigQuery, prefix: str) -> dict[str, str]:
    dataset = f"{prefix.replace('-', '_')}audit"
    migrate(connect_bigquery(pubsub.project, emulator=bigquery.url), dataset, guard=Guard("bigquery"))
    return {
        **google_variables(root, redis_url=valkey.url, project=pubsub.project, prefix=prefix),
        "REDLINE_AUDIT_DATASET": dataset,
        "REDLINE_WRAPPING_KEY": KEY,
        "REDLINE_AHEAD": "1000",  # the emulator sends more than is asked for; what nobody holds would lose its lease
    }
