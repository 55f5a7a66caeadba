"""How a client logs in to Memorystore with IAM: its password is a token of the platform's own account, an hour long."""

from __future__ import annotations

import threading
from typing import Final

import google.auth
from google.auth.credentials import Credentials
from google.auth.exceptions import GoogleAuthError
from google.auth.transport.requests import Request
from redis.credentials import CredentialProvider
from redis.exceptions import ConnectionError

_SCOPES: Final = ("https://www.googleapis.com/auth/cloud-platform",)
_USER: Final = "default"
"""Memorystore knows no other user; who comes is in the token."""


class IamCredentials(CredentialProvider):
    """User and password for each new connection; a connection that was let in stays in when its token ends."""

    def __init__(self, credentials: Credentials | None = None) -> None:
        """`credentials` are the platform's (Application Default Credentials), if none are given."""
        self._credentials = credentials
        self._lock = threading.Lock()

    def get_credentials(self) -> tuple[str, str]:
        """Raises redis.exceptions.ConnectionError where no token is to be had, as the client expects it."""
        try:
            with self._lock:
                return _USER, self._token()
        except GoogleAuthError as error:
            raise ConnectionError(f"Google gives no token for the cache: {error}") from error

    def _token(self) -> str:
        if self._credentials is None:
            self._credentials, _ = google.auth.default(scopes=_SCOPES)
        if not self._credentials.valid:  # some minutes before the token ends, by google-auth
            self._credentials.refresh(Request())
        return str(self._credentials.token)
