"""Watches the uploads folder and has each file taken once it is complete.

The kernel tells at once what was closed after writing, moved in or deleted. A walk through the whole folder finds the
rest: what was dropped while nobody watched, what the kernel's full queue lost, and everything where it tells nothing
(on network mounts, or when its watches are used up); there the walk is done every second.
"""

from __future__ import annotations

import logging
import math
import os
import queue
import stat
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from backends.errors import BackendUnavailable
from runtime.intake import ChangedWhileCopied, Intake, Taken, is_racy
from runtime.logging import log
from runtime.notices import Notice, NoticeKind, Notices
from runtime.outbox import Outbox
from runtime.uploads import NotTakeable, Stamp, is_document_name, is_temporary

QUIET: Final = 2.0
"""Seconds without a change after which a file that was closed, or that nobody was seen opening, is taken as it is."""
OPEN_QUIET: Final = 30.0
"""The same for a file that its writer has not closed and that is not complete."""
GRACE: Final = 2.0
"""Seconds after which something that vanished counts as deleted: editors delete and write anew when they save."""
RETRY: Final = 0.5
TROUBLED_RETRY: Final = 5.0
WALK_EVERY: Final = 20.0
POLL_EVERY: Final = 1.0
FOLDERS_EVERY: Final = 0.5
"""Seconds between walks while folders come in."""

_LOGGER: Final = logging.getLogger("redline.watcher")


News = Literal["new", "changed", "same"]
"""What a file that was taken is to what was taken of its path before."""


@dataclass(slots=True)
class _Pending:
    """A file that is looked at again: at `due`, a monotonic time, or when there is news of it.

    `writing`: whoever made it was not seen closing it. `told`: there was news of it, it was not just come by in a walk.
    """

    stamp: Stamp
    since: float
    writing: bool
    told: bool
    due: float


