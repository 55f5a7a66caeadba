"""What the doors share in writing files: that survive a crash, and that are whole or not there."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedRandom
from pathlib import Path

from backends.errors import BackendUnavailable


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, durable on return. Raises OSError."""
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for each in reversed(missing):
        each.mkdir(mode=0o700, exist_ok=True)
        sync_folder(each.parent)


def replace_file(path: Path, content: bytes) -> None:
    """Write a file in the place of the one of this name, if any; whole and durable on return. Raises OSError."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    temporary.replace(path)
    sync_folder(path.parent)


@contextmanager
def new_file(target: Path) -> Iterator[BufferedRandom]:
    """A new file to write to and read back; nothing stays when the block fails. Raises OSError, also when it exists."""
    with target.open("x+b") as output:
        try:
            yield output
        except BaseException:
            target.unlink(missing_ok=True)
            raise


@contextmanager
def disk(folder: Path) -> Iterator[None]:
    """Turn an error of the file system into BackendUnavailable, in words for whoever runs the machine."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise BackendUnavailable(f"The disk that holds {folder} is full. Free some space.") from error
        raise BackendUnavailable(f"The folder {folder} cannot be used: {error.strerror}.") from error
