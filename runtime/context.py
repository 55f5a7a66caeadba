"""What a function may reach: the world as its handler sees it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from backends.audit import AuditLog
from backends.blobs import Blobs
from backends.cache import Tallies
from backends.search import Search
from events.envelope import Event


@dataclass(frozen=True, slots=True)
class FunctionSettings:
    """What a handler may know of the settings, and the release they run in. Sizes in bytes, times in seconds."""

    tenant: str
    region: str
    author: str
    release: str
    actor: str
    actor_source: str
    uploads: str
    normalized: str
    records: str
    redlines: str
    dead_letters: str
    max_document_bytes: int
    compare_deadline: float
    batch_deadline: float


@dataclass(frozen=True, slots=True)
class Context:
    """Handed to a handler beside the payload.

    `event` is the envelope of the cause. `identity` gives the document id of (tenant, path). `remove_copies` removes
    what lies outside of the buckets of the document with this path, up to a generation: on a laptop, in the folders for
    people. Both may be called again.
    """

    event: Event
    blobs: Blobs
    audit_log: Callable[[], AuditLog]
    search_index: Callable[[], Search]
    tallies: Tallies
    clock: Callable[[], datetime]
    identity: Callable[[str, str], str]
    remove_copies: Callable[[str, int], None]
    settings: FunctionSettings

    @property
    def audit(self) -> AuditLog:
        """The audit trail."""
        return self.audit_log()

    @property
    def search(self) -> Search:
        """The search index."""
        return self.search_index()
