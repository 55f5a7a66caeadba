"""Wraps the data keys of documents anew: after a rotation, or for another door. What they seal is not touched."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from backends.blobs import DamagedError, NotFound, PreconditionFailed
from backends.keys import KEY_BYTES, KeyAbsent, KeyWrapper, Refused
from backends.keys.envelope import rewrap
from backends.keys.records import KeyRecords

_PROBE: Final = "probe"


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """How many keys were wrapped anew, had been already, and can be unwrapped by neither key."""

    done: int = 0
    before: int = 0
    lost: int = 0


def in_use(wrapper: KeyWrapper) -> str:
    """The key, and its version, that wraps what is new. Found out by wrapping something: that needs no more rights."""
    return wrapper.wrap(secrets.token_bytes(KEY_BYTES), _PROBE).key


def wrapped_by(records: KeyRecords) -> Counter[str]:
    """How many data keys each key, and version of it, wraps."""
    return Counter(key for _, key in records.list())


def rewrap_all(
    records: KeyRecords, *, before: KeyWrapper, after: KeyWrapper, progress: Callable[[int, int], None]
) -> Rewrapped:
    """Wrap every key by `after` that `before`, or an older version of `after`, wrapped.

    Safe to interrupt, to run again, and while others read. The wrappings that were there are removed for good, so that
    the old key opens nothing any more. `progress` is told how many were looked at, of how many. Raises
    BackendUnavailable.
    """
    current = in_use(after)
    found = list(records.list())
    outcomes: Counter[str] = Counter()
    for number, (name, key) in enumerate(found, start=1):
        outcomes["before" if key == current else _rewrap_one(records, name, before, after)] += 1
        progress(number, len(found))
    records.remove_older()  # also what a run that was killed has left
    return Rewrapped(**outcomes)


def _rewrap_one(records: KeyRecords, name: str, before: KeyWrapper, after: KeyWrapper) -> str:
    try:
        read = records.read(name)
        for wrapper in (before, after):
            try:
                records.replace(read, rewrap(read.wrapped, read.subject, before=wrapper, after=after))
            except KeyAbsent:
                continue
            return "done"
    except (NotFound, PreconditionFailed):
        return "before"  # erased meanwhile, or another run was here
    except (Refused, DamagedError):
        return "lost"
    return "lost"
