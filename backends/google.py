"""What the doors to Google share: how often a call is tried again, and what it means when it fails.

Workload Identity only: clients take the credentials of the platform, and none at all towards an emulator.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import grpc
from google.api_core import exceptions
from google.api_core.retry import Retry, if_exception_type
from google.auth.exceptions import GoogleAuthError

from backends.errors import BackendUnavailable
from backends.guard import Guard

TRY_WITHIN: Final = 10.0
"""Seconds that one try of a small call may take."""
CALL_WITHIN: Final = 30.0
"""Seconds that a call may take with all its retries."""
FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 5.0
GROWTH: Final = 2.0
"""Pauses between tries double, each drawn at random from nothing to its full length (full jitter)."""
_RECONNECT: Final = ("grpc.max_reconnect_backoff_ms", int(LONGEST_PAUSE * 1000))
"""gRPC's own is two minutes, for which every call would fail at once though the service is back."""

TRANSIENT: Final = (
    exceptions.Aborted,
    exceptions.DeadlineExceeded,
    exceptions.GatewayTimeout,
    exceptions.InternalServerError,
    exceptions.BadGateway,
    exceptions.ServiceUnavailable,
    exceptions.TooManyRequests,
    exceptions.Unknown,
)
"""Answers after which the same call may work."""
REFUSED: Final = (exceptions.Unauthorized, exceptions.Forbidden)
"""Answers that are about our rights, not about the message that is worked on."""


def retry(predicate: Retry | None = None) -> Retry:
    """The retry of every call: exponential backoff with jitter, at most CALL_WITHIN. `predicate` says what to retry."""
    policy = predicate or Retry(predicate=if_exception_type(*TRANSIENT))
    return policy.with_delay(FIRST_PAUSE, LONGEST_PAUSE, GROWTH).with_timeout(CALL_WITHIN)


def channel(create: Callable[..., grpc.Channel], emulator: str, *options: tuple[str, object]) -> Any:
    """What a client's transport takes as its channel: one to an emulator at host:port, or how to make Google's own.

    `create` makes Google's, `options` are added to its. It is connected again soon after an outage.
    """
    added = [_RECONNECT, *options]
    if emulator:
        return grpc.insecure_channel(emulator, options=added)
    return lambda *given, options=(), **named: create(*given, options=[*options, *added], **named)


@contextmanager
def identified() -> Iterator[None]:
    """Make a client in the block, which looks for the platform's credentials; without any it is BackendUnavailable."""
    try:
        yield
    except GoogleAuthError as error:
        raise BackendUnavailable("There are no Google credentials here; give the workload an identity.") from error


@contextmanager
def reaching(guard: Guard, *lost: type[Exception]) -> Iterator[None]:
    """Run the block as one call of the guard's service; that it cannot be reached or used is BackendUnavailable.

    `lost` are the errors of the transport, besides those that the API answers with.
    """
    away: tuple[type[Exception], ...] = (*TRANSIENT, exceptions.RetryError, *lost)
    with guard.call():
        try:
            yield
        except away as error:
            raise BackendUnavailable(f"{guard.service} cannot be reached: {_brief(error)}") from error
        except (*REFUSED, GoogleAuthError) as error:
            raise BackendUnavailable(f"{guard.service} refuses us; check the roles: {_brief(error)}") from error


def _brief(error: BaseException) -> str:
    """The kind of error alone: what Google answers may name an object, which is a path."""
    cause = error.cause if isinstance(error, exceptions.RetryError) and error.cause else error
    return type(cause).__name__
