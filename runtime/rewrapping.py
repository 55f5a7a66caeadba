"""Wraps the data keys of documents anew: after a rotation, or for another door. What they seal is not touched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from backends.blobs import Blob, Blobs, NotFound, PreconditionFailed
from backends.blobs.sealed import KEYS
from backends.keys import KeyWrapper, Refused
from backends.keys.envelope import rewrap


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """How many keys were wrapped anew, had been already, and can be unwrapped by neither key."""

    done: int = 0
    before: int = 0
    lost: int = 0


def rewrap_all(
    blobs: Blobs, records: str, *, before: KeyWrapper, after: KeyWrapper, progress: Callable[[int, int], None]
) -> Rewrapped:
    """Wrap every key by `after` that `before` wrapped; safe to interrupt, to run again, and while others read.

    The records that were there are removed for good, so that the old key opens nothing any more. `progress` is told how
    many were looked at, of how many. Raises BackendUnavailable.
    """
    found = list(blobs.list(records, KEYS))
    done = already = lost = 0
    for number, record in enumerate(found, start=1):
        outcome = _rewrap_one(blobs, record, before, after)
        done += outcome == "done"
        already += outcome == "already"
        lost += outcome == "lost"
        progress(number, len(found))
    return Rewrapped(done, already, lost)


def _rewrap_one(blobs: Blobs, record: Blob, before: KeyWrapper, after: KeyWrapper) -> str:
    subject = record.name.removeprefix(KEYS).removesuffix(".key")
    outcome = "done"
    try:
        wrapped = blobs.get(record.bucket, record.name, record.generation)
        anew = rewrap(wrapped, subject, before=before, after=after)
        blobs.put(record.bucket, record.name, anew, if_generation_match=record.generation)
    except (NotFound, PreconditionFailed):
        outcome = "already"  # erased meanwhile, or another run was here
    except Refused:
        if not _opens(after, wrapped, subject):
            return "lost"
        outcome = "already"
    _remove_older(blobs, record)
    return outcome


def _remove_older(blobs: Blobs, record: Blob) -> None:
    """Also what a run that was interrupted has left."""
    generations = [g for name, g in blobs.generations(record.bucket, record.name) if name == record.name]
    for generation in sorted(generations)[:-1]:
        blobs.remove(record.bucket, record.name, generation)


def _opens(wrapper: KeyWrapper, wrapped: bytes, subject: str) -> bool:
    try:
        wrapper.unwrap(wrapped, subject)
    except Refused:
        return False
    return True
