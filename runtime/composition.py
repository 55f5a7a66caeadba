"""The composition root: which backend stands behind each port."""

from __future__ import annotations

import functools
import hashlib
import hmac
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from redis import Redis

from backends.audit import AuditLog
from backends.audit.embedded import EmbeddedAuditLog
from backends.blobs import Blobs
from backends.blobs.embedded import EmbeddedBlobs
from backends.bus import Bus
from backends.bus.embedded import EmbeddedBus
from backends.cache import SeenMarks, Tallies
from backends.cache.embedded import RedisSeenMarks, RedisTallies
from backends.keys.embedded import load_or_create_key
from backends.redis_client import connect
from backends.search import Search
from backends.search.embedded import EmbeddedSearch
from events.delivery import tenant_of, type_of
from events.envelope import Event
from events.ids import document_id
from events.routing import DELIVERIES, SUBSCRIPTIONS
from runtime import copies, exposition, metrics, tracing
from runtime.context import Context, FunctionSettings
from runtime.logging import configure
from runtime.metered import MeteredBus
from runtime.release import release
from runtime.settings import Settings

MESSAGING_SYSTEM: Final = "valkey"


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of one process."""

    settings: Settings
    blobs: Blobs
    bus: Bus
    audit: AuditLog
    search: Search
    seen: SeenMarks
    tallies: Tallies
    identity: Callable[[str, str], str]
    remove_copies: Callable[[str, int], None]
    for_functions: FunctionSettings

    def context(self, event: Event) -> Context:
        """The world as the handler of an event sees it."""
        return Context(
            event,
            self.blobs,
            self.audit,
            self.search,
            self.tallies,
            now,
            self.identity,
            self.remove_copies,
            self.for_functions,
        )


def now() -> datetime:
    """The clock of the process, in UTC."""
    return datetime.now(UTC)


def build(settings: Settings) -> Services:
    """The embedded parts below the root of `settings`."""
    layout = settings.layout
    metrics.begin(settings.metrics_folder, MESSAGING_SYSTEM)
    client = connect(settings.effective_redis_url)
    secret = load_or_create_key(layout.document_key)
    prefix = f"redline:{pipeline_id(secret)}"
    return Services(
        settings=settings,
        blobs=EmbeddedBlobs(layout.blobs, now),
        bus=MeteredBus(_bus(client, f"{prefix}:bus")),
        audit=EmbeddedAuditLog(layout.audit, now, load_or_create_key(layout.audit_key)),
        search=EmbeddedSearch(layout.search),
        seen=RedisSeenMarks(client, namespace=f"{prefix}:seen"),
        tallies=RedisTallies(client, namespace=f"{prefix}:tally"),
        identity=functools.partial(document_id, secret),
        remove_copies=functools.partial(copies.remove, layout),
        for_functions=function_settings(settings),
    )


def _bus(client: Redis, namespace: str) -> EmbeddedBus:
    subscriptions = (*SUBSCRIPTIONS, *DELIVERIES)
    return EmbeddedBus(client, subscriptions, type_of=type_of, tenant_of=tenant_of, namespace=namespace)


def pipeline_id(secret: bytes) -> str:
    """Tells pipelines apart that share a message server; it goes with the root, wherever that is moved."""
    return hmac.digest(secret, b"pipeline", hashlib.sha256).hex()[:12]


def services() -> Services:
    """The parts of this process, built when first asked for.

    Not before: gunicorn forks its workers after the function was imported, and a fork must not share a connection.
    """
    return services_of_process(os.getpid())


@functools.cache
def services_of_process(pid: int) -> Services:
    """The parts of the process with this id; settings come from the environment."""
    settings = Settings()
    configure(settings.log_format, settings.log_level)
    tracing.begin(settings.otlp_endpoint, MESSAGING_SYSTEM)
    if settings.metrics_port:
        exposition.serve(settings.metrics_port)
    return build(settings)


def function_settings(settings: Settings) -> FunctionSettings:
    """What handlers may know of the settings."""
    return FunctionSettings(
        tenant=settings.tenant,
        region=settings.region,
        author=settings.author,
        release=release(),
        actor=settings.actor,
        actor_source=settings.actor_source,
        uploads=settings.uploads_bucket,
        normalized=settings.normalized_bucket,
        records=settings.records_bucket,
        redlines=settings.redlines_bucket,
        dead_letters=settings.dead_letters_bucket,
        max_document_bytes=settings.max_document_bytes,
        compare_deadline=settings.compare_deadline,
        batch_deadline=settings.batch_deadline,
    )
