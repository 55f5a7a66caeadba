"""The image, without Docker: the Dockerfile's own steps in a clean folder, and every target started from it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.error import HTTPError

import pytest

from backends.bus.valkey import EmbeddedValkey
from backends.keys.embedded import KEY_BYTES
from events.routing import FUNCTIONS
from tests.emulators.process import free_port
from tests.knative.manifests import CHECKOUT, dispatchers, functions
from tests.outside import program
from tests.polling import eventually

DOCKERFILE = (CHECKOUT / "Dockerfile").read_text()


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the build stage makes below /opt/redline."""
    folder = tmp_path_factory.mktemp("image") / "redline"
    base = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    environment = {**os.environ, "SOURCE_DATE_EPOCH": "0"}
    made = subprocess.run(
        ["container/install", base, folder], cwd=CHECKOUT, env=environment, capture_output=True, text=True
    )
    assert made.returncode == 0, made.stderr
    return folder


@contextmanager
def started(image: Path, command: list[str], variables: dict[str, str], log: Path) -> Iterator[None]:
    """A process as the container has it: its folder first in the path, nothing of the checkout, working folder /."""
    environment = {"PATH": f"{image}/bin:/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1", "HOME": "/tmp", **variables}
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd="/", env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield
    finally:
        process.terminate()
        process.wait(30)


def status(url: str, data: bytes | None = None, **headers: str) -> int:
    """HTTP status of an answer; 0 while there is none."""
    request = urllib.request.Request(url, data, {name.replace("_", "-"): value for name, value in headers.items()})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code
    except OSError:
        return 0


@pytest.fixture(scope="module")
def urls(image: Path, valkey: EmbeddedValkey, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Where each function answers; all of them are started at once, on every processor."""
    folder = tmp_path_factory.mktemp("functions")
    ports = {name: str(free_port()) for name in FUNCTIONS}
    with ExitStack() as running:
        for name, port in ports.items():
            variables = {"FUNCTION_TARGET": name, "PORT": port, "THREADS": "3", "REDLINE_REDIS_URL": valkey.url}
            variables["REDLINE_ROOT"] = str(folder / name)
            running.enter_context(started(image, ["redline-serve"], variables, folder / f"{name}.log"))
        yield {name: f"http://127.0.0.1:{port}/" for name, port in ports.items()}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_starts_and_answers(urls: dict[str, str], name: str) -> None:
    url = urls[name]
    for probe in ("readinessProbe", "livenessProbe"):
        path = functions("prod-us")[name]["spec"]["template"]["spec"]["containers"][0][probe]["httpGet"]["path"]
        eventually(lambda path=path: status(url + path[1:]) == 200, f"{name}: {probe}")
    event = {"ce_specversion": "1.0", "ce_id": "1", "ce_source": "/test", "ce_type": "org.example.unknown.v1"}
    event |= {"ce_time": "2026-01-01T00:00:00Z", "Content_Type": "application/json"}
    assert status(url, b"{}", **event) == 200  # not for this function
    assert status(url, b"{}", Content_Type="application/json") == 400  # no event


def test_a_target_that_is_not_there_is_refused_with_those_that_are(image: Path, tmp_path: Path) -> None:
    environment = {"PATH": f"{image}/bin:/usr/bin:/bin", "FUNCTION_TARGET": "translate"}
    refused = subprocess.run(
        [image / "bin" / "redline-serve"], env=environment, capture_output=True, text=True, cwd="/"
    )
    assert refused.returncode == 2
    assert "'translate'" in refused.stderr
    assert set(refused.stderr.split()) >= set(FUNCTIONS)


def test_the_dispatcher_starts_and_is_ready(image: Path, valkey: EmbeddedValkey, tmp_path: Path) -> None:
    template = dispatchers("prod-us")["plan"]["spec"]["template"]["spec"]["containers"][0]
    port = free_port()
    variables = {"REDLINE_FUNCTION": "plan", "K_SINK": "http://127.0.0.1:9", "REDLINE_PORT": str(port)}
    variables |= {"REDLINE_REDIS_URL": valkey.url, "REDLINE_ROOT": str(tmp_path / "root")}
    with started(image, template["command"], variables, tmp_path / "log"):
        for probe in ("livenessProbe", "readinessProbe"):
            url = f"http://127.0.0.1:{port}{template[probe]['httpGet']['path']}"
            eventually(lambda url=url: status(url) == 200, probe)


def test_the_google_backend_is_in_the_image(image: Path, tmp_path: Path) -> None:
    key = tmp_path / "document.key"
    key.write_bytes(b"k" * KEY_BYTES)
    key.chmod(0o440)  # as Kubernetes mounts it
    variables = {"REDLINE_BACKEND": "google", "REDLINE_PROJECT": "p", "REDLINE_DOCUMENT_KEY_FILE": str(key)}
    variables |= {"PUBSUB_EMULATOR_HOST": "127.0.0.1:9", "STORAGE_EMULATOR_HOST": "http://127.0.0.1:9"}
    variables |= {"REDLINE_REDIS_URL": "redis://127.0.0.1:9", "REDLINE_ROOT": str(tmp_path / "root")}
    code = "from runtime.composition import services; print(services().settings.backend)"
    ran = subprocess.run(
        [image / "bin" / "python", "-c", code],
        env={"PATH": "/usr/bin", **variables},
        capture_output=True,
        text=True,
        cwd="/",
    )
    assert ran.stdout.strip() == "google", ran.stderr


def test_the_bill_of_materials_names_every_locked_package(image: Path) -> None:
    told = json.loads((image / "sbom.cdx.json").read_text())
    assert told["bomFormat"] == "CycloneDX"
    named = {each["name"].lower().replace("_", "-") for each in told["components"]}
    assert {"redline", "lxml", "functions-framework", "google-cloud-pubsub", "opentelemetry-sdk"} <= named
    assert not named & {"pip", "setuptools", "hatchling", "pytest"}


def test_nothing_is_compiled_by_time(image: Path) -> None:
    (compiled,) = image.glob("lib/python3.*/site-packages/runtime/__pycache__/dispatcher.*.pyc")
    assert int.from_bytes(compiled.read_bytes()[4:8], "little") == 0b01  # PEP 552: by hash, unchecked


def test_the_dockerfile_pins_and_drops_root() -> None:
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert bases
    assert all(re.fullmatch(r"python:3\.13-slim@sha256:[0-9a-f]{64}", each) for each in bases)
    assert len(set(bases)) == 1, "what is installed by one Python runs on another"
    assert "USER 65532:65532" in DOCKERFILE
    assert "RUN container/install python3 /opt/redline" in DOCKERFILE


def test_hadolint_has_nothing_to_say() -> None:
    linted = subprocess.run([program("hadolint"), CHECKOUT / "Dockerfile"], capture_output=True, text=True)
    assert linted.returncode == 0, linted.stdout


def test_only_rooms_that_run_are_in_the_build_context() -> None:
    allowed = {line[1:] for line in (CHECKOUT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    packages = set(
        re.findall(
            r'"(\w+)"', re.search(r"^packages = \[(.*)\]$", (CHECKOUT / "pyproject.toml").read_text(), re.MULTILINE)[1]
        )
    )  # type: ignore[index]
    assert allowed == packages | {"pyproject.toml", "README.md", "LICENSE", "container"}
