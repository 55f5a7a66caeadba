"""What a backend may raise besides the errors of its own Protocol."""

from __future__ import annotations


class BackendUnavailable(Exception):  # noqa: N818 - the state it names, as HTTP 503 does
    """The service behind a backend cannot be reached now. It says nothing about the message being worked on."""
