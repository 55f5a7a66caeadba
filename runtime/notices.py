"""What the kernel tells about a folder, by inotify, in the few words that the watcher needs."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Final

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers.inotify import InotifyObserver

from runtime.logging import log

_LOGGER: Final = logging.getLogger("redline.watcher")
_EVENTS: Final[list[type[FileSystemEvent]]] = [
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileMovedEvent,
]
_REMOTE: Final = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "vboxsf", "virtiofs", "afs", "ceph", "glusterfs"}
)
_MOUNTS: Final = Path("/proc/self/mountinfo")


class NoticeKind(Enum):
    """What happened to a path."""

    CREATED = auto()
    """It is there; whoever made it may still be writing."""
    WRITTEN = auto()
    """It was closed after writing, or moved here in one piece."""
    GONE = auto()
    """It was deleted or moved away."""
    FOLDERS = auto()
    """Folders came, went or moved, with whatever is in them."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One piece of news about a path below the watched folder."""

    kind: NoticeKind
    relative: str = ""


class Notices:
    """An open subscription to the news of a folder and all below it."""

    def __init__(self, root: Path, tell: Callable[[Notice], None]) -> None:
        real = root.resolve()
        self._observer = InotifyObserver(generate_full_events=True)
        self._observer.schedule(_Translator(real, tell), str(real), recursive=True, event_filter=_EVENTS)
        self._observer.start()

    @classmethod
    def open(cls, root: Path, tell: Callable[[Notice], None]) -> Notices | None:
        """Subscribe, or say in the log why that is not possible and return None."""
        kind = file_system(root, _MOUNTS)
        if is_remote(kind):
            log(
                _LOGGER,
                logging.WARNING,
                f"the folder is on {kind}, which tells no changes: looking every second instead",
            )
            return None
        try:
            return cls(root, tell)
        except OSError as error:
            reason = os.strerror(error.errno or 0)
            log(_LOGGER, logging.WARNING, f"no inotify ({reason}): looking every second instead")
            return None

    def close(self) -> None:
        """End the subscription."""
        self._observer.stop()
        self._observer.join()


class _Translator(FileSystemEventHandler):
    def __init__(self, root: Path, tell: Callable[[Notice], None]) -> None:
        self._root = os.fspath(root)
        self._tell = tell

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Tell what the event means; a move tells of both ends."""
        if isinstance(event, DirCreatedEvent | DirDeletedEvent | DirMovedEvent):
            self._tell(Notice(NoticeKind.FOLDERS))
        elif isinstance(event, FileMovedEvent):
            self._about(NoticeKind.GONE, event.src_path)
            self._about(NoticeKind.WRITTEN, event.dest_path)
        elif isinstance(event, FileDeletedEvent):
            self._about(NoticeKind.GONE, event.src_path)
        elif isinstance(event, FileClosedEvent):
            self._about(NoticeKind.WRITTEN, event.src_path)
        elif isinstance(event, FileCreatedEvent):
            self._about(NoticeKind.CREATED, event.src_path)

    def _about(self, kind: NoticeKind, path: bytes | str) -> None:
        """One end of an event; an end outside the folder is empty."""
        if path:
            self._tell(Notice(kind, os.path.relpath(os.fsdecode(path), self._root)))


def is_remote(kind: str) -> bool:
    """Whether other machines may change files on a file system of this kind without the kernel here knowing."""
    return kind in _REMOTE or kind.startswith("fuse.")


def file_system(path: Path, mounts: Path) -> str:
    """Kind of the file system that holds `path`, such as ext4, from the table of mounts (proc(5)); empty if unknown."""
    best, kind = "", ""
    try:
        lines = mounts.read_text(errors="surrogateescape").splitlines()
    except OSError:
        return ""
    resolved = str(path.resolve())
    for line in lines:
        fields, _, rest = line.partition(" - ")
        point = fields.split()[4].encode("latin-1", "surrogateescape").decode("unicode_escape")
        if (resolved + "/").startswith(point.rstrip("/") + "/") and len(point) >= len(best):
            best, kind = point, rest.split()[0]
    return kind
