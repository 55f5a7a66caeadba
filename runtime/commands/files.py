"""What commands that read and write files share: refusals in one sentence, files in and out. It needs no pipeline."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click


class Refusal(click.ClickException):
    """Something is not as it should be; one sentence says what, and what to do. Exit status 1."""

    def show(self, file: object = None) -> None:
        """Print the sentence."""
        click.echo(f"redline: {self.message}", err=True)


def short_path(path: Path) -> str:
    """The path relative to the working folder where that is shorter; printable in any case."""
    with contextlib.suppress(ValueError):
        path = path.relative_to(Path.cwd())
    return repr(str(path))[1:-1]


def read_document(path: Path) -> bytes:
    """Content of a file that the user named. Raises Refusal."""
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise Refusal(f"{short_path(path)} is a folder; name a document.")
        if not stat.S_ISREG(found.st_mode):
            raise Refusal(f"{short_path(path)} is not a file; name a document.")
        return path.read_bytes()
    except FileNotFoundError:
        raise Refusal(f"There is no file {short_path(path)}; check its name and folder.") from None
    except OSError as error:
        raise Refusal(f"{short_path(path)} cannot be read: {_why(error)}.") from None


def check_outputs(paths: Sequence[Path], *inputs: Path) -> None:
    """Raises Refusal when an output would replace an input or another output, or cannot be written."""
    for number, path in enumerate(paths):
        _check_output(path, *inputs)
        if path.absolute() in (other.absolute() for other in paths[:number]):
            raise Refusal(f"{short_path(path)} is given for two outputs; name a file for each.")


def _check_output(path: Path, *inputs: Path) -> None:
    if str(path) == "-":
        raise Refusal("Outputs go into files; name one in place of -.")
    if str(path).startswith("--"):
        raise Refusal(f"{path} is no name of a file; name one after the option before it.")
    for given in inputs:
        with contextlib.suppress(OSError):
            if path.exists() and path.samefile(given):
                raise Refusal(f"{short_path(path)} is an input too; name another file for the output.")
    if path.is_dir():
        raise Refusal(f"{short_path(path)} is a folder; name a file for the output.")
    if not path.parent.is_dir():
        raise Refusal(f"{short_path(path)} cannot be written: there is no folder {short_path(path.parent)}.")


def write_output(path: Path, content: bytes) -> None:
    """Write by temporary name and rename. Raises Refusal."""
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name[:80]}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            umask = os.umask(0)
            os.umask(umask)
            Path(temporary).chmod(0o666 & ~umask)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise Refusal(f"{short_path(path)} cannot be written: {_why(error)}.") from None


def _why(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()
