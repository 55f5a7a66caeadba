"""The copies of a document that people have in the folders of a root: their own file, and its redlines."""

from __future__ import annotations

import contextlib
import shutil
from datetime import UTC, datetime
from pathlib import Path

from backends.files import disk
from runtime import requestfolder
from runtime.layout import Layout, version_name
from runtime.uploads import relative_path, remove_beneath
from schemas.base import Generation


def remove(layout: Layout, name: str, through: Generation) -> None:
    """Remove the file that was uploaded under this object name, and its redlines, up to a generation.

    A file that was saved later stays, as do the redlines of later versions: it is a new upload. Raises
    BackendUnavailable.
    """
    moment = datetime.fromtimestamp(through / 1e6, UTC)
    with disk(layout.root):
        remove_beneath(layout.uploads, relative_path(name), unless_changed_after=moment)
        _remove_redlines(layout.redlines, layout.redlines / relative_path(name), moment)
        for folder in list(requestfolder.pairs_with(layout, relative_path(name), through)):
            discard(layout.redlines, folder)


def _remove_redlines(top: Path, folder: Path, moment: datetime) -> None:
    """Remove the folders of versions, and then the folder of the document and those above it as far as empty."""
    with contextlib.suppress(FileNotFoundError):
        for version in list(folder.iterdir()):
            if not _is_later(version, moment):
                _remove_tree(version)
    _prune(top, folder)


def discard(top: Path, version: Path) -> None:
    """Remove the folder of one result below `top`, and those above it as far as empty. Raises OSError."""
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(version)
    _prune(top, version)


def _prune(top: Path, folder: Path) -> None:
    while folder != top:
        with contextlib.suppress(FileNotFoundError):
            try:
                folder.rmdir()
            except OSError:
                return
        folder = folder.parent


def _remove_tree(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _is_later(version: Path, moment: datetime) -> bool:
    """Whether this is the folder of a later version, by its name and by its own time: its name is in local time, which
    may have been that of another place.
    """
    return version.name > version_name(moment) and version.lstat().st_ctime > moment.timestamp()
