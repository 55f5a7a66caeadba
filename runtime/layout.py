"""Where the embedded pipeline keeps things below its root."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


def version_name(taken: datetime) -> str:
    """Name of the folder of a version: when it was taken, in local time, to the millisecond."""
    return taken.astimezone().isoformat(timespec="milliseconds")[:23].replace(":", "-")


@dataclass(frozen=True, slots=True)
class Layout:
    """`root` holds uploads/ and redlines/ for people, and .redline/ for the pipeline."""

    root: Path

    @property
    def uploads(self) -> Path:
        """What people drop."""
        return self.root / "uploads"

    @property
    def redlines(self) -> Path:
        """What people get."""
        return self.root / "redlines"

    @property
    def requests(self) -> Path:
        """What people get for requests, among what they get."""
        return self.redlines / "requests"

    @property
    def state(self) -> Path:
        """All that the pipeline keeps for itself."""
        return self.root / ".redline"

    @property
    def blobs(self) -> Path:
        """Buckets."""
        return self.state / "blobs"

    @property
    def audit(self) -> Path:
        """Segments of the audit trail."""
        return self.state / "audit"

    @property
    def search(self) -> Path:
        """Search index."""
        return self.state / "search"

    @property
    def valkey(self) -> Path:
        """Working folder of the embedded Valkey; its socket's path follows from it."""
        return self.state / "valkey"

    @property
    def document_key(self) -> Path:
        """Secret that document ids are derived with."""
        return self.state / "keys" / "document-id.key"

    @property
    def audit_key(self) -> Path:
        """Secret that the audit trail is sealed with."""
        return self.state / "keys" / "audit.key"

    @property
    def wrapping_key(self) -> Path:
        """Secret that wraps the data keys of documents."""
        return self.state / "keys" / "wrapping.key"

    @property
    def run(self) -> Path:
        """Lock, ports, status: of the running pipeline alone."""
        return self.state / "run"

    @property
    def metrics(self) -> Path:
        """What the processes of the running pipeline count, in files of each."""
        return self.run / "metrics"

    @property
    def logs(self) -> Path:
        """Logs of the child processes."""
        return self.state / "logs"
