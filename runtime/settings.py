"""Settings: the one place that reads the environment."""

from __future__ import annotations

import os
import pwd
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, Literal, NamedTuple

from dotenv import dotenv_values
from pydantic import BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from backends.bus.sockets import socket_url
from runtime.layout import Layout
from schemas.base import Author, Tenant
from schemas.messaging import Subscription

MEGABYTE = 1024 * 1024
_RETENTION: Final = re.compile(r"(\*|\.[^=,*\s]+)\s*=\s*([1-9]\d{0,4})")
_SECRETS: Final = re.compile(r"(?<=://).*(?=@)|(?<=[?&]password=)[^&]*|(?<=[?&]username=)[^&]*")
WEEK = 7 * 24 * 3600.0


def take_development_file(path: Path = Path(".env")) -> None:
    """Take variables of the pipeline from a file in the working folder, where the environment does not set them.

    For development: the command line reads it, and its child processes inherit what it said. A function that a
    platform starts has its environment from there alone.
    """
    if path.is_file():
        for name, value in dotenv_values(path).items():
            if value is not None and (name.startswith("REDLINE_") or name.endswith("_EMULATOR_HOST")):
                os.environ.setdefault(name, value)


def environment_with(additions: Mapping[str, str]) -> dict[str, str]:
    """The environment for a child process: that of this one, and more."""
    return {**os.environ, **additions}


def os_user() -> str:
    """Name of the user whose process this is, or the number where there is no name."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def parse_retention(text: object) -> object:
    """Days by ending, of a text such as `*=3650,.txt=30`. Raises ValueError."""
    if not isinstance(text, str):
        return text
    days = {}
    for part in text.split(","):
        match = _RETENTION.fullmatch(part.strip())
        if match is None:
            raise ValueError("give endings and days, such as *=3650,.txt=30")
        days[match[1].lower()] = int(match[2])
    return days


RetentionDays = Annotated[dict[str, int], NoDecode, BeforeValidator(parse_retention)]


def variable_of(name: str) -> str:
    """The variable of a field, by the field's name or by its alias, which is the variable."""
    return name if name.isupper() else f"REDLINE_{name.upper()}"


def explained(error: ValidationError) -> str:
    """What is wrong with the first variable that cannot be used, in a sentence."""
    return sentence(error.errors()[0])


def sentence(problem: ErrorDetails) -> str:
    """One problem of a ValidationError for people, without the value, which may be a secret."""
    message = problem["msg"].removeprefix("Value error, ")
    if not problem["loc"]:
        return f"{message}."
    variable = variable_of("_".join(str(part) for part in problem["loc"]))
    if problem["type"] == "missing":
        return f"The variable {variable} is not set."
    return f"The variable {variable} cannot be used; {message[:1].lower()}{message[1:]}."


class Setting(NamedTuple):
    """What is in force for one variable; `given` when the environment says so, else it is the default."""

    variable: str
    value: str
    given: bool
    meaning: str


def in_force(settings: BaseSettings) -> list[Setting]:
    """Every setting of a model, in the order of its fields, fit to be shown: without passwords."""
    return [
        Setting(
            variable_of(str(field.validation_alias or name)),
            without_secrets(_as_text(getattr(settings, name))),
            name in settings.model_fields_set,
            field.description or "",
        )
        for name, field in type(settings).model_fields.items()
    ]


def without_secrets(text: str) -> str:
    """The text, with stars for who may log in at a URL and by which password."""
    return _SECRETS.sub("***", text)


def _as_text(value: object) -> str:
    if isinstance(value, dict):
        return ",".join(f"{key}={each}" for key, each in value.items())
    return "" if value is None else str(value)


