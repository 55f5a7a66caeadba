"""A way to a service that can be cut and mended, while the service keeps what it has in memory."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.emulators.process import free_port

_CHUNK = 64 << 10


class Gateway:
    """A port of 127.0.0.1 behind which another one lies. Once cut, connections break and new ones are refused.

    `delay` is for how many seconds each piece of an answer is held up on its way back.
    """

    def __init__(self, target: int, *, port: int = 0) -> None:
        self.port = port or free_port()
        self.delay = 0.0
        self._target = target
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener: socket.socket | None = None

    @property
    def host(self) -> str:
        """Where clients find it, as host:port."""
        return f"127.0.0.1:{self.port}"

    def mend(self) -> None:
        """Take connections."""
        listener = socket.create_server(("127.0.0.1", self.port), backlog=128)
        with self._lock:
            self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def cut(self) -> None:
        """Break what is connected, and take nothing more."""
        with self._lock:
            ended = [*self._open, *filter(None, [self._listener])]
            self._listener = None
            self._open.clear()
        for each in ended:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
                far = socket.create_connection(("127.0.0.1", self._target))
            except OSError:
                return
            with self._lock:
                cut = self._listener is not listener
                if not cut:
                    self._open |= {near, far}
            if cut:
                near.close()
                far.close()
                return
            for source, sink, answers in ((near, far, False), (far, near, True)):
                threading.Thread(target=self._pump, args=(source, sink, answers), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket, answers: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(_CHUNK):
                if answers:
                    time.sleep(self.delay)
                sink.sendall(data)
        for each in (source, sink):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        with self._lock:
            self._open -= {source, sink}


@contextmanager
def gateway(target: int, *, port: int = 0) -> Iterator[Gateway]:
    """A gateway that is open at first, and cut in the end."""
    made = Gateway(target, port=port)
    made.mend()
    try:
        yield made
    finally:
        made.cut()
