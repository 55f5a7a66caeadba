"""Keys that keep what is stored about a document from whoever reads only the store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from backends.errors import BackendUnavailable

KEY_BYTES: Final = 32
"""Length of every key: AES-256."""


class Refused(Exception):  # noqa: N818 - the answer it names
    """What was to be opened was changed, or belongs to another object, document or region."""


class KeyAbsent(BackendUnavailable):
    """What was to be opened is wrapped by a key that is not at hand here. It is not lost until that key is."""


@dataclass(frozen=True, slots=True)
class Wrapped:
    """A data key as it may be stored; `key` names the key that wraps it, and the version of that."""

    key: str
    ciphertext: bytes


class KeyWrapper(Protocol):
    """Wraps the data keys of documents with the key-encryption key of one region, which never leaves its place."""

    def wrap(self, data_key: bytes, document: str) -> Wrapped:
        """A document's data key, wrapped by the newest version of the key. Raises BackendUnavailable."""
        ...

    def unwrap(self, wrapped: Wrapped, document: str) -> bytes:
        """The data key again. Raises Refused when it was wrapped for another document or region.

        Raises KeyAbsent when another key wraps it; BackendUnavailable.
        """
        ...


def bound_to(region: str, document: str) -> bytes:
    """The associated data of a wrapped key, the same at every door. Lengths keep two pairs from reading as one."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in (region.encode(), document.encode()))