class Watcher:
    """One thread: news and walks come in, files are taken one at a time."""

    def __init__(
        self,
        root: Path,
        intake: Intake,
        outbox: Outbox,
        *,
        tell: Callable[[str, News], None] = lambda *_: None,
        poll: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._root = root
        self._intake = intake
        self._outbox = outbox
        self._tell = tell
        self._clock = clock
        self._poll = poll
        self._news: queue.SimpleQueue[Notice | None] = queue.SimpleQueue()
        self._taken: dict[str, Taken] = intake.known()
        self._rejected: dict[str, int] = {}
        self._pending: dict[str, _Pending] = {}
        self._vanished: dict[str, float] = {}
        self._last_walk = self._next_walk = -math.inf
        self._next_flush = 0.0
        self._stopping = threading.Event()

    @property
    def waiting(self) -> int:
        """Files that were seen and are not taken yet."""
        return len(self._pending) + len(self._outbox)

    def stop(self) -> None:
        """Let `run` end after the file at hand."""
        self._stopping.set()
        self._news.put(None)

    def run(self) -> None:
        """Watch until stopped."""
        notices = None if self._poll else Notices.open(self._root, self._news.put)
        self._poll = notices is None
        try:
            while not self._stopping.is_set():
                self._step_safely(self._next_news())
        finally:
            if notices:
                notices.close()

    def _step_safely(self, notice: Notice | None) -> None:
        """A full disk, or what nobody foresaw, must not end the watching: the next walk finds what was passed over."""
        try:
            self.step(notice)
        except Exception:
            _LOGGER.exception("the uploads folder could not be looked at; trying again")
            self._next_walk = self._clock() + TROUBLED_RETRY
            self._stopping.wait(RETRY)

    def step(self, notice: Notice | None) -> None:
        """Deal with one piece of news, if any, and with all that is due by now."""
        if notice:
            self._hear(notice)
        now = self._clock()
        if now >= self._next_walk:
            self._next_walk = math.inf
            self._walk()
            now = self._clock()
            self._next_walk = min(self._next_walk, now + (POLL_EVERY if self._poll else WALK_EVERY))
        for relative in [name for name, pending in self._pending.items() if pending.due <= now]:
            self._look(relative)
        for relative in [name for name, due in self._vanished.items() if due <= now]:
            self._settle_vanished(relative)
        if len(self._outbox) and now >= self._next_flush and not self._outbox.flush():
            self._next_flush = now + RETRY

    def _next_news(self) -> Notice | None:
        dues = [self._next_walk, *(pending.due for pending in self._pending.values()), *self._vanished.values()]
        if len(self._outbox):
            dues.append(self._next_flush)
        try:
            return self._news.get(timeout=max(0.0, min(dues) - self._clock()))
        except queue.Empty:
            return None

    def _hear(self, notice: Notice) -> None:
        relative = notice.relative
        match notice.kind:
            case NoticeKind.FOLDERS:
                self._next_walk = min(self._next_walk, self._last_walk + FOLDERS_EVERY)
            case NoticeKind.GONE:
                self._note_vanished(relative)
            case _ if not _is_ignored(relative):
                self._meet(relative, writing=notice.kind is NoticeKind.CREATED, told=True)

    def _meet(self, relative: str, *, writing: bool, told: bool) -> None:
        """There is news of this path, or a walk came by it."""
        found = _lstat(self._root / relative)
        if found is None:
            self._note_vanished(relative)
            return
        self._vanished.pop(relative, None)
        if not stat.S_ISREG(found.st_mode):
            self._refuse(relative, NotTakeable("symlink" if stat.S_ISLNK(found.st_mode) else "not-a-file"), found)
            return
        stamp, now = Stamp.of(found), self._clock()
        pending = self._pending.get(relative)
        if pending is None or pending.stamp != stamp:
            pending = self._pending[relative] = _Pending(stamp, now, writing and found.st_nlink == 1, told, now)
            return
        pending.writing = writing and pending.writing
        pending.told = told or pending.told
        pending.due = now

    def _look(self, relative: str) -> None:
        """Take a pending file if it is time."""
        found = _lstat(self._root / relative)
        if found is None:
            self._note_vanished(relative)
            return
        pending, now = self._pending[relative], self._clock()
        stamp = Stamp.of(found)
        if stamp != pending.stamp:
            pending.stamp, pending.since = stamp, now
        try:
            if self._is_known(relative, stamp, told=pending.told):
                del self._pending[relative]
                return
            pending.due = pending.since + self._patience(relative, pending)
            if pending.due <= now:
                self._take(relative, pending)
        except NotTakeable as reason:
            self._refuse(relative, reason, found)
        except FileNotFoundError:
            self._note_vanished(relative)
        except (OSError, BackendUnavailable) as error:
            log(_LOGGER, logging.WARNING, "a file could not be taken yet", error=type(error).__name__)
            pending.due = now + TROUBLED_RETRY

    def _patience(self, relative: str, pending: _Pending) -> float:
        """Seconds without change that this file has to show before it is taken."""
        complete = self._intake.is_complete(relative)
        if complete:
            return QUIET if pending.writing else POLL_EVERY / 2 if self._poll else 0.0
        return OPEN_QUIET if pending.writing else QUIET

    def _is_known(self, relative: str, stamp: Stamp, *, told: bool) -> bool:
        """Whether this was taken already: this very file, or, where a walk came by it, one that was only touched since.

        A file that was written anew with the same bytes is a new version all the same: people are told `unchanged`.
        """
        taken, read_ns = self._taken.get(relative), time.time_ns()
        if taken is None:
            return False
        if taken.stamp == stamp and not taken.racy:
            return True
        if told and (taken.stamp is None or taken.stamp.shows_writing(stamp)):
            return False
        if not self._intake.same_content(relative, taken):
            return False
        self._taken[relative] = Taken(stamp, taken.sha256, racy=is_racy(stamp, read_ns))
        return True

    def _take(self, relative: str, pending: _Pending) -> None:
        try:
            taken = self._intake.take(relative)
        except ChangedWhileCopied:
            pending.since, pending.due = self._clock(), self._clock() + RETRY
            return
        before, self._taken[relative] = self._taken.get(relative), taken
        self._tell(relative, "new" if before is None else "same" if before.sha256 == taken.sha256 else "changed")
        del self._pending[relative]
        self._rejected.pop(relative, None)

    def _refuse(self, relative: str, reason: NotTakeable, found: os.stat_result) -> None:
        """Say once that this cannot be taken."""
        self._pending.pop(relative, None)
        if self._rejected.get(relative) == found.st_ctime_ns:
            return
        try:
            self._intake.reject(relative, reason, found.st_ctime_ns)
        except BackendUnavailable:
            self._next_walk = self._clock() + RETRY
        else:
            self._rejected[relative] = found.st_ctime_ns

    def _note_vanished(self, relative: str) -> None:
        self._pending.pop(relative, None)
        self._rejected.pop(relative, None)
        if relative in self._taken:
            self._vanished.setdefault(relative, self._clock() + GRACE)

    def _settle_vanished(self, relative: str) -> None:
        del self._vanished[relative]
        if _lstat(self._root / relative) is not None:
            self._meet(relative, writing=False, told=True)
            return
        try:
            self._intake.delete(relative)
        except BackendUnavailable:
            self._vanished[relative] = self._clock() + RETRY
        else:
            del self._taken[relative]

    def _walk(self) -> None:
        """Meet whatever differs from what was taken, and note what is no longer there."""
        first, self._last_walk = self._last_walk == -math.inf, self._clock()
        if not self._root.is_dir():
            log(_LOGGER, logging.ERROR, "the uploads folder is gone: looking every second for a new one")
            self._poll = True
            return
        seen = set()
        for relative, found in walk(self._root):
            seen.add(relative)
            if relative not in self._pending and self._differs(relative, found):
                self._meet(relative, writing=False, told=self._poll and not first)
        for relative in self._taken.keys() - seen:
            self._note_vanished(relative)

    def _differs(self, relative: str, found: os.stat_result) -> bool:
        if not stat.S_ISREG(found.st_mode):
            return self._rejected.get(relative) != found.st_ctime_ns
        taken = self._taken.get(relative)
        return taken is None or taken.racy or taken.stamp != Stamp.of(found)


def walk(root: Path) -> Iterator[tuple[str, os.stat_result]]:
    """What lies below the folder and may be a document: path below it, and lstat.

    Folders are entered, except those that are called like a document: these are reported. Links are not followed.
    """
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        for name, found in _entries(root, folder):
            relative = f"{folder}{name}"
            if stat.S_ISDIR(found.st_mode) and not is_document_name(name):
                waiting.append(f"{relative}/")
            else:
                yield relative, found


def _entries(root: Path, folder: str) -> list[tuple[str, os.stat_result]]:
    entries = []
    try:
        with os.scandir(root / folder) as found:
            for entry in found:
                if not is_temporary(entry.name) and (status := _lstat(Path(entry.path))) is not None:
                    entries.append((entry.name, status))
    except OSError:
        return entries  # gone, or not readable: nothing to take there now
    return entries


def _is_ignored(relative: str) -> bool:
    """Whether a file has a temporary name, or lies in a folder that has one or is called like a document."""
    *folders, name = relative.split("/")
    return is_temporary(name) or any(is_temporary(folder) or is_document_name(folder) for folder in folders)


def _lstat(path: Path) -> os.stat_result | None:
    try:
        return path.lstat()
    except OSError:
        return None
