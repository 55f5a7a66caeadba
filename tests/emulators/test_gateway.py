from __future__ import annotations

import socket
import threading

import pytest

from tests.emulators.gateway import gateway
from tests.polling import PATIENCE


def test_what_is_cut_breaks_and_is_refused_until_it_is_mended() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_echo, args=(server,), daemon=True).start()
        with gateway(server.getsockname()[1]) as way:
            address = ("127.0.0.1", way.port)
            with socket.create_connection(address, PATIENCE) as client:
                client.sendall(b"one")
                assert client.recv(3) == b"one"
                way.cut()
                assert _ends(client)
            with pytest.raises(ConnectionRefusedError):
                socket.create_connection(address, PATIENCE)
            way.mend()
            with socket.create_connection(address, PATIENCE) as client:
                client.sendall(b"two")
                assert client.recv(3) == b"two"


def _ends(client: socket.socket) -> bool:
    try:
        return client.recv(1) == b""
    except ConnectionResetError:
        return True


def _echo(server: socket.socket) -> None:
    while True:
        try:
            near, _ = server.accept()
        except OSError:
            return
        while data := near.recv(1024):
            near.sendall(data)
