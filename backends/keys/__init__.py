"""Keys that keep what is stored about a document from whoever reads only the store."""

from __future__ import annotations

from typing import Final, Protocol

KEY_BYTES: Final = 32
"""Length of every key: AES-256."""


class Refused(Exception):  # noqa: N818 - the answer it names
    """What was to be opened was changed, or belongs to another object, document, region or key."""


class KeyWrapper(Protocol):
    """Wraps the data keys of documents with the key-encryption key of one region, which never leaves its place."""

    def wrap(self, data_key: bytes, document: str) -> bytes:
        """The wrapped form of a document's data key, which may be stored. Raises BackendUnavailable."""
        ...

    def unwrap(self, wrapped: bytes, document: str) -> bytes:
        """The data key again. Raises Refused when it was wrapped for another document or region, or by another key.

        Raises BackendUnavailable.
        """
        ...


def bound_to(region: str, document: str) -> bytes:
    """The associated data of a wrapped key, the same at every door. Lengths keep two pairs from reading as one."""
    return b"".join(len(part).to_bytes(4, "big") + part for part in (region.encode(), document.encode()))
