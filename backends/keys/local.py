"""Data keys wrapped by a key in a file of this machine."""

from __future__ import annotations

from backends.keys import aead, bound_to


class LocalKeyWrapper:
    """KeyWrapper with a key of 32 bytes, which comes from `backends.keys.embedded`."""

    def __init__(self, key: bytes, *, region: str) -> None:
        """`region` is part of what a wrapped key is bound to."""
        self._key = key
        self._region = region

    def wrap(self, data_key: bytes, document: str) -> bytes:
        """The wrapped form of a document's data key, which may be stored."""
        return aead.encrypt(self._key, data_key, bound_to(self._region, document))

    def unwrap(self, wrapped: bytes, document: str) -> bytes:
        """The data key again. Raises Refused."""
        return aead.decrypt(self._key, wrapped, bound_to(self._region, document))
