"""Tokens as passwords, on a real server that knows one password at a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from google.auth.credentials import Credentials
from google.auth.exceptions import RefreshError

from backends.bus.valkey import EmbeddedValkey
from backends.cache.embedded import RedisSeenMarks
from backends.cache.google import IamCredentials
from backends.errors import BackendUnavailable
from backends.redis_client import Connected, connect


class Issuer(Credentials):
    """Gives out one token after the other: what a metadata server does, each hour."""

    def __init__(self, *, broken: bool = False) -> None:
        super().__init__()
        self.issued = 0
        self.broken = broken

    def refresh(self, request: Any) -> None:
        if self.broken:
            raise RefreshError("no metadata server")
        self.issued += 1
        self.token = f"token-{self.issued}"
        self.expiry = datetime.now(UTC).replace(tzinfo=None) + timedelta(hours=1)

    def expire(self) -> None:
        self.expiry = datetime.now(UTC).replace(tzinfo=None) - timedelta(seconds=1)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedValkey]:
    valkey = EmbeddedValkey(tmp_path / "valkey")
    valkey.start()
    yield valkey
    valkey.stop()


def admit(server: EmbeddedValkey, token: str, *, known: str = "") -> None:
    """Let in who has this token, and nobody else; connections that are in stay in."""
    client = connect(server.url.replace("unix://", f"unix://:{known}@") if known else server.url)
    client.config_set("requirepass", token)
    client.close()


def logged_in(server: EmbeddedValkey, issuer: Issuer) -> Connected:
    client = connect(server.url, IamCredentials(issuer))
    return lambda: client


def test_a_token_lets_in_and_the_next_one_after_it_ended(server: EmbeddedValkey) -> None:
    issuer = Issuer()
    admit(server, "token-1")
    client = connect(server.url, IamCredentials(issuer))
    marks = RedisSeenMarks(lambda: client)
    marks.mark("a")
    assert marks.seen("a")
    admit(server, "token-2", known="token-1")
    assert marks.seen("a"), "a connection that is in stays in"
    client.connection_pool.disconnect()
    issuer.expire()
    assert marks.seen("a")
    assert issuer.issued == 2


def test_a_token_is_asked_for_once_while_it_is_good(server: EmbeddedValkey) -> None:
    issuer = Issuer()
    admit(server, "token-1")
    for _ in range(3):
        assert not RedisSeenMarks(logged_in(server, issuer)).seen("a")
    assert issuer.issued == 1


@pytest.mark.parametrize("issuer", [Issuer(), Issuer(broken=True)], ids=["a token not admitted", "no token"])
def test_who_is_not_let_in_is_told_that_the_server_is_away(server: EmbeddedValkey, issuer: Issuer) -> None:
    admit(server, "another token")
    marks = RedisSeenMarks(logged_in(server, issuer))
    for _ in range(2):  # nor is a connection left behind that was never let in
        with pytest.raises(BackendUnavailable):
            marks.seen("a")
