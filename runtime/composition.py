"""The composition root: which backend stands behind each port."""

from __future__ import annotations

import functools
import hashlib
import hmac
import logging
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypedDict

from redis.credentials import CredentialProvider

from backends.audit import AuditLog
from backends.audit.embedded import EmbeddedAuditLog
from backends.blobs import Blobs
from backends.blobs.embedded import EmbeddedBlobs
from backends.blobs.sealed import SealedBlobs
from backends.bus import Bus
from backends.bus.embedded import EmbeddedBus
from backends.cache import SeenMarks, Tallies
from backends.cache.embedded import RedisSeenMarks, RedisTallies
from backends.cache.forgetful import ForgetfulSeenMarks, ForgetfulTallies
from backends.errors import BackendUnavailable
from backends.guard import Guard, State
from backends.keys import KeyWrapper
from backends.keys.embedded import load_key, load_or_create_key
from backends.keys.envelope import Envelope
from backends.keys.local import LocalKeyWrapper
from backends.redis_client import SILENCE, Connected, cluster, connect
from backends.search import Search
from events.delivery import tenant_of, type_of
from events.envelope import Event
from events.ids import document_id
from events.routing import DELIVERIES, ON_PUBSUB, ORDERED_TOPICS, SUBSCRIPTIONS
from runtime import copies, exposition, metrics, tracing
from runtime.context import Context, FunctionSettings
from runtime.layout import Layout
from runtime.logging import configure
from runtime.metered import MeteredBus
from runtime.release import release
from runtime.settings import GoogleSettings, KmsSettings, Settings

MESSAGING_SYSTEMS: Final = {"embedded": "valkey", "google": "gcp_pubsub"}
"""As OpenTelemetry's conventions for messaging name them, by backend."""
_CACHE_SILENCE: Final = 2.0
"""Seconds after which a cache that says nothing is away; it is asked for nothing that takes longer."""
_LOGGER: Final = logging.getLogger("redline.composition")
_BUILDING: Final = threading.Lock()
"""The first requests of a process may come at once, and a probe with them."""


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of one process; `key_wrapper` wraps the keys of what is sealed, None where nothing is."""

    settings: Settings
    blobs: Blobs
    key_wrapper: Callable[[], KeyWrapper] | None
    bus: Bus
    audit_log: Callable[[], AuditLog]
    search_index: Callable[[], Search]
    seen: SeenMarks
    tallies: Tallies
    identity: Callable[[str, str], str]
    remove_copies: Callable[[str, int], None]
    for_functions: FunctionSettings

    @property
    def audit(self) -> AuditLog:
        """The trail, opened when first asked for: few processes need it, and BigQuery's clients load slowly."""
        return self.audit_log()

    @property
    def search(self) -> Search:
        """The search index, opened when first asked for."""
        return self.search_index()

    def context(self, event: Event) -> Context:
        """The world as the handler of an event sees it."""
        return Context(
            event,
            self.blobs,
            self.audit_log,
            self.search_index,
            self.tallies,
            now,
            self.identity,
            self.remove_copies,
            self.for_functions,
        )


def now() -> datetime:
    """The clock of the process, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Ports:
    """What differs from backend to backend; `secret` is what document ids are derived with.

    `key_wrapper` wraps the keys of what is sealed; None where nothing is.
    """

    secret: bytes
    blobs: Blobs
    bus: Bus
    audit_log: Callable[[], AuditLog]
    key_wrapper: Callable[[], KeyWrapper] | None


def build(settings: Settings) -> Services:
    """The parts that the settings name.

    Raises BackendUnavailable, KeyUnusable, pydantic.ValidationError.
    """
    layout = settings.layout
    metrics.begin(settings.metrics_folder, MESSAGING_SYSTEMS[settings.backend])
    redis = _redis(settings)
    ports = _embedded(settings) if settings.backend == "embedded" else _google(settings)
    secret = ports.secret
    prefix = f"redline:{pipeline_id(secret)}"
    return Services(
        settings=settings,
        blobs=_sealed(settings, ports),
        key_wrapper=ports.key_wrapper,
        bus=MeteredBus(ports.bus),
        audit_log=ports.audit_log,
        search_index=functools.cache(functools.partial(_search_index, settings, pipeline_id(secret))),
        **_cache(settings, redis, prefix),
        identity=functools.partial(document_id, secret),
        remove_copies=functools.partial(copies.remove, layout),
        for_functions=function_settings(settings),
    )


class _Cache(TypedDict):
    seen: SeenMarks
    tallies: Tallies


def _cache(settings: Settings, redis: Connected, prefix: str) -> _Cache:
    """On one machine the bus rests on the same server, so that nothing could go on without it."""
    marks = RedisSeenMarks(redis, namespace=f"{prefix}:seen")
    tallies = RedisTallies(redis, namespace=f"{prefix}:tally")
    if settings.backend == "embedded":
        return {"seen": marks, "tallies": tallies}
    guard = Guard("redis", place_within=1.0, changed=_cache_changed)
    return {"seen": ForgetfulSeenMarks(marks, guard), "tallies": ForgetfulTallies(tallies, guard)}


def _cache_changed(service: str, state: State) -> None:
    metrics.breaker(service, state)
    if state == "open":
        _LOGGER.warning("the cache is away: work goes on without its marks and takes longer")


def _redis(settings: Settings) -> Connected:
    credentials = _iam() if settings.redis_auth == "google" else None
    silence = _CACHE_SILENCE if settings.backend == "google" else SILENCE
    if settings.redis_cluster:
        return cluster(settings.redis_url, credentials, silence=silence)
    client = connect(settings.effective_redis_url, credentials, silence=silence)
    return lambda: client


def _embedded(settings: Settings) -> Ports:
    secret = load_or_create_key(settings.layout.document_key)
    bus = EmbeddedBus(
        connect(settings.effective_redis_url),
        (*SUBSCRIPTIONS, *DELIVERIES),
        type_of=type_of,
        tenant_of=tenant_of,
        namespace=f"redline:{pipeline_id(secret)}:bus",
    )
    return Ports(
        secret,
        EmbeddedBlobs(settings.layout.blobs, now),
        bus,
        _trail_below(settings.layout),
        functools.partial(_local_wrapper, settings),
    )


def _sealed(settings: Settings, ports: Ports) -> Blobs:
    """The blobs with what the pipeline keeps for itself of a document sealed; results and uploads are people's."""
    wrapper = ports.key_wrapper
    envelope = functools.cache(lambda: Envelope(wrapper())) if wrapper else None
    return SealedBlobs(ports.blobs, envelope, bucket=settings.normalized_bucket, records=settings.records_bucket)


