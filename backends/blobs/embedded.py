"""Objects in a folder, with generations and preconditions.

    ROOT/buckets/BUCKET/<path of the name>/  one folder per object (see names.py), holding for each generation
        1795477603123456.json                  what is known about it, written first
        1795477603123456.data                  its content; once this file is there, so is the generation
        1795477603123456.deleted               an empty file: it was deleted while it was live
    ROOT/temporary/                          files still being written

The live generation is the highest one, unless it was deleted. Files come by rename and are never changed, so readers
need no lock and a kill at any moment leaves a whole generation or none. Writers of one object lock its folder.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from backends.blobs import Blob, DamagedError, NotFound, PreconditionFailed
from backends.blobs.names import OBJECT_MARK, checked_bucket, from_path, to_folder, to_path
from backends.files import disk, make_folder, new_file, sync_folder

_EPOCH: Final = datetime.fromtimestamp(0, UTC)
_CHUNK: Final = 1 << 20
_OLD: Final = 3600.0
"""Seconds after which a temporary file that nobody wrote to is what a killed writer left."""


class EmbeddedBlobs:
    """Blobs in a folder; any number of processes and threads may use it at once."""

    def __init__(self, root: Path, clock: Callable[[], datetime]) -> None:
        """`clock` gives aware times; generations are its microseconds since 1970, as in Cloud Storage.

        Raises BackendUnavailable when the folder cannot be made.
        """
        self._root = root
        self._clock = clock
        self._temporary = root / "temporary"
        with disk(root):
            make_folder(self._temporary)
            _remove_left_over(self._temporary)

    def put(
        self,
        bucket: str,
        name: str,
        data: bytes | Path,
        *,
        content_type: str = "application/octet-stream",
        metadata: Mapping[str, str] | None = None,
        if_generation_match: int | None = None,
    ) -> Blob:
        """Write a new generation, durable on return; a Path is streamed.

        `if_generation_match` 0 means only if there is no live object.

        Raises PreconditionFailed; BackendUnavailable, also when the disk is full; ValueError for a name that is empty,
        longer than 1,024 bytes or not Unicode; OSError when the Path cannot be read.
        """
        folder = self._folder(bucket, name)
        with disk(self._root):
            _check(folder, name, if_generation_match)  # not to copy in vain; what counts is the check under the lock
        with self._new_file() as content, self._new_file() as sidecar:
            size, sha256 = _copy(data, content)
            created = self._clock()
            facts = {
                "size": size,
                "sha256": sha256,
                "content_type": content_type,
                "metadata": dict(metadata or {}),
                "created": created.isoformat(),
            }
            with disk(self._root):
                _write_whole(sidecar, json.dumps(facts, ensure_ascii=False).encode())
                with _made_and_locked(folder):
                    _check(folder, name, if_generation_match)
                    generation = max(_microseconds(created), max(_generations(folder), default=0) + 1)
                    sidecar.rename(folder / f"{generation}.json")
                    content.rename(folder / f"{generation}.data")
                    sync_folder(folder)
        return _blob(bucket, name, generation, facts)

    def get(self, bucket: str, name: str, generation: int | None = None) -> bytes:
        """Content of a generation, or of the live one.

        Raises NotFound; DamagedError when it is not what was written; BackendUnavailable.
        """
        blob = self.stat(bucket, name, generation)
        file = self._folder(bucket, name) / f"{blob.generation}.data"
        with disk(self._root), _may_be_gone():
            content = file.read_bytes()
        if len(content) != blob.size:
            raise DamagedError(f"the content has {len(content)} bytes instead of {blob.size}")
        if hashlib.sha256(content).hexdigest() != blob.sha256:
            raise DamagedError("the content has not the hash that it was written with")
        return content

    def download(self, bucket: str, name: str, target: Path, generation: int | None = None) -> Blob:
        """Stream the content of a generation, or of the live one, into a new file; it is there whole or not at all.

        Raises NotFound; DamagedError when it is not what was written; BackendUnavailable; OSError when `target` cannot
        be written or exists.
        """
        blob = self.stat(bucket, name, generation)
        source = self._folder(bucket, name) / f"{blob.generation}.data"
        with new_file(target) as output, _may_be_gone():
            digest = hashlib.sha256()
            for chunk in _chunks(source):
                digest.update(chunk)
                output.write(chunk)
            if digest.hexdigest() != blob.sha256:
                raise DamagedError("the content has not the hash that it was written with")
        return blob

    def stat(self, bucket: str, name: str, generation: int | None = None) -> Blob:
        """All but the content. Raises NotFound, DamagedError, BackendUnavailable."""
        folder = self._folder(bucket, name)
        with disk(self._root):
            chosen = _live(folder) if generation is None else generation
            found = chosen in _generations(folder)
        if not found:
            raise NotFound(f"no such object: {bucket}/{name}" + (f"#{generation}" if generation is not None else ""))
        return self._read(bucket, name, folder, chosen)

    def list(self, bucket: str, prefix: str = "", *, versions: bool = False) -> Iterator[Blob]:
        """Live objects in the order of names; with `versions`, noncurrent generations too, oldest first.

        A generation of which nothing is known because it is damaged is left out. Raises BackendUnavailable.
        """
        for name, folder in self._named(bucket, prefix):
            with disk(self._root):
                chosen = sorted(_generations(folder)) if versions else [live] if (live := _live(folder)) else []
            for generation in chosen:
                with contextlib.suppress(DamagedError):
                    yield self._read(bucket, name, folder, generation)

    def delete(self, bucket: str, name: str, *, if_generation_match: int | None = None) -> int:
        """Make the live generation noncurrent and return it, durable on return.

        Raises NotFound, PreconditionFailed, DamagedError, BackendUnavailable.
        """
        folder = self._folder(bucket, name)
        self.stat(bucket, name)  # there is no folder to lock for what never was
        with disk(self._root), _locked(folder) as found:
            live = _live(folder) if found else 0
            if not live:
                raise NotFound(f"no such object: {bucket}/{name}")
            _check(folder, name, if_generation_match)
            (folder / f"{live}.deleted").touch(mode=0o600)
            sync_folder(folder)
        return live

    def generations(self, bucket: str, prefix: str = "") -> Iterator[tuple[str, int]]:
        """Name and generation of all that is stored, live, noncurrent or damaged, in the order of names.

        Raises BackendUnavailable.
        """
        for name, folder in self._named(bucket, prefix):
            with disk(self._root):
                numbers = sorted({int(file.partition(".")[0]) for file in _files(folder)})
            for generation in numbers:
                yield name, generation

    def remove(self, bucket: str, name: str, generation: int) -> None:
        """Remove one generation for good, durable on return; nothing happens where it is gone already.

        Where it was the live one, no other becomes live. The folders that its name made go with the last generation,
        as their names tell of it too. Raises BackendUnavailable.
        """
        folder = self._folder(bucket, name)
        with disk(self._root), _locked(folder) as found:
            if found:
                _unlink(folder, generation)
            _prune(folder, self._bucket(bucket))

    def _bucket(self, bucket: str) -> Path:
        return self._root / "buckets" / checked_bucket(bucket)

    def _folder(self, bucket: str, name: str) -> Path:
        return self._bucket(bucket) / to_path(name)

    def _named(self, bucket: str, prefix: str) -> Sequence[tuple[str, Path]]:
        """Objects whose name begins with the prefix, in the order of names, each with its folder."""
        top = self._bucket(bucket)
        with disk(self._root):
            paths = [folder[len(str(top)) + 1 :] for folder in _objects(top / to_folder(prefix))]
        named = sorted((name.encode(), path) for path in paths if (name := from_path(path)).startswith(prefix))
        return [(raw.decode(), top / path) for raw, path in named]

    def _read(self, bucket: str, name: str, folder: Path, generation: int) -> Blob:
        with disk(self._root), _may_be_gone():
            sidecar = (folder / f"{generation}.json").read_bytes()
        try:
            return _blob(bucket, name, generation, json.loads(sidecar))
        except (ValueError, TypeError, LookupError):
            raise DamagedError("what was known about the object cannot be read") from None

    @contextmanager
    def _new_file(self) -> Iterator[Path]:
        """A name for a file to be written; what is still there in the end is removed."""
        file = self._temporary / f"{os.getpid()}-{secrets.token_hex(8)}"
        try:
            yield file
        finally:
            file.unlink(missing_ok=True)


def _blob(bucket: str, name: str, generation: int, facts: Mapping[str, Any]) -> Blob:
    return Blob(
        bucket=bucket,
        name=name,
        generation=generation,
        size=facts["size"],
        sha256=facts["sha256"],
        content_type=facts["content_type"],
        metadata=facts["metadata"],
        created=datetime.fromisoformat(facts["created"]),
    )


def _copy(data: bytes | Path, target: Path) -> tuple[int, str]:
    """Write the content to a new file, durable on return; its size and SHA-256."""
    digest, size = hashlib.sha256(), 0
    with disk(target.parent):
        handle = target.open("xb")
    with handle:
        for chunk in _chunks(data):
            digest.update(chunk)
            size += len(chunk)
            with disk(target.parent):
                handle.write(chunk)
        with disk(target.parent):
            handle.flush()
            os.fsync(handle.fileno())
    return size, digest.hexdigest()


def _chunks(data: bytes | Path) -> Iterator[bytes]:
    if isinstance(data, bytes):
        yield data
        return
    with data.open("rb", buffering=0) as source:
        while chunk := source.read(_CHUNK):
            yield chunk


def _write_whole(target: Path, content: bytes) -> None:
    with target.open("xb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())


@contextmanager
def _may_be_gone() -> Iterator[None]:
    """A file of a generation that is no longer there: somebody else's doing, and no reason to try again."""
    try:
        yield
    except FileNotFoundError:
        raise DamagedError("a file of the object is missing") from None


