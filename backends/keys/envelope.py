"""Envelope encryption: a data key for each document seals its objects, and is stored in wrapped form alone.

Without the wrapped key nobody can open the objects any more, wherever copies of them rest.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from backends.keys import KEY_BYTES, KeyWrapper, Refused, aead

MAGIC: Final = b"\x00RLE1"
"""How a sealed object begins. No zip, text or Markdown does."""
KEPT_FOR: Final = 300.0
"""Seconds that an unwrapped data key is used again; with the next call after that it is dropped."""
KEPT_AT_MOST: Final = 1000


class Envelope:
    """Seals and opens the objects of documents; any number of threads may share it."""

    def __init__(self, wrapper: KeyWrapper, *, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` counts seconds."""
        self._wrapper = wrapper
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[str, bytes], tuple[float, bytes]] = OrderedDict()

    def new_key(self, document: str) -> bytes:
        """A new data key for a document, in wrapped form. Raises BackendUnavailable."""
        return self._wrapper.wrap(secrets.token_bytes(KEY_BYTES), document)

    def seal(self, content: bytes, *, document: str, name: str, wrapped: bytes) -> bytes:
        """The content as it may be stored under the object's name. Raises Refused, BackendUnavailable."""
        return MAGIC + aead.encrypt(self._data_key(document, wrapped), content, name.encode())

    def open(self, sealed: bytes, *, document: str, name: str, wrapped: bytes) -> bytes:
        """The content again. Raises Refused when anything is not as it was sealed; BackendUnavailable."""
        if not is_sealed(sealed):
            raise Refused("What was to be opened is not sealed.")
        return aead.decrypt(self._data_key(document, wrapped), sealed[len(MAGIC) :], name.encode())

    def _data_key(self, document: str, wrapped: bytes) -> bytes:
        with self._lock:
            self._forget()
            if kept := self._kept.get((document, wrapped)):
                return kept[1]
        data_key = self._wrapper.unwrap(wrapped, document)
        with self._lock:
            self._kept.setdefault((document, wrapped), (self._clock() + KEPT_FOR, data_key))
        return data_key

    def _forget(self) -> None:
        """Drop what was kept long enough, and the oldest of too many; all are kept equally long."""
        while self._kept and (len(self._kept) > KEPT_AT_MOST or next(iter(self._kept.values()))[0] <= self._clock()):
            self._kept.popitem(last=False)


def is_sealed(content: bytes) -> bool:
    """Whether this is a sealed object, by how it begins."""
    return content.startswith(MAGIC)


def rewrap(wrapped: bytes, document: str, *, before: KeyWrapper, after: KeyWrapper) -> bytes:
    """The same data key, wrapped by another key; what it sealed stays as it is. Raises Refused, BackendUnavailable."""
    return after.wrap(before.unwrap(wrapped, document), document)
