"""Data keys wrapped by a key in a file of this machine."""

from __future__ import annotations

import hashlib

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from backends.keys import KeyAbsent, Wrapped, aead, bound_to


class LocalKeyWrapper:
    """KeyWrapper with a key of 32 bytes, which comes from `backends.keys.embedded`."""

    def __init__(self, key: bytes, *, region: str) -> None:
        """`region` is part of what a wrapped key is bound to."""
        self._name = name_of(key)
        self._key = AESGCM(key)
        self._region = region

    def wrap(self, data_key: bytes, document: str) -> Wrapped:
        """The wrapped form of a document's data key, which may be stored."""
        return Wrapped(self._name, aead.encrypt(self._key, data_key, bound_to(self._region, document)))

    def unwrap(self, wrapped: Wrapped, document: str) -> bytes:
        """The data key again. Raises Refused, KeyAbsent."""
        if wrapped.key != self._name:
            raise KeyAbsent(f"A data key is wrapped by {wrapped.key}, not by {self._name}; see: redline keys status")
        return aead.decrypt(self._key, wrapped.ciphertext, bound_to(self._region, document))


def name_of(key: bytes) -> str:
    """What a key is called: a hash, which tells keys apart and tells nothing about them."""
    return f"local:{hashlib.sha256(b'redline key name' + key).hexdigest()[:16]}"