@contextmanager
def _locked(folder: Path) -> Iterator[bool]:
    """Hold the lock on an object; False where there is no such object.

    The kernel lets go of the lock when the process dies.
    """
    descriptor = _lock(folder)
    try:
        yield descriptor is not None
    finally:
        if descriptor is not None:
            os.close(descriptor)


@contextmanager
def _made_and_locked(folder: Path) -> Iterator[None]:
    """Make the folder of an object and hold its lock, however often the folder is removed meanwhile."""
    descriptor = None
    while descriptor is None:
        with contextlib.suppress(FileNotFoundError):
            make_folder(folder)
        descriptor = _lock(folder)
    try:
        yield
    finally:
        os.close(descriptor)


def _lock(folder: Path) -> int | None:
    """A descriptor that holds the lock; None where there is no such folder, or none any more."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if os.path.samestat(os.fstat(descriptor), folder.stat()):
            return descriptor
    except FileNotFoundError:
        pass
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None


def _unlink(folder: Path, generation: int) -> None:
    """Remove the files of a generation; none before it becomes live by that. Durable on return."""
    others = _generations(folder)
    earlier = max((other for other in others if other < generation), default=0)
    if earlier and generation == max(others):
        (folder / f"{earlier}.deleted").touch(mode=0o600)
    for suffix in ("data", "deleted", "json"):  # the sidecar last: as long as it is there, `generations` names it
        (folder / f"{generation}.{suffix}").unlink(missing_ok=True)
    sync_folder(folder)


def _prune(folder: Path, top: Path) -> None:
    """Remove a folder and those above it, below `top`, as far as they are empty. Durable on return."""
    while folder != top:
        try:
            folder.rmdir()
        except FileNotFoundError:
            pass  # by an earlier try that was killed
        except OSError:
            break
        folder = folder.parent
    with contextlib.suppress(FileNotFoundError):
        sync_folder(folder)


def _check(folder: Path, name: str, if_generation_match: int | None) -> None:
    if if_generation_match is not None and (live := _live(folder)) != if_generation_match:
        raise PreconditionFailed(f"the live generation of {name} is {live}, not {if_generation_match}")


def _files(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)  # noqa: PTH208 - a Path for each would double the time of a listing
    except FileNotFoundError:
        return []


def _generations(folder: Path) -> list[int]:
    return [int(file.removesuffix(".data")) for file in _files(folder) if file.endswith(".data")]


def _live(folder: Path) -> int:
    """The live generation of an object, 0 when there is none."""
    files = _files(folder)
    latest = max((int(file.removesuffix(".data")) for file in files if file.endswith(".data")), default=0)
    return 0 if f"{latest}.deleted" in files else latest


def _objects(top: Path) -> Iterator[str]:
    """Every object folder below a folder."""
    waiting = [str(top)]
    while waiting:
        with contextlib.suppress(FileNotFoundError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                if entry.name.endswith(OBJECT_MARK):
                    yield entry.path
                elif entry.is_dir(follow_symlinks=False):
                    waiting.append(entry.path)


def _microseconds(time: datetime) -> int:
    return (time - _EPOCH) // timedelta(microseconds=1)


def _remove_left_over(folder: Path) -> None:
    """Remove what killed writers left: files of processes that are gone, and files that nobody wrote to for long."""
    limit = time.time() - _OLD
    for file in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):  # another process removes it too
            if file.stat().st_mtime < limit or not _is_running(int(file.name.partition("-")[0])):
                file.unlink()


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
