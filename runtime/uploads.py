"""The uploads folder as people use it: which names count, what a path is called as an object, how to open it safely.

Object names are the path below uploads/ with "/" separators. What Cloud Storage or a log line could not carry (bytes
that are not UTF-8, control characters) is percent-escaped, and so is a percent sign that would read as such an escape;
so each path has one name and each name one path.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import BufferedReader
from pathlib import Path
from typing import Final, Literal

MAX_NAME_BYTES: Final = 1024
"""Cloud Storage's limit for an object name in UTF-8; the embedded folder keeps to it."""

DOCUMENT_SUFFIXES: Final = frozenset(
    {".docx", ".docm", ".dotx", ".dotm", ".doc", ".odt", ".rtf", ".pdf", ".txt", ".md", ".markdown", ".html"}
)

_TEMPORARY: Final = re.compile(
    r"""
    \..*            # dotfiles: .~lock.x.odt#, .#x, .x.swp, rsync's and gedit's working files
    | ~\$.*         # the owner file of an open document
    | ~WR[A-Z].*    # Word's working files while it saves
    | \#.*\#        # Emacs' auto-save
    | .*~           # backups
    | 4913          # vim tries out with this name whether it may write
    | .*\.(?:tmp|temp|bak|swp|swx|swo|part|partial|crdownload|download|filepart)
    | lu[0-9a-z]+\.tmp_?
    """,
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_READS_AS_ESCAPE: Final = re.compile(r"%(?=[0-9A-F]{2})")
_MUST_ESCAPE: Final = re.compile("[\x00-\x1f\x7f\udc80-\udcff]")
_ESCAPE: Final = re.compile(rb"%([0-9A-F]{2})")

_ZIP_START: Final = b"PK\x03\x04"
_ZIP_END: Final = b"PK\x05\x06"
_ZIP_END_BYTES: Final = 22
_LONGEST_ZIP_COMMENT: Final = 0xFFFF

RejectionCode = Literal["symlink", "not-a-file", "unreadable", "name-too-long"]

_SENTENCES: Final[dict[RejectionCode, str]] = {
    "symlink": "This is a symbolic link, which is never followed; copy the document itself into the uploads folder.",
    "not-a-file": "This is a folder or device, not a file; put the document itself into the uploads folder.",
    "unreadable": "This file cannot be read; give the user who runs the pipeline the right to read it.",
    "name-too-long": "The path of this file is longer than 1024 bytes; shorten it or move the file higher up.",
}


class NotTakeable(Exception):  # noqa: N818 - a state of the file, reported as an event
    """What lies there is no document to read. `code` and the sentence go into the rejection."""

    def __init__(self, code: RejectionCode) -> None:
        super().__init__(_SENTENCES[code])
        self.code = code


@dataclass(frozen=True, slots=True)
class Stamp:
    """Tells whether a file is the one that was read: size in bytes, times of change in ns, inode.

    Its writer may set `mtime_ns`, as copiers do that keep times; the kernel alone sets `ctime_ns`, also when the file
    is only renamed or its rights change.
    """

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int

    @classmethod
    def of(cls, found: os.stat_result) -> Stamp:
        """Stamp of what `stat` found."""
        return cls(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)

    def shows_writing(self, later: Stamp) -> bool:
        """Whether a later stamp shows that the file was written anew; where it does not, only the content can tell."""
        return (self.size, self.mtime_ns, self.inode) != (later.size, later.mtime_ns, later.inode)


def is_temporary(name: str) -> bool:
    """Whether an editor, a browser or a copier uses a file of this name for its own ends."""
    return _TEMPORARY.fullmatch(name) is not None


def is_document_name(name: str) -> bool:
    """Whether people would take something of this name for a document."""
    return Path(name).suffix.lower() in DOCUMENT_SUFFIXES


def object_name(relative: str) -> str:
    """Name of the object for a path below uploads/, given as the operating system's calls return it."""
    marked = _READS_AS_ESCAPE.sub("%25", relative)
    return _MUST_ESCAPE.sub(lambda match: "".join(f"%{byte:02X}" for byte in os.fsencode(match[0])), marked)


def relative_path(name: str) -> str:
    """The path below uploads/ that has this object name."""
    return os.fsdecode(_ESCAPE.sub(lambda match: bytes([int(match[1], 16)]), os.fsencode(name)))


@contextmanager
def open_beneath(root: Path, relative: str) -> Iterator[BufferedReader]:
    """Open a file below `root` for reading, through real folders only, so that no link leads out of it.

    Raises NotTakeable, FileNotFoundError, OSError.
    """
    if len(object_name(relative).encode()) > MAX_NAME_BYTES:
        raise NotTakeable("name-too-long")
    with _folder_beneath(root, relative) as (folder, name):
        handle = _open_at(name, os.O_NONBLOCK, folder)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise NotTakeable("not-a-file")
    with os.fdopen(handle, "rb") as file:
        yield file


def remove_beneath(root: Path, relative: str, *, unless_changed_after: datetime) -> None:
    """Remove a file below `root`, through real folders only, unless it was changed, or moved there, after a time.

    What is no file, or not there, stays as it is. Raises OSError.
    """
    with contextlib.suppress(FileNotFoundError, NotTakeable), _folder_beneath(root, relative) as (folder, name):
        found = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if not stat.S_ISDIR(found.st_mode) and found.st_ctime <= unless_changed_after.timestamp():
            os.unlink(name, dir_fd=folder)
            os.fsync(folder)


@contextmanager
def _folder_beneath(root: Path, relative: str) -> Iterator[tuple[int, str]]:
    """A descriptor of the folder that a path below `root` is in, and its name there.

    Raises NotTakeable, FileNotFoundError, OSError.
    """
    *folders, name = relative.split("/")
    held = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for folder in folders:
            inner = _open_at(folder, os.O_DIRECTORY, held)
            os.close(held)
            held = inner
        yield held, name
    finally:
        os.close(held)


def _open_at(name: str, flags: int, folder: int) -> int:
    try:
        return os.open(name, os.O_RDONLY | os.O_NOFOLLOW | flags, dir_fd=folder)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EMLINK):
            raise NotTakeable("symlink") from None
        if error.errno == errno.ENOTDIR:  # O_NOFOLLOW with O_DIRECTORY reports a link to a folder in this way
            raise FileNotFoundError(errno.ENOENT, "the folder is gone") from None
        if error.errno in (errno.EACCES, errno.EPERM):
            raise NotTakeable("unreadable") from None
        if error.errno == errno.ENXIO:  # a socket
            raise NotTakeable("not-a-file") from None
        raise


def is_complete(file: BufferedReader) -> bool:
    """Whether nothing is missing, as far as a file can show: a zip ends with its end record (APPNOTE 4.3.16)."""
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    if size < _ZIP_END_BYTES or file.read(len(_ZIP_START)) != _ZIP_START:
        return False
    tail_size = min(size, _ZIP_END_BYTES + _LONGEST_ZIP_COMMENT)
    file.seek(size - tail_size)
    tail = file.read(tail_size)
    at = tail.rfind(_ZIP_END)
    if at < 0 or len(tail) - at < _ZIP_END_BYTES:
        return False
    comment_size = int.from_bytes(tail[at + 20 : at + 22], "little")
    return at + _ZIP_END_BYTES + comment_size == len(tail)
