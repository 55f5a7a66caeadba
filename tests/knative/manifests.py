"""The manifests of every overlay, as kustomize makes them."""

from __future__ import annotations

import functools
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.outside import program

CHECKOUT = Path(__file__).parents[2]
KNATIVE = CHECKOUT / "knative"
OVERLAYS = ("dev", "staging", "prod-us", "prod-eu", "kind")
ON_GOOGLE = OVERLAYS[:-1]
PRODUCTION = ("prod-us", "prod-eu")
FUNCTION = "redline.dev/function"
"""Label of every object that belongs to a function."""
PINNED = re.compile(r"[\w./:-]+@sha256:[0-9a-f]{64}")
Manifest = dict[str, Any]


@functools.cache
def text(overlay: str) -> str:
    """What a cluster would be given."""
    command = [program("kubectl"), "kustomize", str(KNATIVE / "overlays" / overlay)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@functools.cache
def built(overlay: str) -> tuple[Manifest, ...]:
    return tuple(yaml.safe_load_all(text(overlay)))


def of_kind(overlay: str, kind: str, group: str = "") -> list[Manifest]:
    """Objects of a kind; `group` is how its apiVersion begins."""
    return [each for each in built(overlay) if each["kind"] == kind and each["apiVersion"].startswith(group)]


def functions(overlay: str) -> dict[str, Manifest]:
    """The Knative Service of each function."""
    return {each["metadata"]["labels"][FUNCTION]: each for each in of_kind(overlay, "Service", "serving.knative.dev")}


def dispatchers(overlay: str) -> dict[str, Manifest]:
    """The Deployment of the dispatcher of each function."""
    return {
        each["metadata"]["labels"][FUNCTION]: each
        for each in of_kind(overlay, "Deployment")
        if FUNCTION in each["metadata"].get("labels", {})
    }


def pods(overlay: str) -> Iterator[tuple[str, Manifest]]:
    """The name and template of whatever starts pods."""
    for each in (*of_kind(overlay, "Deployment"), *of_kind(overlay, "Service", "serving.knative.dev")):
        yield f"{each['kind']}/{each['metadata']['name']}", each["spec"]["template"]


def containers(overlay: str) -> Iterator[tuple[str, Manifest]]:
    for name, template in pods(overlay):
        for container in template["spec"]["containers"]:
            yield name, container


def told(container: Manifest) -> dict[str, str]:
    """Variables of a container that have a value of their own."""
    return {each["name"]: each["value"] for each in container.get("env", ()) if "value" in each}


def settings(overlay: str) -> dict[str, str]:
    """Variables that every process is told."""
    (found,) = (
        each["data"]
        for each in of_kind(overlay, "ConfigMap")
        if each["metadata"]["name"].startswith("redline-settings")
    )
    return dict(found)
