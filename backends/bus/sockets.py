"""Where the embedded server listens: unix sockets in folders that nobody else may enter."""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from pathlib import Path
from typing import Final
from urllib.parse import quote

from backends.errors import BackendUnavailable

_LONGEST_SOCKET_PATH: Final = 100
"""Bytes. sockaddr_un holds 107, and the server puts a suffix on the path while it binds."""


def socket_path(folder: Path) -> Path:
    """Where the server of `folder` listens: there, or in a short folder when that path is too long for a socket."""
    beside = folder.resolve() / "valkey.sock"
    if len(os.fsencode(beside)) <= _LONGEST_SOCKET_PATH:
        return beside
    digest = hashlib.sha256(os.fsencode(beside)).hexdigest()[:16]
    name = Path(f"redline-{os.getuid()}-{digest}", "valkey.sock")
    for parent in (Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108 - checked by private_folder
        if len(os.fsencode(parent / name)) <= _LONGEST_SOCKET_PATH:
            break
    return parent / name


def socket_url(folder: Path) -> str:
    """URL of the server of `folder`, for `backends.redis_client.connect`."""
    return f"unix://{quote(str(socket_path(folder)))}"


def private_folder(folder: Path) -> None:
    """Make a folder for sockets that is ours alone. Raises BackendUnavailable when it is not.

    Whoever may enter it may read and write every message.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    state = folder.lstat()
    if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.getuid():
        raise BackendUnavailable(f"{folder} belongs to somebody else. Remove it or choose a shorter root folder.")
    folder.chmod(0o700)
