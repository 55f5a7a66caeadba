"""A secret key in a file of its own, made at first use."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from pathlib import Path

from backends.files import sync_folder
from backends.keys import KEY_BYTES


class KeyUnusable(Exception):  # noqa: N818 - the state it names
    """The key file cannot be used as it is; the message says what to do."""


def load_or_create_key(path: Path) -> bytes:
    """The 32 bytes of the key in `path`; made from the system's random source when there is no such file.

    Processes that come at the same time all get the key of the first. Raises KeyUnusable when the file cannot be
    read or written, when others may read it, or when it does not hold a key.
    """
    try:
        if not path.exists():
            _create(path)
        return _load(path)
    except OSError as error:
        raise KeyUnusable(f"The key file {path} cannot be used: {error.strerror}.") from error


def load_key(path: Path) -> bytes:
    """The 32 bytes of the key in `path`, which somebody else made and which our group may read. Raises KeyUnusable.

    Kubernetes mounts a Secret as a file of root, and lets a process that is not root read it by its group (fsGroup).
    """
    try:
        return _load(path, closed_to=0o037)
    except OSError as error:
        raise KeyUnusable(f"The key file {path} cannot be used: {error.strerror}.") from error


def _load(path: Path, *, closed_to: int = 0o077) -> bytes:
    with path.open("rb") as handle:
        mode = stat.S_IMODE(os.fstat(handle.fileno()).st_mode)
        key = handle.read(KEY_BYTES + 1)
    if mode & closed_to:
        raise KeyUnusable(f"Others may read the key file {path} (mode {mode:04o}). Run: chmod 600 '{path}'")
    if len(key) != KEY_BYTES:
        raise KeyUnusable(f"The key file {path} does not hold a key of {KEY_BYTES} bytes. Restore it from a backup.")
    return key


def _create(path: Path) -> None:
    """Link a complete file into place: of several creators one wins, and nobody ever sees half a key."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as handle:
            handle.write(secrets.token_bytes(KEY_BYTES))
            handle.flush()
            os.fsync(handle.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)
