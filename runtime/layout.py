"""Where the embedded pipeline keeps things below its root."""

from __future__ import annotations

import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

_LONGEST_SOCKET_PATH: Final = 100
"""Bytes; Linux allows 107 for the path of a unix socket (sockaddr_un), and Valkey adds a few to try it out."""


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
    def valkey(self) -> Path:
        """Working folder of the embedded Valkey."""
        return self.state / "valkey"

    @property
    def document_key(self) -> Path:
        """Secret that document ids are derived with."""
        return self.state / "keys" / "document-id.key"

    @property
    def run(self) -> Path:
        """Lock, ports, status: of the running pipeline alone."""
        return self.state / "run"

    @property
    def logs(self) -> Path:
        """Logs of the child processes."""
        return self.state / "logs"

    @property
    def valkey_socket(self) -> Path:
        """Unix socket of the embedded Valkey; where the root is too deep, in its own folder below the temporary one."""
        near = self.run.resolve() / "valkey.sock"
        if len(os.fsencode(near)) <= _LONGEST_SOCKET_PATH:
            return near
        name = hashlib.sha256(os.fsencode(near)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"redline-{os.getuid()}-{name}" / "valkey.sock"

    @property
    def redis_url(self) -> str:
        """URL of the embedded Valkey."""
        return f"unix://{quote(str(self.valkey_socket))}"