def _local_wrapper(settings: Settings) -> KeyWrapper:
    return LocalKeyWrapper(load_or_create_key(settings.layout.wrapping_key), region=settings.region)


def _search_index(settings: Settings, pipeline: str) -> Search:
    if not settings.elasticsearch_url:
        from backends.search.embedded import EmbeddedSearch

        return EmbeddedSearch(settings.layout.search)
    try:
        from backends.search import elasticsearch
    except ModuleNotFoundError as error:
        raise BackendUnavailable(
            "For REDLINE_ELASTICSEARCH_URL install more: pip install 'redline[elasticsearch]'."
        ) from error
    client = elasticsearch.connect(
        settings.elasticsearch_url,
        api_key=settings.elasticsearch_api_key.get_secret_value(),
        ca_file=settings.elasticsearch_ca_file,
    )
    guard = Guard("elasticsearch", changed=metrics.breaker)
    return elasticsearch.ElasticsearchSearch(client, f"redline-search-{pipeline}", now, guard=guard)


def _trail_below(layout: Layout) -> Callable[[], AuditLog]:
    trail = EmbeddedAuditLog(layout.audit, now, load_or_create_key(layout.audit_key))
    return lambda: trail


def _iam() -> CredentialProvider:
    from backends.cache.google import IamCredentials

    return IamCredentials()


def _google(settings: Settings) -> Ports:
    """Google's clients are loaded here and not above: they are an extra, and take longer to load than all the rest."""
    try:
        from backends.blobs import google as storage
        from backends.bus.google import GoogleBus
    except ModuleNotFoundError as error:
        raise BackendUnavailable("For REDLINE_BACKEND=google install more: pip install 'redline[google]'.") from error
    google = GoogleSettings()
    return Ports(
        secret=load_key(google.document_key_file),
        blobs=storage.GoogleBlobs(
            storage.connect(google.project, emulator=google.storage_emulator),
            now,
            guard=Guard("storage.googleapis.com", changed=metrics.breaker),
            kms_key=google.kms_key,
            storage_class=google.storage_class,
        ),
        bus=GoogleBus(
            google.project,
            ON_PUBSUB,
            guard=Guard("pubsub.googleapis.com", changed=metrics.breaker),
            topic_prefix=google.topic_prefix,
            ordered=ORDERED_TOPICS,
            most_held=google.most_held,
            emulator=google.pubsub_emulator,
        ),
        audit_log=_trail_in_bigquery(google) if google.audit_dataset else _trail_below(settings.layout),
        key_wrapper=functools.partial(kms_wrapper, google, settings.region) if google.wrapping_key else None,
    )


def kms_wrapper(settings: KmsSettings, region: str) -> KeyWrapper:
    """Wraps by the key of Cloud KMS that the settings name. Raises BackendUnavailable."""
    try:
        from backends.keys import google as kms
    except ModuleNotFoundError as error:
        raise BackendUnavailable("For a key of Cloud KMS install more: pip install 'redline[google]'.") from error
    return kms.GoogleKeyWrapper(
        kms.connect(emulator=settings.kms_emulator),
        settings.wrapping_key,
        region=region,
        guard=Guard("cloudkms.googleapis.com", changed=metrics.breaker),
    )


def _trail_in_bigquery(google: GoogleSettings) -> Callable[[], AuditLog]:
    @functools.cache
    def trail() -> AuditLog:
        from backends.audit import google as bigquery

        return bigquery.GoogleAuditLog(
            bigquery.connect(google.project, emulator=google.bigquery_emulator),
            bigquery.connect_writer(emulator=google.bigquery_write_emulator),
            google.audit_dataset,
            guard=Guard("bigquery.googleapis.com", changed=metrics.breaker),
            most_bytes=google.audit_most_bytes,
        )

    return trail


def pipeline_id(secret: bytes) -> str:
    """Tells pipelines apart that share a message server; it goes with the root, wherever that is moved."""
    return hmac.digest(secret, b"pipeline", hashlib.sha256).hex()[:12]


def services() -> Services:
    """The parts of this process, built when first asked for.

    Not before: gunicorn forks its workers after the function was imported, and a fork must not share a connection.
    """
    with _BUILDING:
        return services_of_process(os.getpid())


@functools.cache
def services_of_process(pid: int) -> Services:
    """The parts of the process with this id; settings come from the environment."""
    settings = Settings()
    configure(settings.log_format, settings.log_level)
    tracing.begin(settings.otlp_endpoint, MESSAGING_SYSTEMS[settings.backend])
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
