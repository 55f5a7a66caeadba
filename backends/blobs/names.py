"""Maps object names, which may hold anything, to paths of a file system, and back.

A name is cut at its first slashes, so that a prefix is a folder. A letter, digit, `-`, `_`, `~`, space or inner dot
stands for itself, any other byte of the UTF-8 form as `%XX`; an empty piece is `%`. A piece too long for a file name
goes on in a folder below, marked by a `+` at the end of what it continues. The last piece ends with `@`: this folder
is an object, not a prefix, so that `a` and `a/b` can both exist. The file system must tell upper from lower case.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import unquote_to_bytes

MAX_NAME_BYTES: Final = 1024
"""Limit of Cloud Storage on the UTF-8 form of an object name."""
OBJECT_MARK: Final = "@"
CONTINUED_MARK: Final = "+"
_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
_MUST_ESCAPE: Final = re.compile(rb"[^A-Za-z0-9_~ .-]|^\.")
_EMPTY: Final = "%"
_CUTS: Final = 16
"""Slashes that cut; further ones are escaped. Tools that walk folders by recursion do not survive a thousand levels."""
_PART: Final = re.compile(r"(?:%[0-9A-F]{2}|.){1,80}")
"""At most 240 characters, and no escape cut in two; file systems allow 255."""


def checked_bucket(bucket: str) -> str:
    """The name of a bucket as it is. Raises ValueError where it can be none."""
    if not _BUCKET.fullmatch(bucket):
        raise ValueError(f"{bucket!r} is not the name of a bucket")
    return bucket


def encoded(name: str) -> bytes:
    """UTF-8 form of an object name. Raises ValueError where it is empty, too long or not Unicode."""
    try:
        raw = name.encode()
    except UnicodeEncodeError:
        raise ValueError("an object name must be valid Unicode") from None
    if not 0 < len(raw) <= MAX_NAME_BYTES:
        raise ValueError(f"an object name has 1 to {MAX_NAME_BYTES} bytes, not {len(raw)}")
    return raw


def to_path(name: str) -> str:
    """Relative path of the folder of an object. Raises ValueError for a name that Cloud Storage would refuse too."""
    raw = encoded(name)
    return "/".join(folder for piece in raw.split(b"/", _CUTS) for folder in _folders(piece)) + OBJECT_MARK


def to_folder(prefix: str) -> str:
    """Relative path of the deepest folder that holds every name with the prefix."""
    complete = prefix.encode().split(b"/", _CUTS)[:-1]
    return "/".join(folder for piece in complete for folder in _folders(piece))


def from_path(path: str) -> str:
    """The name that `to_path` mapped to this path."""
    joined = path.removesuffix(OBJECT_MARK).replace(f"{CONTINUED_MARK}/", "")
    return "/".join("" if piece == _EMPTY else unquote_to_bytes(piece).decode() for piece in joined.split("/"))


def _folders(piece: bytes) -> list[str]:
    escaped = _MUST_ESCAPE.sub(lambda match: b"%%%02X" % match[0][0], piece).decode("ascii") or _EMPTY
    *continued, last = _PART.findall(escaped)
    return [*(f"{part}{CONTINUED_MARK}" for part in continued), last]
