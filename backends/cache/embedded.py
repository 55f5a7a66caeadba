"""Seen-marks and tallies as keys that expire, on Redis or Valkey, one server or a cluster."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from backends.redis_client import Connected, available

_WEEK: Final = timedelta(days=7)


class RedisSeenMarks:
    """SeenMarks on a Redis or Valkey server; a mark stands for `ttl`, as long as Pub/Sub keeps a message."""

    def __init__(self, redis: Connected, *, ttl: timedelta = _WEEK, namespace: str = "redline:seen") -> None:
        """`redis` gives a client of `backends.redis_client`."""
        self._redis = redis
        self._ttl = ttl
        self._namespace = namespace

    def seen(self, key: str) -> bool:
        """Whether the mark stands. Raises BackendUnavailable."""
        with available():
            return bool(self._redis().exists(f"{self._namespace}:{key}"))

    def mark(self, key: str) -> None:
        """Set the mark, only ever after the work it stands for is done. Raises BackendUnavailable."""
        with available():
            self._redis().set(f"{self._namespace}:{key}", b"1", px=self._ttl)


class RedisTallies:
    """Tallies on a Redis or Valkey server; each is forgotten a week after it last grew."""

    def __init__(self, redis: Connected, *, namespace: str = "redline:tally") -> None:
        """`redis` gives a client of `backends.redis_client`."""
        self._redis = redis
        self._namespace = namespace

    def add(self, name: str, members: Iterable[int]) -> int:
        """Add members to the set of this name; how many it has now. Raises BackendUnavailable."""
        key = f"{self._namespace}:{name}"
        with available(), self._redis().pipeline(transaction=True) as transaction:
            for member in members:
                transaction.sadd(key, str(member))
            transaction.expire(key, _WEEK)
            transaction.scard(key)
            return int(transaction.execute()[-1])
