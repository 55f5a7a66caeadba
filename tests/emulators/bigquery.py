"""bqemulator: BigQuery on DuckDB, in an environment of its own, as its protobuf is not that of Google's clients."""

from __future__ import annotations

import secrets
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from backends.audit.google import GoogleAuditLog, connect, connect_writer
from backends.audit.google_admin import migrate
from backends.guard import Guard
from tests.emulators.process import free_port, running

REQUIREMENTS = ("bqemulator==1.4.0", "duckdb==2.0.1", "numpy==2.3.5")
"""It needs numpy, and does not say so. This DuckDB refuses a call while another is under way; one before 1.5 does
not have what the emulator calls."""
DATASET = "home_audit"
START = """
from bqemulator.cli import main
from bqemulator.storage.engine import DuckDBEngine
DuckDBEngine._load_spatial = lambda engine: None  # an extension from the network, for geography, which we have none of
main()
"""


@dataclass(frozen=True)
class BigQuery:
    """A running emulator: URL of its REST API, host:port of its gRPC."""

    url: str
    grpc: str

    def trail(self, project: str) -> GoogleAuditLog:
        """A client of the trail in a project."""
        guard = Guard("bigquery")
        return GoogleAuditLog(
            connect(project, emulator=self.url), connect_writer(emulator=self.grpc), DATASET, guard=guard
        )

    def new_project(self) -> str:
        """A project with an empty trail."""
        project = f"redline-{secrets.token_hex(6)}"
        migrate(connect(project, emulator=self.url), DATASET, guard=Guard("bigquery"))
        return project


@contextmanager
def bigquery_emulator(python: Path, folder: Path) -> Iterator[BigQuery]:
    """An empty emulator; its log goes to `folder`. It keeps nothing when it ends."""
    rest, grpc = free_port(), free_port()
    url = f"http://127.0.0.1:{rest}"
    command = [python, "-c", START, "start", "--rest-port", str(rest), "--grpc-port", str(grpc)]

    def is_ready() -> bool:
        with urllib.request.urlopen(f"{url}/healthz", timeout=1) as answer:
            return answer.status == 200

    with running(command, is_ready=is_ready, log=folder / "bigquery.log"):
        yield BigQuery(url, f"127.0.0.1:{grpc}")
