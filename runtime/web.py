"""The pipeline's own door for people, programs and probes: a page, /status, /metrics, /healthz, /readyz, /events."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from backends.errors import BackendUnavailable
from runtime import exposition, ingress, page
from runtime.status import Status

_HOST: Final = "127.0.0.1"
_PORTS_TO_TRY: Final = 20
_CLOSE_WITHIN: Final = 0.05
_TEXT: Final = "text/plain; charset=utf-8"
_LOCAL: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})


@dataclass(frozen=True, slots=True)
class Views:
    """What is looked at, and what takes events. `status` and `metrics` may raise BackendUnavailable."""

    is_healthy: Callable[[], bool]
    status: Callable[[], Status]
    metrics: Callable[[], bytes]
    receive: ingress.Receive = ingress.closed


class Web:
    """Serves on 127.0.0.1, in a thread."""

    def __init__(self, port: int, views: Views) -> None:
        """Takes the next free port where `port` is not free. Raises OSError when there is none nearby."""
        self._server = _listen(port, type("_Handler", (_Handler,), {"views": views}))

    @property
    def url(self) -> str:
        """Where it serves."""
        return f"http://{_HOST}:{self._server.server_address[1]}"

    def start(self) -> None:
        """Serve until closed."""
        threading.Thread(target=self._server.serve_forever, args=(_CLOSE_WITHIN,), name="web", daemon=True).start()

    def close(self) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._server.server_close()


def _listen(port: int, handler: type[_Handler]) -> ThreadingHTTPServer:
    for candidate in range(port, port + _PORTS_TO_TRY):
        try:
            return ThreadingHTTPServer((_HOST, candidate), handler)
        except (OSError, OverflowError):
            continue
    return ThreadingHTTPServer((_HOST, 0), handler)


class _Handler(BaseHTTPRequestHandler):
    views: Views

    def do_GET(self) -> None:
        """Answer a person, a program or a probe."""
        if not self._is_local():
            return
        path, _, query = self.path.partition("?")
        try:
            self._look(path, query)
        except BackendUnavailable:
            self._answer(HTTPStatus.SERVICE_UNAVAILABLE, _TEXT, b"The message server is being restarted.\n")

    def do_POST(self) -> None:
        """Take an event. A page of somebody else's cannot send one: its browser asks first, and is not answered."""
        length = self.headers.get("Content-Length", "")
        self.close_connection = True  # a body may be left unread
        if not self._is_local():
            return
        if self.path != ingress.PATH:
            status, sentence = HTTPStatus.NOT_FOUND, f"Events are taken at {ingress.PATH}."
        elif not (length.isascii() and length.isdigit()):
            status, sentence = HTTPStatus.LENGTH_REQUIRED, "Say with Content-Length how long the body is."
        elif int(length) > ingress.MOST_BYTES:
            status, sentence = HTTPStatus.REQUEST_ENTITY_TOO_LARGE, ingress.TOO_LARGE
        else:
            status, sentence = self.views.receive(dict(self.headers), self.rfile.read(int(length)))
        self._answer(status, _TEXT, f"{sentence}\n".encode())

    def log_message(self, format: str, *args: object) -> None:
        """Requests are not logged: probes come every second."""

    def _look(self, path: str, query: str) -> None:
        """Raises BackendUnavailable."""
        views = self.views
        match path:
            case "/healthz":
                self._probe(views.is_healthy())
            case "/readyz":
                self._probe(views.is_healthy() and views.status().phase == "ready")
            case "/metrics":
                self._answer(HTTPStatus.OK, exposition.CONTENT_TYPE, views.metrics())
            case "/":
                html = page.render(views.status(), refreshing=query != page.STILL)
                self._answer(HTTPStatus.OK, "text/html; charset=utf-8", html.encode())
            case "/status":
                self._answer(HTTPStatus.OK, "application/json", views.status().model_dump_json(indent=1).encode())
            case _:
                self._answer(HTTPStatus.NOT_FOUND, _TEXT, b"There is /, /status, /metrics, /healthz and /readyz.\n")

    def _is_local(self) -> bool:
        """Whether it is this machine that was asked for; else that is the answer."""
        if self.headers.get("Host", "").rpartition(":")[0] in _LOCAL:
            return True
        # A page of somebody else's may have its own name point here, to have a browser read what is ours.
        self._answer(HTTPStatus.MISDIRECTED_REQUEST, _TEXT, b"Ask for 127.0.0.1 or localhost.\n")
        return False

    def _probe(self, good: bool) -> None:
        status = HTTPStatus.OK if good else HTTPStatus.SERVICE_UNAVAILABLE
        self._answer(status, _TEXT, f"{status.phrase}\n".encode())

    def _answer(self, status: HTTPStatus, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Content-Security-Policy", page.POLICY)
        self.end_headers()
        self.wfile.write(body)
