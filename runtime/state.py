"""What a running pipeline leaves for others to find: a lock, and a file that says where its parts are."""

from __future__ import annotations

import fcntl
import json
import os
import time
from pathlib import Path
from typing import IO, Final, Literal

from pydantic import BaseModel, ConfigDict

from runtime.layout import Layout

FORMAT: Final = 1
_LOCK_TRIES: Final = 10
_LOCK_PAUSE: Final = 0.02


class FolderError(Exception):
    """The root folder cannot be used. The message is one sentence for a person."""


class Scaling(BaseModel):
    """What the scaler decided last about the workers of a function. `time` is in seconds since 1970."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    time: float
    before: int
    workers: int
    reason: str


class PipelineState(BaseModel):
    """Where a running pipeline is, as .redline/run/pipeline.json says it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    version: str
    pid: int
    url: str
    redis_url: str
    started: float
    phase: Literal["starting", "ready", "stopping"]
    functions: dict[str, int | None]
    dispatchers: dict[str, int | None]
    valkey: int | None
    scaling: dict[str, Scaling] = {}


def prepare(layout: Layout) -> None:
    """Make the folders of a root, and check that this release can read what is there. Raises FolderError."""
    if layout.root.exists() and not layout.root.is_dir():
        raise FolderError(f"{layout.root} is a file; give a folder with --root.")
    try:
        for folder in (layout.uploads, layout.redlines, layout.state, layout.run, layout.logs):
            folder.mkdir(parents=True, exist_ok=True)
        layout.state.chmod(0o700)
        _check_format(layout.state / "format.json")
    except OSError as error:
        raise FolderError(f"{layout.root} cannot be used: {error.strerror}; give another folder with --root.") from None


def _check_format(path: Path) -> None:
    if not path.exists():
        write(path, json.dumps({"format": FORMAT}) + "\n")
        return
    try:
        found = json.loads(path.read_text())["format"]
    except (ValueError, KeyError, TypeError):
        raise FolderError(f'{path} is damaged; it should hold {{"format": {FORMAT}}}.') from None
    if found != FORMAT:
        raise FolderError(f"The folder has format {found}, this release knows {FORMAT}; use the release that made it.")


def lock(layout: Layout) -> IO[str]:
    """Hold the lock of a root until the file is closed. Raises FolderError when another pipeline runs there."""
    file = (layout.run / "lock").open("a")
    for _ in range(_LOCK_TRIES):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            time.sleep(_LOCK_PAUSE)  # whoever asks for the status holds it for a moment
        else:
            return file
    file.close()
    known = read(layout)
    who = f" (process {known.pid})" if known else ""
    raise FolderError(f"A pipeline runs in {layout.root} already{who}; stop it first or use another --root.")


def is_running(layout: Layout) -> bool:
    """Whether a pipeline holds the lock of the root."""
    try:
        file = (layout.run / "lock").open("r")
    except OSError:
        return False
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        return False


def read(layout: Layout) -> PipelineState | None:
    """What the last pipeline wrote; None where there is nothing."""
    try:
        return PipelineState.model_validate_json(_path(layout).read_bytes())
    except (OSError, ValueError):
        return None


def save(layout: Layout, state: PipelineState) -> None:
    """Write where the parts are."""
    write(_path(layout), state.model_dump_json(indent=1) + "\n")


def forget(layout: Layout) -> None:
    """The pipeline is down."""
    _path(layout).unlink(missing_ok=True)


def write(path: Path, content: str) -> None:
    """Write by temporary name and rename, so that a reader finds the old or the new."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
    temporary.write_text(content, encoding="utf-8")
    temporary.replace(path)


def _path(layout: Layout) -> Path:
    return layout.run / "pipeline.json"