class Settings(BaseSettings):
    """What every process of the pipeline is told: variables with the prefix REDLINE_."""

    model_config = SettingsConfigDict(env_prefix="REDLINE_", frozen=True, env_ignore_empty=True, extra="ignore")

    backend: Literal["embedded", "google"] = Field("embedded", description="what objects and messages stand on")
    root: Path = Field(Path("redline-data"), description="folder of the embedded pipeline")
    redis_url: str = Field("", description="a Redis or Valkey; without one the embedded Valkey of the root")
    redis_cluster: bool = Field(False, description="whether that is a cluster, of which the URL names a node")
    redis_auth: Literal["url", "google"] = Field(
        "url", description="who logs in there: url, as the URL says; google, the platform's service account, by IAM"
    )
    tenant: Tenant = "default"
    region: str = "local"
    author: Author = "Redline"
    actor: str = Field(default_factory=os_user, description="who the audit trail names")
    actor_source: str = Field("local", description="where the knowledge of the actor comes from")
    uploads_bucket: str = "uploads"
    normalized_bucket: str = "normalized"
    records_bucket: str = "records"
    redlines_bucket: str = "redlines"
    dead_letters_bucket: str = "dead-letters"
    max_document_bytes: int = Field(100 * MEGABYTE, gt=0)
    compare_deadline: float = Field(480.0, gt=0, description="seconds after which a comparison becomes coarser")
    retention_days: RetentionDays = Field(
        default_factory=dict, description="days after its newest version that a document is kept, by ending; * for all"
    )
    elasticsearch_url: str = Field("", description="where the search index is; without one it is below the root")
    elasticsearch_api_key: SecretStr = Field(SecretStr(""), description="what opens it, as Elasticsearch encodes it")
    elasticsearch_ca_file: Path | None = Field(None, description="who may sign its certificate, if not everybody's")
    metrics_folder: Path | None = Field(
        None, validation_alias="PROMETHEUS_MULTIPROC_DIR", description="where processes of one machine share metrics"
    )
    metrics_port: int = Field(0, ge=0, le=65535, description="where this process serves /metrics; 0 for nowhere")
    batch_deadline: float = Field(
        6 * 3600.0, gt=0, le=WEEK, description="seconds after which a request that names no deadline ends as it is"
    )
    otlp_endpoint: str = Field(
        "", validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT", description="base URL that traces are sent to"
    )
    log_format: Literal["auto", "json", "human"] = Field("auto", description="auto: human on a terminal, else json")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @model_validator(mode="after")
    def _check_google(self) -> Settings:
        if self.backend == "google" and not self.redis_url:
            raise ValueError("With REDLINE_BACKEND=google set REDLINE_REDIS_URL too: there is no Valkey to share")
        if self.backend == "embedded" and self.redis_cluster:
            raise ValueError("REDLINE_REDIS_CLUSTER needs REDLINE_BACKEND=google: the embedded queues need one server")
        return self

    @property
    def layout(self) -> Layout:
        """Where things are below the root."""
        return Layout(self.root.absolute())

    @property
    def effective_redis_url(self) -> str:
        """`redis_url`, or that of the embedded Valkey."""
        return self.redis_url or socket_url(self.layout.valkey)


class Limits(BaseSettings):
    """How much a dispatcher may hold at a time."""

    model_config = SettingsConfigDict(env_prefix="REDLINE_", frozen=True, env_ignore_empty=True, extra="ignore")

    max_in_flight: int = Field(1, ge=1, description="events that the function works on at a time")
    ahead: int = Field(16, ge=0, description="events held ready besides, of light or bulk work")

    def most_held(self, subscription: Subscription) -> int:
        """Messages of a subscription to hold: what somebody waits for is not held back from other dispatchers."""
        return self.max_in_flight + (0 if subscription.priority == "interactive" else self.ahead)


class KmsSettings(BaseSettings):
    """Which key of Cloud KMS wraps data keys, and where Cloud KMS is."""

    model_config = SettingsConfigDict(env_prefix="REDLINE_", frozen=True, env_ignore_empty=True, extra="ignore")

    wrapping_key: str = Field(
        "",
        pattern=r"^(projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+)?$",
        description="full name of the Cloud KMS key of this region that wraps the data keys of documents; without one, "
        "what the pipeline keeps for itself is not sealed",
    )
    kms_emulator: str = Field("", description="host:port")


class GoogleSettings(Limits, KmsSettings):
    """What the google backend is told besides. Credentials are those of the platform, by Workload Identity."""

    project: str = Field(min_length=1, description="id of the Google Cloud project of topics and buckets")
    topic_prefix: str = Field(
        "", pattern=r"^([A-Za-z][A-Za-z0-9._~+%-]*)?$", description="before the name of each topic"
    )
    document_key_file: Path = Field(description="file with the 32 bytes from which document ids come, a mounted secret")
    kms_key: str = Field("", description="full name of the Cloud KMS key of what is written; else the bucket's own")
    storage_class: Literal["STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE"] = "STANDARD"
    audit_dataset: str = Field(
        "", pattern=r"^\w*$", description="BigQuery dataset of the audit trail; without one it is below the root"
    )
    audit_most_bytes: int = Field(100 << 30, gt=0, description="bytes that one query of the trail may read")
    bigquery_emulator: str = Field("", validation_alias="BIGQUERY_EMULATOR_HOST", description="URL")
    bigquery_write_emulator: str = Field("", description="host:port of the same emulator's gRPC")
    pubsub_emulator: str = Field("", validation_alias="PUBSUB_EMULATOR_HOST", description="host:port")
    storage_emulator: str = Field("", validation_alias="STORAGE_EMULATOR_HOST", description="URL or host:port")


class DispatcherSettings(Limits):
    """What a dispatcher is told besides; K_SINK is set by a Knative SinkBinding."""

    function: str = Field(description="name of the function whose queues it empties")
    sink: str = Field(validation_alias="K_SINK", description="URL of the function")
    port: int = Field(0, ge=0, le=65535, description="where it serves /healthz, /readyz and /metrics; 0 for nowhere")
    bulk_per_tenant: int = Field(8, ge=1, description="pairs of one tenant's batches in flight at a time")
