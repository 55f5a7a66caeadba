"""The sizes that decide about scaling, read from the manifests themselves."""

from __future__ import annotations

import subprocess
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

LABEL: Final = "redline.dev/function"
"""Label of every object that belongs to a function."""
_KPA: Final = "autoscaling.knative.dev/"
_MAX_IN_FLIGHT: Final = "REDLINE_MAX_IN_FLIGHT"
Manifest = Mapping[str, Any]


class ManifestError(ValueError):
    """The manifests lack a size that the simulation needs; the message names it."""


@dataclass(frozen=True, slots=True)
class Kpa:
    """What Knative's autoscaler is told about a function's Service. `window` in seconds."""

    min_scale: int
    max_scale: int
    container_concurrency: int
    target_percentage: float = 70.0
    window: float = 60.0


@dataclass(frozen=True, slots=True)
class Keda:
    """What KEDA is told about a function's dispatcher. Times in seconds."""

    min_replicas: int
    max_replicas: int
    threshold: float
    polling: float = 30.0
    cooldown: float = 300.0
    scale_down_window: float = 300.0
    fallback_after: int | None = None
    fallback_replicas: int = 0


@dataclass(frozen=True, slots=True)
class Sizes:
    """Everything about one function."""

    kpa: Kpa
    keda: Keda
    max_in_flight: int


def of_overlay(overlay: Path) -> dict[str, Sizes]:
    """The sizes of each function as kustomize makes the overlay. Raises ManifestError, and CalledProcessError."""
    made = subprocess.run(["kubectl", "kustomize", overlay], check=True, capture_output=True, text=True)
    return of_manifests(yaml.safe_load_all(made.stdout))


def of_manifests(manifests: Iterable[Manifest]) -> dict[str, Sizes]:
    """The sizes of each function that has a Service, a dispatcher and a ScaledObject. Raises ManifestError."""
    objects: dict[str, dict[str, Manifest]] = defaultdict(dict)
    for manifest in manifests:
        name = manifest["metadata"].get("labels", {}).get(LABEL)
        if name and manifest["kind"] in ("Service", "Deployment", "ScaledObject"):
            objects[name][manifest["kind"]] = manifest
    return {name: _sizes(name, found) for name, found in sorted(objects.items())}


def _sizes(name: str, found: Mapping[str, Manifest]) -> Sizes:
    try:
        return Sizes(_kpa(found["Service"]), _keda(found["ScaledObject"]), _max_in_flight(found["Deployment"]))
    except (KeyError, StopIteration, IndexError) as error:
        raise ManifestError(f"the manifests of {name} lack {error}") from None


def _kpa(service: Manifest) -> Kpa:
    template = service["spec"]["template"]
    told = template["metadata"]["annotations"]
    return Kpa(
        min_scale=int(told[f"{_KPA}min-scale"]),
        max_scale=int(told[f"{_KPA}max-scale"]),
        container_concurrency=int(template["spec"]["containerConcurrency"]),
        target_percentage=float(told.get(f"{_KPA}target-utilization-percentage", 70)),
        window=float(str(told.get(f"{_KPA}window", "60s")).removesuffix("s")),
    )


def _keda(scaled: Manifest) -> Keda:
    spec = scaled["spec"]
    behavior = spec.get("advanced", {}).get("horizontalPodAutoscalerConfig", {}).get("behavior", {})
    fallback = spec.get("fallback", {})
    return Keda(
        min_replicas=int(spec["minReplicaCount"]),
        max_replicas=int(spec["maxReplicaCount"]),
        threshold=float(spec["triggers"][0]["metadata"]["threshold"]),
        polling=float(spec.get("pollingInterval", 30)),
        cooldown=float(spec.get("cooldownPeriod", 300)),
        scale_down_window=float(behavior.get("scaleDown", {}).get("stabilizationWindowSeconds", 300)),
        fallback_after=fallback.get("failureThreshold"),
        fallback_replicas=int(fallback.get("replicas", 0)),
    )


def _max_in_flight(deployment: Manifest) -> int:
    containers = deployment["spec"]["template"]["spec"]["containers"]
    told = (each for container in containers for each in container.get("env", ()))
    return int(next(each["value"] for each in told if each["name"] == _MAX_IN_FLIGHT))
