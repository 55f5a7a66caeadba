"""The function as a dispatcher sees it: somewhere to POST a CloudEvent to, over connections that are kept open.

The standard library's client is enough for this and starts fastest; there is one dispatcher process for each function.
"""

from __future__ import annotations

import http.client
import socket
import threading
import time
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final
from urllib.parse import urlsplit

from events.envelope import Event, to_headers
from runtime import tracing

CONNECT_WITHIN: Final = 5.0
ENDED: Final = "the function ended before it answered"
_IDLE: Final = 1.5
"""Seconds after which a connection is not used again: the function's server closes idle ones after two."""
_UNAVAILABLE: Final = frozenset({429, 503})


class Verdict(Enum):
    """What an answer means for the message."""

    DONE = auto()
    FAILED = auto()
    """This message failed: it counts as an attempt."""
    UNAVAILABLE = auto()
    """The function cannot work now, which says nothing about the message."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`reason` is for the log and the dead letters."""

    verdict: Verdict
    reason: str = ""


@dataclass(slots=True)
class _Connection:
    http: http.client.HTTPConnection
    used: float


class Sink:
    """POSTs events to a URL. Each thread has a connection of its own."""

    def __init__(self, url: str, *, timeout: float) -> None:
        """`timeout` in seconds is how long the function may take to answer."""
        parts = urlsplit(url)
        self._connect = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._host, self._port, self._path = parts.hostname or "", parts.port, parts.path or "/"
        self._timeout = timeout
        self._local = threading.local()

    def post(self, event: Event) -> Answer:
        """Deliver the event. Never raises for what the network or the function does."""
        kept = self._kept()
        if kept is not None:
            answer = self._exchange(kept, event)
            if answer is not None:
                return answer
        try:
            fresh = self._open()
        except OSError as error:
            return Answer(Verdict.UNAVAILABLE, f"no connection: {type(error).__name__}")
        return self._exchange(fresh, event) or Answer(Verdict.FAILED, ENDED)

    def _exchange(self, connection: http.client.HTTPConnection, event: Event) -> Answer | None:
        """The function's answer; None when the connection was lost, on which the event may have been handled or not."""
        try:
            connection.request("POST", self._path, body=event.data, headers={**to_headers(event), **tracing.headers()})
            response = connection.getresponse()
            response.read()
        except TimeoutError:
            connection.close()
            return Answer(Verdict.FAILED, f"no answer within {self._timeout:.0f} s")
        except (OSError, http.client.HTTPException):
            connection.close()
            return None
        if not response.will_close:
            self._local.connection = _Connection(connection, time.monotonic())
        return _judge(response.status)

    def _kept(self) -> http.client.HTTPConnection | None:
        connection: _Connection | None = getattr(self._local, "connection", None)
        self._local.connection = None
        if connection is None:
            return None
        if time.monotonic() - connection.used > _IDLE:
            connection.http.close()
            return None
        return connection.http

    def _open(self) -> http.client.HTTPConnection:
        connection = self._connect(self._host, self._port, timeout=CONNECT_WITHIN)
        connection.connect()
        connection.sock.settimeout(self._timeout)
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection


def _judge(status: int) -> Answer:
    if 200 <= status < 300:
        return Answer(Verdict.DONE)
    if status in _UNAVAILABLE:
        return Answer(Verdict.UNAVAILABLE, f"HTTP {status}")
    return Answer(Verdict.FAILED, f"HTTP {status}")
