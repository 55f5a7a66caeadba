"""Envelope encryption: a data key for each document seals its objects, and is stored in wrapped form alone.

Without the wrapped key nobody can open the objects any more, wherever copies of them rest.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from backends.keys import KEY_BYTES, KeyWrapper, Refused, Wrapped, aead

MAGIC: Final = b"\x00RLE1"
"""How a sealed object begins. No zip, text or Markdown does."""
KEPT_FOR: Final = 300.0
"""Seconds that an unwrapped data key is used again; with the next call after that it is dropped."""
KEPT_AT_MOST: Final = 1000


class _Kept(NamedTuple):
    until: float
    wrapped: Wrapped
    key: AESGCM  # and not its bytes, which a log might show


class Envelope:
    """Seals and opens the objects of documents; any number of threads may share it."""

    def __init__(self, wrapper: KeyWrapper, *, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` counts seconds."""
        self._wrapper = wrapper
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    def new_key(self, document: str, store: Callable[[str, Wrapped], Wrapped]) -> Wrapped:
        """A new data key for a document, in wrapped form. Raises BackendUnavailable.

        `store` stores it, or gives the one that somebody else stored before.
        """
        data_key = secrets.token_bytes(KEY_BYTES)
        wrapped = self._wrapper.wrap(data_key, document)
        stored = store(document, wrapped)
        if stored == wrapped:
            self._keep(document, wrapped, data_key)
        return stored

    def seal(self, content: bytes, *, document: str, name: str, wrapped: Wrapped) -> bytes:
        """The content as it may be stored under the object's name. Raises Refused, KeyAbsent, BackendUnavailable."""
        kept = self._find(document)
        key = kept.key if kept and kept.wrapped == wrapped else self._unwrap(document, wrapped)
        return MAGIC + aead.encrypt(key, content, name.encode())

    def open(self, sealed: bytes, *, document: str, name: str, wrapped: Callable[[], Wrapped]) -> bytes:
        """The content again; `wrapped` is asked only where the data key is not in memory.

        Raises Refused when anything is not as it was sealed; KeyAbsent, BackendUnavailable.
        """
        if not is_sealed(sealed):
            raise Refused("What was to be opened is not sealed.")
        kept = self._find(document)
        key = kept.key if kept else self._unwrap(document, wrapped())
        return aead.decrypt(key, sealed[len(MAGIC) :], name.encode())

    def _unwrap(self, document: str, wrapped: Wrapped) -> AESGCM:
        return self._keep(document, wrapped, self._wrapper.unwrap(wrapped, document))

    def _find(self, document: str) -> _Kept | None:
        with self._lock:
            self._forget()
            return self._kept.get(document)

    def _keep(self, document: str, wrapped: Wrapped, data_key: bytes) -> AESGCM:
        key = AESGCM(data_key)
        with self._lock:
            self._kept.pop(document, None)
            self._kept[document] = _Kept(self._clock() + KEPT_FOR, wrapped, key)
            self._forget()
        return key

    def _forget(self) -> None:
        """Drop what was kept long enough, and the oldest of too many; all are kept equally long."""
        while self._kept and (len(self._kept) > KEPT_AT_MOST or next(iter(self._kept.values())).until <= self._clock()):
            self._kept.popitem(last=False)


def is_sealed(content: bytes) -> bool:
    """Whether this is a sealed object, by how it begins."""
    return content.startswith(MAGIC)


def rewrap(wrapped: Wrapped, document: str, *, before: KeyWrapper, after: KeyWrapper) -> Wrapped:
    """The same data key, wrapped by another key; what it sealed stays as it is.

    Raises Refused, KeyAbsent, BackendUnavailable.
    """
    return after.wrap(before.unwrap(wrapped, document), document)
