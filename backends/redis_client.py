"""One way to reach Redis or Valkey, and one way to say that it cannot be reached."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from redis import Redis, RedisCluster
from redis.backoff import ExponentialWithJitterBackoff, NoBackoff
from redis.credentials import CredentialProvider
from redis.exceptions import (
    BusyLoadingError,
    ClusterError,
    ConnectionError,
    ReadOnlyError,
    RedisClusterException,
    ResponseError,
    TimeoutError,
)
from redis.retry import Retry

from backends.errors import BackendUnavailable

LONGEST_BLOCK: Final = 5.0
"""Seconds that a blocking command may wait; well below the time after which a silent server counts as gone."""
SILENCE: Final = 30.0
"""Seconds after which a server that says nothing is away."""
_AWAY: Final = (
    BusyLoadingError,
    ClusterError,
    ConnectionError,
    ReadOnlyError,
    RedisClusterException,
    TimeoutError,
)
_STATES: Final = ("LOADING", "OOM", "MISCONF", "NOREPLICAS", "CLUSTERDOWN", "MASTERDOWN", "UNKILLABLE", "BUSY ")


def connect(url: str, credentials: CredentialProvider | None = None, *, silence: float = SILENCE) -> Redis:
    """A client for `redis://`, `rediss://` or `unix://` URLs; it connects at first use and again after every loss.

    `credentials` say who logs in, where the URL does not. `silence` is in seconds, and longer than any blocking call.
    It may be shared between threads, and with processes forked later. Values are bytes.
    """
    # One retry at once replaces a connection that went stale while idle; a real outage is for the caller to wait out.
    return Redis.from_url(
        url,
        protocol=2,
        credential_provider=credentials,
        socket_timeout=silence,
        socket_connect_timeout=silence,
        retry=Retry(NoBackoff(), 1),
        decode_responses=False,
    )


Connected = Callable[[], "Redis | RedisCluster"]
"""Gives the client of a server or of a cluster, connected or not."""


def cluster(url: str, credentials: CredentialProvider | None = None, *, silence: float = SILENCE) -> Connected:
    """The client of a cluster that has a node at the URL, asked for its other nodes when the client is first used.

    What it gives may be shared between threads. Calling it raises what `available` turns into BackendUnavailable.
    """

    @functools.cache  # keeps no failure: a cluster that is away is looked for again
    def connected() -> RedisCluster:
        return RedisCluster.from_url(
            url,
            protocol=2,
            credential_provider=credentials,
            socket_timeout=silence,
            socket_connect_timeout=silence,
            retry=Retry(ExponentialWithJitterBackoff(base=0.1, cap=1.0), 3),  # while slots move to another node
            decode_responses=False,
        )

    return connected


@contextmanager
def available() -> Iterator[None]:
    """Turn what a client raises when the server is gone, loading or full into BackendUnavailable."""
    try:
        yield
    except (*_AWAY, OSError) as error:
        raise BackendUnavailable(f"The message server cannot be reached: {error}") from error
    except ResponseError as error:
        if str(error).startswith(_STATES):
            raise BackendUnavailable(f"The message server cannot work now: {error}") from error
        raise
