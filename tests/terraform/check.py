"""Checks of the Terraform code that need no account: `python -m tests.terraform.check` runs them all.

Formatting, then `terraform validate` and `terraform test` (with a mocked provider) for every module and environment.
The provider comes from the registry; where that cannot be reached, a program named `terraform-offline` stands in, which
knows the provider's schema: beside the checkout in `../shared/tools`, or where REDLINE_TERRAFORM_OFFLINE says.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
TERRAFORM: Final = ROOT / "terraform"
READ: Final = ("terraform", "schemas/generated", "schemas/bigquery")
"""What the code reads: all that a copy needs."""
REGISTRY_WITHIN: Final = 20
"""Seconds that the registry may take for the provider."""


def targets() -> list[Path]:
    """Every module and environment, relative to the checkout."""
    return sorted(path.parent.relative_to(ROOT) for path in TERRAFORM.glob("*/*/versions.tf"))


def missing() -> str:
    """Why the checks cannot be run here; empty where they can."""
    if shutil.which("terraform") is None:
        return "terraform is not installed: https://developer.hashicorp.com/terraform/install"
    if offline() is None and not _registry_answers():
        return "the provider's registry cannot be reached, and there is no terraform-offline"
    return ""


def offline() -> Path | None:
    """The program that stands in for the registry."""
    beside = ROOT.parent / "shared" / "tools" / "terraform-offline" / "terraform-offline"
    program = Path(os.environ.get("REDLINE_TERRAFORM_OFFLINE", beside))
    return program if program.is_file() else None


def unformatted() -> str:
    """Names of files that `terraform fmt` would change."""
    clean, said = _output(["terraform", "fmt", "-check", "-recursive", "-no-color", str(TERRAFORM)], ROOT)
    return "" if clean else said


def check(copy: Path, target: Path) -> tuple[bool, str]:
    """Validate and test a module or environment in a copy of the code; whether it passed, and what terraform said."""
    program = offline()
    if program:
        # `terraform test` validates the configuration before its first run, and each start of the provider takes time.
        return _output([sys.executable, str(program), "test", str(copy / target), "--repo", str(copy)], copy)
    done, said = True, ""
    for arguments in (["init", "-backend=false", "-input=false"], ["validate"], ["test"]):
        if done:
            done, said = _output(["terraform", *arguments, "-no-color"], copy / target)
    return done, said


@contextmanager
def copied() -> Iterator[Path]:
    """A copy of what the code reads, in which terraform may leave what it likes."""
    with tempfile.TemporaryDirectory(prefix="redline-terraform-") as folder:
        for name in READ:
            shutil.copytree(ROOT / name, Path(folder, name), ignore=shutil.ignore_patterns(".terraform*"))
        yield Path(folder)


def main() -> int:
    """Exit status: 1 when something failed, 0 also where nothing can be checked."""
    reason = missing()
    if reason:
        print(f"skipped: {reason}")
        return 0
    names = unformatted()
    if names:
        print(f"run `terraform fmt -recursive terraform`; it would change:\n{names}")
    failed = bool(names)
    with copied() as copy, ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        first, *others = targets()
        outcomes = [check(copy, first), *pool.map(lambda target: check(copy, target), others)]  # the first one installs
    for target, (passed, said) in zip([first, *others], outcomes, strict=True):
        last = said.strip().splitlines()[-1:] or [""]
        print(f"{target}: {last[0]}" if passed else f"{target}:\n{said}")
        failed |= not passed
    return int(failed)


def _registry_answers() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(TERRAFORM / "modules" / "kms" / "versions.tf", folder)
        try:
            return _output(["terraform", "init", "-backend=false", "-input=false"], Path(folder), REGISTRY_WITHIN)[0]
        except subprocess.TimeoutExpired:
            return False


def _output(command: list[str], folder: Path, within: float | None = None) -> tuple[bool, str]:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=within, check=False)
    return done.returncode == 0, done.stdout + done.stderr


if __name__ == "__main__":
    sys.exit(main())
