"""The search index in a folder, on tantivy.

    FOLDER/current         name of the index that is in use
    FOLDER/index-000001/   an index
    FOLDER/lock            held by whoever writes to the index in use, or puts another in its place
    FOLDER/rebuild.lock    held by whoever builds another

One writes at a time, whatever the number of processes. What several threads have to write while they wait for that is
written in one commit. Readers need no lock: they look up `current`, and find in what is committed.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, TypeVar

from backends.errors import BackendUnavailable
from backends.files import disk, make_folder, sync_folder
from backends.search import IndexWriter, Page, Query, RebuildRunning
from backends.search.index import Removal, Step, TantivyIndex
from schemas.base import Generation
from schemas.search import SearchRecord

_NAME: Final = re.compile(r"index-(\d{6,})")
_TURN_WITHIN: Final = 30.0
_PAUSE: Final = 0.005

T = TypeVar("T")


@dataclass(eq=False, slots=True)
class _Job:
    """What one call has to write, and what became of it."""

    steps: Sequence[Step]
    done: bool = False
    error: BaseException | None = None


class EmbeddedSearch:
    """Search in a folder; any number of processes and threads may use it at once."""

    def __init__(self, folder: Path) -> None:
        """Nothing is made before something is written."""
        self._folder = folder
        self._waiting: list[_Job] = []
        self._queue = threading.Condition()
        self._writing = False
        self._open: tuple[str, TantivyIndex] | None = None

    def put(self, records: Sequence[SearchRecord]) -> None:
        """As `Search` says. Raises BackendUnavailable, also when others write for half a minute."""
        if records:
            self._write(list(records))

    def versions(self, document_id: str) -> Mapping[str, int]:
        """As `Search` says. Raises BackendUnavailable."""
        nothing: Mapping[str, int] = {}
        return self._read(lambda index: index.versions(document_id), nothing)

    def remove(self, document_id: str, through: Generation) -> None:
        """As `Search` says. Raises BackendUnavailable."""
        if self.exists:
            self._write([Removal(document_id, through)])

    def find(self, query: Query, *, offset: int = 0, limit: int = 10) -> Page:
        """As `Search` says. Raises BackendUnavailable, TooManyWords."""
        return self._read(lambda index: index.find(query, offset=offset, limit=limit), Page(0))

    def rebuild(self, fill: Callable[[IndexWriter], None]) -> None:
        """As `Search` says: `fill` is called once beside the work of others, and once while they wait.

        Raises RebuildRunning, BackendUnavailable, and what `fill` raises; the index in use is then as it was.
        """
        self._rewrite(fill)

    def _rewrite(self, fill: Callable[[TantivyIndex], None]) -> None:
        with self._only_rebuild():
            with self._alone():
                self._make_if_missing()
            self._remove_all_but(self._current())
            name = _next(self._current())
            try:
                fresh = TantivyIndex(self._folder / name, create=True)
                fill(fresh)
                with self._alone():
                    fill(fresh)
                    self._point_to(name)
            finally:
                self._remove_all_but(self._current())

    def expunge(self) -> None:
        """As `Search` says: the library has no way to clean a part of an index, so the whole is written anew.

        Raises RebuildRunning, BackendUnavailable.
        """
        if self.exists:
            self._rewrite(self._copy_to)

    @property
    def exists(self) -> bool:
        """Whether there is an index. Raises BackendUnavailable."""
        return self._current() is not None

    def _write(self, steps: Sequence[Step]) -> None:
        """Queue the steps; the first to come when nobody writes takes those of all who wait."""
        job = _Job(steps)
        with self._queue:
            self._waiting.append(job)
            self._queue.wait_for(lambda: job.done or not self._writing)
            jobs: list[_Job] = []
            if not job.done:
                jobs, self._waiting, self._writing = self._waiting, [], True
        if jobs:
            error = self._write_all(jobs)
            with self._queue:
                self._writing = False
                for each in jobs:
                    each.done, each.error = True, error
                self._queue.notify_all()
        if job.error is not None:
            raise job.error

    def _write_all(self, jobs: Sequence[_Job]) -> BaseException | None:
        """What went wrong, if anything did."""
        try:
            with self._alone():
                self._make_if_missing()
                index = self._in_use()
                if index is not None:
                    index.apply([step for job in jobs for step in job.steps])
        except BaseException as raised:
            return raised
        return None

    def _copy_to(self, fresh: TantivyIndex) -> None:
        index = self._in_use()
        if index is not None:
            fresh.copy_from(index)

    def _make_if_missing(self) -> None:
        if self._current() is None:
            name = _next(None)
            TantivyIndex(self._folder / name, create=True)
            self._point_to(name)

    def _in_use(self) -> TantivyIndex | None:
        name = self._current()
        return None if name is None else self._opened(name)

    def _opened(self, name: str) -> TantivyIndex:
        held = self._open
        if held is None or held[0] != name:
            held = self._open = (name, TantivyIndex(self._folder / name))
        return held[1]

    def _read(self, ask: Callable[[TantivyIndex], T], nothing: T) -> T:
        """What the index in use says, also when another takes its place, and its folder away, while it is asked."""
        while (name := self._current()) is not None:
            try:
                return ask(self._opened(name))
            except BackendUnavailable:
                if self._current() == name:
                    raise
        return nothing

    def _current(self) -> str | None:
        with disk(self._folder):
            try:
                name = (self._folder / "current").read_text().strip()
            except FileNotFoundError:
                return None
        return name if _NAME.fullmatch(name) else None

    def _point_to(self, name: str) -> None:
        with disk(self._folder):
            temporary = self._folder / "current.new"
            with temporary.open("w") as file:
                file.write(f"{name}\n")
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(self._folder / "current")
            sync_folder(self._folder)

    def _remove_all_but(self, name: str | None) -> None:
        with disk(self._folder):
            for path in self._folder.iterdir():
                if _NAME.fullmatch(path.name) and path.name != name:
                    shutil.rmtree(path, ignore_errors=True)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Be the one that writes to the index in use. The kernel lets go of the lock when the process dies."""
        with disk(self._folder):
            make_folder(self._folder)
            file = (self._folder / "lock").open("a")
        with file:
            give_up = time.monotonic() + _TURN_WITHIN
            while not _locked(file):
                if time.monotonic() > give_up:
                    raise BackendUnavailable(f"Others write to the search index in {self._folder}; try again.")
                time.sleep(_PAUSE)
            yield

    @contextmanager
    def _only_rebuild(self) -> Iterator[None]:
        with disk(self._folder):
            make_folder(self._folder)
            file = (self._folder / "rebuild.lock").open("a")
        with file:
            if not _locked(file):
                raise RebuildRunning
            yield


def _next(name: str | None) -> str:
    match = _NAME.fullmatch(name or "")
    return f"index-{int(match[1]) + 1 if match else 1:06}"


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
